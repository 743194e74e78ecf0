from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django_countries import countries
from phonenumber_field.formfields import PhoneNumberField

from accounts.typed import no_link
from expo.models import Show
from expo.places import MAINLAND, Province
from visitors import rules
from visitors.actions.registering import Companion, Details
from visitors.codes import DIGITS
from visitors.models import ConsentWording, Registration, TicketType
from visitors.offer import Offer

#: A person takes longer than this to fill the form in; what comes faster counts against a tighter limit.
HUMAN = timedelta(seconds=2)
STALE = timedelta(days=2)


TOO_LONG = gettext_lazy("At most %(limit_value)d characters fit here; there are %(show_value)d.")
EMAIL_ERRORS = {
    "required": gettext_lazy("Write your e-mail address."),
    "invalid": gettext_lazy("This is not a complete e-mail address. It looks like name@example.org."),
    "max_length": TOO_LONG,
}


class NameField(forms.CharField):
    """Somebody's name, in any script, on one line."""

    default_error_messages = {"required": gettext_lazy("Write your name."), "max_length": TOO_LONG}

    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_length": 80} | options), validators=[no_link])

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not rules.name_key(value):
            raise ValidationError(gettext_lazy("Write the name in letters."), code="invisible")


class LineField(forms.CharField):
    default_error_messages = {"max_length": TOO_LONG}

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


type Pairs = tuple[tuple[str, str], ...]
type Choices = Callable[[], Pairs]


@cache
def _countries(language: str) -> Pairs:
    with override(language):
        return tuple((code, str(name)) for code, name in countries)


@cache
def _provinces(language: str) -> Pairs:
    with override(language):
        return (("", ""), *((code, str(name)) for code, name in Province.choices))


def country_choices() -> Pairs:
    return _countries(get_language() or "en")


def province_choices() -> Pairs:
    return _provinces(get_language() or "en")


@cache
def _options(choices: Pairs) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', choices)


class LongSelect(forms.Widget):
    """A select of many choices that are the same for everybody: the options are made once, not one template each."""

    def __init__(self, choices: Choices, attrs: dict[str, str]) -> None:
        super().__init__(attrs)
        self.choices = choices

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = format_html('value="{}"', "" if value is None else value)
        # Both sides are escaped alike, so this marks one option or none.
        marked = mark_safe(_options(self.choices()).replace(f"{chosen}>", f"{chosen} selected>", 1))  # noqa: S308
        flat = forms.utils.flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", flat, marked)


class CodeField(forms.CharField):
    """The code of one of many choices, looked up and not walked through."""

    default_error_messages = {"required": gettext_lazy("Choose one from the list.")}

    def __init__(self, *, choices: Choices, autocomplete: str, **options: Any) -> None:
        widget = LongSelect(choices, {"class": "form-select", "autocomplete": autocomplete})
        super().__init__(widget=widget, **options)
        self.choices = choices

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and value not in dict(self.choices()):
            raise ValidationError(gettext_lazy("Choose one from the list."), code="invalid_choice")


class Line(forms.Widget):
    """An input of one line. Thirty of them stand in one form, and a template each would be half of the page's cost."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        filled = {} if value in (None, "") else {"value": str(value)}
        attrs = {"type": "text", **self.build_attrs(self.attrs, attrs), "name": name, **filled}
        return format_html("<input{}>", forms.utils.flatatt(attrs))


def text(autocomplete: str = "", **attrs: Any) -> Line:
    return Line(attrs={"class": "form-control", "autocomplete": autocomplete or "off", **attrs})


class ProvinceOfTheMainland:
    """Drops what was chosen as province before the country was."""

    cleaned_data: dict[str, Any]

    def clean_province(self) -> str:
        return self.cleaned_data["province"] if self.cleaned_data.get("country") == MAINLAND else ""


class DetailsForm(ProvinceOfTheMainland, forms.Form):
    """What somebody says about themselves; the registration's form and the correction's share it."""

    name = NameField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As it should stand on the badge, in any script."),
        widget=text("name"),
    )
    name_latin = NameField(
        label=gettext_lazy("Name in Latin letters"),
        help_text=gettext_lazy("Stands below the name, for guests who do not read it."),
        required=False,
        widget=text(),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("We send the badge there."),
        max_length=254,
        error_messages=EMAIL_ERRORS,
        widget=text("email", type="email"),
    )
    phone = PhoneNumberField(
        label=gettext_lazy("Phone"),
        help_text=gettext_lazy("With the country's code if it is not a mainland number, such as +44 20 7946 0000."),
        required=False,
        region="CN",
        error_messages={"invalid": gettext_lazy("This is not a complete phone number. Look at the digits once more.")},
        widget=text("tel", type="tel"),
    )
    firm = LineField(
        label=gettext_lazy("Firm or institution"), max_length=120, required=False, widget=text("organization")
    )
    position = LineField(
        label=gettext_lazy("Position"), max_length=80, required=False, widget=text("organization-title")
    )
    country = CodeField(
        label=gettext_lazy("Country or region"), choices=country_choices, autocomplete="country", initial=MAINLAND
    )
    province = CodeField(
        label=gettext_lazy("Province"),
        help_text=gettext_lazy("Only for the mainland."),
        choices=province_choices,
        autocomplete="address-level1",
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)

    def details(self) -> Details:
        data = self.cleaned_data
        return Details(
            name=data["name"],
            name_latin=data["name_latin"],
            email=data["email"],
            phone=data["phone"].as_e164 if data["phone"] else "",
            firm=data["firm"],
            position=data["position"],
            country=data["country"],
            province=data["province"],
        )


class CorrectionForm(ProvinceOfTheMainland, forms.ModelForm):
    """As the details' form, for the fields of the desk: staff refuse and clean what the visitor's own form does."""

    class Meta:
        model = Registration
        fields = ("name", "name_latin", "email", "phone", "firm", "position", "country", "province")
        field_classes = {"name": NameField, "name_latin": NameField, "firm": LineField, "position": LineField}
        # The field's own asks the visitor.
        error_messages = {"name": {"required": forms.Field.default_error_messages["required"]}}


class CompanionForm(forms.Form):
    name = NameField(label=gettext_lazy("Name"), required=False, widget=text("off"))
    name_latin = NameField(label=gettext_lazy("Name in Latin letters"), required=False, widget=text("off"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)

    def clean(self) -> None:
        if self.cleaned_data.get("name_latin") and not self.cleaned_data.get("name") and not self.errors:
            self.add_error("name", _("Write the name too."))


class RegisterForm(DetailsForm):
    """Everything of one party on one page. `began` is a signed moment, `once` makes the form good for one use."""

    # As they stand on the page: what is wrong is listed above it in this order.
    field_order = ("ticket_type", "days", "invitation_code")

    ticket_type = forms.TypedChoiceField(
        label=gettext_lazy("Ticket"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a ticket."),
            "invalid_choice": gettext_lazy("This ticket is no longer offered. Choose another one."),
        },
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one day."),
            "invalid_choice": gettext_lazy("Choose days of the show."),
        },
    )
    invitation_code = LineField(
        label=gettext_lazy("Invitation code"),
        help_text=gettext_lazy("Only for tickets by invitation."),
        max_length=30,
        required=False,
        widget=text(spellcheck="false", autocapitalize="characters"),
    )
    consent = forms.BooleanField(
        label=gettext_lazy("I agree"),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        error_messages={"required": gettext_lazy("We may register you only if you agree to this.")},
    )
    news = forms.BooleanField(
        label=gettext_lazy("News"), required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )
    once = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": "", "invalid": ""}, required=False)
    began = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    wording = forms.IntegerField(widget=forms.HiddenInput, required=False)
    website = forms.CharField(required=False, max_length=200, widget=text(tabindex="-1"))

    def __init__(self, data: Any = None, *, show: Show, offer: Offer, at: datetime, **options: Any) -> None:
        self.show, self.offer, self.at = show, offer, at
        self.visit_wording = offer.wording(ConsentWording.Purpose.VISIT, at)
        self.news_wording = offer.wording(ConsentWording.Purpose.NEWS, at)
        super().__init__(data, **options)
        self.fields["ticket_type"].choices = [(row.pk, row.name) for row in offer.ticket_types]
        self.fields["days"].choices = [(day.number, str(day)) for day in show.calendar]

    @cached_property
    def companions(self) -> list[CompanionForm]:
        """A row for each companion that there could be; those that were left empty are good as they are."""
        return [
            CompanionForm(self.data if number in self.typed else None, prefix=f"companion-{number}")
            for number in range(1, rules.LARGEST_PARTY)
        ]

    @cached_property
    def typed(self) -> dict[int, CompanionForm]:
        """The rows of companions in which something was typed."""
        return {
            number: CompanionForm(self.data, prefix=f"companion-{number}")
            for number in range(1, rules.LARGEST_PARTY)
            if any(self.data.get(f"companion-{number}-{field}") for field in CompanionForm.base_fields)
        }

    # Shown, and told apart from what was typed.

    @property
    def chosen_type(self) -> str:
        chosen = self["ticket_type"].value()
        if chosen is None and len(self.offer.ticket_types) == 1:
            chosen = self.offer.ticket_types[0].pk
        return str(chosen or "")

    @property
    def ticket_cards(self) -> list[dict[str, Any]]:
        """What each radio card says: the type, and the most and fewest places left on the days that can be booked."""
        return [
            {
                "type": row,
                "is_chosen": str(row.pk) == self.chosen_type,
                "left": max((places.left for places in self._open_places(row)), default=0),
            }
            for row in self.offer.ticket_types
        ]

    @property
    def day_boxes(self) -> list[dict[str, Any]]:
        """What each day's box says. A day is closed only if no ticket admits to it: which one does is chosen above."""
        chosen = {str(number) for number in self["days"].value() or []}
        boxes = []
        for day in self.show.calendar:
            rows = [
                (row, places) for row in self.offer.ticket_types for places in row.day_places.all()
                if places.day_id == day.pk
            ]  # fmt: skip
            left = [places.left for _row, places in rows]
            boxes.append(
                {
                    "day": day,
                    "is_chosen": str(day.number) in chosen,
                    "is_past": not rules.may_be_booked(day, self.at),
                    "is_full": not any(count > 0 for count in left),
                    "full_for": [row.name for row, places in rows if places.left <= 0],
                }
            )
        return boxes

    def _open_places(self, row: TicketType) -> Iterator[Any]:
        open_days = {day.pk for day in rules.bookable_days(self.show.calendar, self.at)}
        return (places for places in row.day_places.all() if places.day_id in open_days)

    @property
    def needs_code(self) -> bool:
        return any(row.access == TicketType.Access.INVITATION for row in self.offer.ticket_types)

    @property
    def fresh_once(self) -> str:
        """The token of the form that is shown: the one that came, or a new one."""
        came = self["once"].value() if self.is_bound else None
        try:
            return str(uuid.UUID(str(came)))
        except ValueError:
            return str(uuid.uuid4())

    @property
    def fresh_began(self) -> str:
        return signing.TimestampSigner(salt="visitors.register").sign("form")

    # Read.

    def clean(self) -> None:
        if not self.cleaned_data.get("once"):
            self.add_error(None, _("This form was open too long. Nothing was booked yet: please send it once more."))
        wording = self.cleaned_data.get("wording")
        if self.visit_wording is None or wording != self.visit_wording.pk:
            self.add_error("consent", _("The text below has changed. Please read it again and agree."))
        for row in self.typed.values():
            if not row.is_valid():
                self.add_error(None, _("Please look at your companions once more."))
                break

    @property
    def looks_automatic(self) -> bool:
        """Whether it came faster than anybody types, without the moment it began, or with the hidden field filled."""
        if self["website"].value():
            return True
        signer = signing.TimestampSigner(salt="visitors.register")
        began = self["began"].value() or ""
        try:
            signer.unsign(began, max_age=STALE)
        except signing.BadSignature:
            return True
        try:
            signer.unsign(began, max_age=HUMAN)
        except signing.SignatureExpired:
            return False
        return True

    def party(self) -> list[Companion]:
        return [
            Companion(name=row.cleaned_data["name"], name_latin=row.cleaned_data["name_latin"])
            for row in self.typed.values()
            if row.cleaned_data.get("name")
        ]

    def wordings(self) -> list[ConsentWording]:
        agreed = [self.visit_wording, self.news_wording if self.cleaned_data["news"] else None]
        return [wording for wording in agreed if wording is not None]


class DigitsField(LineField):
    """Digits as people type them: in groups, or full width from a Chinese keyboard."""

    def to_python(self, value: Any) -> str:
        return "".join(unicodedata.normalize("NFKC", super().to_python(value)).split())


class CodeForm(forms.Form):
    code = DigitsField(
        label=gettext_lazy("Code from our mail"),
        max_length=20,
        error_messages={"required": gettext_lazy("Write the six digits of our mail.")},
        validators=[
            RegexValidator(rf"\A[0-9]{{{DIGITS}}}\Z", gettext_lazy("The code has six digits, as in our mail."))
        ],
        widget=text("one-time-code", inputmode="numeric", spellcheck="false"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)


class FindForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        error_messages=EMAIL_ERRORS,
        widget=text("email", type="email"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
