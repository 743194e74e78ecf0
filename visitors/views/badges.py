"""The badge as files."""

from __future__ import annotations

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.limits import Limit, count
from visitors import printing
from visitors.badges import image, pdf, qr, serials
from visitors.models import Badge, Registration, Ticket
from visitors.views.opening import by_link

# A PDF or picture costs 30 to 60 ms of processor time.
DRAWN = Limit("badge_drawn", 120, timedelta(minutes=10))


def held(registration: Registration) -> tuple[Ticket, Badge]:
    """The valid ticket and live badge, or 404."""
    ticket, badge = registration.ticket, registration.badge
    if ticket is None or badge is None or ticket.state != Ticket.State.VALID:
        raise Http404
    return ticket, badge


def file_answer(content: bytes | str, kind: str, name: str, *, save: bool = True) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'{"attachment" if save else "inline"}; filename="{name}"'
    return response


@require_safe
@by_link
def badge_pdf(request: HttpRequest, registration: Registration) -> HttpResponse:
    ticket, badge = held(registration)
    count((DRAWN, str(registration.pk)), at=timezone.now())
    content = pdf.render([printing.sheet_of(registration, ticket, badge)], at=badge.issued_at)
    return file_answer(content, "application/pdf", f"badge-{serials.shown(badge.serial)}.pdf", save=False)


@require_safe
@by_link
def badge_png(request: HttpRequest, registration: Registration) -> HttpResponse:
    ticket, badge = held(registration)
    count((DRAWN, str(registration.pk)), at=timezone.now())
    content = image.png(printing.sheet_of(registration, ticket, badge), at=badge.issued_at)
    return file_answer(content, "image/png", f"badge-{serials.shown(badge.serial)}.png", save=False)


@require_safe
@by_link
def badge_svg(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The QR symbol alone."""
    ticket, badge = held(registration)
    content = qr.svg(printing.code_of(registration, ticket, badge), title=serials.shown(badge.serial))
    return file_answer(content, "image/svg+xml", f"badge-{serials.shown(badge.serial)}.svg", save=False)
