"""Acts that do not come to be: what a rule says, or which constraint of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.refusals import Refusal, constraint_of


def refused(act: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refusal) as caught, transaction.atomic():
        act(*args, **kwargs)
    return caught.value


def code_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    return refused(act, *args, **kwargs).code


def broken(act: Callable[..., Any], *args: Any, **kwargs: Any) -> str | None:
    """The name of the constraint."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act(*args, **kwargs)
    return constraint_of(caught.value)
