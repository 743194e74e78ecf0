"""The form of a party's ID numbers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal, show_refusal
from programme import ids
from programme.actions.signing.papers import Known
from programme.ids.numbers import TYPED_AT_MOST


class PaperForm(forms.Form):
    """The ID number of one person of a party. What was given already is not in it: empty, it stays as it is."""

    id_kind = forms.ChoiceField(
        label=_("Kind of document"), choices=[("", _("Choose")), *ids.Kind.choices], required=False
    )
    id_number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=TYPED_AT_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, data: Any, *, known: Known, day: date, is_listed: bool) -> None:
        super().__init__(data, prefix=str(known.participant.pk))
        self.known, self.day = known, day
        self.is_fixed = is_listed and known.is_given
        for name in self.fields:
            self.fields[name].depends = True
            # Which of the party it is about, for whoever does not see where the field stands.
            self.fields[name].widget.attrs["aria-describedby"] = f"person-{self.prefix}"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, typed = data.get("id_kind", ""), data.get("id_number", "")
        if self.is_fixed or self.errors or not (typed or (kind and not self.known.is_given)):
            return data
        try:
            data["read"] = ids.read(kind, typed, day=self.day)
        except Refusal as refusal:
            show_refusal(self, refusal)
        return data

    def ask_for_one(self) -> None:
        self.add_error("id_number", forms.ValidationError(_("Type at least one number."), code="id_missing"))


def on_form_of(all_forms: Iterable[forms.Form], refusal: Refusal) -> bool:
    """Say it beside the field that it belongs to, in whichever of the forms that is; whether there is one."""
    prefix, _dash, name = (refusal.field or "").partition("-")
    for form in all_forms:
        if form.prefix == prefix and name in form.fields:
            form.add_error(name, forms.ValidationError(refusal.sentence, code=refusal.code))
            return True
    return False
