"""The plan that staff work on: sessions with their talks, and whom and what they engage when."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.privacy import NOTHING_PERSONAL
from expo.models import FIRST_YEAR, LAST_YEAR, Area, InTwoLanguages, Room, Show, in_language, year_validator
from programme.models.people import Guide, Host, PlanQuerySet, Speaker
from programme.models.tours import LONGEST_TRAVEL, Bus, Enterprise

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

# The planner's grid is of 5 minutes; nothing shorter is a session. The longest is a day's tour that ends at night.
SHORTEST, LONGEST = 5, 18 * 60

code_validator = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z", _("Letters, digits, dots and dashes, such as F03-1."))


class Kind(models.TextChoices):
    SYMPOSIUM = "symposium", _("Symposium")
    FORUM = "forum", _("Forum")
    PROMOTION = "promotion", _("Project promotion")
    CEREMONY = "ceremony", _("Ceremony")
    TOUR = "tour", _("Open-enterprise tour")


class Audience(models.TextChoices):
    """For whom a session is; everybody needs a badge."""

    OPEN = "open", _("open to every visitor")
    PROFESSIONALS = "professionals", _("for professional visitors")
    MERCHANTS = "merchants", _("for merchants, by invitation")
    GUESTS = "guests", _("for guests, by invitation")


class Access(models.TextChoices):
    """How one gets a place in a session."""

    NONE = "none", _("nobody has to sign up")
    OPEN = "open", _("everybody it is for signs up")
    APPROVAL = "approval", _("each sign-up is approved by staff")
    INVITATION = "invitation", _("with an invitation code")


#: People in one party, whoever signs them up included.
LARGEST_PARTY = 20


class Language(models.TextChoices):
    CHINESE = "zh", _("Chinese")
    ENGLISH = "en", _("English")
    FRENCH = "fr", _("French")
    GERMAN = "de", _("German")
    JAPANESE = "ja", _("Japanese")
    KOREAN = "ko", _("Korean")
    RUSSIAN = "ru", _("Russian")
    SPANISH = "es", _("Spanish")
    ARABIC = "ar", _("Arabic")


class Plan(models.IntegerChoices):
    """The plan that staff work on, and the one that is public."""

    WORKING = 1, _("working plan")
    PUBLISHED = 2, _("published programme")


@pghistory.track()
class Series(InTwoLanguages):
    """Sessions that belong together and count as one: a forum of several sessions, the tours of a show."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="series", verbose_name=_("show"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    slug = models.SlugField(_("address"), max_length=80)
    about_en = models.TextField(_("about it, in English"), max_length=3000, blank=True)
    about_zh = models.TextField(_("about it, in Chinese"), max_length=3000, blank=True)
    host = models.ForeignKey(
        Host, on_delete=models.PROTECT, null=True, blank=True, related_name="series", verbose_name=_("host")
    )
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="series", verbose_name=_("area")
    )

    most_each = models.PositiveSmallIntegerField(
        _("a person has places in at most"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_(
            "Sessions of this series for one person, so that a few do not take all. Empty: as many as they like."
        ),
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series of sessions")
        ordering = ("name_en",)
        constraints = (models.UniqueConstraint(fields=["show", "slug"], name="one_series_an_address"),)

    def get_absolute_url(self) -> str:
        return reverse("series", args=[self.slug])

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)


class SessionQuerySet(PlanQuerySet["Session"]):
    def locked(self, pk: int) -> Session:
        return self.select_for_update(of=("self",), no_key=True).select_related("show", "room").get(pk=pk)

    def placed(self) -> SessionQuerySet:
        return self.filter(starts_at__isnull=False)


@pghistory.track()
class Session(models.Model):
    """Anything with a time, a place and seats, as staff plan it: from `starts_at` (None: not placed yet) for `minutes`.

    What the public sees of it is `Published`, which follows when it is published. What it engages, and when, is
    `Engagement`, which the database works out of this row, its talks and its appearances.

    `code` is what spreadsheets know it by, `guid` what other programs do. `step` counts the changes, so that whoever
    moves it has seen it where it is. `travel_minutes` is of a tour, one way.
    """

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="sessions", verbose_name=_("show"))
    guid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(
        _("code"), max_length=20, validators=[code_validator], help_text=_("As in your spreadsheet: F03-1.")
    )
    slug = models.SlugField(_("address"), max_length=80, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.FORUM)
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("series")
    )
    enterprise = models.ForeignKey(
        Enterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="departures",
        verbose_name=_("open enterprise"),
        help_text=_("Where a tour leads to."),
    )
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_zh = models.CharField(_("title in Chinese"), max_length=160, blank=True)
    about_en = models.TextField(_("about it, in English"), max_length=3000, blank=True)
    about_zh = models.TextField(_("about it, in Chinese"), max_length=3000, blank=True)
    host = models.ForeignKey(
        Host, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("host")
    )
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("area")
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=Language.choices), verbose_name=_("languages"), default=list, blank=True
    )
    interpretation = ArrayField(
        models.CharField(max_length=2, choices=Language.choices),
        verbose_name=_("interpreted into"),
        default=list,
        blank=True,
    )

    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room")
    )
    meeting_en = models.CharField(_("meeting point in English"), max_length=120, blank=True)
    meeting_zh = models.CharField(_("meeting point in Chinese"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True, validators=[year_validator])
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=60, validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)]
    )
    guide = models.ForeignKey(
        Guide, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("guide")
    )
    bus = models.ForeignKey(
        Bus, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("bus")
    )
    travel_minutes = models.PositiveSmallIntegerField(
        _("minutes by bus, one way"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_TRAVEL)]
    )
    outside_hours_why = models.CharField(_("why it may be outside the show's hours"), max_length=200, blank=True)
    over_seats_why = models.CharField(_("why it may have more places than there are seats"), max_length=200, blank=True)

    audience = models.CharField(_("audience"), max_length=13, choices=Audience.choices, default=Audience.OPEN)
    seats = models.PositiveSmallIntegerField(_("seats"), default=0, validators=[MaxValueValidator(20_000)])
    standing = models.PositiveSmallIntegerField(_("standing places"), default=0, validators=[MaxValueValidator(10_000)])
    reserve_guests = models.PositiveSmallIntegerField(
        _("of them kept for guests"), default=0, validators=[MaxValueValidator(20_000)]
    )
    reserve_walk_ins = models.PositiveSmallIntegerField(
        _("of them kept for who walks in"), default=0, validators=[MaxValueValidator(20_000)]
    )
    access = models.CharField(
        _("signing up"), max_length=10, choices=Access.choices, default=Access.OPEN, db_default=Access.OPEN
    )
    party_most = models.PositiveSmallIntegerField(
        _("largest party"),
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(LARGEST_PARTY)],
        help_text=_("So many people may be signed up at once."),
    )
    signup_opens_at = models.DateTimeField(
        _("signing up opens at"), null=True, blank=True, validators=[year_validator], help_text=_("Empty: at once.")
    )
    signup_closes_at = models.DateTimeField(
        _("signing up closes at"),
        null=True,
        blank=True,
        validators=[year_validator],
        help_text=_("Empty: when the session starts."),
    )
    age_from = models.PositiveSmallIntegerField(
        _("from the age of"), null=True, blank=True, validators=[MaxValueValidator(99)]
    )
    bring_en = models.CharField(_("what to bring, in English"), max_length=200, blank=True)
    bring_zh = models.CharField(_("what to bring, in Chinese"), max_length=200, blank=True)
    asks_id = models.BooleanField(_("asks for an ID number"), default=False)
    id_why_en = models.CharField(_("why it asks for one, in English"), max_length=200, blank=True)
    id_why_zh = models.CharField(_("why it asks for one, in Chinese"), max_length=200, blank=True)

    is_cancelled = models.BooleanField(_("cancelled"), default=False, editable=False)
    cancelled_why_en = models.CharField(_("why it was cancelled, in English"), max_length=200, blank=True)
    cancelled_why_zh = models.CharField(_("why it was cancelled, in Chinese"), max_length=200, blank=True)
    step = models.PositiveIntegerField(default=0, editable=False)

    objects = SessionQuerySet.as_manager()

    if TYPE_CHECKING:
        talks: RelatedManager[Talk]
        appearances: RelatedManager[Appearance]
        materials: RelatedManager[Material]

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ("show", "starts_at", "code")
        indexes = (models.Index(fields=["show", "starts_at"], name="session_day"),)
        constraints = (
            models.UniqueConstraint(
                fields=["show", "code"],
                name="one_session_a_code",
                violation_error_code="code_taken",
                violation_error_message=_("Another session has this code."),
            ),
            models.UniqueConstraint(fields=["show", "slug"], name="one_session_an_address"),
            models.CheckConstraint(
                condition=~Q(title_en="", title_zh=""),
                name="session_has_a_title",
                violation_error_code="no_title",
                violation_error_message=_("Give the title in Chinese, in English or in both."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=SHORTEST, minutes__lte=LONGEST),
                name="session_of_a_likely_length",
                violation_error_code="length",
                violation_error_message=_("A session lasts from 5 minutes to 18 hours."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True)
                | Q(
                    starts_at__gte=datetime(FIRST_YEAR, 1, 1, tzinfo=UTC),
                    starts_at__lt=datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC),
                ),
                name="session_in_a_likely_year",
                violation_error_code="year",
                violation_error_message=_("The year of a session is from 1950 to 2200."),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.TOUR, enterprise__isnull=False)
                | (~Q(kind=Kind.TOUR) & Q(enterprise__isnull=True)),
                name="tours_lead_to_enterprises",
                violation_error_code="no_enterprise",
                violation_error_message=_("A tour leads to an open enterprise, and nothing else does."),
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.TOUR) | Q(guide__isnull=True, bus__isnull=True, travel_minutes__isnull=True),
                name="only_tours_travel",
                violation_error_code="no_tour",
                violation_error_message=_("Guide, bus and minutes on the way are for tours."),
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=F("reserve_guests") + F("reserve_walk_ins") - F("standing")),
                name="session_keeps_what_it_has",
                violation_error_code="reserve",
                violation_error_message=_("More places are kept back than there are."),
            ),
            models.CheckConstraint(
                condition=Q(party_most__gte=1, party_most__lte=LARGEST_PARTY),
                name="session_takes_likely_parties",
                violation_error_code="party",
                violation_error_message=_("A party is of 1 to 20 people."),
            ),
            models.CheckConstraint(
                condition=Q(signup_opens_at__isnull=True)
                | Q(signup_closes_at__isnull=True)
                | Q(signup_closes_at__gt=F("signup_opens_at")),
                name="signing_up_opens_before_it_closes",
                violation_error_code="closes_before_it_opens",
                violation_error_message=_("Signing up would close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(asks_id=False) | ~Q(id_why_en="", id_why_zh=""),
                name="an_id_is_asked_for_a_reason",
                violation_error_code="no_id_reason",
                violation_error_message=_("Say why an ID number is needed; whoever is asked reads it."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("session", args=[self.slug])

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None

    @property
    def meeting(self) -> str:
        return in_language(self.meeting_en, self.meeting_zh)

    @property
    def cancelled_why(self) -> str:
        return in_language(self.cancelled_why_en, self.cancelled_why_zh)

    @property
    def places(self) -> int:
        """Seats and standing places together."""
        return self.seats + self.standing


@pghistory.track()
class Talk(models.Model):
    """A part of a session, in order: `minutes` long, `after` minutes from the session's start. Both, or not said."""

    keeping = NOTHING_PERSONAL

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="talks", verbose_name=_("session"))
    position = models.PositiveSmallIntegerField(_("place in the order"), default=0)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_zh = models.CharField(_("title in Chinese"), max_length=160, blank=True)
    about_en = models.TextField(_("about it, in English"), max_length=2000, blank=True)
    about_zh = models.TextField(_("about it, in Chinese"), max_length=2000, blank=True)
    after = models.PositiveSmallIntegerField(
        _("begins after, minutes"), null=True, blank=True, validators=[MaxValueValidator(LONGEST)]
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LONGEST)]
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk")
        verbose_name_plural = _("talks")
        ordering = ("session", "position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(title_en="", title_zh=""),
                name="talk_has_a_title",
                violation_error_code="no_title",
                violation_error_message=_("Give the title in Chinese, in English or in both."),
            ),
            models.CheckConstraint(
                condition=Q(after__isnull=True, minutes__isnull=True) | Q(after__isnull=False, minutes__gte=1),
                name="talk_has_a_whole_time",
                violation_error_code="half_a_time",
                violation_error_message=_("Say when the talk begins and how long it lasts, or neither."),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)


@pghistory.track()
class Appearance(models.Model):
    """Somebody speaks at a session, once: gives one of its talks, takes part as a whole, or moderates.

    It takes up the time of the talk, or of the session where there is none, it has no time, or the speaker moderates.
    """

    keeping = NOTHING_PERSONAL

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="appearances", verbose_name=_("session")
    )
    speaker = models.ForeignKey(
        Speaker, on_delete=models.PROTECT, related_name="appearances", verbose_name=_("speaker")
    )
    talk = models.ForeignKey(
        Talk, on_delete=models.CASCADE, null=True, blank=True, related_name="appearances", verbose_name=_("talk")
    )
    moderates = models.BooleanField(_("moderates"), default=False)
    position = models.PositiveSmallIntegerField(_("place in the order"), default=0)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("appearance")
        verbose_name_plural = _("appearances")
        ordering = ("session", "position", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["session", "speaker"],
                name="one_appearance_a_session",
                violation_error_code="speaks_already",
                violation_error_message=_("The speaker is in this session already."),
            ),
        )

    def __str__(self) -> str:
        return str(self.speaker)


def whole(column: str) -> Func:
    """A number as a range of itself alone, which an exclusion constraint can compare without an extension."""
    return Func(F(column), F(column), RangeBoundary(inclusive_upper=True), function="int8range")


def one_at_a_time(column: str, name: str, code: str, sentence: Any) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            (whole("plan"), RangeOperators.EQUAL),
            (whole(f"{column}_id"), RangeOperators.EQUAL),
            ("during", RangeOperators.OVERLAPS),
        ],
        condition=Q(**{f"{column}__isnull": False}),
        deferrable=Deferrable.IMMEDIATE,
        violation_error_code=code,
        violation_error_message=sentence,
    )


class Engagement(models.Model):
    """A room, a speaker, a guide or a bus is taken by a session, in the working plan or in the published programme.

    The working plan's rows are written by the database itself, whoever changes a session, a talk or an appearance
    (`programme_engage`); the published programme's by publishing, from what is published.
    """

    keeping = NOTHING_PERSONAL

    plan = models.PositiveSmallIntegerField(choices=Plan.choices)
    # The database deletes them with their session: deleted before it, they would be worked out anew meanwhile.
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, db_constraint=False, related_name="engagements")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, null=True, related_name="engagements")
    speaker = models.ForeignKey(Speaker, on_delete=models.PROTECT, null=True, related_name="engagements")
    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, null=True, related_name="engagements")
    bus = models.ForeignKey(Bus, on_delete=models.PROTECT, null=True, related_name="engagements")
    during = DateTimeRangeField()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
        constraints = (
            one_at_a_time("room", "one_session_a_room", "room_taken", _("The room has another session at that time.")),
            one_at_a_time(
                "speaker",
                "one_place_a_speaker",
                "speaker_taken",
                _("A speaker speaks elsewhere at that time."),
            ),
            one_at_a_time("guide", "one_tour_a_guide", "guide_taken", _("The guide is on another tour at that time.")),
            one_at_a_time("bus", "one_tour_a_bus", "bus_taken", _("The bus is on another tour at that time.")),
            models.CheckConstraint(
                condition=Q(room__isnull=False, speaker__isnull=True, guide__isnull=True, bus__isnull=True)
                | Q(room__isnull=True, speaker__isnull=False, guide__isnull=True, bus__isnull=True)
                | Q(room__isnull=True, speaker__isnull=True, guide__isnull=False, bus__isnull=True)
                | Q(room__isnull=True, speaker__isnull=True, guide__isnull=True, bus__isnull=False),
                name="engagement_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return str(self.session)


@pghistory.track()
class Material(models.Model):
    """Slides or a recording that stays after the session: a file of ours, or an address elsewhere."""

    keeping = NOTHING_PERSONAL

    class Kind(models.TextChoices):
        SLIDES = "slides", _("slides")
        RECORDING = "recording", _("recording")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="materials", verbose_name=_("session"))
    talk = models.ForeignKey(
        Talk, on_delete=models.SET_NULL, null=True, blank=True, related_name="materials", verbose_name=_("talk")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SLIDES)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    title_zh = models.CharField(_("title in Chinese"), max_length=160, blank=True)
    url = models.URLField(_("web address"), max_length=300, blank=True)
    file = models.FileField(_("file"), upload_to="materials/", max_length=100, blank=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("slides or recording")
        verbose_name_plural = _("slides and recordings")
        ordering = ("session", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(url="", file__gt="") | Q(url__gt="", file=""),
                name="material_is_somewhere",
                violation_error_code="no_material",
                violation_error_message=_("Give a file or a web address, one of the two."),
            ),
        )

    def __str__(self) -> str:
        return self.title or self.get_kind_display()

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)
