"""A rule said no: a code for programs, a sentence for people."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError
from django.utils.functional import Promise


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
        return str(self._sentence)


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
