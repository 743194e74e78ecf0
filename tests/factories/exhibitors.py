"""Firms, halls full of booths, and applications in any state, made through the acts that lead there."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import factory

from accounts.acting import Actor
from accounts.models import User
from exhibitors import rules
from exhibitors.actions import applying, placing
from exhibitors.models import Application, Booth, BoothKind, Firm, Member, SpaceRate
from expo.models import Area
from tests.factories.accounts import UserFactory
from tests.factories.expo import AreaFactory, on

SYSTEM = Actor.system("test")
NOW = on(1, "10:00")
# Real enough for the check digit, and nobody's.
USCC = "91110000600037341L"


class FirmFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Firm

    name_en = factory.Sequence(lambda n: f"Firm {n} Ltd")
    name_zh = factory.Sequence(lambda n: f"北京{n}号科技有限公司")
    country = "DE"
    industry = "ai"
    contact_name = "Chen Wei"
    contact_email = factory.Sequence(lambda n: f"contact{n}@example.com")
    created_at = NOW
    slug = factory.Sequence(lambda n: f"firm-{n}")
    sort_en = factory.LazyAttribute(lambda firm: rules.sort_keys(name_en=firm.name_en, name_zh=firm.name_zh)[0])
    sort_zh = factory.LazyAttribute(lambda firm: rules.sort_keys(name_en=firm.name_en, name_zh=firm.name_zh)[1])


class MemberFactory(factory.django.DjangoModelFactory):
    """A user who acts for a firm."""

    class Meta:
        model = Member

    firm = factory.SubFactory(FirmFactory)
    user = factory.SubFactory(UserFactory, exhibitor=True)
    since = NOW


class BoothFactory(factory.django.DjangoModelFactory):
    """The n-th booth of its area: 3 x 3 m, in rows of ten with aisles between."""

    class Meta:
        model = Booth

    area = factory.SubFactory(AreaFactory, letter="A")
    hall = factory.SelfAttribute("area.hall")
    number = factory.LazyAttributeSequence(lambda booth, n: f"{booth.area.letter}{n % 1000:03d}")
    x = factory.Sequence(lambda n: 2 + 3 * (n % 30))
    y = factory.Sequence(lambda n: 2 + 6 * (n // 30 % 10))
    width = 3
    depth = 3
    kind = BoothKind.SHELL
    open_sides = 1


def row_of_booths(area: Area, count: int, *, y: int = 4, rate: int = 1200) -> list[Booth]:
    """`count` booths of 3 x 3 m side by side, A01 on, with a price for their type."""
    SpaceRate.objects.get_or_create(area=area, kind=BoothKind.SHELL, defaults={"price": Decimal(rate)})
    return [
        Booth.objects.create(
            hall=area.hall, area=area, number=f"{area.letter}{n + 1:02d}", x=4 + 3 * n, y=y, width=3, depth=3
        )
        for n in range(count)
    ]


def draft(
    member: Member, booths: Iterable[Booth], *, at: datetime = NOW, exhibits: str = "Robots", language: str = "en"
) -> Application:
    booths = list(booths)
    return applying.save_draft(
        actor=Actor.of(member.user),
        show=booths[0].hall.show,
        firm=member.firm,
        booths=booths,
        exhibits=exhibits,
        language=language,
        at=at,
    )


def submitted(member: Member, booths: Iterable[Booth], *, at: datetime = NOW, exhibits: str = "Robots") -> Application:
    application = draft(member, booths, at=at, exhibits=exhibits)
    return applying.submit(actor=Actor.of(member.user), application=application, at=at)


def offered(member: Member, booths: Iterable[Booth], *, at: datetime = NOW) -> Application:
    return placing.offer(actor=SYSTEM, application=submitted(member, booths, at=at), at=at)


def accepted(member: Member, booths: Iterable[Booth], *, at: datetime = NOW) -> Application:
    application = offered(member, booths, at=at)
    return applying.accept(actor=Actor.of(member.user), application=application, step=application.step, at=at)


def manager_of(area: Area) -> User:
    area.manager = UserFactory(area_manager=True)
    area.save()
    return area.manager
