"""Requests whose body ends before its end, or is larger than anything that is sent here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

type Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# A file is on the disk before any view sees it. Staff send slides of up to 20 MB, speakers a picture of 5: what is a
# little too large is read, so that the form can say so.
LARGEST = 12 * 1024 * 1024
LARGEST_ON_DESK = 24 * 1024 * 1024


class Whole:
    """The body of a request, of which nothing is believed unless all that was announced has come.

    A client that goes away in the middle leaves half a form, which reads as a whole one: an address that ends in .com
    where .community was on its way. Raises OSError, which Django takes for a body that cannot be read.
    """

    def __init__(self, stream: Any, length: int) -> None:
        self.stream, self.left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self.left if size < 0 else min(size, self.left)
        parts = []
        while wanted > 0:
            part = self.stream.read(wanted)
            if not part:
                raise OSError("the body ended before its end")
            parts.append(part)
            wanted -= len(part)
            self.left -= len(part)
        return b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        line = self.stream.readline(self.left if size < 0 else min(size, self.left))
        self.left -= len(line)
        if not line and self.left > 0:
            raise OSError("the body ended before its end")
        return line


def with_whole_bodies(application: Application) -> Application:
    """The application, for which a body comes whole or not at all. One without a length is left as it is."""

    def served(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            desk = environ.get("PATH_INFO", "").startswith("/admin/")
            if len(length) > 12 or int(length) > (LARGEST_ON_DESK if desk else LARGEST):
                return too_large(start_response)
            environ["wsgi.input"] = Whole(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return served


def too_large(start_response: Any) -> Iterable[bytes]:
    """Plain text: nothing of what was sent is read."""
    start_response("413 Content Too Large", [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")])
    return [b"413: What was sent is too large. Send a smaller file.\n"]
