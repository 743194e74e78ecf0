from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports import invariants


class Command(BaseCommand):
    help = "Look whether everything is as it must be: counters, places, badges, booths, mails. Exit code 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(invariants.broken(real=timezone.now()))
        if broken:
            raise CommandError("\n".join(broken))
        self.stdout.write("All invariants hold.")
