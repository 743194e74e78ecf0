"""Open enterprises, and what takes people there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acting import Actor
from accounts.history import name_rows
from programme import pictures
from programme.actions import editing
from programme.admin.hosts import OfPlan
from programme.admin.seeing import OfShowFilter, PlanAdmin, lines_of
from programme.forms.fields import BesideFields, PictureField
from programme.models import Bus, Enterprise, Picture, Published

name_rows(Enterprise, str)
name_rows(Bus, str)
name_rows(Picture, str)


class EnterpriseForm(BesideFields, forms.ModelForm):
    new_picture = PictureField(
        pictures.WIDE,
        label=gettext_lazy("New picture"),
        help_text=gettext_lazy("JPEG, PNG or WebP of up to 5 MB; it is cut to 16 by 9."),
    )
    drops_picture = forms.BooleanField(label=gettext_lazy("Take the picture off"), required=False)
    beside = {"unique_together": "slug", "no_place": "latitude", "too_far": "travel_minutes"}


def thumbnail(picture: Picture | None, width: int, height: int) -> str:
    if picture is None:
        return "–"
    return format_html('<img src="{}" width="{}" height="{}" alt="">', picture.get_absolute_url(), width, height)


@admin.register(Enterprise)
class EnterpriseAdmin(PlanAdmin):
    """An enterprise that opens its doors: what is seen there, and where it lies."""

    form = EnterpriseForm
    may_delete = True
    list_display = ("name", "district", "travel_minutes", "how_many", "has_place", "picture_small")
    list_filter = (OfShowFilter,)
    search_fields = ("name_zh", "name_en", "slug", "district_zh", "district_en")
    list_select_related = ("show",)
    prepopulated_fields = {"slug": ("name_en",)}
    readonly_fields = ("picture_shown", "departures_read")
    fieldsets = (
        (None, {"fields": (("name_zh", "name_en"), "slug", "firm")}),
        (
            gettext_lazy("What one sees"),
            {"fields": ("about_zh", "about_en", "seen_zh", "seen_en", "rules_zh", "rules_en")},
        ),
        (
            gettext_lazy("Where it lies"),
            {
                "fields": (
                    ("district_zh", "district_en"),
                    ("address_zh", "address_en"),
                    ("latitude", "longitude"),
                    "travel_minutes",
                ),
                "description": gettext_lazy("In degrees (WGS 84); the sketch of the way is drawn from them."),
            },
        ),
        (gettext_lazy("Picture"), {"fields": ("picture_shown", "new_picture", "drops_picture")}),
        (gettext_lazy("Departures"), {"fields": ("departures_read",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Enterprise | None = None) -> Any:
        if obj is None:
            *most, _picture, _departures = self.fieldsets
            return (*most, (gettext_lazy("Picture"), {"fields": ("new_picture",)}))
        if not self.has_change_permission(request, obj):
            *most, _picture, departures = self.fieldsets
            return (*most, (gettext_lazy("Picture"), {"fields": ("picture_shown",)}), departures)
        return self.fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("picture").defer("picture__jpeg")
        return rows.annotate(count=Count("departures", filter=Q(departures__is_cancelled=False)))

    @admin.display(description=gettext_lazy("departures"), ordering="count")
    def how_many(self, enterprise: Enterprise) -> int:
        return enterprise.count

    @admin.display(description=gettext_lazy("on the sketch"), boolean=True)
    def has_place(self, enterprise: Enterprise) -> bool:
        return enterprise.latitude is not None

    @admin.display(description=gettext_lazy("district"))
    def district(self, enterprise: Enterprise) -> str:
        return enterprise.district or "–"

    @admin.display(description=gettext_lazy("picture"))
    def picture_small(self, enterprise: Enterprise) -> str:
        return thumbnail(enterprise.picture, 64, 36)

    @admin.display(description=gettext_lazy("picture"))
    def picture_shown(self, enterprise: Enterprise) -> str:
        return thumbnail(enterprise.picture, 320, 180)

    @admin.display(description=gettext_lazy("departures"))
    def departures_read(self, enterprise: Enterprise) -> str:
        return lines_of(enterprise.departures.select_related("show").order_by("starts_at", "code"))

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        rows = Enterprise.objects.filter(pk__in=queryset.values("pk"))
        counts = rows.aggregate(
            all=Count("pk", distinct=True), departures=Count("departures", filter=Q(departures__is_cancelled=False))
        )
        return [(_("open enterprises"), str(counts["all"])), (_("departures"), str(counts["departures"]))]

    def view_on_site(self, enterprise: Enterprise) -> str | None:
        known = enterprise.show.is_current and Published.objects.filter(enterprise=enterprise).exists()
        return enterprise.get_absolute_url() if known else None

    def save_model(self, request: HttpRequest, obj: Enterprise, form: forms.ModelForm, change: bool) -> None:
        editing.save_enterprise(
            actor=Actor.of(request.user),
            enterprise=obj,
            picture=form.cleaned_data.get("new_picture"),
            drops_picture=form.cleaned_data.get("drops_picture", False),
        )


@admin.register(Bus)
class BusAdmin(OfPlan):
    """A bus takes one departure at a time, and no more people than it has seats."""

    list_display = ("name", "seats", "how_many")
    list_filter = (OfShowFilter,)
    search_fields = ("name",)
    beside = {"bus_exists": "name"}
    fieldsets = ((None, {"fields": ("name", "seats")}), (gettext_lazy("Departures"), {"fields": ("sessions_read",)}))
