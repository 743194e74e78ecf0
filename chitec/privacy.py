"""The page that says what is held about people, why, and for how long: read from the models and the wordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from accounts.privacy import Keeping
from expo.models import in_language
from visitors.models import ConsentWording


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept for one purpose on one basis, and for how many days after the show or after it was made."""

    what: str
    keeping: Keeping


def kept() -> Iterator[Kept]:
    """Every kind of personal data that the models hold, those kept for the same reason and time together."""
    models = [model for model in apps.get_models() if getattr(getattr(model, "keeping", None), "days", None)]
    by_reason = sorted(models, key=reason)
    for _, group in groupby(by_reason, key=reason):
        same = list(group)
        yield Kept(capfirst(", ".join(str(model._meta.verbose_name_plural) for model in same)), same[0].keeping)


def reason(model: type) -> tuple[int, str, str]:
    keeping: Keeping = model.keeping
    return -(keeping.days or 0), str(keeping.purpose), str(keeping.basis)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    show = request.show
    wordings = (
        ConsentWording.objects.filter(show_id=show.pk, since__lte=show.now())
        .order_by("purpose", "-version")
        .distinct("purpose")
    )
    return render(
        request,
        "privacy.html",
        {
            "wordings": [(wording, in_language(wording.text_en, wording.text_zh)) for wording in wordings],
            "kept": list(kept()),
        },
    )
