"""What a browser sends from a form of the desk, and what careless and hostile people type into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

HOSTILE = [
    "",
    " ",
    "x" * 5000,
    "\x00\x01",
    "<script>alert(1)</script>",
    "'; DROP TABLE visitors_person; --",
    "{{ 7|add:7 }}{% url 'home' %}",
    "%s%(name)s{0}",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe",
    "👩\u200d👩\u200d👧 🇨🇳",
    "\ufffe\uffff\ud7ff",
    "Zalgo\u0301\u0302\u0303" * 10,
    "-1",
    "99999999999999999999999",
    "NaN",
    "../../etc/passwd",
    "a@b\nBcc: x@example.org",
    "مرحبا",
]


def fields_of(page: Any) -> Iterator[forms.BoundField]:
    """Every field of the page's form and of the rows inside it."""
    yield from page.context["adminform"].form
    for inline in page.context["inline_admin_formsets"]:
        for form in (inline.formset.management_form, *inline.formset.forms):
            yield from form


def inputs_of(field: forms.BoundField) -> list[str]:
    """The names by which a browser sends the field: those of a day and an hour are two."""
    widget = field.field.widget
    if isinstance(widget, forms.MultiWidget):
        return [field.html_name + name for name in widget.widgets_names]
    return [field.html_name]


def filled(page: Any, **typed: Any) -> dict[str, Any]:
    """What a browser sends of the page with this typed into it, Save pressed."""
    data: dict[str, Any] = {"_save": "", "shown": page.context.get("shown", "")}
    for field in fields_of(page):
        widget, value, names = field.field.widget, field.value(), inputs_of(field)
        if isinstance(widget, forms.MultiWidget):
            parts = value if isinstance(value, list) else widget.decompress(value)
            shown = [one.format_value(part) for one, part in zip(widget.widgets, parts, strict=True)]
        elif isinstance(widget, forms.CheckboxInput):
            shown = ["on"] if value else []
        elif isinstance(widget, forms.SelectMultiple | forms.CheckboxSelectMultiple):
            shown = [value or []]
        else:
            shown = [value if isinstance(value, list) else field.field.prepare_value(value)]
        data |= {name: "" if one is None else one for name, one in zip(names, shown, strict=False)}
    return data | typed
