"""The site of the staff's desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from accounts import today
from accounts.desk import DeskAdmin
from accounts.models import Role
from accounts.staff import ask_for_second_factor, has_second_factor


@dataclass(frozen=True, slots=True)
class Corner:
    """Pages of a room on the desk that are no lists of rows, such as a planner; the first of `urls` leads in.

    `room` is the app's label, `roles` who sees it in the room's list.
    """

    room: str
    title: Any
    roles: frozenset[Role]
    urls: tuple[Any, ...]


class DeskSite(admin.AdminSite):
    """Staff come in by the site's own login and with a second factor, and find first what waits for them."""

    site_header = _("The staff's desk")
    site_title = _("Desk")
    index_title = _("Today")
    enable_nav_sidebar = False

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self._rooms: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        self._corners: list[Corner] = []

    def open_corner(self, corner: Corner) -> None:
        self._corners.append(corner)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only what a room has prepared for the desk is shown there, whatever the installed packages bring along."""
        if admin_class is not None and issubclass(admin_class, DeskAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and has_second_factor(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one login, the site's. Who is logged in and still may not enter learns why."""
        wanted = request.GET.get("next", "")
        if not url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            wanted = reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted, reverse("account_login"))
        if not request.user.is_staff:
            raise PermissionDenied
        if not has_second_factor(request):
            return ask_for_second_factor(request, wanted)
        return HttpResponseRedirect(wanted)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, {"matters": today.matters(request), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The rooms from the gates down to the ground.

        What there is for somebody hangs on the roles alone, and each page of the desk asks: it is put together once
        for a set of roles in a language. Whoever gets it reads it only.
        """
        user = request.user
        key = (app_label, get_language(), user.is_active, frozenset(getattr(user, "roles", ())))
        if key not in self._rooms:
            self._rooms[key] = self._put_together(request, app_label)
        return self._rooms[key]

    def _put_together(self, request: HttpRequest, app_label: str | None) -> list[dict[str, Any]]:
        order = [app.label for app in apps.get_app_configs()]
        rooms = sorted(super().get_app_list(request, app_label), key=lambda room: order.index(room["app_label"]))
        for room in rooms:
            open_here = [one for one in self._corners if one.room == room["app_label"] and self._is_for(one, request)]
            room["models"] = [*(self._listed(one) for one in open_here), *room["models"]]
        return rooms

    @staticmethod
    def _is_for(corner: Corner, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_role(*corner.roles)

    @staticmethod
    def _listed(corner: Corner) -> dict[str, Any]:
        """As the admin lists a model."""
        address = reverse(f"admin:{corner.urls[0].name}")
        return {
            "name": corner.title,
            "object_name": corner.urls[0].name,
            "admin_url": address,
            "add_url": None,
            "view_only": True,
            "perms": {},
        }

    def get_urls(self) -> list[Any]:
        corners = [address for corner in self._corners for address in corner.urls]
        return [path("language/", never_cache(set_language), name="language"), *corners, *super().get_urls()]
