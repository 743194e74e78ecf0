"""What is shared by all that has places, and by all that takes some of them or waits for them."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Places(models.Model):
    """How many places something has and how many of them are taken; the database refuses one too many.

    `over` is by how many more are taken than there are since there were made fewer of them: nobody loses a place by
    that, and until it is 0 again nobody gets one.
    """

    places = models.PositiveIntegerField(_("places"))
    taken = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    over = models.PositiveIntegerField(_("more taken than there are"), default=0, db_default=0, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(taken__lte=F("places") + F("over")),
                name="%(class)s_not_exceeded",
                violation_error_code="sold_out",
                violation_error_message=_("More places are taken than there would be."),
            ),
        )

    @property
    def left(self) -> int:
        return max(0, self.places - self.taken)


class Claim(models.Model):
    """A party that has places or waits for them. Who came first is who has the smaller key, whatever clocks say.

    `ahead` is above 0 where staff moved the party up, and the last one moved up is first. An offer keeps places until
    `offered_until`; `offers` counts them. `ended_at` is when it was given up or ended otherwise.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("sign-up", "awaiting approval")
        WAITING = "waiting", pgettext_lazy("sign-up", "waiting")
        OFFERED = "offered", pgettext_lazy("sign-up", "offered")
        CONFIRMED = "confirmed", pgettext_lazy("sign-up", "confirmed")
        ATTENDED = "attended", pgettext_lazy("sign-up", "attended")
        NO_SHOW = "no_show", pgettext_lazy("sign-up", "no-show")
        GIVEN_UP = "given_up", pgettext_lazy("sign-up", "given up")
        DECLINED = "declined", pgettext_lazy("sign-up", "offer declined")
        LAPSED = "lapsed", pgettext_lazy("sign-up", "offer lapsed")
        CALLED_OFF = "called_off", pgettext_lazy("sign-up", "called off by staff")

    #: Places are counted as taken.
    HOLDING = (State.OFFERED, State.CONFIRMED, State.ATTENDED, State.NO_SHOW)
    #: Something may come of it yet, or has.
    LIVE = (State.REQUESTED, State.WAITING, State.OFFERED, State.CONFIRMED, State.ATTENDED)

    party = models.PositiveSmallIntegerField(_("party"), default=1, validators=[MinValueValidator(1)])
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    joined_at = models.DateTimeField(_("signed up at"))
    ahead = models.PositiveIntegerField(_("moved up"), default=0, editable=False)
    offered_at = models.DateTimeField(_("offered at"), null=True, blank=True, editable=False)
    offered_until = models.DateTimeField(_("offered until"), null=True, blank=True, editable=False)
    offers = models.PositiveSmallIntegerField(_("offers"), default=0, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=Q(party__gte=1), name="%(class)s_of_somebody"),
            models.CheckConstraint(
                condition=(Q(state="offered") & Q(offered_until__isnull=False))
                | (~Q(state="offered") & Q(offered_until__isnull=True)),
                name="%(class)s_offered_says_until",
            ),
        )

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def holds(self) -> bool:
        return self.state in self.HOLDING
