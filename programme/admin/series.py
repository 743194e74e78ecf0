"""Series: sessions that belong together."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.acting import Actor
from accounts.history import name_rows
from programme.actions import editing
from programme.admin.seeing import NamedBySessions, OfShowFilter, OfThisShow
from programme.models import Kind, Published, Series

name_rows(Series, str)


@admin.register(Series)
class SeriesAdmin(NamedBySessions):
    """Sessions that belong together and count as one."""

    list_display = ("name", "kind", "host", "area", "how_many")
    list_filter = (OfShowFilter, "kind", ("area", OfThisShow))
    search_fields = ("name_zh", "name_en", "slug")
    list_select_related = ("host", "area")
    prepopulated_fields = {"slug": ("name_en",)}
    fieldsets = (
        (None, {"fields": (("name_zh", "name_en"), "kind", "slug", "host", "area", "most_each")}),
        (gettext_lazy("What it is about"), {"fields": ("about_zh", "about_en")}),
        (gettext_lazy("Its sessions"), {"fields": ("sessions_read",)}),
    )

    beside = {"unique_together": "slug"}

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = dict(queryset.order_by().values_list("kind").annotate(n=Count("pk", distinct=True)))
        return [(str(kind.label), str(counts.get(kind.value, 0))) for kind in Kind]

    def view_on_site(self, series: Series) -> str | None:
        known = series.show.is_current and Published.objects.filter(series=series).exists()
        return series.get_absolute_url() if known else None

    def save_model(self, request: HttpRequest, obj: Series, form: forms.ModelForm, change: bool) -> None:
        editing.save_series(actor=Actor.of(request.user), series=obj)
