from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.acting import Actor, acting
from expo.models import Show


class Command(BaseCommand):
    help = "Print the clock of the current show, or set that of a demo show."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--set",
            type=datetime.fromisoformat,
            metavar="2019-10-24T09:30",
            help="what the clock is to read now, in the show's zone",
        )

    def handle(self, **options: Any) -> None:
        show = Show.objects.current()
        if show is None:
            raise CommandError("There is no current show.")
        wanted: datetime | None = options["set"]
        if wanted is not None:
            if not show.is_demo:
                raise CommandError("Only a demo show has a clock that can be set.")
            at = wanted if wanted.tzinfo else wanted.replace(tzinfo=show.zone)
            with acting(Actor.system("clock"), "clock_set"):
                show.clock_shift = at - timezone.now()
                show.save(update_fields=["clock_shift"])
        self.stdout.write(f"{show.short}: {show.now():%Y-%m-%d %H:%M:%S %Z}")
