from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "data"
#: The shows that there is demo data for.
SHOWS = (22,)


@cache
def read(name: str) -> dict[str, Any]:
    """The data file `name`.toml; not to be changed by who reads it."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def source(seed: int, part: str) -> Random:
    """The random source of one part, so that what one part draws changes nothing in another."""
    return Random(f"{seed} {part}")
