"""Whose place goes to whom."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from visitors.forms import LineField, NameField


class HandOverForm(forms.Form):
    """Which place of a party goes to whom; `places` are what the form calls them, and words."""

    #: Calls the place of somebody of whom nothing is known but the number.
    GUEST = "guest"

    place = forms.ChoiceField(
        label=_("Which place?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whose place it is."),
            "invalid_choice": _("This place is not in the party any more. Choose another one."),
        },
    )
    serial = LineField(
        label=_("Number of the badge"),
        help_text=_("Of the person who takes the place: nine characters below the code, such as 7K3-9QF-M2X."),
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Write the number that stands on the badge.")},
    )
    name = NameField(
        label=_("Name as on the badge"),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": _("Write the name that stands on the badge.")},
    )

    def __init__(self, data: Any = None, *, places: list[tuple[str, str]]) -> None:
        super().__init__(data, initial={"place": places[0][0]} if places else None)
        self.fields["place"].choices = places
        self.has_choice = len(places) > 1

    def clean_place(self) -> int | None:
        """The key of the participant; None for a guest."""
        place = self.cleaned_data["place"]
        return None if place == self.GUEST else int(place)
