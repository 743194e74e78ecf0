"""What a form of the desk showed, so that a save knows what somebody else has changed since.

A form whose fields are not the row's own (a day and an hour for a moment) names what they stand for: `stands_for` has
the row's field by the form's, as a name or as a field that knows how to read the row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model
from django.forms import BaseInlineFormSet, ModelForm
from django.utils.crypto import salted_hmac
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from accounts import history
from accounts.refusals import Refusal

# Of what a field says now so much is told; the history has the rest.
TOLD = 100


class Stale(Refusal):
    """Somebody changed what the form would overwrite."""

    def __init__(self, overwritten: Collection[Cell]) -> None:
        sentence = _(
            "Somebody changed this after you opened it, so nothing was saved. Now it says: %(now)s. "
            "Below everything stands as you had it: press Save again to replace what it says now."
        )
        super().__init__("stale", sentence % {"now": "; ".join(map(str, overwritten))})


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of a row as the database has it; `is_inside` where the row stands inside another's form.

    `shown_as` is the form's field in which it is edited.
    """

    row: Model
    field: Field
    is_inside: bool
    shown_as: str

    @property
    def key(self) -> str:
        return f"{self.row._meta.model_name}.{self.row.pk}.{self.field.name}"

    @property
    def mark(self) -> str:
        """Tells two values apart and, without the site's key, nothing about them."""
        value = f"{self.row._meta.label}.{self.key}={self.field.value_to_string(self.row)}"
        return salted_hmac("accounts.shown", value, algorithm="sha256").hexdigest()[:16]

    def __str__(self) -> str:
        value = self.field.value_from_object(self.row)
        refers = isinstance(self.field, ForeignKey) and value is not None
        said = str(getattr(self.row, self.field.name)) if refers else history.in_words(self.field, value)
        whose = f"{history.name_of(self.row)}, " if self.is_inside else ""
        return f"{whose}{capfirst(str(self.field.verbose_name))}: {Truncator(said).chars(TOLD) or '–'}"


def stamp(form: ModelForm, formsets: Collection[BaseInlineFormSet]) -> str:
    """A mark of each stored value that the forms let somebody edit; they must not have read what was sent yet."""
    return " ".join(f"{cell.key}={cell.mark}" for _form, cell in _cells(form, formsets))


def overwritten(shown: str, form: ModelForm, formsets: Collection[BaseInlineFormSet]) -> list[Cell]:
    """What says something else now than when the stamp was made, and would be set to something else again.

    What was typed twice, as by pressing Save twice, overwrites nothing.
    """
    marks = dict(pair.split("=", 1) for pair in shown.split() if "=" in pair)
    return [
        cell
        for of, cell in _cells(form, formsets)
        if marks.get(cell.key, cell.mark) != cell.mark and of.has_changed() and cell.shown_as in of.changed_data
    ]


def _cells(form: ModelForm, formsets: Collection[BaseInlineFormSet]) -> Iterator[tuple[ModelForm, Cell]]:
    inside = [row for formset in formsets for row in formset.initial_forms]
    for one in [form, *inside]:
        if one.instance.pk is None:
            continue
        for name in one.fields:
            kept = getattr(one, "stands_for", {}).get(name, name)
            try:
                field = one._meta.model._meta.get_field(kept) if isinstance(kept, str) else kept
            except FieldDoesNotExist:
                continue
            if field.concrete and not field.many_to_many and not field.primary_key:
                yield one, Cell(one.instance, field, one is not form, name)
