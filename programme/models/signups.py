"""Places in sessions: how many there are, who has them, who waits, and how they went from one to the other."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role
from accounts.privacy import NOTHING_PERSONAL, Keeping
from expo.capacity.models import Claim, Places
from expo.models import in_language, year_validator
from programme.models.people import READING, PlanQuerySet
from programme.models.sessions import Access, Audience, Session
from visitors.models import Registration

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from accounts.models import User


class SessionPlaces(Places):
    """The places of a published session, and the one row that everybody who signs up for it passes in turn.

    Of what is published it repeats what has to be true at that moment. `places` are those that can be signed up for:
    without what is kept for guests (`guests`) and for who walks in. `whole` are all, and `present` the people who are
    in. `at_place` is a number that rooms of one hall share, and `reached_by` the moment by which somebody who was here
    can be elsewhere. The database itself counts `taken`, `guests_taken`, `waiting` and `present` from the sign-ups.
    """

    keeping = NOTHING_PERSONAL

    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, primary_key=True, related_name="capacity", verbose_name=_("session")
    )
    guests = models.PositiveIntegerField(_("kept for guests"), default=0)
    guests_taken = models.PositiveIntegerField(_("guests"), default=0, editable=False)
    whole = models.PositiveIntegerField(_("places in all"), default=0)
    present = models.PositiveIntegerField(_("people in"), default=0, editable=False)
    waiting = models.PositiveIntegerField(_("people waiting"), default=0, editable=False)
    is_closed = models.BooleanField(_("closed by staff"), default=False)

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reached_by = models.DateTimeField()
    at_place = models.BigIntegerField()
    takes_place = models.BooleanField(default=True)
    sequence = models.PositiveIntegerField(default=0)
    audience = models.CharField(max_length=13, choices=Audience.choices)
    access = models.CharField(max_length=10, choices=Access.choices)
    party_most = models.PositiveSmallIntegerField()
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True)
    needs_names = models.BooleanField(default=False)
    asks_id = models.BooleanField(default=False)
    listed_at = models.DateTimeField(_("list sent to the enterprise at"), null=True, blank=True, editable=False)

    if TYPE_CHECKING:
        #: Where it was locked: sessions of its series that one person may have.
        most_each: int | None

    class Meta(Places.Meta):
        verbose_name = _("places of a session")
        verbose_name_plural = _("places of sessions")
        constraints = (
            *Places.Meta.constraints,
            models.CheckConstraint(
                condition=Q(guests_taken__lte=F("guests")),
                name="guests_not_exceeded",
                violation_error_code="no_guest_places",
                violation_error_message=_("More guests have places than are kept for them."),
            ),
            models.CheckConstraint(
                condition=Q(present__lte=F("whole")),
                name="people_not_exceeded",
                violation_error_code="full_house",
                violation_error_message=_("More people would be in than there are places."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.session_id}: {self.taken}/{self.places}"


@pghistory.track(exclude=["used"])
class SessionCode(models.Model):
    """A code that opens a session to those who were invited, for as many people as it was made for."""

    keeping = NOTHING_PERSONAL

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="codes", verbose_name=_("session"))
    code = models.CharField(_("code"), max_length=30)
    for_whom = models.CharField(_("for whom"), max_length=120, help_text=_("A delegation or event, not a person."))
    places = models.PositiveIntegerField(_("for how many people"), default=1, validators=[MinValueValidator(1)])
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True, validators=[year_validator])

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("code for a session")
        verbose_name_plural = _("codes for sessions")
        ordering = ("session", "code")
        constraints = (
            models.UniqueConstraint(
                "session",
                Upper("code"),
                name="one_session_code_each",
                violation_error_code="code_taken",
                violation_error_message=_("The session has this code already; capital and small letters are the same."),
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("places")),
                name="session_code_not_exceeded",
                violation_error_code="code_used",
                violation_error_message=_("More people have used the code than it would allow."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} ({self.for_whom})"


class SignupQuerySet(models.QuerySet["Signup"]):
    def visible_to(self, user: User) -> SignupQuerySet:
        return self if user.has_role(*READING, Role.GATE_STAFF) else self.none()

    def live(self) -> SignupQuerySet:
        return self.filter(state__in=Signup.LIVE)

    def in_turn(self) -> SignupQuerySet:
        """In the order in which they are served."""
        return self.order_by("-ahead", "pk")

    def of(self, registration: int) -> SignupQuerySet:
        """Those that somebody made, or is named in."""
        return self.filter(Q(registration=registration) | Q(participants__registration=registration)).distinct()

    def waiting(self) -> SignupQuerySet:
        return self.filter(state=Signup.State.WAITING)


@pghistory.track()
class Signup(Claim):
    """A party's places in a session, or its wait for them; `registration` is who signed it up, and maybe comes along.

    `origin` tells guests, whom staff added, and who walked in at the door from those who signed up; `came` is how many
    of the party came. `why` is the reason that staff gave last, and who is concerned reads it.
    """

    keeping = Keeping(
        purpose=_("to give places in sessions and to account for them; after that it says nobody's name any more"),
        basis=_("contract"),
        days=365,
    )

    class Origin(models.TextChoices):
        SIGNED_UP = "signed_up", pgettext_lazy("places", "signed up")
        GUEST = "guest", _("guest, added by staff")
        WALK_IN = "walk_in", _("walked in")

    session = models.ForeignKey(
        Session, db_index=False, on_delete=models.PROTECT, related_name="signups", verbose_name=_("session")
    )
    registration = models.ForeignKey(
        Registration, on_delete=models.PROTECT, related_name="signups", verbose_name=_("registration")
    )
    guid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    origin = models.CharField(_("how"), max_length=9, choices=Origin.choices, default=Origin.SIGNED_UP)
    code = models.ForeignKey(
        SessionCode, on_delete=models.PROTECT, null=True, blank=True, related_name="signups", verbose_name=_("code")
    )
    came = models.PositiveSmallIntegerField(_("came"), default=0, editable=False)
    why = models.CharField(_("reason"), max_length=300, blank=True)

    objects = SignupQuerySet.as_manager()

    if TYPE_CHECKING:
        participants: RelatedManager[Participant]

    class Meta(Claim.Meta):
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = (
            *Claim.Meta.constraints,
            models.UniqueConstraint(
                fields=["session", "registration"],
                condition=Q(state__in=["requested", "waiting", "offered", "confirmed", "attended"]),
                name="one_signup_each",
                violation_error_code="already_signed_up",
                violation_error_message=_("There is a sign-up for this session already."),
            ),
            models.CheckConstraint(condition=Q(came__lte=F("party")), name="no_more_came_than_the_party"),
        )
        indexes = (
            models.Index(fields=["session", "state"], name="signup_list"),
            models.Index(F("session"), F("ahead").desc(), F("id"), name="signup_queue", condition=Q(state="waiting")),
            models.Index(fields=["offered_until"], name="signup_offers", condition=Q(state="offered")),
        )

    def __str__(self) -> str:
        return f"{self.session_id} {self.registration_id} {self.get_state_display()}"


class Participant(models.Model):
    """Somebody in a party: by the own badge (`registration`), or by name alone where there is none.

    The database writes `session`, `during`, `reach`, `at_place`, `holds` and `is_live` of the sign-up and its session,
    whoever changes those: `holds` while the place is sure, and then nobody is in two places at once. `reach` lasts
    until somebody from here can be in another hall. `id_sealed` is the ID number under a key apart, see `ids`; the
    database empties it when the place ends, the session is called off, or somebody else takes the place.
    """

    keeping = Keeping(
        purpose=_("to know who comes; an ID number for the enterprise's gate, and only until a week after the visit"),
        basis=_("contract"),
        days=365,
    )

    signup = models.ForeignKey(Signup, on_delete=models.CASCADE, related_name="participants", verbose_name=_("sign-up"))
    session = models.ForeignKey(Session, on_delete=models.DO_NOTHING, db_index=False, related_name="participants")
    registration = models.ForeignKey(
        Registration, on_delete=models.PROTECT, null=True, blank=True, related_name="participations"
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    during = DateTimeRangeField(editable=False)
    reach = DateTimeRangeField(editable=False)
    at_place = models.BigIntegerField(editable=False)
    holds = models.BooleanField(default=False, editable=False)
    is_live = models.BooleanField(default=True, editable=False)
    attended_at = models.DateTimeField(_("came at"), null=True, blank=True, editable=False)
    id_kind = models.CharField(_("kind of ID"), max_length=12, blank=True, editable=False)
    id_sealed = models.BinaryField(null=True, editable=False)
    id_print = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ("pk",)
        indexes = (models.Index(fields=["session"], name="participant_papers", condition=Q(id_sealed__isnull=False)),)
        constraints = (
            models.CheckConstraint(
                condition=Q(id_sealed__isnull=True, id_kind="", id_print="")
                | (Q(id_sealed__isnull=False, is_live=True) & ~Q(id_kind="") & ~Q(id_print="")),
                name="id_while_it_is_needed",
            ),
            models.UniqueConstraint(
                fields=["session", "registration"],
                condition=Q(is_live=True),
                name="one_place_each",
                violation_error_code="already_signed_up",
                violation_error_message=_("Somebody of the party is signed up for this session already."),
            ),
            models.UniqueConstraint(
                fields=["session", "id_print"],
                condition=Q(is_live=True) & ~Q(id_print=""),
                name="one_place_an_id",
                violation_error_code="id_taken",
                violation_error_message=_("This ID number was given for somebody else on this departure."),
            ),
            ExclusionConstraint(
                name="one_place_at_a_time",
                expressions=[("registration", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(holds=True),
                violation_error_code="clash",
                violation_error_message=_("A person holds one place at a time."),
            ),
            ExclusionConstraint(
                name="time_to_get_there",
                expressions=[
                    ("registration", RangeOperators.EQUAL),
                    ("at_place", RangeOperators.NOT_EQUAL),
                    ("reach", RangeOperators.OVERLAPS),
                ],
                condition=Q(holds=True),
                violation_error_code="clash",
                violation_error_message=_("There is no time to get from the one place to the other."),
            ),
        )

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"

    @property
    def called(self) -> str:
        """By the own badge, or as the party named them."""
        return self.registration.name if self.registration else self.name


class Turn(models.Model):
    """One time at which places were offered to who waits: why they were free, who was next, who was passed over.

    `offered` and `passed` hold [key of the sign-up, party] in their order. Whoever waits is told from this why the
    own position moved.
    """

    keeping = NOTHING_PERSONAL

    class Cause(models.TextChoices):
        GIVEN_UP = "given_up", _("somebody gave places up")
        DECLINED = "declined", _("an offer was declined")
        LAPSED = "lapsed", _("an offer lapsed")
        SMALLER = "smaller", _("a party became smaller")
        MORE = "more", _("there are more places")
        CALLED_OFF = "called_off", _("staff took places back")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="turns", verbose_name=_("session"))
    at = models.DateTimeField(_("at"))
    cause = models.CharField(_("why"), max_length=10, choices=Cause.choices)
    free = models.PositiveIntegerField(_("places free"))
    offered = models.JSONField(_("offered to"), default=list)
    passed = models.JSONField(_("passed over"), default=list)

    class Meta:
        verbose_name = _("turn of a waiting list")
        verbose_name_plural = _("turns of waiting lists")
        ordering = ("session", "pk")

    def __str__(self) -> str:
        return f"{self.session_id} {self.at:%Y-%m-%d %H:%M}"


class MoveUp(models.Model):
    """That staff moved somebody up in a waiting list, past `overtaken` parties, and why; it stays and is counted."""

    keeping = NOTHING_PERSONAL

    signup = models.ForeignKey(Signup, on_delete=models.PROTECT, related_name="moves_up", verbose_name=_("sign-up"))
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="moves_up", verbose_name=_("session"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=60)
    why = models.CharField(_("reason"), max_length=300)
    overtaken = models.PositiveIntegerField(_("parties overtaken"))

    class Meta:
        verbose_name = _("move up in a waiting list")
        verbose_name_plural = _("moves up in waiting lists")
        ordering = ("session", "pk")
        constraints = (models.CheckConstraint(condition=~Q(why=""), name="moved_up_for_a_reason"),)

    def __str__(self) -> str:
        return f"{self.signup_id} {self.at:%Y-%m-%d %H:%M}"


class Message(models.Model):
    """What staff wrote to all of a session, in one mail to each; `mails` counts them. Nothing changes it afterwards."""

    keeping = NOTHING_PERSONAL

    class To(models.TextChoices):
        ALL = "all", _("all who have places or wait for some")
        CONFIRMED = "confirmed", _("who has places")
        WAITING = "waiting", _("who waits in line or for approval")
        CAME = "came", _("who came")

    #: Of sign-ups, whom each of these means.
    STATES: ClassVar[dict[str, tuple[str, ...]]] = {
        To.ALL: Claim.LIVE,
        To.CONFIRMED: (Claim.State.CONFIRMED, Claim.State.OFFERED, Claim.State.ATTENDED),
        To.WAITING: (Claim.State.WAITING, Claim.State.REQUESTED),
        To.CAME: (Claim.State.ATTENDED,),
    }

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="messages", verbose_name=_("session"))
    at = models.DateTimeField(_("at"))
    by = models.CharField(_("by"), max_length=60)
    to = models.CharField(_("to"), max_length=9, choices=To.choices)
    subject_en = models.CharField(_("subject in English"), max_length=120, blank=True)
    subject_zh = models.CharField(_("subject in Chinese"), max_length=120, blank=True)
    text_en = models.TextField(_("text in English"), max_length=3000, blank=True)
    text_zh = models.TextField(_("text in Chinese"), max_length=3000, blank=True)
    mails = models.PositiveIntegerField(_("mails"), default=0)

    class Meta:
        verbose_name = _("message to a session")
        verbose_name_plural = _("messages to sessions")
        ordering = ("session", "-pk")
        constraints = (models.CheckConstraint(condition=~Q(text_en="", text_zh=""), name="a_message_says_something"),)

    def __str__(self) -> str:
        return in_language(self.subject_en, self.subject_zh)


@pghistory.track()
class Handover(models.Model):
    """A place that its holder hands to somebody with a badge, who takes it until `until`; before, nothing changes."""

    keeping = Keeping(purpose=_("to pass a place on to somebody else"), basis=_("contract"), days=365)

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("handing a place over", "not answered yet")
        TAKEN = "taken", pgettext_lazy("handing a place over", "taken")
        DECLINED = "declined", pgettext_lazy("handing a place over", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("handing a place over", "withdrawn")
        LAPSED = "lapsed", pgettext_lazy("handing a place over", "lapsed")

    signup = models.ForeignKey(Signup, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("sign-up"))
    participant = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="handovers")
    to = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="handovers", verbose_name=_("to"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    offered_at = models.DateTimeField(_("offered at"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("place handed over")
        verbose_name_plural = _("places handed over")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(state="open"),
                name="one_handover_at_a_time",
                violation_error_code="handed_over",
                violation_error_message=_("This place is being handed over already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.signup_id} → {self.to_id}"
