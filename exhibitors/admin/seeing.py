"""Who sees what of this room on the desk, and the way from one row to another."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from expo.models import Area

PLACING = frozenset({Role.ORGANISER, Role.AREA_MANAGER})
READING = frozenset({Role.ORGANISER, Role.AREA_MANAGER, Role.AUDITOR})
ORGANISING = frozenset({Role.ORGANISER})


def link_to(kind: str, pk: int, text: object) -> str:
    return format_html('<a href="{}">{}</a>', reverse(f"admin:exhibitors_{kind}_change", args=[pk]), text)


class OwnAreasFilter(admin.SimpleListFilter):
    """The areas that the user may see, by letter."""

    title = _("area")
    parameter_name = "area"
    #: Where the listed row says it.
    asks = "area"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        areas = Area.objects.filter(show__is_current=True).order_by("letter")
        if not request.user.has_role(Role.ORGANISER, Role.AUDITOR):
            areas = areas.managed_by(request.user)
        return [(str(area.pk), f"{area.letter} · {area.name}") for area in areas]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {pk for pk, _name in self.lookup_choices}
        return queryset.filter(**{self.asks: self.value()}) if self.value() in known else queryset


class BoothsAreaFilter(OwnAreasFilter):
    asks = "booth__area"
