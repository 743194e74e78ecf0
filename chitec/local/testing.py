"""The environment of the tests and of the checks of `make test`: as in production, on a PostgreSQL of their own.

`python -m chitec.local.testing MODULE ...` runs a module in it as `python -m` does, such as `django check --deploy`.
"""

import base64
import os
import runpy
import sys

from chitec.local.postgres import PROJECT, Keeper, PostgresError

# None of these is a secret: they stand here for everybody to read, and DEBUG is off only to test what production does.
ENVIRONMENT = {
    "DEBUG": "off",
    "SECRET_KEY": "for-the-tests-only-and-therefore-known-to-everybody-who-reads-this",
    "BADGE_KEY": base64.b64encode(bytes(range(32))).decode(),
    "ID_KEY": base64.b64encode(bytes(range(100, 132))).decode(),
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "MAIL_URL": "memory:",
    "MEDIA_ROOT": str(PROJECT / "var" / "test-media"),
    "TRUSTED_PROXIES": "",
    # Races are between 32 at a time, all of them at the database.
    "DATABASE_POOL": "40",
}


# The checks see a site as it is in production; the tests' browser and client have no certificate and no mail server.
PRODUCTION = {"SITE_URL": "https://testserver", "MAIL_URL": "smtp://localhost"}


def prepare() -> None:
    """Set the environment, whatever `.env` or the shell say; DATABASE_URL alone is honoured, else a server is started.

    The server stays on for the next run; `make test` and `make stop` end it. Processes that inherit the environment use
    the same one.
    """
    os.environ.update(ENVIRONMENT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chitec.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = keeper().start()


def keeper() -> Keeper:
    """The keeper of the tests' server, which may lose its data with the machine's power and is faster for it."""
    return Keeper(home=PROJECT / "var" / "postgres-test", durable=False)


def main() -> None:
    """Run the module that the arguments name."""
    try:
        prepare()
    except PostgresError as error:
        sys.exit(str(error))
    os.environ.update(PRODUCTION)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
