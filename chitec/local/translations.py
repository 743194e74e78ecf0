"""The catalogs of translated texts.

`python -m chitec.local.translations` fails if a text is untranslated, fuzzy, or broken in its placeholders, or if the
catalogs are behind the code; `--collect` brings them up to date (with gettext's xgettext;
without it only what the catalogs hold is checked).
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command

from chitec.local.postgres import PROJECT

LOCALE = PROJECT / "locale"
LANGUAGE = "zh_Hans"
DOMAINS = ("django", "djangojs")
NOT_OURS = (".*", "node_modules", "var", "tests", "bench", "docs", "requirements*", "__pycache__")
# What gettext marks on the placeholders of Python's texts: their names have to be the same in both languages.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")


def collect(root: Path) -> None:
    """Run Django's makemessages over the tree at `root`, which it writes the catalogs into."""
    (root / "locale").mkdir(exist_ok=True)
    settings.configure(LOCALE_PATHS=[root / "locale"])
    django.setup()
    with chdir(root):
        for domain in DOMAINS:
            call_command(
                "makemessages",
                locale=[LANGUAGE],
                domain=domain,
                ignore_patterns=list(NOT_OURS),
                add_location="file",
                no_obsolete=True,
                no_wrap=True,
                verbosity=0,
            )


def catalog(folder: Path, domain: str) -> Catalog:
    """The catalog of `domain` under `folder`; an empty one where there is none."""
    path = folder / LANGUAGE / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, abort_invalid=True)


def texts(entry: Message, attribute: str) -> tuple[str, ...]:
    """An entry's text, or all its plural forms."""
    value = getattr(entry, attribute)
    return (value,) if isinstance(value, str) else tuple(value)


def placeholders(text: str) -> set[str]:
    """The names that the program fills in."""
    return {name for match in PLACEHOLDER.findall(text) for name in match if name}


def faults(entries: Catalog) -> Iterator[str]:
    """What is wrong with each entry, one line each."""
    for entry in entries:
        if not entry.id:
            continue
        originals, translations = texts(entry, "id"), texts(entry, "string")
        if not all(translations):
            yield f"untranslated: {originals[0]!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {originals[0]!r}"
        elif not set().union(*map(placeholders, translations)) <= set().union(*map(placeholders, originals)):
            yield f"placeholders differ: {originals[0]!r}"


def keys(entries: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    """What tells the entries of a catalog apart: context and text."""
    return {(entry.context, texts(entry, "id")) for entry in entries if entry.id}


def missing() -> Iterator[str]:
    """Texts that the code has and the catalogs lack."""
    with tempfile.TemporaryDirectory() as name:
        # In a copy, because makemessages writes where it reads.
        copy = Path(name) / "project"
        shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*NOT_OURS))
        collect(copy)
        for domain in DOMAINS:
            lacking = keys(catalog(copy / "locale", domain)) - keys(catalog(LOCALE, domain))
            yield from (
                f"{domain}: not collected: {originals[0]!r}" for _context, originals in sorted(lacking, key=str)
            )


def main() -> None:
    """Check the catalogs, or bring them up to date."""
    can_collect = shutil.which("xgettext") is not None
    if sys.argv[1:] == ["--collect"]:
        if not can_collect:
            sys.exit("Collecting texts needs GNU gettext: install the package gettext.")
        collect(PROJECT)
        return
    found = [f"{domain}: {fault}" for domain in DOMAINS for fault in faults(catalog(LOCALE, domain))]
    if can_collect:
        found += missing()
    else:
        print("GNU gettext is not installed: not checked whether the catalogs hold every text of the code.")
    if found:
        sys.exit("\n".join([*found, f"{len(found)} faults in the translations; `make messages` collects new texts."]))
    counts = ", ".join(f"{len(keys(catalog(LOCALE, domain)))} in {domain}" for domain in DOMAINS)
    print(f"All texts are translated: {counts}.")


if __name__ == "__main__":
    main()
