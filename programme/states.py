"""How a session of the working plan stands, as against what is public of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    UNPLACED = "unplaced", _("not placed")
    DRAFT = "draft", _("draft")
    CHANGED = "changed", _("changed since published")
    PUBLISHED = "published", _("published")
    CANCELLED = "cancelled", _("cancelled")
