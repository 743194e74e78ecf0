"""A spreadsheet between its upload and the moment at which it is applied or forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.privacy import Keeping
from expo.models import Show
from programme.models.people import PLANNING

if TYPE_CHECKING:
    from accounts.models import User

#: A file that nobody applies is forgotten after a day; so are the counts of one that was applied.
KEPT = timedelta(days=1)


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User) -> Self:
        """The own ones alone."""
        return self.filter(user=user) if user.has_role(*PLANNING) else self.none()

    def kept(self, at: datetime) -> Self:
        return self.filter(uploaded_at__gt=at - KEPT)

    def over(self, at: datetime) -> Self:
        return self.filter(uploaded_at__lte=at - KEPT)


class Import(models.Model):
    """A spreadsheet that somebody uploaded, kept while its owner looks at what it would do; for a day at most.

    `data` is the file as it came, nothing any more once it is applied; `uploaded_at` is the real time.
    """

    keeping = Keeping(purpose=_("to look at an import before it is applied"), basis=_("contract"), days=1)

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="imports", verbose_name=_("show"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by"))
    name = models.CharField(_("file"), max_length=100)
    data = models.BinaryField(_("content"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    new = models.PositiveIntegerField(_("new sessions"), default=0)
    changed = models.PositiveIntegerField(_("changed sessions"), default=0)

    objects = ImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("import from a spreadsheet")
        verbose_name_plural = _("imports from a spreadsheet")
        ordering = ("-uploaded_at", "-pk")

    def __str__(self) -> str:
        return self.name
