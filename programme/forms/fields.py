"""What forms of several subjects are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.refusals import Refusal
from programme import pictures


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
