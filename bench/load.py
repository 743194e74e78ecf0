"""A small HTTP client that keeps 32 connections busy; it only ever speaks to 127.0.0.1."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CLIENTS = 32


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def wire(self, port: int) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(slots=True)
class Answer:
    status: int
    ms: float
    body: bytes
    etag: str = ""


@dataclass(slots=True)
class Run:
    """What came back, and how long all of it took in seconds."""

    answers: list[Answer]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def percentile(self, percent: int) -> float:
        times = sorted(answer.ms for answer in self.answers)
        return statistics.quantiles(times, n=100, method="inclusive")[percent - 1] if len(times) > 1 else times[0]


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wire: bytes) -> Answer:
    began = time.perf_counter()
    writer.write(wire)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    fields = dict(line.lower().split(b": ", 1) for line in head[:-4].split(b"\r\n")[1:] if b": " in line)
    if fields.get(b"transfer-encoding") == b"chunked":
        body = b""
        while size := int((await reader.readline()).strip(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
    else:
        body = await reader.readexactly(int(fields.get(b"content-length", 0)))
    etag = fields.get(b"etag", b"").decode()
    return Answer(status, (time.perf_counter() - began) * 1000, body, etag)


async def _drive(port: int, wires: Iterator[bytes], clients: int) -> list[Answer]:
    answers: list[Answer] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        for wire in wires:
            answers.append(await _ask(reader, writer, wire))  # noqa: PERF401  (an interrupted run keeps what came)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    return answers


def drive(
    port: int, requests: Iterator[Request], *, clients: int = CLIENTS, accept: Callable[[Answer], bool] | None = None
) -> Run:
    """Send every request once, over `clients` connections at a time; an answer that is not accepted ends the run."""
    wires = iter([request.wire(port) for request in requests])
    began = time.perf_counter()
    answers = asyncio.run(_drive(port, wires, clients))
    seconds = time.perf_counter() - began
    wrong = [answer for answer in answers if not (accept or _fine)(answer)]
    if wrong:
        raise SystemExit(
            f"{len(wrong)} of {len(answers)} answers were wrong, the first: {wrong[0].status} {wrong[0].body[:2000]!r}"
        )
    return Run(answers, seconds)


async def _rush(port: int, wires: list[bytes], seconds: float) -> list[Answer]:
    began = time.perf_counter()

    async def client(wire: bytes, due: float) -> Answer:
        await asyncio.sleep(began + due - time.perf_counter())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        answer = await _ask(reader, writer, wire)
        writer.close()
        answer.ms = (time.perf_counter() - began - due) * 1000
        return answer

    spread = seconds / len(wires)
    return await asyncio.gather(*(client(wire, number * spread) for number, wire in enumerate(wires)))


def rush(port: int, requests: Iterator[Request], *, seconds: float) -> Run:
    """Send each on a connection of its own, all of them within so many seconds, whether others are answered or not.

    What an answer took counts from when its request was due.
    """
    wires = [request.wire(port) for request in requests]
    began = time.perf_counter()
    answers = asyncio.run(_rush(port, wires, seconds))
    return Run(answers, time.perf_counter() - began)


def _fine(answer: Answer) -> bool:
    return answer.status < 400
