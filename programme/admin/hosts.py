"""Who invites to sessions and is told what changes for them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor
from accounts.desk import language_named
from accounts.history import name_rows
from programme.actions import editing
from programme.admin.seeing import OfShowFilter, PlanAdmin
from programme.admin.sessions import lines_of
from programme.models import Guide, Host

name_rows(Host, str)
name_rows(Guide, str)


class InLanguage:
    """Offers the languages of the site as what mails are written in."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(label=db_field.verbose_name, choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("language of mails"), ordering="language")
    def written_in(self, row: Any) -> str:
        return language_named(row.language)


class OfPlan(InLanguage, PlanAdmin):
    """Somebody whom sessions name: how many do, and which."""

    may_delete = True

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is not None else self.fieldsets[:-1]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(sessions_count=Count("sessions"))

    @admin.display(description=_("sessions"), ordering="sessions_count")
    def how_many(self, row: Any) -> int:
        return row.sessions_count

    @admin.display(description=_("sessions"))
    def sessions_read(self, row: Any) -> str:
        return lines_of(row.sessions.select_related("show").order_by("starts_at", "code"))

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        editing.save_other(actor=Actor.of(request.user), row=obj)


@admin.register(Host)
class HostAdmin(OfPlan):
    """Organiser, exhibitor, enterprise or park; its contact gets a mail when one of its sessions changes."""

    list_display = ("name", "kind", "firm", "contact_name", "contact_email", "written_in", "how_many")
    list_filter = (OfShowFilter, "kind")
    search_fields = ("name_zh", "name_en", "contact_name", "contact_email")
    list_select_related = ("firm",)
    beside = {"host_exists": "name_en"}
    readonly_fields = ("sessions_read",)
    fieldsets = (
        (None, {"fields": (("name_zh", "name_en"), "kind", "firm")}),
        (_("Contact"), {"fields": ("contact_name", "contact_email", "language")}),
        (_("Its sessions"), {"fields": ("sessions_read",)}),
    )


@admin.register(Guide)
class GuideAdmin(OfPlan):
    """Who leads a departure to an open enterprise and back. Never public."""

    list_display = ("name", "phone", "email", "written_in", "how_many")
    list_filter = (OfShowFilter,)
    search_fields = ("name", "email")
    beside = {"guide_exists": "name"}
    readonly_fields = ("sessions_read",)
    fieldsets = (
        (None, {"fields": ("name", ("phone", "email"), "language")}),
        (_("Departures"), {"fields": ("sessions_read",)}),
    )
