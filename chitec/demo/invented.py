"""Names of people and firms that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from django.utils.text import slugify
from pypinyin import Style, lazy_pinyin
from stdnum.cn import uscc

from chitec.demo import data
from expo.places import MAINLAND

STOCK = data.read("invented")
_PEOPLE = STOCK["people"]
_ABROAD = {code: group for group in STOCK["country"] for code in group["codes"]}
COUNTRIES = sorted(_ABROAD)
# Weights of the check character of an organisation code (GB 11714).
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Name:
    """As written by its owner, and in Latin letters where that is something else."""

    name: str
    latin: str = ""

    @property
    def in_latin(self) -> str:
        return self.latin or self.name


@cache
def pinyin(characters: str) -> str:
    return "".join(lazy_pinyin(characters, style=Style.NORMAL, v_to_u=False)).replace("ü", "v").capitalize()


def chinese(rng: Random) -> Name:
    surname = rng.choice(_PEOPLE["surnames"])
    given = "".join(rng.choices(_PEOPLE["given"], k=2 if rng.random() < 0.8 else 1))
    return Name(surname + given, f"{pinyin(surname)} {pinyin(given)}")


def foreign(rng: Random, country: str) -> Name:
    group = _ABROAD[country]
    return Name(f"{rng.choice(group['given'])} {rng.choice(group['family'])}")


def person(rng: Random, country: str = MAINLAND) -> Name:
    return chinese(rng) if country == MAINLAND else foreign(rng, country)


def email(rng: Random, name: Name, number: int) -> str:
    """An address at a domain for examples; the number makes it the only one."""
    return f"{slugify(name.in_latin).replace('-', '.')}.{number}@{rng.choice(_PEOPLE['domains'])}"


def credit_code(number: int) -> str:
    """A unified social credit code with right check characters, of no region and an organisation DEM0nnnn."""
    organisation = f"DEM0{number:04}"
    total = sum(int(character, 36) * weight for character, weight in zip(organisation, _WEIGHTS, strict=True))
    check = "0123456789X0"[(11 - total % 11) % 11]
    code = f"91000000{organisation}{check}"
    return code + uscc.calc_check_digit(code)


def brands(rng: Random) -> Iterator[tuple[str, str]]:
    """Brands in Chinese and English, each once."""
    pairs = [
        (f"{first_zh}{second_zh}", f"{first_en} {second_en}")
        for first_zh, first_en in STOCK["firms"]["first"]
        for second_zh, second_en in STOCK["firms"]["second"]
    ]
    rng.shuffle(pairs)
    return iter(pairs)


def choice(rng: Random, texts: list[dict[str, Any]], language: str) -> str:
    return rng.choice(texts)["zh" if language.startswith("zh") else "en"]


def workplace(rng: Random, language: str) -> str:
    return _institution(rng, language, choice(rng, list(STOCK["business"].values()), language), suffix_zh="公司")


def newsroom(rng: Random, language: str) -> str:
    return _institution(rng, language, choice(rng, STOCK["newsrooms"], language))


def _institution(rng: Random, language: str, what: str, suffix_zh: str = "") -> str:
    first, second = rng.choice(STOCK["firms"]["first"]), rng.choice(STOCK["firms"]["second"])
    return f"{first[0]}{second[0]}{what}{suffix_zh}" if language.startswith("zh") else f"{first[1]} {second[1]} {what}"
