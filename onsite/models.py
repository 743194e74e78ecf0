from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.privacy import NOTHING_PERSONAL, Keeping
from expo.models import Gate, Show, ShowDay
from programme.doors import AtDoor
from programme.models import Session
from visitors.models import Badge, Registration

if TYPE_CHECKING:
    from accounts.models import User


@pghistory.track(exclude=["token_hash", "last_seen_at"])
class Device(models.Model):
    """A phone or scanner at a gate. It proves itself by a secret cookie, of which only the hash is kept."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="devices", verbose_name=_("show"))
    gate = models.ForeignKey(Gate, on_delete=models.PROTECT, related_name="devices", verbose_name=_("gate"))
    name = models.CharField(_("name"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    signed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="devices", verbose_name=_("signed in by")
    )
    signed_in_at = models.DateTimeField(_("signed in at"))
    last_seen_at = models.DateTimeField(_("last seen at"), null=True, blank=True, editable=False)
    signed_out_at = models.DateTimeField(_("signed out at"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        ordering = ("-signed_in_at",)

    def __str__(self) -> str:
        return f"{self.name} · {self.gate}"


class Outcome(models.TextChoices):
    ADMITTED = "admitted", _("admitted")
    ALREADY_IN = "already_in", _("already in today")
    WRONG_DAY = "wrong_day", _("not for today")
    PAYMENT_DUE = "payment_due", _("payment due")
    REVOKED = "revoked", _("revoked")
    NO_TICKET = "no_ticket", _("no valid ticket")
    NOT_OURS = "not_ours", _("not ours")
    CLOSED = "closed", _("the show is closed")


class ScanQuerySet(models.QuerySet["Scan"]):
    def visible_to(self, user: User) -> ScanQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF):
            return self
        return self.none()


class Scan(models.Model):
    """One reading of a badge. `uid` is drawn by the device, so that a scan sent twice is recorded once.

    `outcome` is what the gate said when the badge was read, and stays: who paid thereupon has a visit beside it.
    """

    keeping = Keeping(purpose=_("to admit visitors and to settle disputes at gates"), basis=_("contract"), days=90)

    class Means(models.TextChoices):
        CAMERA = "camera", _("camera")
        SCANNER = "scanner", _("hand scanner")
        TYPED = "typed", _("typed serial")

    # Every reading writes here: only what is looked up by has an index, `scan_newest` serves the show's too.
    uid = models.UUIDField(unique=True)
    body_hash = models.CharField(max_length=32, editable=False)
    show = models.ForeignKey(
        Show, db_index=False, on_delete=models.PROTECT, related_name="scans", verbose_name=_("show")
    )
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="scans", verbose_name=_("device"))
    gate = models.ForeignKey(
        Gate, db_index=False, on_delete=models.PROTECT, related_name="scans", verbose_name=_("gate")
    )
    badge = models.ForeignKey(
        Badge, on_delete=models.SET_NULL, null=True, related_name="scans", verbose_name=_("badge")
    )
    means = models.CharField(_("read by"), max_length=8, choices=Means.choices)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    read_at = models.DateTimeField(_("device's clock"))
    at = models.DateTimeField(_("server's clock"))

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        indexes = (models.Index(fields=["show", "-at"], name="scan_newest"),)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"


class DoorScanQuerySet(models.QuerySet["DoorScan"]):
    def visible_to(self, user: User) -> DoorScanQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF):
            return self
        return self.none()


class DoorScan(models.Model):
    """One reading of a badge at the door of a session or a bus, recorded once however often it is sent.

    `outcome` is what the door said then, and stays: who was let in thereupon has a sign-up that says so.
    """

    keeping = Keeping(
        purpose=_("to let people into sessions and to settle disputes at doors"), basis=_("contract"), days=90
    )

    uid = models.UUIDField(unique=True)
    body_hash = models.CharField(max_length=32, editable=False)
    show = models.ForeignKey(
        Show, db_index=False, on_delete=models.PROTECT, related_name="door_scans", verbose_name=_("show")
    )
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="door_scans", verbose_name=_("session"))
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="door_scans", verbose_name=_("device"))
    badge = models.ForeignKey(
        Badge, on_delete=models.SET_NULL, null=True, related_name="door_scans", verbose_name=_("badge")
    )
    means = models.CharField(_("read by"), max_length=8, choices=Scan.Means.choices)
    outcome = models.CharField(_("outcome"), max_length=13, choices=AtDoor.choices)
    read_at = models.DateTimeField(_("device's clock"))
    at = models.DateTimeField(_("server's clock"))

    objects = DoorScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan at a door")
        verbose_name_plural = _("scans at doors")
        indexes = (models.Index(fields=["show", "-at"], name="door_scan_newest"),)

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.at:%Y-%m-%d %H:%M}"


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> VisitQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF):
            return self
        return self.none()


class Visit(models.Model):
    """Entry of a registration on a day: at most one, however often it comes back."""

    keeping = Keeping(
        purpose=_("to count visits and visitors; after that it says nobody's name any more"),
        basis=_("legitimate interest"),
        days=365,
    )

    registration = models.ForeignKey(
        Registration, db_index=False, on_delete=models.PROTECT, related_name="visits", verbose_name=_("registration")
    )
    day = models.ForeignKey(
        ShowDay, db_index=False, on_delete=models.PROTECT, related_name="visits", verbose_name=_("day")
    )
    gate = models.ForeignKey(
        Gate, db_index=False, on_delete=models.PROTECT, related_name="visits", verbose_name=_("gate")
    )
    scan = models.OneToOneField(
        Scan, on_delete=models.SET_NULL, null=True, related_name="visit", verbose_name=_("first scan")
    )
    entered_at = models.DateTimeField(_("entered at"))

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = (
            models.UniqueConstraint(
                fields=["registration", "day"],
                name="one_visit_a_day",
                violation_error_code="already_in",
                violation_error_message=_("This person is in already today."),
            ),
        )
        indexes = (models.Index(fields=["day", "-entered_at"], name="visit_newest"),)

    def __str__(self) -> str:
        return f"{self.registration_id} {self.entered_at:%Y-%m-%d %H:%M}"
