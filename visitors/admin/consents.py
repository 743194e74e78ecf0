"""What people agree to, and who did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from accounts.desk import DeskAdmin, language_named
from visitors.badges import serials
from visitors.models import Consent, ConsentWording
from visitors.searching import with_every_word


@admin.register(ConsentWording)
class ConsentWordingAdmin(DeskAdmin):
    """The words that visitors agree to. What was in force is never edited: a new version follows it."""

    list_display = ("purpose", "version", "show", "since")
    list_filter = ("show", "purpose")
    list_select_related = ("show",)
    fields = ("show", "purpose", "version", "text_en", "text_zh", "since")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)


@admin.register(Consent)
class ConsentAdmin(DeskAdmin):
    """Who agreed to what, and withdrew it."""

    may_add = False
    list_display = ("given_at", "registration_link", "wording", "given_in", "channel", "withdrawn_at")
    list_filter = ("wording__purpose", "channel")
    list_select_related = ("registration", "wording")
    search_fields = ("registration__search",)
    search_help_text = gettext_lazy("Part of a name, e-mail, firm or phone, or a badge number")
    ordering = ("-pk",)
    fields = ("registration", "wording", "given_in", "channel", "given_at", "withdrawn_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Consent], search_term: str
    ) -> tuple[QuerySet[Consent], bool]:
        serial = serials.tidy(search_term)
        if serial:
            return queryset.filter(registration__badges__serial=serial), False
        return with_every_word(queryset, search_term, field="registration__search"), False

    @admin.display(description=gettext_lazy("registration"))
    def registration_link(self, consent: Consent) -> str:
        path = reverse("admin:visitors_registration_change", args=[consent.registration_id])
        return format_html('<a href="{}">{}</a>', path, consent.registration)

    @admin.display(description=gettext_lazy("language"))
    def given_in(self, consent: Consent) -> str:
        return language_named(consent.language)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
