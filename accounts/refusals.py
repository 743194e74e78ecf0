"""A rule said no: a code for programs, a sentence for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.forms import BaseForm
from django.utils.functional import Promise

_told: ContextVar[list[str] | None] = ContextVar("told", default=None)


class Refusal(Exception):
    """Raised by actions and rules; a page shows `sentence`, the API answers `code`, tests assert `code`.

    `sentence` is a (lazily) translated text that never tells a stranger what others hold.
    `field` names the form field that it belongs beside, if it belongs to one.
    """

    def __init__(self, code: str, sentence: str | Promise, *, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self._sentence = sentence
        self.field = field

    @property
    def sentence(self) -> str:
        """For whoever was refused: who reads it tells it, which `telling` takes note of."""
        codes = _told.get()
        if codes is not None and self.code not in codes:
            codes.append(self.code)
        return str(self._sentence)


def show_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Say it beside the form's field that it belongs to, or above where the form has none."""
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, ValidationError(refusal.sentence, code=refusal.code))


@contextmanager
def telling() -> Iterator[list[str]]:
    """The codes of the refusals that are told within, whoever catches them and says so: a page, a form, the API."""
    codes: list[str] = []
    before = _told.set(codes)
    try:
        yield codes
    finally:
        _told.reset(before)


def count(codes: list[str]) -> None:
    """Count one refusal of each code for all processes, in one statement, outside of what was refused."""
    values = ", ".join(["(%s, 1)"] * len(codes))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_refused AS r (code, count) VALUES {values} "  # noqa: S608
            "ON CONFLICT (code) DO UPDATE SET count = r.count + 1",
            sorted(codes),
        )


def constraint_of(error: BaseException | None) -> str | None:
    """The name of the database constraint that an IntegrityError comes from, if it names one."""
    cause = error.__cause__ if isinstance(error, IntegrityError) else None
    return getattr(getattr(cause, "diag", None), "constraint_name", None)


@contextmanager
def refusing(**refusals: Refusal) -> Iterator[None]:
    """Turn violations of named constraints into refusals: `with refusing(one_holder=Refusal("taken", ...)):`.

    The surrounding transaction is broken afterwards, so the refusal has to leave it. Other errors pass through.
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusals.get(constraint_of(error) or "")
        if refusal is None:
            raise
        raise refusal from error
