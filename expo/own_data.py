from accounts.models import User
from accounts.own_data import Held, OwnData, holds
from expo.models import Area


def held(user: User) -> Held:
    """The areas that the user manages."""
    return Area.objects.filter(manager=user).order_by("pk").values("show__number", "letter")


def let_go(user: User) -> None:
    Area.objects.filter(manager=user).update(manager=None)


holds("areas", OwnData(held, let_go))
