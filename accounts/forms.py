from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User


class OwnAccountForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language of my e-mails"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )

    class Meta:
        model = User
        fields = ("name", "language")


class AccountForm(forms.ModelForm):
    """An account as the organiser sees it: roles to tick, the e-mail in small letters whatever was typed."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("email", "name", "roles", "language", "is_active")

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def clean_roles(self) -> list[Any]:
        # In the order of the roles, so that ticking them in another order changes nothing.
        return [role.value for role in Role if role.value in self.cleaned_data["roles"]]
