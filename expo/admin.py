from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, F, ForeignKey, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import DeskAdmin, NamedFormSet, NamedInline
from accounts.history import name_rows
from accounts.models import Role, User
from accounts.picking import a_day, an_hour
from accounts.refusals import Refusal
from accounts.troubles import explain
from expo import formats
from expo.local_time import moment
from expo.models import Area, Gate, Hall, Room, Show, ShowDay

EVERYBODY = frozenset({Role.ORGANISER, Role.AUDITOR, Role.AREA_MANAGER, Role.PROGRAMME_EDITOR})

for named in (Area, Gate, Hall, Room, Show):
    name_rows(named, str)
name_rows(ShowDay, lambda day: formats.day_long(day.date))

explain("hall_has_a_size", gettext_lazy("A hall has a width and a depth."), field="width")
explain(
    "hall_holds_its_booths",
    gettext_lazy("Booths would lie outside the hall. Move or remove them first, or keep the hall as large."),
    field="width",
)
explain(
    "area_stays_with_its_booths",
    gettext_lazy("The area has booths in its hall. Move them first, then the area."),
    field="hall",
)


class DeskInline(NamedInline):
    """Rows inside another's form: who may change that one may change them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(Role.ORGANISER)

    has_add_permission = has_delete_permission = has_change_permission


class DaysFormSet(NamedFormSet):
    """Days of the show in the zone that it is about to have."""

    def clean(self) -> None:
        super().clean()
        if self.instance.time_zone not in available_timezones():
            return
        for form in self.forms:
            typed = getattr(form, "cleaned_data", {})
            for field in ("opens", "last_entry", "closes"):
                if typed.get("date") and typed.get(field) and not typed.get("DELETE"):
                    try:
                        moment(datetime.combine(typed["date"], typed[field]), self.instance.zone)
                    except Refusal as refusal:
                        form.add_error(field, forms.ValidationError(refusal.sentence, refusal.code))


class DayInline(DeskInline):
    model = ShowDay
    formset = DaysFormSet
    fields = ("number", "date", "opens", "last_entry", "closes")
    formfield_overrides = {models.DateField: {"widget": a_day()}, models.TimeField: {"widget": an_hour()}}
    verbose_name_plural = gettext_lazy("days and opening hours, in the show's time zone")


@admin.register(Show)
class ShowAdmin(DeskAdmin):
    """An edition with its days. The site shows the one that is marked as current."""

    seen_by = EVERYBODY
    list_display = ("number", "name", "short", "first_day", "last_day", "is_current", "is_demo")
    inlines = (DayInline,)
    history_with = ("days",)
    fieldsets = (
        (None, {"fields": ("number", "short", "is_current")}),
        (gettext_lazy("Names, in both languages"), {"fields": (("name_en", "name_zh"), ("theme_en", "theme_zh"))}),
        (
            gettext_lazy("Where"),
            {
                "fields": (
                    ("city_en", "city_zh"),
                    ("venue_en", "venue_zh"),
                    ("latitude", "longitude"),
                    "time_zone",
                    "contact",
                )
            },
        ),
        (
            gettext_lazy("Clock of a demo show"),
            {
                "fields": ("clock_shift",),
                "classes": ("collapse",),
                "description": gettext_lazy("Lets a demo show live on its own days. A real show has the real time."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Show]:
        return super().get_queryset(request).prefetch_related("days")

    def get_fieldsets(self, request: HttpRequest, obj: Show | None = None) -> Any:
        return self.fieldsets if obj is not None and obj.is_demo else self.fieldsets[:-1]

    @admin.display(description=gettext_lazy("first day"))
    def first_day(self, show: Show) -> Any:
        return show.calendar[0].date if show.calendar else None

    @admin.display(description=gettext_lazy("last day"))
    def last_day(self, show: Show) -> Any:
        return show.calendar[-1].date if show.calendar else None


class GatesFormSet(NamedFormSet):
    """Gates of the hall as large as it is about to be."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            for field, size in (("x", self.instance.width), ("y", self.instance.depth)):
                at = getattr(form, "cleaned_data", {}).get(field)
                if at is not None and size is not None and not 0 <= at <= size:
                    form.add_error(field, forms.ValidationError(_("The gate would lie outside its hall."), "outside"))


class GateInline(DeskInline):
    model = Gate
    formset = GatesFormSet
    fields = ("name_en", "name_zh", "x", "y")
    verbose_name_plural = gettext_lazy("gates: their middle, in metres from the hall's upper left corner")


@admin.register(Hall)
class HallAdmin(DeskAdmin):
    seen_by = EVERYBODY
    list_display = ("name", "slug", "show", "width", "depth", "area_m2", "how_many_areas")
    list_filter = ("show",)
    list_select_related = ("show",)
    search_fields = ("name_en", "name_zh", "slug")
    inlines = (GateInline,)
    history_with = ("gates",)
    fieldsets = (
        (None, {"fields": ("show", ("name_en", "name_zh"), "slug")}),
        (
            gettext_lazy("Size"),
            {
                "fields": (("width", "depth"),),
                "description": gettext_lazy(
                    "In metres, seen from above. A hall cannot become too small for its booths."
                ),
            },
        ),
    )
    prepopulated_fields = {"slug": ("name_en",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hall]:
        return super().get_queryset(request).annotate(areas_count=Count("areas"))

    def totals(self, request: HttpRequest, queryset: QuerySet[Hall]) -> list[tuple[str, str]]:
        size = Hall.objects.filter(pk__in=queryset.values("pk")).aggregate(m2=Sum(F("width") * F("depth")))["m2"] or 0
        return [(_("halls"), str(queryset.count())), (_("gross space"), f"{size:,.0f} m²")]

    @admin.display(description=gettext_lazy("m²"))
    def area_m2(self, hall: Hall) -> str:
        return f"{hall.width * hall.depth:,.0f}"

    @admin.display(description=gettext_lazy("areas"))
    def how_many_areas(self, hall: Hall) -> int:
        return hall.areas_count


@admin.register(Area)
class AreaAdmin(DeskAdmin):
    """The exhibition areas; each has a letter and a colour on plan and signs, and a manager who decides on space."""

    seen_by = EVERYBODY
    list_display = ("sign", "name", "hall", "manager", "show")
    list_display_links = ("sign", "name")
    list_filter = ("show", "hall")
    list_select_related = ("show", "hall", "manager")
    search_fields = ("name_en", "name_zh", "letter")
    fieldsets = (
        (None, {"fields": ("show", "hall", ("letter", "colour"), ("name_en", "name_zh"), "slug")}),
        (gettext_lazy("What it shows"), {"fields": ("shows_en", "shows_zh")}),
        (
            gettext_lazy("Manager"),
            {
                "fields": ("manager",),
                "description": gettext_lazy(
                    "Decides on the applications for this area and sees no others. Needs the role of area manager."
                ),
            },
        ),
    )
    prepopulated_fields = {"slug": ("name_en",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Area]:
        rows = super().get_queryset(request)
        if request.user.has_role(Role.ORGANISER, Role.AUDITOR, Role.PROGRAMME_EDITOR):
            return rows
        return rows.managed_by(request.user)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "manager":
            kwargs["queryset"] = User.objects.filter(roles__contains=[Role.AREA_MANAGER], is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "colour":
            kwargs["widget"] = forms.TextInput(attrs={"type": "color"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("sign"), ordering="letter")
    def sign(self, area: Area) -> str:
        return format_html(
            '<span class="plate area-{}"><span class="code">{}</span></span>', area.letter.lower(), area.letter
        )


@admin.register(Room)
class RoomAdmin(DeskAdmin):
    seen_by = EVERYBODY
    list_display = ("name", "hall", "seats", "show")
    list_filter = ("show", "hall")
    list_select_related = ("show", "hall")
    search_fields = ("name_en", "name_zh")
    fields = ("show", "hall", ("name_en", "name_zh"), "seats")
