from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import factory

from expo.models import Area, Gate, Hall, Room, Show, ShowDay

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2019, 10, 24)


def on(day: int, clock: str) -> datetime:
    """A moment of the test show: `on(1, "09:30")` is half past nine on its first day."""
    return datetime.combine(FIRST_DAY + timedelta(days=day - 1), time.fromisoformat(clock), tzinfo=ZONE)


class ShowFactory(factory.django.DjangoModelFactory):
    """A show of four days, 9 to 17, last entry 16:30; it is the current one."""

    class Meta:
        model = Show
        skip_postgeneration_save = True
        django_get_or_create = ("number",)

    number = 22
    name_en = "22nd China Beijing International High-Tech Expo"
    name_zh = "第二十二届中国北京国际科技产业博览会"
    short = "CHITEC 22"
    city_en = "Beijing"
    city_zh = "北京"
    contact = "office@example.org"
    is_current = True

    @factory.post_generation
    def days(self, create, extracted, **kwargs):
        for number in range(1, (extracted or 4) + 1):
            ShowDay.objects.get_or_create(
                show=self, number=number, defaults={"date": FIRST_DAY + timedelta(days=number - 1)}
            )


class HallFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Hall

    show = factory.SubFactory(ShowFactory)
    slug = factory.Sequence(lambda n: f"hall-{n}")
    name_en = factory.Sequence(lambda n: f"Hall {n}")
    name_zh = factory.Sequence(lambda n: f"{n}号馆")
    width = 120
    depth = 70


class GateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Gate

    hall = factory.SubFactory(HallFactory)
    name_en = factory.Sequence(lambda n: f"Gate {n}")
    name_zh = factory.Sequence(lambda n: f"{n}号门")
    x = 60
    y = 70


class AreaFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Area

    hall = factory.SubFactory(HallFactory)
    show = factory.SelfAttribute("hall.show")
    letter = factory.Sequence(lambda n: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n % 26])
    slug = factory.Sequence(lambda n: f"area-{n}")
    name_en = factory.Sequence(lambda n: f"Area {n}")
    name_zh = factory.Sequence(lambda n: f"展区{n}")
    colour = "#0a56d6"


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Room

    show = factory.SubFactory(ShowFactory)
    # Far from the rooms that tests name themselves.
    name_en = factory.Sequence(lambda n: f"Room {1000 + n}")
    name_zh = factory.Sequence(lambda n: f"{1000 + n}号会议室")
    seats = 300
