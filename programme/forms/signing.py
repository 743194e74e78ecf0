"""Who comes to a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django import forms
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy as _

from programme.documents import Document
from programme.models import Access
from programme.models.sessions import LARGEST_PARTY
from programme.places import Coming
from visitors.forms import LineField, NameField

type Companions = Callable[[], list[tuple[int, str]]]

MORE_THAN_ANY = _("That is more people than can be signed up at once.")
LOOK_AGAIN = _("Look at the session as it is now, then send the form again.")


class Choosable(BaseChoiceIterator):
    """The own person, then the companions; these are asked for only once somebody looks past the own person."""

    def __init__(self, own: tuple[int, str], companions: Companions) -> None:
        self.own, self.companions = own, cache(companions)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield str(self.own[0]), self.own[1]
        for pk, name in self.companions():
            yield str(pk), name


class NamesField(forms.CharField):
    """Names of people, one a line; what comes of it is a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, widget=forms.Textarea(attrs={"rows": 3}), max_length=LARGEST_PARTY * 82)
        self.error_messages["max_length"] = MORE_THAN_ANY

    def clean(self, value: Any) -> list[str]:
        lines = [line for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > LARGEST_PARTY:
            raise forms.ValidationError(MORE_THAN_ANY, "max_value")
        return [NameField().clean(line) for line in lines]


class PartyForm(forms.Form):
    """Who comes to a session: the own person, companions with a badge, further guests by number or by name.

    `told` is the session as it is published; `own` and `companions` are keys and names.
    """

    who = forms.MultipleChoiceField(
        label=_("Who comes?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("You can sign up yourself and those whom you registered.")},
    )
    guests = forms.IntegerField(
        label=_("Further guests"),
        required=False,
        min_value=0,
        max_value=LARGEST_PARTY,
        error_messages={
            "invalid": _("Write a number, such as 2."),
            "min_value": _("Write how many more people come, or nothing if nobody does."),
            "max_value": MORE_THAN_ANY,
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    names = NamesField(
        label=_("Names of further guests"),
        required=False,
        help_text=_("One a line, as on their ID: they are on the list of who comes."),
    )
    code = LineField(
        label=_("Code from your invitation"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("This session needs the code from your invitation.")},
    )
    seen = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), LOOK_AGAIN),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        told: Document,
        own: tuple[int, str],
        companions: Companions,
        is_new: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.told, self.own_key = told, own[0]
        self.fields["who"].choices = Choosable(own, companions)
        for name in self.needless(is_new=is_new):
            del self.fields[name]
        for name in {"guests", "names", "code"} & self.fields.keys():
            self.fields[name].widget.attrs["class"] = "form-control"

    def needless(self, *, is_new: bool) -> set[str]:
        names = {"guests" if needs_names(self.told) else "names"}
        if self.told.party_most == 1:
            names |= {"guests", "names"}
        if self.told.access != Access.INVITATION or not is_new:
            names.add("code")
        return names if is_new else names | {"seen"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            badges = [Coming(registration=int(pk)) for pk in dict.fromkeys(data["who"])]
            guests = [Coming(name=name) for name in data.get("names") or ()]
            data["people"] = [*badges, *guests, *(Coming() for _guest in range(data.get("guests") or 0))]
        return data

    @property
    def has_others(self) -> bool:
        """Whether there is anybody to choose beside the own person."""
        return len(list(self.fields["who"].choices)) > 1 or not {"guests", "names"}.isdisjoint(self.fields)


def needs_names(told: Document) -> bool:
    """Whether whoever comes without a badge comes by name."""
    return told.asks_id or told.enterprise is not None
