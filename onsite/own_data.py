from accounts.models import User
from accounts.own_data import Held, OwnData, holds
from onsite.models import Device


def held(user: User) -> Held:
    """The devices at gates that the user signed in; they stay at work, whoever leaves."""
    return Device.objects.filter(signed_in_by=user).order_by("pk").values("name", "signed_in_at", "signed_out_at")


holds("devices", OwnData(held))
