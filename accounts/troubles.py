"""What the database refused, in words: named constraints and triggers, for forms that save rows directly."""

from __future__ import annotations

from django.apps import apps
from django.db import IntegrityError
from django.db.models import UniqueConstraint
from django.utils.translation import gettext as _

from accounts.refusals import Refusal, constraint_of

_sentences: dict[str, tuple[str, str | None]] = {}


def explain(constraint: str, sentence: str, *, field: str | None = None) -> None:
    """Give the sentence for a constraint or trigger that has none of its own; `field` is the form's field beside it."""
    _sentences[constraint] = (sentence, field)


def trouble(error: IntegrityError) -> Refusal:
    """The refusal that an IntegrityError of a desk's form amounts to; its code is the constraint's name."""
    name = constraint_of(error) or "contradiction"
    if name in _sentences:
        sentence, field = _sentences[name]
        return Refusal(name, sentence, field=field)
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name and (own := _own_sentence(constraint)):
                return Refusal(name, own)
    return Refusal(
        name, _("This contradicts other records, so nothing was saved. Somebody may have changed them meanwhile.")
    )


def _own_sentence(constraint: object) -> str | None:
    message = getattr(constraint, "violation_error_message", None)
    if message and message != constraint.default_violation_error_message:
        return message
    return _("There is such a record already.") if isinstance(constraint, UniqueConstraint) else None
