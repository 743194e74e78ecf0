from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from accounts.picking import a_moment
from accounts.refusals import Refusal
from accounts.typed import no_link
from exhibitors import rules
from exhibitors.actions import firms
from exhibitors.models import Application, Firm, Industry
from expo.models import Area, year_validator
from expo.places import MAINLAND


class FirmDetailsForm(forms.ModelForm):
    """What is asked of a firm's details, whether the firm writes them or staff do.

    Without fields it is the page of somebody who only looks.
    """

    class Meta:
        model = Firm
        fields = firms.DETAILS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields:
            return
        for name in ("name_zh", "name_en", "contact_name"):
            self.fields[name].validators.append(no_link)
        self.fields["website"].validators.append(URLValidator(schemes=["http", "https"]))
        # Codes are often copied with blanks in between; what counts are the 18 characters without them.
        self.fields["uscc"] = forms.CharField(
            label=self.fields["uscc"].label,
            help_text=self.fields["uscc"].help_text,
            required=False,
            max_length=40,
            widget=self.fields["uscc"].widget,
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if "uscc" in data and "country" in data:
            try:
                data["uscc"] = rules.checked_uscc(data["uscc"], country=str(data["country"]))
            except Refusal as refusal:
                self.add_error("uscc", forms.ValidationError(refusal.sentence, code=refusal.code))
        if not data.get("name_zh") and not data.get("name_en") and not {"name_zh", "name_en"} & self.errors.keys():
            self.add_error(
                "name_zh",
                forms.ValidationError(_("Give the firm's name in Chinese, in English or in both."), "no_name"),
            )
        if str(data.get("country")) != MAINLAND:
            data["province"] = ""
        elif not data.get("province") and "province" in data:
            self.add_error("province", forms.ValidationError(_("Choose the province."), "no_province"))
        return data

    def _get_validation_exclusions(self) -> set[str]:
        # Whether the names are there is said beside the field, not once more above the form.
        return super()._get_validation_exclusions() | {"name_zh", "name_en"}


class FirmForm(FirmDetailsForm):
    """The firm as it stands in the catalogue, and whom to write to; as the firm fills it in."""

    website = forms.URLField(
        label=_("Web site"),
        required=False,
        max_length=200,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"autocomplete": "url", "placeholder": "https://"}),
    )

    class Meta(FirmDetailsForm.Meta):
        help_texts = {
            "name_zh": _("As on the business licence. At least one of the two names is needed."),
            "province": _("Firms of the mainland only."),
            "contact_email": _("Offers and deadlines go to this address."),
            "about_en": _("Stands in the catalogue once your space is contracted."),
        }
        widgets = {
            "name_zh": forms.TextInput(attrs={"autocomplete": "organization", "lang": "zh-Hans"}),
            "name_en": forms.TextInput(attrs={"lang": "en"}),
            "uscc": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            "about_zh": forms.Textarea(attrs={"rows": 3, "lang": "zh-Hans"}),
            "about_en": forms.Textarea(attrs={"rows": 3, "lang": "en"}),
            "contact_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "contact_phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not asked of everybody, but not for the firm to choose either: the labels leave "optional" out.
        for name in ("name_zh", "name_en", "province", "uscc"):
            self.fields[name].depends = True


class ApplicationForm(forms.Form):
    """Which booths, and what will stand there. Offers the free booths of one area, and those picked before."""

    booths = forms.MultipleChoiceField(
        label=_("Booths"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Pick at least one booth.")},
    )
    exhibits = forms.CharField(
        label=_("What you will show"),
        help_text=_("The area's manager reads it to place you well."),
        max_length=Application._meta.get_field("exhibits").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, booths: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booths"].choices = booths

    def clean_booths(self) -> list[str]:
        numbers = self.cleaned_data["booths"]
        if len(numbers) > rules.BOOTHS_AT_MOST:
            raise forms.ValidationError(
                _("An application is for at most %(most)s booths; for more, write to us."),
                code="too_many_booths",
                params={"most": rules.BOOTHS_AT_MOST},
            )
        return numbers


class OnceForm(forms.Form):
    """A button that books: nothing but the token that makes it count once."""

    token = forms.UUIDField(widget=forms.HiddenInput)


class AcceptForm(OnceForm):
    """Accepts the offer that was on the page, by the application's step, and no other."""

    step = forms.IntegerField(min_value=0, max_value=32767, widget=forms.HiddenInput)


class CatalogueForm(forms.Form):
    q = forms.CharField(
        label=_("Company or booth"), max_length=80, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    area = forms.ChoiceField(label=_("Area"), required=False)
    industry = forms.ChoiceField(
        label=_("Industry"), required=False, choices=[("", _("All industries")), *Industry.choices]
    )

    def __init__(self, *args: Any, areas: list[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = [
            ("", _("All areas")),
            *((area.slug, f"{area.letter} · {area}") for area in areas),
        ]


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The firm reads it, word for word."),
        max_length=Application._meta.get_field("answer").max_length,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExtendForm(forms.Form):
    until = forms.SplitDateTimeField(
        label=_("Hold until"),
        help_text=_("At most two weeks from now."),
        validators=[year_validator],
        widget=a_moment(),
    )


class OfferForm(forms.Form):
    """Other booths than the firm wished for, from those of the area that are free."""

    booths = forms.MultipleChoiceField(label=_("Booths"), widget=forms.CheckboxSelectMultiple)
    words = forms.CharField(
        label=_("Words to the firm"),
        max_length=Application._meta.get_field("answer").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, booths: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booths"].choices = booths
