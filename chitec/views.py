from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.limits import count
from chitec import front, plan_calendar, plan_paper, visiting
from chitec.drawn_days import Drawer
from expo import signs as area_signs
from visitors import printing
from visitors.badges import qr
from visitors.knowing import is_known_here
from visitors.models import Registration
from visitors.views.badges import DRAWN, file_answer
from visitors.views.opening import by_link


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; its parts are kept for 5 s a language, so the figures are read when they have run out only."""
    try:
        show = request.show
        at = show.now()
    except Http404:
        return render(request, "no_show.html", {"developing": settings.DEBUG})
    return render(
        request,
        "home.html",
        {"at": at, "over": show.is_over(at), "front": SimpleLazyObject(lambda: front.read(show, at=at))},
    )


@require_safe
@by_link
def my_visit(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The badge on the phone, the days, and what may be changed."""
    context = visiting.visit_page(registration, at=registration.show.now(), of=request.GET.get("of", ""))
    drawer = Drawer(context["key"], get_token(request))
    for day in context["days"]:
        day.lines = [drawer.entry(entry) for entry in day.entries]
    if context["badge"]:
        code = printing.code_of(registration, context["ticket"], context["badge"])
        context["qr"] = mark_safe(qr.svg(code, title=_("QR code of your badge")))  # noqa: S308  (our own drawing)
    context["is_known_here"] = is_known_here(request, registration)
    return render(request, "visit.html", context)


@require_safe
@by_link
def calendar(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The own plan for calendar programs, which ask again and again: who has it already is told so at once."""
    etag = plan_calendar.etag(registration)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        content = plan_calendar.calendar(registration)
        response = file_answer(content, "text/calendar; charset=utf-8", "chitec.ics")
    response.headers["ETag"] = etag
    return response


@require_safe
@by_link
def plan_pdf(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The own plan on paper, with the badge's code where there is one."""
    count((DRAWN, str(registration.pk)), at=timezone.now())
    at = registration.show.now()
    page = visiting.visit_page(registration, at=at)
    badge = page["badge"]
    told = plan_paper.contents(
        registration,
        page["days"],
        page["kept_stands"],
        code=printing.code_of(registration, page["ticket"], badge) if badge else "",
        serial=badge.serial_in_groups if badge else "",
        at=at,
    )
    return file_answer(plan_paper.render(told, at=at), "application/pdf", "my-plan.pdf", save=False)


@require_safe
@by_link
def my_data(request: HttpRequest, registration: Registration, form: str) -> HttpResponse:
    """Everything that is held about the visitor, as JSON or as rows for a spreadsheet."""
    held = visiting.everything(registration)
    if form == "csv":
        response = HttpResponse(visiting.as_rows(held), content_type="text/csv; charset=utf-8")
    else:
        response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="my-data.{form}"'
    return response


@require_safe
def signs(request: HttpRequest, version: str) -> HttpResponse:
    """The areas' colours. Kept for ever under their own version; a page that is about to change asks for another."""
    current = area_signs.signs()
    if current.version != version:
        current = area_signs.signs(fresh=True)
    response = HttpResponse(current.css, content_type="text/css; charset=utf-8")
    if current.version == version:
        patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
    else:
        patch_cache_control(response, no_store=True)
    return response
