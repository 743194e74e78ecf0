from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from expo.models import Gate, Show


class GateChoice(forms.ModelChoiceField):
    def label_from_instance(self, gate: Gate) -> str:
        return f"{gate.name} · {gate.hall.name}"


class DeviceForm(forms.Form):
    """Which gate a phone or scanner stands at, and what it is called there."""

    gate = GateChoice(
        label=_("Gate"),
        queryset=Gate.objects.none(),
        empty_label=_("Choose the gate"),
        error_messages={"required": _("Choose the gate."), "invalid_choice": _("Choose a gate of this show.")},
    )
    name = forms.CharField(
        label=_("Name of the device"),
        max_length=60,
        help_text=_("What you call it among yourselves, such as Phone 3."),
        error_messages={"required": _("Give the device a name, such as Phone 3.")},
    )

    def __init__(self, *args: object, show: Show, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gate"].queryset = Gate.objects.filter(hall__show=show.pk).select_related("hall")
        self.fields["name"].widget.attrs |= {"autocomplete": "off"}


class TypedForm(forms.Form):
    """A serial as somebody typed it; `uid` makes sending the form twice one scan."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    serial = forms.CharField(
        label=_("Serial on the badge"),
        max_length=200,
        error_messages={
            "required": _("Type the nine characters below the code on the badge."),
            "max_length": _("That is too long: a serial has nine characters."),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["serial"].widget.attrs |= {
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "placeholder": "XXX-XXX-XXX",
            "enterkeyhint": "go",
        }
