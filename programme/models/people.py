"""Who invites, who speaks, who guides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pghistory
from django.db import models
from django.db.models import Func, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Role
from accounts.privacy import Keeping
from exhibitors.models import Firm
from expo import formats
from expo.models import InTwoLanguages, Show, in_language
from expo.places import MAINLAND

if TYPE_CHECKING:
    from accounts.models import User

#: Who plans the programme, and who reads the plan on the desk.
PLANNING = frozenset({Role.ORGANISER, Role.PROGRAMME_EDITOR})
READING = frozenset({*PLANNING, Role.AUDITOR, Role.AREA_MANAGER})


class PlanQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows of the plan: who has to do with the programme sees them all."""

    def visible_to(self, user: User) -> Self:
        return self if user.has_role(*READING) else self.none()


@pghistory.track()
class Host(InTwoLanguages):
    """Who invites to a session and is told what changes for it: the organiser, an exhibitor, an enterprise, a park."""

    keeping = Keeping(purpose=_("to plan sessions with those who host them"), basis=_("contract"), days=3 * 365)

    class Kind(models.TextChoices):
        ORGANISER = "organiser", _("organiser")
        EXHIBITOR = "exhibitor", _("exhibitor")
        ENTERPRISE = "enterprise", _("enterprise or institution")
        PARK = "park", _("park or district")

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="hosts", verbose_name=_("show"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.ORGANISER)
    firm = models.ForeignKey(
        Firm,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="hosts",
        verbose_name=_("firm"),
        help_text=_("If it exhibits: its sessions lead to its page in the catalogue."),
    )
    contact_name = models.CharField(_("contact"), max_length=80, blank=True)
    contact_email = models.EmailField(
        _("contact's e-mail"), max_length=254, blank=True, help_text=_("Is told what changes for the host.")
    )
    language = models.CharField(_("language of mails"), max_length=10, default="zh-hans")

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ("name_en",)
        constraints = (
            models.UniqueConstraint(
                fields=["show", "name_en"],
                name="one_host_a_name",
                violation_error_code="host_exists",
                violation_error_message=_("There is a host of this name already."),
            ),
        )


class Picture(models.Model):
    """A picture that was taken apart and written anew as JPEG, so that nothing but its pixels is left of it.

    It rests in the database: it comes and goes with whom it shows, in one transaction.
    """

    keeping = Keeping(purpose=_("to show who speaks"), basis=_("consent"), days=3 * 365)

    digest = models.CharField(_("digest"), max_length=32, unique=True)
    jpeg = models.BinaryField(_("picture"))
    width = models.PositiveSmallIntegerField(_("width, pixels"))
    height = models.PositiveSmallIntegerField(_("height, pixels"))

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

    def get_absolute_url(self) -> str:
        return reverse("picture", args=[self.digest])


@pghistory.track(exclude=["search", "sort_en", "sort_zh", "handle", "link_version"])
class Speaker(models.Model):
    """Somebody who speaks at a session, named in at least one language; gets a link to correct and confirm the page.

    `slug`, `search`, `sort_en` and `sort_zh` follow from the names, see `naming.derived`. The link's key is worked out
    from `handle` and `link_version`, see `links`; `confirmed_at` is the moment at which the speaker agreed to all.
    """

    keeping = Keeping(purpose=_("to announce who speaks, and to plan with them"), basis=_("contract"), days=3 * 365)

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="speakers", verbose_name=_("show"))
    slug = models.SlugField(_("address"), max_length=80, editable=False)
    name_en = models.CharField(_("name in English"), max_length=80, blank=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True)
    position_en = models.CharField(_("position in English"), max_length=120, blank=True)
    position_zh = models.CharField(_("position in Chinese"), max_length=120, blank=True)
    firm_en = models.CharField(_("firm or institution in English"), max_length=120, blank=True)
    firm_zh = models.CharField(_("firm or institution in Chinese"), max_length=120, blank=True)
    country = CountryField(_("country or region"), default=MAINLAND)
    about_en = models.TextField(_("about the speaker, in English"), max_length=1500, blank=True)
    about_zh = models.TextField(_("about the speaker, in Chinese"), max_length=1500, blank=True)
    portrait = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="speakers", verbose_name=_("portrait")
    )
    email = models.EmailField(_("e-mail"), max_length=254, blank=True, help_text=_("Gets the link to the own page."))
    phone = PhoneNumberField(_("phone"), blank=True, region="CN", help_text=_("For the day itself; never public."))
    language = models.CharField(_("language of mails"), max_length=10, default="zh-hans")
    handle = models.BigIntegerField(unique=True, editable=False)
    link_version = models.PositiveIntegerField(default=1, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    corrected_at = models.DateTimeField(_("corrected by the speaker at"), null=True, blank=True, editable=False)
    search = models.TextField(blank=True, editable=False)
    sort_en = models.CharField(max_length=400, blank=True, editable=False)
    sort_zh = models.CharField(max_length=400, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ("sort_en",)
        constraints = (
            models.UniqueConstraint(fields=["show", "slug"], name="one_speaker_an_address"),
            models.CheckConstraint(
                condition=~Q(name_en="", name_zh=""),
                name="speaker_has_a_name",
                violation_error_code="no_name",
                violation_error_message=_("Give the speaker's name in Chinese, in English or in both."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("speaker", args=[self.slug])

    @property
    def sort_key(self) -> str:
        """What speakers are sorted by in the language in use."""
        return self.sort_zh if formats.in_chinese() else self.sort_en

    @property
    def name(self) -> str:
        return in_language(self.name_en, self.name_zh)

    @property
    def position(self) -> str:
        return in_language(self.position_en, self.position_zh)

    @property
    def firm(self) -> str:
        return in_language(self.firm_en, self.firm_zh)

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)


class DrawnHandle(Func):
    """62 bits at random, drawn by the database: whoever adds a row, it has a handle."""

    template = "(('x' || substr(md5(gen_random_uuid()::text), 1, 16))::bit(64)::bigint & 4611686018427387903)"
    output_field = models.BigIntegerField()
    arity = 0


@pghistory.track(exclude=["handle", "link_version"])
class Guide(models.Model):
    """Who leads a departure to an open enterprise and back, and keeps its boarding list by the link to the own page.

    The link's key is worked out from `handle` and `link_version`, see `links`.
    """

    keeping = Keeping(purpose=_("to plan tours with those who lead them"), basis=_("contract"), days=365)

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="guides", verbose_name=_("show"))
    name = models.CharField(_("name"), max_length=80)
    phone = PhoneNumberField(_("phone"), blank=True, region="CN")
    email = models.EmailField(_("e-mail"), max_length=254, blank=True, help_text=_("Is told what changes."))
    language = models.CharField(_("language of mails"), max_length=10, default="zh-hans")
    handle = models.BigIntegerField(unique=True, editable=False, db_default=DrawnHandle())
    link_version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["show", "name"],
                name="one_guide_a_name",
                violation_error_code="guide_exists",
                violation_error_message=_("There is a guide of this name already; add what tells the two apart."),
            ),
        )

    def __str__(self) -> str:
        return self.name
