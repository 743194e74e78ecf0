"""Booths and what they cost."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.history import name_rows
from accounts.models import Role
from exhibitors import plan as plans
from exhibitors.actions import placing
from exhibitors.admin.seeing import ORGANISING, PLACING, READING, OwnAreasFilter, link_to
from exhibitors.models import Allotment, Booth, SpaceRate
from expo import formats
from expo.models import Area

name_rows(Booth, str)


class HolderFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("free", _("free")), ("held", _("held")), ("contracted", _("contracted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "free":
                return queryset.free()
            case "held" | "contracted" as state:
                return queryset.filter(allotments__state=state)
        return queryset


class BoothForm(forms.ModelForm):
    class Meta:
        model = Booth
        fields = ("hall", "area", "number", "x", "y", "width", "depth", "kind", "open_sides")


@admin.register(Booth)
class BoothAdmin(DeskAdmin):
    seen_by = READING
    changed_by = PLACING
    history_with = ("allotments",)
    form = BoothForm
    list_display = ("number", "hall", "area", "size", "m2", "kind", "state", "holder", "until")
    list_filter = (HolderFilter, OwnAreasFilter, "kind", "hall")
    search_fields = ("number__istartswith", "allotments__firm__name_zh", "allotments__firm__name_en")
    list_select_related = ("hall__show", "area")
    ordering = ("hall", "number")
    fieldsets = (
        (None, {"fields": ("hall", "area", "number", "kind", "open_sides")}),
        (_("Where it lies, in metres from the hall's upper left corner"), {"fields": (("x", "y"), ("width", "depth"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_holder()

    def get_fieldsets(self, request: HttpRequest, obj: Booth | None = None) -> Any:
        if obj is None or not obj.live:
            return self.fieldsets
        held = {
            "fields": ("state", "holder", "until"),
            "description": _("A booth that is held or contracted stays as it was applied for."),
        }
        return ((None, held), *self.fieldsets)

    def get_readonly_fields(self, request: HttpRequest, obj: Booth | None = None) -> tuple[str, ...]:
        return ("state", "holder", "until") if obj is not None and obj.live else ()

    def has_change_permission(self, request: HttpRequest, obj: Booth | None = None) -> bool:
        """What somebody holds is shown without a form; a form that was opened before is told why not when it comes."""
        held = request.method != "POST" and bool(getattr(obj, "live", None))
        return super().has_change_permission(request, obj) and not held

    def has_delete_permission(self, request: HttpRequest, obj: Booth | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "area" and not request.user.has_role(Role.ORGANISER):
            kwargs["queryset"] = Area.objects.managed_by(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("size"))
    def size(self, booth: Booth) -> str:
        return plans.size_in_words(booth)

    @admin.display(description="m²")
    def m2(self, booth: Booth) -> str:
        return plans.metres(booth.area_m2)

    @admin.display(description=_("state"))
    def state(self, booth: Booth) -> str:
        return booth.live[0].get_state_display() if booth.live else str(_("free"))

    @admin.display(description=_("holder"))
    def holder(self, booth: Booth) -> str:
        if not booth.live:
            return "–"
        return link_to("application", booth.live[0].application_id, booth.live[0].firm.name)

    @admin.display(description=_("held until"))
    def until(self, booth: Booth) -> str:
        held = booth.live[0].held_until if booth.live else None
        return formats.moment_short(held.astimezone(booth.hall.show.zone)) if held else "–"

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        rows = Booth.objects.filter(pk__in=queryset.values("pk"))
        live = Count("pk", filter=Q(allotments__state__in=Allotment.LIVE))
        contracted = Count("pk", filter=Q(allotments__state=Allotment.State.CONTRACTED))
        counts = rows.aggregate(booths=Count("pk", distinct=True), live=live, contracted=contracted)
        return [
            (str(_("booths")), str(counts["booths"])),
            (str(_("free")), str(counts["booths"] - counts["live"])),
            (str(_("held")), str(counts["live"] - counts["contracted"])),
            (str(_("contracted")), str(counts["contracted"])),
        ]

    def save_model(self, request: HttpRequest, obj: Booth, form: forms.ModelForm, change: bool) -> None:
        placing.place_booth(actor=Actor.of(request.user), booth=obj)


@admin.register(SpaceRate)
class SpaceRateAdmin(DeskAdmin):
    seen_by = frozenset({Role.ORGANISER, Role.AUDITOR})
    changed_by = ORGANISING
    list_display = ("area", "kind", "price")
    list_filter = ("kind",)
    list_select_related = ("area",)
    ordering = ("area__letter", "kind")
