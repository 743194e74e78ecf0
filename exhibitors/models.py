from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, F, FilteredRelation, Func, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Role
from accounts.privacy import NOTHING_PERSONAL, Keeping
from expo.models import Area, Hall, Show, in_language
from expo.places import MAINLAND, Province

if TYPE_CHECKING:
    from accounts.models import User


class Industry(models.TextChoices):
    """Beijing's ten high-tech industries first, then the others."""

    INFORMATION = "information", _("New-generation information technology")
    CIRCUITS = "circuits", _("Integrated circuits")
    MEDICINE = "medicine", _("Medicine and health")
    EQUIPMENT = "equipment", _("Intelligent equipment")
    ENVIRONMENT = "environment", _("Energy conservation and environmental protection")
    VEHICLES = "vehicles", _("New-energy intelligent vehicles")
    MATERIALS = "materials", _("New materials")
    AI = "ai", _("Artificial intelligence")
    SOFTWARE = "software", _("Software and information services")
    SERVICES = "services", _("Science and technology services")
    CULTURE = "culture", _("Culture")
    EDUCATION = "education", _("Education")
    FINANCE = "finance", _("Finance")
    AGRICULTURE = "agriculture", _("Agriculture")


class FirmQuerySet(models.QuerySet["Firm"]):
    def of_member(self, user: User) -> FirmQuerySet:
        return self.filter(members__user=user)

    def first_of(self, user: User) -> Firm | None:
        """The firm that the user acts for; the earliest, where somebody acts for several."""
        return self.of_member(user).order_by("members__since").first()

    def visible_to(self, user: User) -> FirmQuerySet:
        """Those whose records staff may open: all for organiser and auditor, an area manager's own applicants."""
        if user.has_role(Role.ORGANISER, Role.AUDITOR):
            return self
        if user.has_role(Role.AREA_MANAGER):
            return self.filter(pk__in=Application.objects.visible_to(user).values("firm"))
        return self.none()

    def exhibiting(self, show: Show) -> FirmQuerySet:
        """Those with contracted space at the show: the main exhibitors."""
        contracted = Allotment.objects.filter(state=Allotment.State.CONTRACTED, booth__hall__show=show)
        return self.filter(pk__in=contracted.values("firm"))


@pghistory.track(exclude=["sort_en", "sort_zh"])
class Firm(models.Model):
    """A company or institution that exhibits or wants to. It is named in at least one language.

    `slug`, `sort_en` and `sort_zh` follow from the names, see `rules.derived`: the keys give the order of each
    language (alphabet, pinyin), because PostgreSQL without ICU knows no order of Chinese.
    """

    keeping = Keeping(purpose=_("to contract and to list exhibitors"), basis=_("contract"), days=10 * 365)

    slug = models.SlugField(_("address"), max_length=80, unique=True, editable=False)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)
    country = CountryField(_("country or region"), default=MAINLAND)
    province = models.CharField(_("province"), max_length=2, choices=Province.choices, blank=True)
    uscc = models.CharField(
        _("unified social credit code"),
        max_length=18,
        blank=True,
        help_text=_("18 characters, as on the business licence; firms of the mainland only."),
    )
    industry = models.CharField(_("industry"), max_length=20, choices=Industry.choices)
    park = models.CharField(
        _("park"), max_length=80, blank=True, help_text=_("Science park or zone, if it belongs to one.")
    )
    about_zh = models.TextField(_("about the firm, in Chinese"), max_length=1000, blank=True)
    about_en = models.TextField(_("about the firm, in English"), max_length=1000, blank=True)
    website = models.URLField(_("web site"), max_length=200, blank=True)
    contact_name = models.CharField(_("contact"), max_length=80)
    contact_email = models.EmailField(_("contact's e-mail"), max_length=254)
    contact_phone = PhoneNumberField(_("contact's phone"), blank=True, region="CN")
    created_at = models.DateTimeField(_("since"))
    sort_en = models.CharField(max_length=400, blank=True, editable=False)
    sort_zh = models.CharField(max_length=400, blank=True, editable=False)

    objects = FirmQuerySet.as_manager()

    class Meta:
        verbose_name = _("firm")
        verbose_name_plural = _("firms")
        ordering = ("sort_en",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(name_zh="", name_en=""),
                name="firm_has_a_name",
                violation_error_code="no_name",
                violation_error_message=_("Give the firm's name in Chinese, in English or in both."),
            ),
            models.UniqueConstraint(
                fields=["uscc"],
                condition=~Q(uscc=""),
                name="one_firm_a_credit_code",
                violation_error_code="uscc_taken",
                violation_error_message=_(
                    "A firm with this code is registered already. Ask your colleagues, or write to us."
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("exhibitor", args=[self.slug])

    @property
    def name(self) -> str:
        return in_language(self.name_en, self.name_zh)

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)


@pghistory.track()
class Member(models.Model):
    """A user who acts for a firm."""

    keeping = Keeping(purpose=_("to know who acts for a firm"), basis=_("contract"), days=3 * 365)

    firm = models.ForeignKey(Firm, on_delete=models.CASCADE, related_name="members", verbose_name=_("firm"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("member of a firm")
        verbose_name_plural = _("members of firms")
        constraints = (models.UniqueConstraint(fields=["firm", "user"], name="one_membership_each"),)

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.firm_id}"


class BoothKind(models.TextChoices):
    SHELL = "shell", _("Shell scheme")
    RAW = "raw", _("Raw space")


@pghistory.track()
class SpaceRate(models.Model):
    """What a square metre costs in an area, by kind of booth."""

    keeping = NOTHING_PERSONAL

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="rates", verbose_name=_("area"))
    kind = models.CharField(_("type"), max_length=5, choices=BoothKind.choices)
    price = models.DecimalField(
        _("price a m², yuan"), max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )

    class Meta:
        verbose_name = _("price of space")
        verbose_name_plural = _("prices of space")
        ordering = ("area", "kind")
        constraints = (
            models.UniqueConstraint(fields=["area", "kind"], name="one_rate_a_kind"),
            models.CheckConstraint(condition=Q(price__gte=0), name="rate_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.area_id} {self.kind}: {self.price}"


class BoothQuerySet(models.QuerySet["Booth"]):
    def with_holder(self) -> BoothQuerySet:
        """With `live`: the allotment that holds the booth, in a list of at most one."""
        live = Allotment.objects.filter(state__in=Allotment.LIVE).select_related("firm")
        return self.prefetch_related(models.Prefetch("allotments", queryset=live, to_attr="live"))

    def on_the_plan(self) -> BoothQuerySet:
        """By number, with the area, `rate` in yuan a m² if one is set, and of the live allotment, of which there is at
        most one: its state as `holding`, `held_until`, `firm_en`, `firm_zh` and `firm_slug`; None where nobody is."""
        rate = SpaceRate.objects.filter(area=OuterRef("area"), kind=OuterRef("kind"))
        return (
            self.select_related("area")
            .annotate(
                rate=Subquery(rate.values("price")),
                held=FilteredRelation("allotments", condition=Q(allotments__state__in=Allotment.LIVE)),
                holding=F("held__state"),
                held_until=F("held__held_until"),
                firm_en=F("held__firm__name_en"),
                firm_zh=F("held__firm__name_zh"),
                firm_slug=F("held__firm__slug"),
            )
            .order_by("number")
        )

    def free(self) -> BoothQuerySet:
        return self.exclude(allotments__state__in=Allotment.LIVE)

    def visible_to(self, user: User) -> BoothQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR):
            return self
        if user.has_role(Role.AREA_MANAGER):
            return self.filter(area__manager=user)
        return self.none()


# SQL that no CHECK can say: a booth lies inside its hall and its area is of that hall, whichever of them moves.
# The hall is locked for sharing, so that it cannot shrink while a booth is placed.
BOOTH_INSIDE = """
DECLARE
    hall expo_hall%ROWTYPE;
BEGIN
    SELECT * INTO hall FROM expo_hall WHERE id = NEW.hall_id FOR SHARE;
    IF NEW.x < 0 OR NEW.y < 0 OR NEW.x + NEW.width > hall.width OR NEW.y + NEW.depth > hall.depth THEN
        RAISE EXCEPTION 'booth % leaves its hall', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booth_inside_its_hall';
    END IF;
    IF NOT EXISTS (SELECT FROM expo_area WHERE id = NEW.area_id AND hall_id = NEW.hall_id) THEN
        RAISE EXCEPTION 'booth % is not in its area''s hall', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booth_in_its_areas_hall';
    END IF;
    RETURN NEW;
END;
"""


@pghistory.track()
class Booth(models.Model):
    """A numbered rectangle in a hall: `x`, `y` of its upper left corner, `width` and `depth`, all in metres."""

    keeping = NOTHING_PERSONAL

    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="booths", verbose_name=_("hall"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="booths", verbose_name=_("area"))
    number = models.CharField(
        _("number"),
        max_length=6,
        validators=[RegexValidator(r"^[A-Z][0-9]{2,3}[a-z]?\Z", _("A letter and two or three digits, such as C07."))],
    )
    x = models.DecimalField(_("x, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(0)])
    y = models.DecimalField(_("y, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(0)])
    width = models.DecimalField(_("width, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(1)])
    depth = models.DecimalField(_("depth, m"), max_digits=6, decimal_places=2, validators=[MinValueValidator(1)])
    kind = models.CharField(_("type"), max_length=5, choices=BoothKind.choices, default=BoothKind.SHELL)
    open_sides = models.PositiveSmallIntegerField(
        _("open sides"), default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )

    objects = BoothQuerySet.as_manager()

    if TYPE_CHECKING:
        live: list[Allotment]

    class Meta:
        verbose_name = _("booth")
        verbose_name_plural = _("booths")
        ordering = ("hall", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["hall", "number"],
                name="one_booth_a_number",
                violation_error_code="number_taken",
                violation_error_message=_("The hall has a booth of this number already."),
            ),
            models.CheckConstraint(condition=Q(width__gt=0, depth__gt=0), name="booth_has_a_size"),
            ExclusionConstraint(
                name="booths_do_not_overlap",
                expressions=[
                    (Func(F("hall_id"), F("hall_id"), RangeBoundary(inclusive_upper=True), function="int8range"), "="),
                    (Func(F("x"), F("x") + F("width"), function="numrange"), RangeOperators.OVERLAPS),
                    (Func(F("y"), F("y") + F("depth"), function="numrange"), RangeOperators.OVERLAPS),
                ],
                violation_error_code="overlap",
                violation_error_message=_("The booth would lie on another booth."),
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="booth_inside",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=BOOTH_INSIDE,
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"{self.hall.get_absolute_url()}?booth={self.number}"

    @property
    def area_m2(self) -> Decimal:
        """Net size in m²."""
        return self.width * self.depth


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> ApplicationQuerySet:
        """What staff may open on the desk: an area manager only the applications for the own areas."""
        if user.has_role(Role.ORGANISER, Role.AUDITOR):
            return self
        if user.has_role(Role.AREA_MANAGER):
            return self.filter(area__manager=user)
        return self.none()

    def of_member(self, user: User) -> ApplicationQuerySet:
        return self.filter(firm__members__user=user)

    def locked(self, pk: int) -> Application:
        return self.select_for_update(of=("self",)).select_related("firm", "area__manager", "show").get(pk=pk)


@pghistory.track()
class Application(models.Model):
    """A firm asks for space in one area. Its booths are its allotments: held while open, contracted once accepted."""

    keeping = Keeping(purpose=_("to place exhibitors"), basis=_("contract"), days=3 * 365)

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    OPEN = (State.DRAFT, State.SUBMITTED, State.OFFERED)

    show = models.ForeignKey(Show, on_delete=models.PROTECT, related_name="applications", verbose_name=_("show"))
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="applications", verbose_name=_("firm"))
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="applications", verbose_name=_("area"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    wishes = models.ManyToManyField(Booth, related_name="wished_by", verbose_name=_("wished booths"), blank=True)
    exhibits = models.TextField(
        _("what you will show"),
        max_length=1000,
        blank=True,
        help_text=_("The area's manager reads it to place you well."),
    )
    answer = models.TextField(_("the manager's words"), max_length=1000, blank=True)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    created_at = models.DateTimeField(_("since"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = (
            models.UniqueConstraint(
                fields=["show", "firm"],
                condition=Q(state__in=["draft", "submitted", "offered"]),
                name="one_open_application_each",
                violation_error_code="already_applied",
                violation_error_message=_("The firm has an open application already."),
            ),
        )
        indexes = (models.Index(fields=["show", "state", "area"], name="application_board"),)

    def __str__(self) -> str:
        return f"{self.firm} · {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        return reverse("application", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class AllotmentQuerySet(models.QuerySet["Allotment"]):
    def live(self) -> AllotmentQuerySet:
        return self.filter(state__in=Allotment.LIVE)

    def contracted(self, show: Show) -> AllotmentQuerySet:
        return self.filter(state=Allotment.State.CONTRACTED, booth__hall__show=show)

    def figures(self) -> dict[str, int | Decimal]:
        """Of these allotments: firms, their countries and regions, and net m² of their booths."""
        return self.aggregate(
            firms=Count("firm", distinct=True),
            countries=Count("firm__country", distinct=True),
            m2=Coalesce(Sum(F("booth__width") * F("booth__depth")), Decimal(0)),
        )

    def overdue(self, at: datetime) -> AllotmentQuerySet:
        return self.filter(state=Allotment.State.HELD, held_until__lte=at)

    def visible_to(self, user: User) -> AllotmentQuerySet:
        if user.has_role(Role.ORGANISER, Role.AUDITOR):
            return self
        if user.has_role(Role.AREA_MANAGER):
            return self.filter(booth__area__manager=user)
        return self.none()


@pghistory.track()
class Allotment(models.Model):
    """A booth given to a firm: held until a moment, or contracted. At most one of a booth is live.

    `price` is fixed when the booth is held, in yuan.
    """

    keeping = NOTHING_PERSONAL

    class State(models.TextChoices):
        HELD = "held", _("held")
        CONTRACTED = "contracted", _("contracted")
        RELEASED = "released", _("released")

    LIVE = (State.HELD, State.CONTRACTED)

    booth = models.ForeignKey(Booth, on_delete=models.PROTECT, related_name="allotments", verbose_name=_("booth"))
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="allotments", verbose_name=_("firm"))
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="allotments", verbose_name=_("application")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    price = models.DecimalField(_("price, yuan"), max_digits=10, decimal_places=2)
    since = models.DateTimeField(_("since"))
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    objects = AllotmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("allotment")
        verbose_name_plural = _("allotments")
        ordering = ("booth", "-since")
        constraints = (
            models.UniqueConstraint(
                fields=["booth"],
                condition=Q(state__in=["held", "contracted"]),
                name="one_holder_a_booth",
                violation_error_code="taken",
                violation_error_message=_("The booth was taken a moment ago."),
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(held_until__isnull=False),
                name="a_hold_ends",
                violation_error_code="hold_without_end",
                violation_error_message=_("A booth is held until a moment."),
            ),
        )
        indexes = (models.Index(fields=["held_until"], condition=Q(state="held"), name="allotment_holds"),)

    def __str__(self) -> str:
        return f"{self.booth} · {self.get_state_display()}"
