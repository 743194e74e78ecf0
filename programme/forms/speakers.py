"""What is said of a speaker."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.typed import no_link
from programme import pictures
from programme.actions.speaking import DETAILS
from programme.forms.fields import BesideFields, PictureField, on_one_line
from programme.models import Speaker
from visitors.rules import name_key


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
