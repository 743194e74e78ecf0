"""Every model of ours says what its data is for and how long it is kept."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from accounts.privacy import NOTHING_PERSONAL, Keeping

OURS = [
    model
    for app in apps.get_app_configs()
    if app.module.__package__
    in {"accounts", "expo", "visitors", "exhibitors", "programme", "onsite", "reports", "chitec"}
    for model in app.get_models()
    if not model._meta.auto_created and not hasattr(model, "pgh_tracked_model")
]

# What such fields hold is about a person, whatever the model says.
PERSONAL = (models.EmailField, models.GenericIPAddressField)


def test_there_are_models_to_look_at():
    assert {model._meta.label for model in OURS} >= {"accounts.User", "visitors.Registration", "onsite.Scan"}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_model_says_why_and_how_long(model):
    keeping = model.__dict__.get("keeping")
    assert isinstance(keeping, Keeping)
    assert keeping.purpose
    assert keeping.basis


@pytest.mark.parametrize("model", [model for model in OURS if model.keeping is NOTHING_PERSONAL])
def test_what_claims_to_hold_nothing_personal_has_no_address_of_a_person(model):
    # The show's address is the organisers' office.
    assert model._meta.label == "expo.Show" or not [
        field.name for field in model._meta.fields if isinstance(field, PERSONAL)
    ]


@pytest.mark.parametrize("model", [model for model in OURS if model.keeping is not NOTHING_PERSONAL])
def test_what_is_personal_has_an_end(model):
    assert model.keeping.days
