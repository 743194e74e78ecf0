from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from accounts import erasures


class Command(BaseCommand):
    help = "Erases again, after a backup was restored, everybody who was erased on request since it was made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", nargs="?", type=Path, help="the list of erasures; the site's own if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["list"] or erasures.path()
        if not source.exists():
            raise CommandError(f"There is no list of erasures at {source}.")
        listed, erased = erasures.replay(source)
        self.stdout.write(f"{listed} on the list, {erased} of them were in the database and are erased again.")
