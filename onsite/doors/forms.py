from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class WalkInForm(forms.Form):
    """Let the bearer of a scan walk in; each choice is a button of its own."""

    uid = forms.UUIDField()
    whole_party = forms.BooleanField(required=False)
    leaving = forms.BooleanField(required=False)


class PartyForm(forms.Form):
    """Who of a party is in: all, these, or nobody."""

    ACTS = ("all", "these", "nobody")

    uid = forms.UUIDField()
    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    here = forms.TypedMultipleChoiceField(coerce=int, required=False)
    guests = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=200,
        error_messages={
            "invalid": _("Give the number of guests who are here."),
            "min_value": _("Give the number of guests who are here."),
            "max_value": _("So many were not signed up."),
        },
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        sent = data.getlist("here")[:200]
        # Who is in the party is for the act to say; here it is only whether these can be people at all.
        self.fields["here"].choices = [(one, one) for one in sent if one.isascii() and one.isdigit() and len(one) < 19]

    @property
    def trouble(self) -> str:
        """What is wrong, for above the scanner."""
        wrong = self.errors.get("guests")
        return str(wrong[0]) if wrong else str(_("Scan the badge again."))

    def people(self) -> dict[str, Any]:
        """As the act takes it."""
        match self.cleaned_data["act"]:
            case "all":
                return {"here": None, "guests": None}
            case "nobody":
                return {"here": [], "guests": 0}
        return {"here": self.cleaned_data["here"], "guests": self.cleaned_data["guests"] or 0}
