from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.history import name_acts
from accounts.models import Role
from accounts.today import Matter, tells
from expo import formats
from expo.models import Gate, Show, ShowDay
from onsite import actions
from onsite.models import Device, DoorScan, Outcome, Scan, Visit
from visitors.badges import serials
from visitors.searching import with_every_word

name_acts(
    device_signed_in=_("device signed in"),
    device_signed_out=_("device signed out"),
    paid_at_gate=_("paid at the gate"),
    scans_erased=_("old scans erased"),
)

READERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF})
# Nobody pages through more; the filters and the search lead to the rest.
MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than `MOST_COUNTED` rows, so that a long list costs no more than a short one."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST_COUNTED].count()


class GateFilter(admin.SimpleListFilter):
    """Gates of the current show."""

    title = _("gate")
    parameter_name = "gate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[int, str]]:
        gates = Gate.objects.filter(hall__show=request.show.pk).select_related("hall")
        return [(gate.pk, f"{gate.name} · {gate.hall.name}") for gate in gates]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {str(pk) for pk, _name in self.lookup_choices}
        return queryset.filter(gate=self.value()) if self.value() in known else queryset


class DayFilter(admin.SimpleListFilter):
    """Days of the current show, by its own midnight."""

    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[int, str]]:
        return [(day.number, formats.day_named(day.date)) for day in request.show.calendar]

    def chosen(self, request: HttpRequest) -> ShowDay | None:
        return next((day for day in request.show.calendar if str(day.number) == self.value()), None)


def on_day(day: ShowDay) -> dict[str, Any]:
    """Scans of the day from midnight to midnight by the show's zone, as the index of newest scans has them."""
    midnight = datetime.combine(day.date, time.min, tzinfo=day.show.zone)
    return {"show": day.show_id, "at__gte": midnight, "at__lt": midnight + timedelta(days=1)}


class ScanDayFilter(DayFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = self.chosen(request)
        return queryset.filter(**on_day(day)) if day else queryset


class VisitDayFilter(DayFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        day = self.chosen(request)
        return queryset.filter(day=day) if day else queryset


class SignedInFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "signed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("in", _("signed in")), ("out", _("signed out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "in":
                return queryset.filter(signed_out_at=None)
            case "out":
                return queryset.exclude(signed_out_at=None)
        return queryset


class RecordAdmin(DeskAdmin):
    """What happened at the gates: read, never edited."""

    seen_by = READERS
    changed_by = frozenset()
    may_add = False
    paginator = BoundedPaginator
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return tuple(field for _title, options in self.get_fieldsets(request, obj) for field in options["fields"])


def linked(obj: Any, text: object) -> str:
    """A link to a row's page at the desk, for those who may see it there."""
    meta = obj._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[obj.pk])
    return format_html('<a href="{}">{}</a>', address, text)


@admin.register(Device)
class DeviceAdmin(DeskAdmin):
    seen_by = READERS
    changed_by = frozenset({Role.ORGANISER, Role.GATE_STAFF})
    may_add = False
    list_display = ("name", "gate", "is_signed_in", "signed_in_by", "signed_in_at", "last_seen_at")
    list_filter = (SignedInFilter, GateFilter)
    list_select_related = ("gate", "signed_in_by")
    search_fields = ("name", "signed_in_by__email", "signed_in_by__name")
    fields = ("name", "gate", "show", "signed_in_by", "signed_in_at", "last_seen_at", "signed_out_at")
    readonly_fields = fields
    actions = ("sign_out",)

    @admin.display(description=_("signed in"), boolean=True)
    def is_signed_in(self, device: Device) -> bool:
        return device.signed_out_at is None

    @admin.action(description=_("Sign the chosen devices out"), permissions=["change"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Device]) -> None:
        devices = list(queryset.filter(signed_out_at=None))
        for device in devices:
            actions.sign_out_device(actor=Actor.of(request.user), device=device, at=timezone.now())
        said = ngettext("%(n)d device is signed out.", "%(n)d devices are signed out.", len(devices))
        self.message_user(request, said % {"n": len(devices)}, messages.SUCCESS)


@admin.register(Scan)
class ScanAdmin(RecordAdmin):
    list_display = ("at", "outcome", "bearer", "serial", "gate", "device_name", "means")
    list_filter = ("outcome", GateFilter, ScanDayFilter, "means")
    list_select_related = ("badge__registration", "gate", "device__gate")
    ordering = ("-at",)
    search_fields = ("badge__serial",)
    search_help_text = _("Serial of a badge, or part of a name of at least three letters.")
    fields = ("at", "read_at", "outcome", "bearer", "serial", "gate", "device", "means", "uid")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scan]:
        return super().get_queryset(request).filter(show=request.show.pk)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return found(queryset, search_term, badge="badge", registration="badge__registration"), False

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        """What the gates said today: counted over one day, however long the list."""
        day = request.show.day_at(request.show.now())
        if day is None:
            return []
        today = Scan.objects.filter(**on_day(day))
        said = dict(today.values_list("outcome").annotate(Count("pk")))
        return [(str(Outcome(outcome).label), f"{said[outcome]:,}") for outcome in Outcome.values if outcome in said]

    @admin.display(description=_("bearer"))
    def bearer(self, scan: Scan) -> str:
        return linked(scan.badge.registration, scan.badge.registration) if scan.badge is not None else "–"

    @admin.display(description=_("device"), ordering="device__name")
    def device_name(self, scan: Scan) -> str:
        return scan.device.name

    @admin.display(description=_("serial"), ordering="badge__serial")
    def serial(self, scan: Scan) -> str:
        return scan.badge.serial_in_groups if scan.badge is not None else "–"


@admin.register(DoorScan)
class DoorScanAdmin(RecordAdmin):
    list_display = ("at", "outcome", "bearer", "serial", "session_link", "device_name", "means")
    list_filter = ("outcome", ScanDayFilter, "means")
    list_select_related = ("badge__registration", "session", "device__gate")
    ordering = ("-at",)
    search_fields = ("badge__serial",)
    search_help_text = _("Serial of a badge, or part of a name of at least three letters.")
    fields = ("at", "read_at", "outcome", "bearer", "serial", "session_link", "device", "means", "uid")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DoorScan]:
        return super().get_queryset(request).filter(show=request.show.pk)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return found(queryset, search_term, badge="badge", registration="badge__registration"), False

    @admin.display(description=_("bearer"))
    def bearer(self, scan: DoorScan) -> str:
        return linked(scan.badge.registration, scan.badge.registration) if scan.badge is not None else "–"

    @admin.display(description=_("device"), ordering="device__name")
    def device_name(self, scan: DoorScan) -> str:
        return scan.device.name

    @admin.display(description=_("session"))
    def session_link(self, scan: DoorScan) -> str:
        return linked(scan.session, scan.session)

    @admin.display(description=_("serial"), ordering="badge__serial")
    def serial(self, scan: DoorScan) -> str:
        return scan.badge.serial_in_groups if scan.badge is not None else "–"


@admin.register(Visit)
class VisitAdmin(RecordAdmin):
    list_display = ("entered_at", "registration_link", "category", "gate", "day_named")
    list_filter = (VisitDayFilter, GateFilter, "registration__category")
    list_select_related = ("registration", "gate", "day")
    ordering = ("-entered_at",)
    search_fields = ("registration__search",)
    search_help_text = _("Serial of a badge, or part of a name of at least three letters.")
    fields = ("entered_at", "registration_link", "category", "gate", "day_named", "scan_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Visit]:
        return super().get_queryset(request).filter(day__in=request.show.calendar)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return found(queryset, search_term, badge="registration__badges", registration="registration"), False

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        """Visits of each day of the show, whatever the filters leave."""
        days = {day.pk: day for day in request.show.calendar}
        counted = dict(Visit.objects.filter(day__in=days).values_list("day").annotate(Count("pk")))
        return [(formats.day_short(day.date), f"{counted.get(pk, 0):,}") for pk, day in days.items()]

    @admin.display(description=_("visitor"))
    def registration_link(self, visit: Visit) -> str:
        return linked(visit.registration, visit.registration)

    @admin.display(description=_("category"))
    def category(self, visit: Visit) -> str:
        return visit.registration.get_category_display()

    @admin.display(description=_("day"), ordering="day__date")
    def day_named(self, visit: Visit) -> str:
        return formats.day_named(visit.day.date)

    @admin.display(description=_("first scan"))
    def scan_link(self, visit: Visit) -> str:
        return linked(visit.scan, visit.scan) if visit.scan is not None else "–"


def found(queryset: QuerySet, term: str, *, badge: str, registration: str) -> QuerySet:
    """Rows of a serial, else of people whose name, e-mail or firm holds the words."""
    serial = serials.tidy(term)
    if serial is not None:
        return queryset.filter(**{f"{badge}__serial": serial})
    return with_every_word(queryset, term, field=f"{registration}__search")


@tells(*READERS)
def visits_today(request: HttpRequest) -> list[Matter]:
    show = Show.objects.current()
    today = show.day_at(show.now()) if show else None
    if today is None:
        return []
    visits = reverse("admin:onsite_visit_changelist")
    devices = Device.objects.filter(show=show, signed_out_at=None).count()
    return [
        Matter(today.visits.count(), str(_("Visits today")), f"{visits}?day={today.number}"),
        Matter(devices, str(_("Devices at the gates")), reverse("admin:onsite_device_changelist")),
    ]
