"""What people agree to, and who did."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.desk import DeskAdmin
from visitors.models import (
    Consent,
    ConsentWording,
)


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
    list_display = ("registration", "wording", "language", "channel", "given_at", "withdrawn_at")
    list_filter = ("wording__purpose", "channel")
    list_select_related = ("registration", "wording")
    ordering = ("-pk",)
    fields = ("registration", "wording", "language", "channel", "given_at", "withdrawn_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
