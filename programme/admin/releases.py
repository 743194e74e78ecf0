"""Versions of the published programme: what each changed, and by whom; and where the planner's addresses hang."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.desk import DeskAdmin
from accounts.history import name_rows
from accounts.site import Corner
from expo import formats
from programme.admin import ending, planner, publishing, shifting
from programme.admin.seeing import may_plan
from programme.models import Release
from programme.models.people import READING

name_rows(Release, lambda row: f"{row.show.short} · {row.number}", "show")


@admin.register(Release)
class ReleaseAdmin(DeskAdmin):
    """Read only: versions are made by publishing, and taken back by another version."""

    seen_by = READING
    changed_by = frozenset()
    may_add = False
    change_list_template = "admin/programme/release/change_list.html"
    change_form_template = "admin/programme/release/change_form.html"
    list_display = ("number", "when", "sessions", "publisher", "note", "takes_back")
    list_filter = ("show",)
    search_fields = ("note",)
    list_select_related = ("show", "by", "undoes")
    ordering = ("-number",)
    fields = readonly_fields = ("number", "when", "publisher", "note", "takes_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(n=Count("changes"))

    @admin.display(description=_("published at"), ordering="published_at")
    def when(self, row: Release) -> str:
        return formats.moment_long(row.published_at.astimezone(row.show.zone))

    @admin.display(description=_("sessions"), ordering="n")
    def sessions(self, row: Release) -> int:
        return int(row.n)

    @admin.display(description=_("by"), ordering="by")
    def publisher(self, row: Release) -> str:
        """A name and no way to the account, which few may open."""
        return str(row.by) if row.by else "–"

    @admin.display(description=_("takes back"))
    def takes_back(self, row: Release) -> str:
        return str(row.undoes.number) if row.undoes else "–"

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        last = queryset.aggregate(last=Max("published_at"))["last"]
        told = [(str(_("versions")), str(queryset.count()))]
        if last is not None:
            told.append((str(_("last published")), formats.moment_short(last.astimezone(request.show.zone))))
        return told

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), "may_plan": may_plan(request)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        release = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {"may_plan": may_plan(request)}
        if release is not None:
            more["subtitle"] = _("Version %(n)s") % {"n": release.number}
            changes = release.changes.select_related("session").order_by("session__starts_at", "pk")
            sides = [(change.session, *change.sides) for change in changes[: publishing.MOST]]
            more["lines"], _letters = publishing.lines(sides, release.show, mails=False)
            more["beyond"] = max(0, release.n - publishing.MOST)
            more["may_undo"] = may_plan(request) and publishing.is_last(release)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})


def address(route: str, view: Any, name: str) -> Any:
    return path(f"programme/planner/{route}", admin.site.admin_view(view), name=f"programme_{name}")


admin.site.open_corner(
    Corner(
        "programme",
        _("Planner"),
        READING,
        (
            address("", planner.planner, "planner"),
            address("move/", shifting.shift, "planner_shift"),
            address("publish/", publishing.publish, "planner_publish"),
            address("undo/<int:number>/", publishing.undo, "planner_undo"),
            address("session/<int:pk>/", planner.place, "planner_place"),
            address("session/<int:pk>/check/", planner.check, "planner_check"),
            address("session/<int:pk>/unplace/", planner.unplace, "planner_unplace"),
            address("session/<int:pk>/cancel/", ending.cancel, "planner_cancel"),
            address("session/<int:pk>/restore/", ending.restore, "planner_restore"),
            address("session/<int:pk>/delete/", ending.delete, "planner_delete"),
            address("<str:day>/", planner.planner_day, "planner_day"),
        ),
    )
)
