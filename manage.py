"""Django's commands for this project, as in `python manage.py demo`."""

import os
import sys

from chitec.local.environment import choose_database
from chitec.local.postgres import PostgresError


def main() -> None:
    """Run the command that the arguments name, in development on the local PostgreSQL."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chitec.settings")
    try:
        if keeper := choose_database():
            keeper.start()
    except PostgresError as error:
        sys.exit(str(error))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
