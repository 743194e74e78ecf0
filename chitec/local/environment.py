"""The environment of the site on a developer's machine: `.env`, and the address of the local PostgreSQL."""

import base64
import os
import secrets

import environ

from chitec.local.postgres import PROJECT, Keeper

ENV_FILE = PROJECT / ".env"
MADE_HERE = "# Settings of the development site; made by `make run`. Delete the file to have it made anew."


def read() -> None:
    """Take `.env` into the environment; what is set there already stays."""
    if ENV_FILE.exists():
        environ.Env.read_env(ENV_FILE)


def write_if_missing(*, port: int) -> None:
    """Write a `.env` for development with fresh secrets, readable by its owner only.

    One that an earlier version has made gets the keys that it has not got yet; somebody's own stays as it is.
    """
    keys = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "BADGE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ID_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    try:
        descriptor = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        lines = ENV_FILE.read_text().splitlines()
        names = {line.partition("=")[0] for line in lines}
        missing = [f"{name}={key}" for name, key in keys.items() if name not in names]
        if missing and lines[:1] == [MADE_HERE]:
            ENV_FILE.write_text("\n".join([*lines, *missing]) + "\n")
        return
    lines = [MADE_HERE, "DEBUG=on", *(f"{name}={key}" for name, key in keys.items())]
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join([*lines, f"SITE_URL=http://127.0.0.1:{port}"]) + "\n")


def choose_database() -> Keeper | None:
    """Set DATABASE_URL to the local PostgreSQL, if the site is in development and no other database is set.

    Returns the keeper of its server, which is not started here, or None where the database is somebody else's.
    """
    read()
    if os.environ.get("DATABASE_URL") or not environ.Env().bool("DEBUG", default=False):
        return None
    keeper = Keeper()
    os.environ["DATABASE_URL"] = keeper.url
    return keeper
