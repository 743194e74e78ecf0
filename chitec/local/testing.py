"""The environment of the tests and of the checks of `make test`: as in production, on a PostgreSQL of their own.

`python -m chitec.local.testing check --deploy` runs one of Django's commands in it.
"""

import base64
import os
import sys

from chitec.local.postgres import PROJECT, Keeper, PostgresError

# None of these is a secret: they stand here for everybody to read, and DEBUG is off only to test what production does.
ENVIRONMENT = {
    "DEBUG": "off",
    "SECRET_KEY": "for-the-tests-only-and-therefore-known-to-everybody-who-reads-this",
    "BADGE_KEY": base64.b64encode(bytes(range(32))).decode(),
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "MAIL_URL": "memory:",
    "MEDIA_ROOT": str(PROJECT / "var" / "test-media"),
    "TRUSTED_PROXIES": "",
}


def prepare() -> None:
    """Set the environment, whatever `.env` or the shell say; DATABASE_URL alone is honoured, else a server is started.

    The server stays on for the next run; `make stop` ends it. Processes that inherit the environment use the same one.
    """
    os.environ.update(ENVIRONMENT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chitec.settings")
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = keeper().start()


def keeper() -> Keeper:
    """The keeper of the tests' server, which may lose its data with the machine's power and is faster for it."""
    return Keeper(home=PROJECT / "var" / "postgres-test", durable=False)


def main() -> None:
    """Run Django's command that the arguments name, for a site that is served by HTTPS."""
    try:
        prepare()
    except PostgresError as error:
        sys.exit(str(error))
    os.environ["SITE_URL"] = "https://testserver"

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
