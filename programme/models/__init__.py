"""Everything with a time and seats: what staff plan, and what of it is published."""

from programme.models.importing import Import
from programme.models.people import Guide, Host, Picture, Speaker
from programme.models.publishing import Change, Published, Release
from programme.models.sessions import (
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
from programme.models.tours import Bus, Enterprise

__all__ = [
    "Appearance",
    "Audience",
    "Bus",
    "Change",
    "Engagement",
    "Enterprise",
    "Guide",
    "Host",
    "Import",
    "Kind",
    "Language",
    "Material",
    "Picture",
    "Plan",
    "Published",
    "Release",
    "Series",
    "Session",
    "Speaker",
    "Talk",
]
