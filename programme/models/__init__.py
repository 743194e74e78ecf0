"""Everything with a time and seats: what staff plan, and what of it is published."""

from programme.models.favourites import Favourite
from programme.models.importing import Import
from programme.models.people import Guide, Host, Picture, Speaker
from programme.models.publishing import Change, Published, Release
from programme.models.sessions import (
    Access,
    Appearance,
    Audience,
    Engagement,
    Kind,
    Language,
    Material,
    Plan,
    Series,
    Session,
    Talk,
)
from programme.models.signups import Handover, Message, MoveUp, Participant, SessionCode, SessionPlaces, Signup, Turn
from programme.models.tours import Bus, Enterprise

__all__ = [
    "Access",
    "Appearance",
    "Audience",
    "Bus",
    "Change",
    "Engagement",
    "Enterprise",
    "Favourite",
    "Guide",
    "Handover",
    "Host",
    "Import",
    "Kind",
    "Language",
    "Material",
    "Message",
    "MoveUp",
    "Participant",
    "Picture",
    "Plan",
    "Published",
    "Release",
    "Series",
    "Session",
    "SessionCode",
    "SessionPlaces",
    "Signup",
    "Speaker",
    "Talk",
    "Turn",
]
