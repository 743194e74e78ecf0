from accounts.models import User
from accounts.own_data import Held, OwnData, holds
from exhibitors.models import Member


def held(user: User) -> Held:
    """The firms that the user acts for."""
    members = Member.objects.filter(user=user).order_by("pk")
    return members.values("firm__name_en", "firm__name_zh", "since")


def let_go(user: User) -> None:
    Member.objects.filter(user=user).delete()


holds("firms", OwnData(held, let_go))
