"""While developing: the mails that were written to var/mail/, in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

# Django's file backend closes each mail with this line.
AFTER_EACH = b"\n" + b"-" * 79 + b"\n"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Letter:
    name: str
    message: EmailMessage

    @property
    def parts(self) -> list[MIMEPart]:
        """The HTML body, if there is one, and the attachments."""
        body = self.message.get_body(("html",))
        return ([body] if body else []) + list(self.message.iter_attachments())


def written_at(file: Path) -> int:
    return file.stat().st_mtime_ns


def letters() -> Iterator[Letter]:
    """The mails in the folder, newest first."""
    for file in sorted(settings.MAIL_DIR.glob("*.log"), key=written_at, reverse=True)[:SHOWN]:
        for number, part in reversed(list(enumerate(file.read_bytes().split(AFTER_EACH)))):
            if part.strip():
                yield Letter(f"{file.stem}.{number}", message_from_bytes(part, policy=policy.default))


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "dev/mails.html", {"letters": list(letters())})


# A mail's HTML carries inline styles, as mail programs want them.
@csp_override({"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "img-src": ["data:"]})
def part_of(letter: Letter, number: str) -> HttpResponse:
    if not number.isdecimal() or int(number) >= len(letter.parts):
        raise Http404
    part = letter.parts[int(number)]
    kind = part.get_content_type()
    charset = f"; charset={part.get_content_charset()}" if part.get_content_maintype() == "text" else ""
    response = HttpResponse(part.get_payload(decode=True), content_type=f"{kind}{charset}")
    if filename := part.get_filename():
        response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(filename)}"
    return response


@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    letter = next((found for found in letters() if found.name == name), None)
    if letter is None:
        raise Http404
    if "part" in request.GET:
        return part_of(letter, request.GET["part"])
    text = letter.message.get_body(("plain",))
    parts = [part.get_filename() or part.get_content_type() for part in letter.parts]
    return render(
        request,
        "dev/mail.html",
        {"letter": letter.message, "text": text.get_content() if text else "", "parts": parts},
    )
