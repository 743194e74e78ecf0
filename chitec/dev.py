"""While developing: the mails that were written to var/mail/, in the browser."""

from email import message_from_bytes, policy

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


def letters():
    """The mails in the folder, newest first: name, message. A file holds one or more, each after a line of dashes."""
    for file in sorted(settings.MAIL_DIR.glob("*.log"), reverse=True)[:100]:
        for number, part in enumerate(file.read_bytes().split(b"\n" + b"-" * 79 + b"\n")):
            if part.strip():
                yield f"{file.stem}.{number}", message_from_bytes(part, policy=policy.default)


@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "dev/mails.html", {"letters": list(letters())})


@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    for found, message in letters():
        if found == name:
            part = request.GET.get("part")
            attachments = list(message.iter_attachments())
            if part is not None:
                if not part.isdecimal() or int(part) >= len(attachments):
                    raise Http404
                wanted = attachments[int(part)]
                return HttpResponse(wanted.get_payload(decode=True), content_type=wanted.get_content_type())
            text = message.get_body(("plain",))
            return render(
                request,
                "dev/mail.html",
                {"letter": message, "text": text.get_content() if text else "", "attachments": attachments},
            )
    raise Http404
