from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programme.actions.signing import papers


class Command(BaseCommand):
    help = (
        "Seal the ID numbers that are still under a former key (ID_KEYS_OLD) under the present one (ID_KEY). "
        "It may be stopped at any time and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = papers.reseal(told=self.tell)
        self.stdout.write(f"{done} ID numbers were sealed anew.")
        if unreadable:
            raise CommandError(
                f"{unreadable} ID numbers cannot be read: their key is neither ID_KEY nor in ID_KEYS_OLD, or they were "
                "altered. Keep the former keys until it is known why."
            )
        self.stdout.write("None are left: the former keys can be taken out of ID_KEYS_OLD.")

    def tell(self, done: int, left: int) -> None:
        self.stdout.write(f"{done} sealed anew, {left} left.")
