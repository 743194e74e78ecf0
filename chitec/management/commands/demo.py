from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.refusals import Refusal
from chitec.demo import cast, making, signing
from expo.models import Show
from visitors import links
from visitors.models import Registration

FAMILY = signing.DATA["visitor"]["email"]


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 2:
        raise ValueError
    return value


class Command(BaseCommand):
    help = "Make the demo show: the 22nd CHITEC from its organisers' figures, with invented people and firms."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--show", type=int, default=22, help="number of the show (22)")
        parser.add_argument(
            "--scale", type=positive, default=0.02, help="part of the real show's 45,000 registrations, up to 2 (0.02)"
        )
        parser.add_argument("--seed", type=int, default=22, help="the same seed makes the same show (22)")
        parser.add_argument(
            "--clock",
            type=datetime.fromisoformat,
            help="what the show's clock reads, such as 2019-10-26T10:12: with days past (the first morning)",
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is any show")
        parser.add_argument("--logins", action="store_true", help="print the demo's logins and make nothing")

    def handle(
        self,
        *,
        show: int,
        scale: float,
        seed: int,
        if_empty: bool,
        logins: bool,
        clock: datetime | None = None,
        **options: Any,
    ) -> None:
        if logins:
            if Show.objects.filter(is_demo=True).exists():
                self.say_logins(cast.PUBLISHED if settings.DEBUG else None)
            return
        if if_empty and Show.objects.exists():
            return
        password = cast.a_password()
        try:
            made = making.make(number=show, scale=scale, seed=seed, now=timezone.now(), password=password, clock=clock)
        except Refusal as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        numbers = ", ".join(f"{number:,} {thing}" for thing, number in made.numbers.items())
        self.stdout.write(f"Made {made.show.short}: {numbers}.")
        self.stdout.write(f"Its clock reads {made.show.now():%Y-%m-%d %H:%M}; `manage.py clock` sets it.")
        # Drawn passwords are said here or never.
        if not if_empty or not settings.DEBUG:
            self.say_logins(password)

    def say_logins(self, password: str | None) -> None:
        known = f"password {password}" if password else "password that was said when the demo was made"
        self.stdout.write(f"Demo logins, all with the {known}:")
        for login in cast.FIXED:
            self.stdout.write(f"  {login.email:<24} {login.does}")
        self.stdout.write(f"  {cast.manager_of('A')} to -n  manage the areas A to N, one each")
        visitor = Registration.objects.filter(email=FAMILY, registered_by=None, show__is_demo=True).first()
        if visitor is not None:
            self.stdout.write(f"A visitor's page, with a bit of everything ({FAMILY}):")
            self.stdout.write(f"  {links.visit_url(visitor, 'en')}")
