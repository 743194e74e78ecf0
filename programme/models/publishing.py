"""What of the plan is public, and how it came to be so, version by version."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.privacy import NOTHING_PERSONAL
from expo.models import Area, Room, Show
from programme.documents import Difference, Document
from programme.models.people import Host, PlanQuerySet
from programme.models.sessions import Series, Session
from programme.models.tours import Enterprise


class Release(models.Model):
    """A version of the published programme: what was changed in it, when and by whom. Nothing changes it afterwards.

    `undoes` is the release before it that this one took back.
    """

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="releases", verbose_name=_("show"))
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(_("published at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by", verbose_name=_("takes back")
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the programme")
        verbose_name_plural = _("versions of the programme")
        ordering = ("show", "-number")
        constraints = (models.UniqueConstraint(fields=["show", "number"], name="one_release_a_number"),)

    def __str__(self) -> str:
        return f"{self.number}"


class Change(models.Model):
    """What a release changed of one session: the documents before and after, None where it was not published."""

    keeping = NOTHING_PERSONAL

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="changes", verbose_name=_("version"))
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="changes", verbose_name=_("session"))
    what = ArrayField(
        models.CharField(max_length=10, choices=[(one.value, one.label) for one in Difference]), verbose_name=_("what")
    )
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the programme")
        verbose_name_plural = _("changes of the programme")
        ordering = ("release", "pk")
        constraints = (
            models.UniqueConstraint(fields=["release", "session"], name="one_change_a_session"),
            models.CheckConstraint(
                condition=Q(before__isnull=False) | Q(after__isnull=False), name="a_change_has_a_side"
            ),
        )

    def __str__(self) -> str:
        return f"{self.release_id} {self.session_id}"

    @property
    def sides(self) -> tuple[Document | None, Document | None]:
        """What was public of the session before, and what was after."""
        return (
            Document.from_json(self.before) if self.before else None,
            Document.from_json(self.after) if self.after else None,
        )


class Published(models.Model):
    """A session as the public sees it: as it was when it was last published.

    `document` is all that is told of it (`documents.Document`); the columns beside it repeat what lists are made by.
    `sequence` counts its changes, for calendars; `moved_from` is the document's `starts_at`, `minutes`, `room` and
    meeting point as they were first announced, if they have changed since.
    """

    keeping = NOTHING_PERSONAL

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        MOVED = "moved", _("moved")
        CANCELLED = "cancelled", _("cancelled")

    session = models.OneToOneField(
        Session, on_delete=models.PROTECT, primary_key=True, related_name="published", verbose_name=_("session")
    )
    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="published", verbose_name=_("show"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    document = models.JSONField(_("document"))
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="published")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="published")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, null=True, related_name="published")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, related_name="published")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, null=True, related_name="published")
    moved_from = models.JSONField(_("moved from"), null=True)
    sequence = models.PositiveIntegerField(_("changes"), default=0)
    search = models.TextField(blank=True)
    first_at = models.DateTimeField(_("first published at"))
    changed_at = models.DateTimeField(_("last changed at"))

    class Meta:
        verbose_name = _("published session")
        verbose_name_plural = _("published sessions")
        ordering = ("show", "starts_at", "session")
        indexes = (models.Index(fields=["show", "starts_at"], name="published_day"),)

    def __str__(self) -> str:
        return str(self.session)

    @property
    def told(self) -> Document:
        return Document.from_json(self.document)
