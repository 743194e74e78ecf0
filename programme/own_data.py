from accounts.models import User
from accounts.own_data import Held, OwnData, holds
from programme.models import Release


def held(user: User) -> Held:
    """The versions of the programme that the user published; they stay, whoever leaves."""
    return Release.objects.filter(by=user).order_by("pk").values("show__number", "number", "published_at", "note")


holds("programme", OwnData(held))
