"""Sign-ups taken out as files; each is on record."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse

from accounts.acting import Actor
from programme import signup_exports
from programme.admin.pages import page
from programme.admin.signups.lists import EXPORTING, fill_or_404
from programme.models import Signup

FORMS = ("csv", "xlsx")


@page("GET", "HEAD")
def of_session(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    fill = fill_or_404(request, pk)
    rows: QuerySet[Signup] = Signup.objects.filter(session=pk)
    return answer(request, rows, form, name=f"signups-{fill.session.code}", session=pk)


@page("GET", "HEAD")
def of_show(request: HttpRequest, form: str) -> HttpResponse:
    rows: QuerySet[Signup] = Signup.objects.filter(session__show=request.show)
    return answer(request, rows, form, name="signups", session=None)


def answer(request: HttpRequest, rows: QuerySet[Signup], form: str, *, name: str, session: int | None) -> HttpResponse:
    if form not in FORMS:
        raise Http404
    if not request.user.has_role(*EXPORTING):
        raise PermissionDenied
    if request.method == "HEAD":
        return HttpResponse()
    signup_exports.record(Actor.of(request.user), rows=rows.count(), session=session)
    response: HttpResponse | StreamingHttpResponse
    if form == "csv":
        told = signup_exports.signups_csv(rows, request.show)
        response = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(signup_exports.signups_xlsx(rows, request.show), content_type=signup_exports.TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response
