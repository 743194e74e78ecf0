"""Ways from the desk's other rooms to who signed up for what."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from programme.models import Signup
from programme.models.people import READING

register = template.Library()


@register.simple_tag(takes_context=True)
def way_to_plan(context: Context) -> str:
    """From a registration to its plan of the show, for who may read it, where there is one."""
    registration: Any = context.get("original")
    user = context["request"].user
    if registration is None or not user.has_role(*READING) or not Signup.objects.of(registration.pk).exists():
        return ""
    address = reverse("admin:programme_signups_person", args=[registration.pk])
    return format_html('<li><a href="{}">{}</a></li>', address, _("Plan of the show"))
