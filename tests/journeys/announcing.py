"""A published programme for the fair: something of every kind, moved, cancelled and over midnight."""

from types import SimpleNamespace

from django.core.cache import caches

from programme.actions import planning
from programme.models import Audience, Kind
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    HostFactory,
    SeriesFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)


def announced(fair: SimpleNamespace) -> None:
    show = fair.show
    first, second = (
        RoomFactory(show=show, hall=fair.hall, name_en=f"Room {n}", name_zh=f"{n}号会议室") for n in (1, 2)
    )
    series = SeriesFactory(
        show=show,
        slug="forum-4",
        name_en="Forum 4: Machines",
        name_zh="论坛四：机器",
        area=fair.area,
        host=HostFactory(show=show),
    )
    robots = placed(
        on(1, "09:30"), show=show, slug="robots", title_en="Robots", title_zh="智能机器人", room=first, area=fair.area,
        series=series, host=series.host, about_en="What robots can do.", interpretation=["en"],
    )  # fmt: skip
    speaker = SpeakerFactory(
        show=show, name_en="Ada Stone", name_zh="石艾达", slug="ada-stone", about_en="Builds arms."
    )
    talk(robots, speaker, title_en="Arms", title_zh="手臂", after=0, minutes=45)
    speaking(robots, SpeakerFactory(show=show), moderates=True)
    lasers = placed(
        on(1, "11:00"), show=show, slug="lasers", title_en="Lasers", title_zh="激光", room=second, languages=["en"]
    )
    quanta = placed(
        on(1, "13:00"), show=show, slug="quanta", title_en="Quanta", title_zh="量子", room=first, kind=Kind.PROMOTION,
        audience=Audience.MERCHANTS, series=series,
    )  # fmt: skip
    placed(
        on(1, "22:00"),
        show=show,
        slug="night",
        title_en="Night",
        title_zh="夜",
        room=first,
        outside_hours_why="x",
        minutes=240,
    )
    departing(on(1, "09:00"), show=show, slug="works", title_en="To the works", title_zh="参观工厂")
    publish(show)
    planning.cancel(actor=SYSTEM, session=lasers, why_en="The speaker is ill.", why_zh="演讲人生病。", step=None)
    move(quanta, on(1, "14:00"), room=second)
    publish(show)
    caches["process"].clear()
