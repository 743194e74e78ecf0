"""Who may log in to the demo."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from string import ascii_uppercase

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Role, User

# For development alone: it stands here for everybody to read. In service each demo draws a password of its own.
PUBLISHED = "chitec-demo-22"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    email: str
    name: str
    does: str
    roles: list[Role] = field(default_factory=list)


def manager_of(letter: str) -> str:
    """The login of an area's manager."""
    return f"manager-{letter.lower()}@example.org"


ORGANISER = Login(
    email="organiser@example.org", name="Demo organiser", does="sees and runs everything", roles=[Role.ORGANISER]
)
AUDITOR = Login(
    email="auditor@example.org", name="Demo auditor", does="sees everything, changes nothing", roles=[Role.AUDITOR]
)
EDITOR = Login(
    email="editor@example.org",
    name="Demo programme editor",
    does="plans and publishes the programme",
    roles=[Role.PROGRAMME_EDITOR],
)
GATE = Login(email="gate@example.org", name="Demo gate", does="reads badges at the gates", roles=[Role.GATE_STAFF])
EXHIBITOR = Login(
    email="exhibitor@example.org", name="Demo exhibitor", does="has a stand in area A", roles=[Role.EXHIBITOR]
)
EXHIBITOR_OFFERED = Login(
    email="exhibitor2@example.org",
    name="Second demo exhibitor",
    does="has an offer to accept, in area G",
    roles=[Role.EXHIBITOR],
)
FIXED = (ORGANISER, EDITOR, AUDITOR, GATE, EXHIBITOR, EXHIBITOR_OFFERED)


def managers(letters: list[str]) -> list[Login]:
    return [
        Login(
            email=manager_of(letter),
            name=f"Demo manager of area {letter}",
            does=f"manages area {letter}",
            roles=[Role.AREA_MANAGER],
        )
        for letter in letters
    ]


def a_password() -> str:
    return PUBLISHED if settings.DEBUG else secrets.token_urlsafe(12)


def with_published_password() -> list[str]:
    """The demo's logins that everybody could use, who knows where to read."""
    emails = [login.email for login in (*FIXED, *managers(list(ascii_uppercase)))]
    users = User.objects.filter(email__in=emails, is_active=True)
    # They have one hash together, until somebody changes a password.
    open_to_all = {found: check_password(PUBLISHED, found) for found in set(users.values_list("password", flat=True))}
    return [email for email, found in users.order_by("email").values_list("email", "password") if open_to_all[found]]


def make(letters: list[str], *, at: datetime, password: str) -> dict[str, User]:
    """The accounts by e-mail, their addresses confirmed. An account that exists is taken as it is."""
    logins = [*FIXED, *managers(letters)]
    # One hash for all: drawing one for each of them would take longer than the rest of the show.
    hashed = make_password(password)
    there = set(User.objects.filter(email__in=[login.email for login in logins]).values_list("email", flat=True))
    User.objects.bulk_create(
        User(
            email=login.email,
            name=login.name,
            roles=login.roles,
            language="en",
            password=hashed,
            date_joined=at,
        )
        for login in logins
        if login.email not in there
    )
    users = {user.email: user for user in User.objects.filter(email__in=[login.email for login in logins])}
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=email, verified=True, primary=True)
        for email, user in users.items()
        if email not in there
    )
    return users
