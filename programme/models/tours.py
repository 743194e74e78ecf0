"""Open enterprises and what takes people there."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.privacy import NOTHING_PERSONAL
from exhibitors.models import Firm
from expo.models import InTwoLanguages, Show, in_language
from programme.models.people import Picture, PlanQuerySet

# From the venue by bus; whoever is longer on the way than this is not on a tour of the show.
LONGEST_TRAVEL = 240


@pghistory.track()
class Enterprise(InTwoLanguages):
    """An enterprise or institution that opens its doors during the show. Its departures are sessions of its tour.

    `latitude` and `longitude` in degrees (WGS 84); `travel_minutes` is one way by bus from the meeting point.
    """

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="enterprises", verbose_name=_("show"))
    slug = models.SlugField(_("address"), max_length=80)
    firm = models.ForeignKey(
        Firm,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="opened",
        verbose_name=_("firm"),
        help_text=_("If it exhibits as well."),
    )
    about_en = models.TextField(_("about it, in English"), max_length=2000, blank=True)
    about_zh = models.TextField(_("about it, in Chinese"), max_length=2000, blank=True)
    seen_en = models.TextField(
        _("what is seen, in English"), max_length=2000, blank=True, help_text=_("One thing a line.")
    )
    seen_zh = models.TextField(
        _("what is seen, in Chinese"), max_length=2000, blank=True, help_text=_("One thing a line.")
    )
    rules_en = models.TextField(_("rules on the site, in English"), max_length=2000, blank=True)
    rules_zh = models.TextField(_("rules on the site, in Chinese"), max_length=2000, blank=True)
    address_en = models.CharField(_("postal address in English"), max_length=200, blank=True)
    address_zh = models.CharField(_("postal address in Chinese"), max_length=200, blank=True)
    district_en = models.CharField(_("district in English"), max_length=60, blank=True)
    district_zh = models.CharField(_("district in Chinese"), max_length=60, blank=True)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-90)), MaxValueValidator(Decimal(90))],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(-180)), MaxValueValidator(Decimal(180))],
    )
    travel_minutes = models.PositiveSmallIntegerField(
        _("minutes by bus, one way"), default=45, validators=[MaxValueValidator(LONGEST_TRAVEL)]
    )
    picture = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="enterprises", verbose_name=_("picture")
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("open enterprise")
        verbose_name_plural = _("open enterprises")
        ordering = ("name_en",)
        constraints = (
            models.UniqueConstraint(fields=["show", "slug"], name="one_enterprise_an_address"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                # Of one that is missing a range says neither yes nor no, which a constraint takes for yes.
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="enterprise_lies_on_earth",
                violation_error_code="no_place",
                violation_error_message=_("Give latitude and longitude in degrees, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(travel_minutes__lte=LONGEST_TRAVEL),
                name="enterprise_within_reach",
                violation_error_code="too_far",
                violation_error_message=_("A tour's bus is on the way for four hours at most."),
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("tour", args=[self.slug])

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)

    @property
    def seen(self) -> list[str]:
        """What is seen there, thing by thing."""
        return [line.strip() for line in in_language(self.seen_en, self.seen_zh).splitlines() if line.strip()]

    @property
    def rules(self) -> str:
        return in_language(self.rules_en, self.rules_zh)

    @property
    def address(self) -> str:
        return in_language(self.address_en, self.address_zh)

    @property
    def district(self) -> str:
        return in_language(self.district_en, self.district_zh)


@pghistory.track()
class Bus(models.Model):
    """A bus that takes a departure's people; `seats` are the passengers'."""

    keeping = NOTHING_PERSONAL

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="buses", verbose_name=_("show"))
    name = models.CharField(_("name or plate"), max_length=40)
    seats = models.PositiveSmallIntegerField(_("seats"), validators=[MinValueValidator(1)])

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("bus")
        verbose_name_plural = _("buses")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["show", "name"],
                name="one_bus_a_name",
                violation_error_code="bus_exists",
                violation_error_message=_("There is a bus of this name already."),
            ),
        )

    def __str__(self) -> str:
        return self.name
