"""What visitors may choose from, and the codes that open some of it."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.acting import Actor
from accounts.desk import DeskAdmin, NamedInline
from accounts.history import name_rows
from accounts.models import Role
from expo import formats
from visitors.actions import offering
from visitors.models import (
    CODE_TAKEN,
    DayPlaces,
    Invitation,
    TicketType,
)

name_rows(TicketType, str)
name_rows(DayPlaces, lambda places: formats.day_long(places.day.date), "day")


class DayPlacesInline(NamedInline):
    model = DayPlaces
    fields = ("day", "places", "taken")
    readonly_fields = ("taken",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(Role.ORGANISER)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(Role.ORGANISER)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_extra(self, request: HttpRequest, obj: TicketType | None = None, **kwargs: Any) -> int:
        return 0 if obj else 4


@admin.register(TicketType)
class TicketTypeAdmin(DeskAdmin):
    """What visitors may choose from, and how many places each day has."""

    list_display = ("name", "show", "category", "access", "price", "taken", "places", "on_sale")
    list_filter = ("show", "category", "access", "on_sale")
    search_fields = ("name_en", "name_zh", "code")
    list_select_related = ("show",)
    inlines = (DayPlacesInline,)
    history_with = ("day_places",)
    fieldsets = (
        (None, {"fields": ("show", "code", ("name_en", "name_zh"), ("note_en", "note_zh"), "position")}),
        (
            gettext_lazy("Who gets it, and for how much"),
            {
                "fields": ("category", "access", "price", "on_sale"),
                "description": gettext_lazy("A price that is changed holds for tickets given from then on."),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TicketType]:
        rows = super().get_queryset(request)
        return rows.annotate(all_taken=Sum("day_places__taken"), all_places=Sum("day_places__places"))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        # Locked in the order in which tickets take them.
        for places in sorted(formset.save(commit=False), key=lambda row: row.pk or math.inf):
            offering.set_places(actor=Actor.of(request.user), places=places)
        formset.save_m2m()

    @admin.display(description=gettext_lazy("taken"), ordering="all_taken")
    def taken(self, row: TicketType) -> str:
        return f"{row.all_taken or 0:,}"

    @admin.display(description=gettext_lazy("places, all days"), ordering="all_places")
    def places(self, row: TicketType) -> str:
        return f"{row.all_places or 0:,}"


class InvitationForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        others = Invitation.objects.exclude(pk=self.instance.pk)
        if others.filter(ticket_type=data.get("ticket_type"), code__iexact=data.get("code", "")).exists():
            self.add_error("code", forms.ValidationError(CODE_TAKEN, code="code_taken"))
        return data


@admin.register(Invitation)
class InvitationAdmin(DeskAdmin):
    form = InvitationForm
    list_display = ("code", "for_whom", "ticket_type", "used", "places", "valid_until")
    list_filter = ("ticket_type__show", "ticket_type")
    search_fields = ("code", "for_whom")
    list_select_related = ("ticket_type",)
    fields = ("ticket_type", "code", "for_whom", "places", "used", "valid_until")
    readonly_fields = ("used",)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        if change:
            offering.correct_invitation(
                actor=Actor.of(request.user), invitation=obj, fields=form.cleaned_data.keys() & set(self.fields)
            )
        else:
            super().save_model(request, obj, form, change)
