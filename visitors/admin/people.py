"""Who came before."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy

from accounts.desk import DeskAdmin
from visitors.models import Person


@admin.register(Person)
class PersonAdmin(DeskAdmin):
    """People who came before and may come again; their details are changed at their registration."""

    may_add = False
    list_display = ("name", "email", "shows")
    search_fields = ("email__istartswith", "name__istartswith")
    search_help_text = gettext_lazy("Beginning of the e-mail or the name")
    ordering = ("-pk",)
    fields = ("name", "email", "shows")
    readonly_fields = ("shows",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).prefetch_related("registrations__show")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("registered for"))
    def shows(self, person: Person) -> str:
        return format_html_join(
            ", ",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:visitors_registration_change", args=[row.pk]), row.show.short)
                for row in person.registrations.all()
            ),
        )
