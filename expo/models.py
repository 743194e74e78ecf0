from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pghistory
from django.conf import settings
from django.contrib.admin import display
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.privacy import NOTHING_PERSONAL

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from accounts.models import User


def zone_validator(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("There is no time zone of this name; an example is Asia/Shanghai."), code="no_zone")


# Far enough for any show there was or will be; nearer the ends of the calendar a zone's offset leads out of it.
FIRST_YEAR, LAST_YEAR = 1950, 2200


def year_validator(value: date) -> None:
    """For days and moments."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("Choose a year from %(first)s to %(last)s."),
            code="year",
            params={"first": FIRST_YEAR, "last": LAST_YEAR},
        )


# So many fit into a badge.
LAST_NUMBER = 999

colour_validator = RegexValidator(r"^#[0-9a-f]{6}\Z", _("Write the colour as # and six digits, such as #0a56d6."))


class InTwoLanguages(models.Model):
    """Something with a name in Chinese and in English; `name` is the one for the language in use."""

    name_en = models.CharField(_("name in English"), max_length=120)
    name_zh = models.CharField(_("name in Chinese"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    @display(description=_("name"))
    def name(self) -> str:
        return in_language(self.name_en, self.name_zh)


def in_language(en: str, zh: str) -> str:
    """The text for the language in use, or the other one where it is missing."""
    first, second = (zh, en) if (get_language() or "").startswith("zh") else (en, zh)
    return first or second


class ShowQuerySet(models.QuerySet["Show"]):
    def current(self) -> Show | None:
        return self.filter(is_current=True).prefetch_related("days").first()


@pghistory.track()
class Show(InTwoLanguages):
    """One edition, such as the 22nd CHITEC; everything else belongs to one show.

    `latitude` and `longitude` of the venue in degrees (WGS 84): ways to open enterprises are drawn from there.
    """

    keeping = NOTHING_PERSONAL

    number = models.PositiveSmallIntegerField(
        _("number"), unique=True, validators=[MinValueValidator(1), MaxValueValidator(LAST_NUMBER)]
    )
    short = models.CharField(_("short name"), max_length=30, help_text=_("As it stands on badges: CHITEC 22."))
    theme_en = models.CharField(_("theme in English"), max_length=200, blank=True)
    theme_zh = models.CharField(_("theme in Chinese"), max_length=200, blank=True)
    city_en = models.CharField(_("city in English"), max_length=60)
    city_zh = models.CharField(_("city in Chinese"), max_length=60)
    venue_en = models.CharField(_("venue in English"), max_length=120, blank=True)
    venue_zh = models.CharField(_("venue in Chinese"), max_length=120, blank=True)
    latitude = models.DecimalField(
        _("venue's latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
    )
    longitude = models.DecimalField(
        _("venue's longitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai", validators=[zone_validator])
    contact = models.EmailField(_("contact for visitors and exhibitors"))
    is_current = models.BooleanField(_("the one that the site shows"), default=False)
    is_demo = models.BooleanField(_("demo data"), default=False, editable=False)
    clock_shift = models.DurationField(
        _("clock shift"),
        default=timedelta(0),
        help_text=_("Added to the real time to give the show's own clock. Only a demo show has one."),
    )

    objects = ShowQuerySet.as_manager()

    if TYPE_CHECKING:
        days: RelatedManager[ShowDay]
        halls: RelatedManager[Hall]
        areas: RelatedManager[Area]

    class Meta:
        verbose_name = _("show")
        verbose_name_plural = _("shows")
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(
                fields=["is_current"],
                condition=Q(is_current=True),
                name="one_current_show",
                violation_error_code="other_current",
                violation_error_message=_("Another show is the current one; take the mark from it first."),
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=LAST_NUMBER),
                name="show_number_fits_the_badge",
                violation_error_code="number",
                violation_error_message=_("A show's number is from 1 to 999: so much fits into a badge."),
            ),
            models.CheckConstraint(
                condition=Q(is_demo=True) | Q(clock_shift=timedelta(0)),
                name="only_demo_clock_shifts",
                violation_error_code="real_clock",
                violation_error_message=_("Only a demo show may have a clock of its own."),
            ),
        )

    @property
    def theme(self) -> str:
        return in_language(self.theme_en, self.theme_zh)

    @property
    def city(self) -> str:
        return in_language(self.city_en, self.city_zh)

    @property
    def venue(self) -> str:
        return in_language(self.venue_en, self.venue_zh)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def now(self) -> datetime:
        """The show's own clock, in its zone; read at the edges only (views, tasks, commands)."""
        return (timezone.now() + self.clock_shift).astimezone(self.zone)

    @cached_property
    def calendar(self) -> list[ShowDay]:
        """The days in order, read once."""
        days = sorted(self.days.all(), key=lambda day: day.date)
        for day in days:
            day.show = self
        return days

    def day_at(self, at: datetime) -> ShowDay | None:
        """The day of the show that the moment falls on by the show's zone, whatever the hour."""
        today = at.astimezone(self.zone).date()
        return next((day for day in self.calendar if day.date == today), None)

    @property
    def opens_at(self) -> datetime:
        return self.calendar[0].opens_at

    @property
    def closes_at(self) -> datetime:
        return self.calendar[-1].closes_at

    def is_over(self, at: datetime) -> bool:
        """A show whose days are not set yet has still to come."""
        return bool(self.calendar) and at >= self.closes_at


@pghistory.track()
class ShowDay(models.Model):
    """A day of the show with its opening hours, in the show's zone. `number` counts from 1 and stands in badges."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="days", verbose_name=_("show"))
    number = models.PositiveSmallIntegerField(_("number"))
    date = models.DateField(_("date"), validators=[year_validator])
    opens = models.TimeField(_("opens"), default=time(9))
    closes = models.TimeField(_("closes"), default=time(17))
    last_entry = models.TimeField(_("last entry"), default=time(16, 30))

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        ordering = ("show", "date")
        constraints = (
            models.UniqueConstraint(fields=["show", "date"], name="one_day_a_date"),
            models.UniqueConstraint(fields=["show", "number"], name="one_day_a_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=16),
                name="day_fits_the_badge",
                violation_error_code="too_many_days",
                violation_error_message=_("A show has at most 16 days: so many fit into a badge."),
            ),
            models.CheckConstraint(
                condition=Q(date__gte=date(FIRST_YEAR, 1, 1), date__lte=date(LAST_YEAR, 12, 31)),
                name="day_in_a_likely_year",
                violation_error_code="year",
                violation_error_message=_("The year of a day is from 1950 to 2200."),
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=F("last_entry")) & Q(last_entry__lte=F("closes")),
                name="day_opens_before_it_closes",
                violation_error_code="hours",
                violation_error_message=_("A day opens first, then comes the last entry, then it closes."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"

    def _at(self, moment: time) -> datetime:
        return datetime.combine(self.date, moment, tzinfo=self.show.zone)

    @property
    def opens_at(self) -> datetime:
        return self._at(self.opens)

    @property
    def last_entry_at(self) -> datetime:
        return self._at(self.last_entry)

    @property
    def closes_at(self) -> datetime:
        return self._at(self.closes)

    def is_past(self, at: datetime) -> bool:
        return at >= self.closes_at


@pghistory.track(exclude=["plan_version"])
class Hall(InTwoLanguages):
    """A hall of the venue: `width` and `depth` in metres, seen from above with gates where they really are."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="halls", verbose_name=_("show"))
    slug = models.SlugField(_("address"), max_length=30)
    width = models.DecimalField(_("width, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(1)])
    depth = models.DecimalField(_("depth, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(1)])
    plan_version = models.PositiveIntegerField(default=1, editable=False)

    if TYPE_CHECKING:
        gates: RelatedManager[Gate]
        areas: RelatedManager[Area]

    class Meta:
        verbose_name = _("hall")
        verbose_name_plural = _("halls")
        ordering = ("show", "slug")
        constraints = (
            models.UniqueConstraint(fields=["show", "slug"], name="one_hall_an_address"),
            models.CheckConstraint(condition=Q(width__gt=0, depth__gt=0), name="hall_has_a_size"),
        )

    def get_absolute_url(self) -> str:
        return reverse("plan", args=[self.slug])


@pghistory.track()
class Gate(InTwoLanguages):
    """A way into a hall, where badges are read: its middle in metres from the hall's upper left corner."""

    keeping = NOTHING_PERSONAL

    hall = models.ForeignKey(Hall, on_delete=models.CASCADE, related_name="gates", verbose_name=_("hall"))
    x = models.DecimalField(_("x, m"), max_digits=6, decimal_places=2)
    y = models.DecimalField(_("y, m"), max_digits=6, decimal_places=2)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ("hall", "name_en")
        constraints = (models.UniqueConstraint(fields=["hall", "name_en"], name="one_gate_a_name"),)


class AreaQuerySet(models.QuerySet["Area"]):
    def managed_by(self, user: User) -> AreaQuerySet:
        return self.filter(manager=user)


@pghistory.track()
class Area(InTwoLanguages):
    """An exhibition area: the letter and colour mark it on the plan, in lists and on its booths."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="areas", verbose_name=_("show"))
    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="areas", verbose_name=_("hall"))
    letter = models.CharField(
        _("letter"), max_length=1, validators=[RegexValidator(r"^[A-Z]\Z", _("One capital letter, A to Z."))]
    )
    slug = models.SlugField(_("address"), max_length=60)
    colour = models.CharField(_("colour"), max_length=7, validators=[colour_validator])
    shows_en = models.CharField(_("what it shows, in English"), max_length=300, blank=True)
    shows_zh = models.CharField(_("what it shows, in Chinese"), max_length=300, blank=True)
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="areas",
        verbose_name=_("manager"),
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ("show", "letter")
        constraints = (
            models.UniqueConstraint(fields=["show", "letter"], name="one_area_a_letter"),
            models.UniqueConstraint(fields=["show", "slug"], name="one_area_an_address"),
        )

    def get_absolute_url(self) -> str:
        return reverse("area", args=[self.slug])

    @property
    def shows(self) -> str:
        return in_language(self.shows_en, self.shows_zh)


@pghistory.track()
class Room(InTwoLanguages):
    """A room for meetings; `seats` is what the fire office allows."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="rooms", verbose_name=_("show"))
    hall = models.ForeignKey(
        Hall, on_delete=models.SET_NULL, null=True, blank=True, related_name="rooms", verbose_name=_("hall")
    )
    seats = models.PositiveIntegerField(_("seats"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ("show", "name_en")
        constraints = (models.UniqueConstraint(fields=["show", "name_en"], name="one_room_a_name"),)
