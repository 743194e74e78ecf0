"""What visitors keep for themselves: sessions and stands to come back to, areas and kinds that they care for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.privacy import Keeping
from exhibitors.models import Firm
from expo.models import Area
from programme.models.sessions import Kind, Session
from visitors.models import Registration


class FavouriteQuerySet(models.QuerySet["Favourite"]):
    def things(self) -> FavouriteQuerySet:
        """Sessions and stands, without the interests that suggestions go by."""
        return self.filter(Q(session__isnull=False) | Q(firm__isnull=False))

    def interests(self) -> FavouriteQuerySet:
        return self.filter(session=None, firm=None)


class Favourite(models.Model):
    """One thing that a visitor keeps: a session, a firm with a stand, an area, or a kind of session."""

    keeping = Keeping(
        purpose=_("to show visitors what they kept, and to suggest sessions to them; nobody else sees it"),
        basis=_("consent"),
        days=365,
    )

    registration = models.ForeignKey(
        Registration,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="favourites",
        verbose_name=_("registration"),
    )
    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, null=True, blank=True, related_name="favourites", verbose_name=_("session")
    )
    firm = models.ForeignKey(
        Firm, on_delete=models.CASCADE, null=True, blank=True, related_name="favourites", verbose_name=_("firm")
    )
    area = models.ForeignKey(
        Area, on_delete=models.CASCADE, null=True, blank=True, related_name="favourites", verbose_name=_("area")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, blank=True)
    kept_at = models.DateTimeField(_("kept at"))

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["registration", "session", "firm", "area", "kind"],
                nulls_distinct=False,
                name="one_favourite_each",
            ),
            models.CheckConstraint(
                condition=(
                    Q(session__isnull=False, firm=None, area=None, kind="")
                    | Q(session=None, firm__isnull=False, area=None, kind="")
                    | Q(session=None, firm=None, area__isnull=False, kind="")
                    | (Q(session=None, firm=None, area=None) & ~Q(kind=""))
                ),
                name="favourite_is_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.registration_id} {self.session_id or self.firm_id or self.area_id or self.kind}"
