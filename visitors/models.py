from __future__ import annotations

import secrets
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Concat, Lower, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_countries.fields import CountryField
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Role
from accounts.privacy import NOTHING_PERSONAL, Keeping
from expo.capacity.models import Places
from expo.models import InTwoLanguages, Show, ShowDay, in_language, year_validator
from expo.places import MAINLAND, Province
from visitors.searching import apart

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from accounts.models import User


class Category(models.TextChoices):
    PROFESSIONAL = "professional", _("Professional visitor")
    PUBLIC = "public", _("Public visitor")
    PRESS = "press", _("Press")
    DELEGATE = "delegate", _("Delegate")
    MERCHANT = "merchant", _("Merchant")
    SPEAKER = "speaker", _("Speaker")
    EXHIBITOR_STAFF = "exhibitor_staff", _("Exhibitor staff")
    ORGANISER = "organiser", _("Organiser")


@pghistory.track()
class TicketType(InTwoLanguages):
    """A kind of ticket: who it is for, what a day costs, and how many places each day has (`DayPlaces`)."""

    keeping = NOTHING_PERSONAL

    class Access(models.TextChoices):
        OPEN = "open", _("open to everybody")
        APPROVAL = "approval", _("each is approved by staff")
        INVITATION = "invitation", _("by invitation code")
        STAFF = "staff", _("given by staff only")

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="ticket_types", verbose_name=_("show"))
    code = models.SlugField(_("code"), max_length=30)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    access = models.CharField(_("access"), max_length=12, choices=Access.choices, default=Access.OPEN)
    note_en = models.CharField(_("who it is for, in English"), max_length=200, blank=True)
    note_zh = models.CharField(_("who it is for, in Chinese"), max_length=200, blank=True)
    price = models.DecimalField(
        _("price a day, yuan"), max_digits=8, decimal_places=2, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    on_sale = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("order in lists"), default=0)

    if TYPE_CHECKING:
        day_places: RelatedManager[DayPlaces]

    @property
    def note(self) -> str:
        return in_language(self.note_en, self.note_zh)

    class Meta:
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        ordering = ("show", "position", "code")
        constraints = (
            models.UniqueConstraint(fields=["show", "code"], name="one_ticket_type_a_code"),
            models.CheckConstraint(condition=Q(price__gte=0), name="price_not_negative"),
        )


@pghistory.track(exclude=["taken", "over"])
class DayPlaces(Places):
    """How many of a ticket type are admitted on a day, and how many are taken; the database refuses one too many.

    `taken` is changed in `visitors.actions` only, as the last statement of each transaction: the row is a queue that
    everybody passes, so it is locked over the commit and no longer.
    """

    keeping = NOTHING_PERSONAL

    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.CASCADE, related_name="day_places", verbose_name=_("ticket type")
    )
    day = models.ForeignKey(ShowDay, on_delete=models.CASCADE, related_name="places", verbose_name=_("day"))

    class Meta(Places.Meta):
        verbose_name = _("places of a day")
        verbose_name_plural = _("places by day")
        ordering = ("ticket_type", "day")
        constraints = (
            *Places.Meta.constraints,
            models.UniqueConstraint(fields=["ticket_type", "day"], name="one_count_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_type_id} {self.day_id}: {self.taken}/{self.places}"


CODE_TAKEN = _("The ticket type has this code already; capital and small letters are the same.")


@pghistory.track(exclude=["used"])
class Invitation(models.Model):
    """A code that opens a ticket type to those who were invited, for as many people as it was made for."""

    keeping = NOTHING_PERSONAL

    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("ticket type")
    )
    code = models.CharField(_("code"), max_length=30)
    for_whom = models.CharField(_("for whom"), max_length=120, help_text=_("A delegation or event, not a person."))
    places = models.PositiveIntegerField(_("for how many people"), default=1, validators=[MinValueValidator(1)])
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True, validators=[year_validator])

    class Meta:
        verbose_name = _("invitation code")
        verbose_name_plural = _("invitation codes")
        ordering = ("ticket_type", "code")
        constraints = (
            models.UniqueConstraint(
                "ticket_type",
                Upper("code"),
                name="one_invitation_a_code",
                violation_error_code="code_taken",
                violation_error_message=CODE_TAKEN,
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("places")),
                name="invitation_not_exceeded",
                violation_error_code="invitation_used",
                violation_error_message=_("More people have used the code than it would allow."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} ({self.for_whom})"


@pghistory.track()
class Person(models.Model):
    """A natural person, known by e-mail and name together: families share an address. Returns year after year."""

    keeping = Keeping(purpose=_("to recognise a returning visitor"), basis=_("consent"), days=3 * 365)

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=80)
    name_key = models.CharField(max_length=80, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = (models.UniqueConstraint(fields=["email", "name_key"], name="one_person_each"),)

    def __str__(self) -> str:
        return self.name


#: The version of the link that a new registration gets.
FIRST_LINK = 1


def draw_handle() -> int:
    """A random number of 63 bits that stands for a registration in its link, so that nothing can be counted from it."""
    return secrets.randbits(63)


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def visible_to(self, user: User) -> RegistrationQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR, Role.GATE_STAFF):
            return self
        return self.none()

    def kept(self) -> RegistrationQuerySet:
        return self.filter(erased_at=None)

    def under(self, email: str, *, show: int) -> RegistrationQuerySet:
        """Who is registered for a show under an e-mail, as `rules.email_key` gives it."""
        return self.kept().filter(show=show, person__email=email).order_by("pk")

    def with_live_ticket(self) -> RegistrationQuerySet:
        """Adds `has_live_ticket`, `has_live_badge`, and `last_badge_version` (None before the first badge)."""
        badges = Badge.objects.filter(registration=OuterRef("pk")).order_by("-version")
        return self.annotate(
            has_live_badge=Exists(badges.live()),
            has_live_ticket=Exists(Ticket.objects.filter(registration=OuterRef("pk"), state__in=Ticket.LIVE)),
            last_badge_version=Subquery(badges.values("version")[:1]),
        )


@pghistory.track(exclude=["search"])
class Registration(models.Model):
    """A person at a show, in one category, with the details as given this time."""

    keeping = Keeping(
        purpose=_("to admit the visitor and to report on the show; after that, category and country alone are counted"),
        basis=_("contract and consent"),
        days=365,
    )

    class Channel(models.TextChoices):
        WEB = "web", _("web site")
        STAFF = "staff", _("entered by staff")
        DEMO = "demo", _("demo data")

    show = models.ForeignKey(
        Show, db_index=False, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("show")
    )
    person = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="registrations", verbose_name=_("person")
    )
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    name = models.CharField(_("name"), max_length=80, help_text=_("As it should stand on the badge."))
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = PhoneNumberField(_("phone"), blank=True, region="CN")
    firm = models.CharField(_("firm or institution"), max_length=120, blank=True)
    position = models.CharField(_("position"), max_length=80, blank=True)
    country = CountryField(_("country or region"), default=MAINLAND)
    province = models.CharField(_("province"), max_length=2, choices=Province.choices, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    registered_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="companions",
        verbose_name=_("registered by"),
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    registered_at = models.DateTimeField(_("registered at"))
    confirm_by = models.DateTimeField(
        _("e-mail to be confirmed by"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Empty once it is confirmed, or where nobody has to."),
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    handle = models.BigIntegerField(unique=True, default=draw_handle, editable=False)
    link_version = models.PositiveSmallIntegerField(default=FIRST_LINK, editable=False)
    search = models.GeneratedField(
        expression=apart(
            Lower(
                Concat(
                    "name", Value(" "), "name_latin", Value(" "), "email", Value(" "), "firm", Value(" "), "phone",
                    output_field=models.TextField(),
                )
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )  # fmt: skip

    objects = RegistrationQuerySet.as_manager()

    if TYPE_CHECKING:
        tickets: RelatedManager[Ticket]
        badges: RelatedManager[Badge]
        consents: RelatedManager[Consent]
        companions: RelatedManager[Registration]

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints = (
            models.UniqueConstraint(
                fields=["show", "person"],
                name="one_registration_each",
                violation_error_code="already_registered",
                violation_error_message=_("This person is registered for the show already."),
            ),
        )
        indexes = (
            models.Index(fields=["-registered_at", "-id"], name="registration_newest"),
            GinIndex(OpClass("search", name="gin_trgm_ops"), name="registration_search"),
        )

    def __str__(self) -> str:
        return self.name or str(_("(erased)"))

    @property
    def ticket(self) -> Ticket | None:
        """The live ticket; of what was prefetched where it was."""
        return next((ticket for ticket in self.tickets.all() if ticket.is_live), None)

    @property
    def badge(self) -> Badge | None:
        """The live badge; of what was prefetched where it was."""
        return next((badge for badge in self.badges.all() if badge.revoked_at is None), None)

    def wants_news(self) -> bool:
        return self.consents.filter(wording__purpose=ConsentWording.Purpose.NEWS, withdrawn_at=None).exists()


@pghistory.track()
class Ticket(models.Model):
    """Admits a registration on some days of the show; `days` holds their numbers. What it costs is fixed when given."""

    keeping = Keeping(
        purpose=_("to admit the visitor and to account for payments; after that it says nobody's name any more"),
        basis=_("contract"),
        days=365,
    )

    class State(models.TextChoices):
        VALID = "valid", _("valid")
        AWAITING = "awaiting", _("awaiting approval")
        DECLINED = "declined", _("declined")
        GIVEN_BACK = "given_back", _("given back")
        LAPSED = "lapsed", pgettext_lazy("ticket", "lapsed")

    class Payment(models.TextChoices):
        CASH = "cash", _("cash")
        CARD = "card", _("card")
        WECHAT = "wechat", _("WeChat Pay")
        ALIPAY = "alipay", _("Alipay")

    LIVE = (State.VALID, State.AWAITING)
    WITH_BADGE = (State.VALID, State.LAPSED)

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="tickets", verbose_name=_("registration")
    )
    ticket_type = models.ForeignKey(
        TicketType, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("ticket type")
    )
    invitation = models.ForeignKey(
        Invitation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("invitation"),
    )
    days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.VALID)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    price = models.DecimalField(_("price in all, yuan"), max_digits=8, decimal_places=2, default=Decimal(0))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    paid_by = models.CharField(_("paid by"), max_length=10, choices=Payment.choices, blank=True)
    given_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = (
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(state__in=["valid", "awaiting"]),
                name="one_live_ticket_each",
                violation_error_code="has_ticket",
                violation_error_message=_("This registration has a ticket already."),
            ),
            models.CheckConstraint(condition=~Q(days=[]), name="ticket_admits_on_some_day"),
            models.CheckConstraint(
                condition=Q(paid_at=None, paid_by="") | (Q(paid_at__isnull=False) & ~Q(paid_by="")),
                name="paid_says_how",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.days}"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def is_due(self) -> bool:
        """Whether the gate has to ask for money before it admits."""
        return self.price > 0 and self.paid_at is None


class BadgeQuerySet(models.QuerySet["Badge"]):
    def live(self) -> BadgeQuerySet:
        return self.filter(revoked_at=None)


@pghistory.track()
class Badge(models.Model):
    """The credential of a registration; a revoked one opens nothing. `version` counts up when it is issued anew."""

    keeping = Keeping(
        purpose=_("to admit the visitor; after that it says nobody's name any more"), basis=_("contract"), days=365
    )

    registration = models.ForeignKey(
        Registration, db_index=False, on_delete=models.CASCADE, related_name="badges", verbose_name=_("registration")
    )
    serial = models.CharField(_("serial"), max_length=9, unique=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    issued_at = models.DateTimeField(_("issued at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = BadgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("badge")
        verbose_name_plural = _("badges")
        constraints = (
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(revoked_at=None),
                name="one_live_badge_each",
                violation_error_code="has_badge",
                violation_error_message=_("This registration has a live badge already."),
            ),
            models.UniqueConstraint(fields=["registration", "version"], name="one_badge_a_version"),
        )

    def __str__(self) -> str:
        return self.serial_in_groups

    @property
    def serial_in_groups(self) -> str:
        return f"{self.serial[:3]}-{self.serial[3:6]}-{self.serial[6:]}"


@pghistory.track()
class ConsentWording(models.Model):
    """What people are asked to agree to, word for word. A wording that was agreed to is never edited, only followed."""

    keeping = NOTHING_PERSONAL

    class Purpose(models.TextChoices):
        VISIT = "visit", _("to register and admit the visitor")
        NEWS = "news", _("to write about the next show")

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="wordings", verbose_name=_("show"))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    text_en = models.TextField(_("text in English"), max_length=2000)
    text_zh = models.TextField(_("text in Chinese"), max_length=2000)
    since = models.DateTimeField(_("in force since"), validators=[year_validator])

    class Meta:
        verbose_name = _("consent wording")
        verbose_name_plural = _("consent wordings")
        ordering = ("show", "purpose", "-version")
        constraints = (models.UniqueConstraint(fields=["show", "purpose", "version"], name="one_wording_a_version"),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.version}"

    @property
    def text(self) -> str:
        return in_language(self.text_en, self.text_zh)


@pghistory.track()
class Consent(models.Model):
    """That somebody agreed: to which wording, in which language, when, where, and when it was withdrawn."""

    keeping = Keeping(purpose=_("to prove what was agreed to"), basis=_("legal duty"), days=3 * 365)

    registration = models.ForeignKey(
        Registration, on_delete=models.CASCADE, related_name="consents", verbose_name=_("registration")
    )
    wording = models.ForeignKey(
        ConsentWording, on_delete=models.PROTECT, related_name="consents", verbose_name=_("wording")
    )
    language = models.CharField(_("language"), max_length=10)
    channel = models.CharField(_("channel"), max_length=10, choices=Registration.Channel.choices)
    given_at = models.DateTimeField(_("given at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = (
            models.UniqueConstraint(
                fields=["registration", "wording"], condition=Q(withdrawn_at=None), name="one_consent_a_wording"
            ),
        )

    def __str__(self) -> str:
        return f"{self.wording_id} {self.given_at:%Y-%m-%d}"


class VisitCode(models.Model):
    """Six digits that were asked for by e-mail, good in the browser that asked and nowhere else.

    The digits are in no row: `visitors.codes` works them out from this one's key, which the browser holds.
    """

    keeping = Keeping(purpose=_("to know a visitor by the own e-mail"), basis=_("contract"), days=1)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, db_index=True)
    asked_at = models.DateTimeField(_("asked for at"), db_index=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    entered_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("code by e-mail")
        verbose_name_plural = _("codes by e-mail")

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"
