from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.limits import TooOften
from accounts.refusals import Refusal, show_refusal
from accounts.typed import no_link
from programme import ids, pictures
from programme.actions.signing.papers import Known
from programme.actions.speaking import DETAILS
from programme.documents import Document
from programme.ids.numbers import TYPED_AT_MOST
from programme.models import Access, Kind, Speaker
from programme.models.sessions import LARGEST_PARTY
from programme.places import Coming
from visitors.forms import LineField, NameField
from visitors.rules import name_key


class PictureField(forms.FileField):
    """A picture that somebody sends; what comes of it is `pictures.Drawn`, cut to the shape."""

    def __init__(self, shape: pictures.Shape, **options: Any) -> None:
        self.shape = shape
        accept = "image/jpeg,image/png,image/webp"
        super().__init__(**({"required": False, "widget": forms.FileInput(attrs={"accept": accept})} | options))

    def clean(self, value: Any, initial: Any = None) -> pictures.Drawn | None:
        file = super().clean(value, initial)
        if not file:
            return None
        try:
            return pictures.drawn(file, self.shape)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal


class BesideFields:
    """Puts what a constraint of several fields says beside one of them; `beside` names it by the error's code."""

    beside: dict[str, str] = {}

    def _post_clean(self) -> None:
        super()._post_clean()
        above = self._errors.pop(forms.forms.NON_FIELD_ERRORS, None)
        for error in above.as_data() if above else ():
            field = self.beside.get(error.code or "")
            self.add_error(field if field in self.fields else None, error)


def on_one_line(data: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if isinstance(data.get(name), str):
            data[name] = " ".join(data[name].split())


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


def too_often(error: TooOften) -> Refusal:
    minutes = -(-error.retry_after // 60)
    told = ngettext(
        "This was asked for too often. Please send it once more in %(number)d minute.",
        "This was asked for too often. Please send it once more in %(number)d minutes.",
        minutes,
    )
    return Refusal("too_often", told % {"number": minutes})


def on_form_of(all_forms: Iterable[forms.Form], refusal: Refusal) -> bool:
    """Say it beside the field that it belongs to, in whichever of the forms that is; whether there is one."""
    prefix, _dash, name = (refusal.field or "").partition("-")
    for form in all_forms:
        if form.prefix == prefix and name in form.fields:
            form.add_error(name, forms.ValidationError(refusal.sentence, code=refusal.code))
            return True
    return False


class SpeakerDetailsForm(BesideFields, forms.ModelForm):
    """What is said of a speaker, whether the speaker says it or staff do."""

    beside = {"no_name": "name_zh"}
    LINES = ("name_zh", "name_en", "position_zh", "position_en", "firm_zh", "firm_en")

    class Meta:
        model = Speaker
        fields = DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.LINES:
            if name in self.fields:
                self.fields[name].validators.append(no_link)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        on_one_line(data, self.LINES)
        for name in ("name_zh", "name_en"):
            if data.get(name) and not name_key(data[name]):
                self.add_error(name, forms.ValidationError(_("Write the name in letters."), "invisible"))
        return data


class OwnPageForm(SpeakerDetailsForm):
    """What a speaker corrects on the own page."""

    portrait = PictureField(
        pictures.PORTRAIT,
        label=_("Portrait"),
        help_text=_("JPEG, PNG or WebP of up to 5 MB. It is cut to a square; nothing but the picture is kept."),
    )
    drops_portrait = forms.BooleanField(label=_("Take my portrait off"), required=False)
    language = forms.ChoiceField(
        label=_("Language of our mails to you"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )

    class Meta(SpeakerDetailsForm.Meta):
        labels = {
            "name_zh": _("Your name in Chinese"),
            "name_en": _("Your name in English"),
            "about_zh": _("About you, in Chinese"),
            "about_en": _("About you, in English"),
        }
        help_texts = {
            "name_zh": _("At least one of the two names is needed."),
            "name_en": _("As it should stand in the programme, without titles."),
            "about_zh": _("What you do, in a few sentences."),
            "about_en": _("What you do, in a few sentences."),
        }
        widgets = {
            **{name: forms.TextInput(attrs={"lang": "zh-Hans"}) for name in ("name_zh", "position_zh", "firm_zh")},
            **{name: forms.TextInput(attrs={"lang": "en"}) for name in ("name_en", "position_en", "firm_en")},
            "about_zh": forms.Textarea(attrs={"rows": 4, "lang": "zh-Hans"}),
            "about_en": forms.Textarea(attrs={"rows": 4, "lang": "en"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.portrait_id is None:
            del self.fields["drops_portrait"]
        # One of the names is needed, and a box says itself that it may stay empty: no "optional" behind these.
        for name in {"name_zh", "name_en", "drops_portrait"} & self.fields.keys():
            self.fields[name].depends = True

    @property
    def sent_portrait(self) -> pictures.Drawn | None:
        """The portrait that came with the form, if it was a good one, whatever else was not."""
        sent: pictures.Drawn | None = getattr(self, "cleaned_data", {}).get("portrait")
        return sent

    def ask_to_wait(self, error: TooOften) -> None:
        show_refusal(self, too_often(error))


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

    def ask_to_wait(self, error: TooOften) -> None:
        show_refusal(self, too_often(error))


def needs_names(told: Document) -> bool:
    """Whether whoever comes without a badge comes by name."""
    return told.asks_id or told.enterprise is not None


class InterestsForm(forms.Form):
    """Areas and kinds of session that suggestions go by; none of them is an answer too."""

    areas: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=_("Areas"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of session"), choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = areas
