"""The staff's desk: what every list and form of the Django admin has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.acting import Actor, acting
from accounts.models import Role


class DeskAdmin(admin.ModelAdmin):
    """A ModelAdmin that shows a role what it may see, and records every change with who made it.

    `seen_by` and `changed_by` name the roles; the rows come from the model's own `visible_to(user)`. Rows are added
    and deleted only where `may_add` and `may_delete` say so: most things end by an act, not by deletion.
    """

    seen_by: ClassVar[frozenset[Role]] = frozenset({Role.ORGANISER, Role.AUDITOR})
    changed_by: ClassVar[frozenset[Role]] = frozenset({Role.ORGANISER})
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.has_role(*self.seen_by, *self.changed_by)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.has_role(*self.changed_by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self.has_change_permission(request, obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, *args, **kwargs)
        with acting(Actor.of(request.user), f"desk.{self.opts.model_name}.saved"):
            return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().delete_view(request, *args, **kwargs)
        with acting(Actor.of(request.user), f"desk.{self.opts.model_name}.deleted"):
            return super().delete_view(request, *args, **kwargs)
