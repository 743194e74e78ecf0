"""Who may log in to the demo."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Role, User

# It protects nothing but a demo, and `demo` prints it for everybody.
PASSWORD = "chitec-demo-22"  # noqa: S105


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
FIXED = (ORGANISER, AUDITOR, GATE, EXHIBITOR, EXHIBITOR_OFFERED)


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


def make(letters: list[str], *, at: datetime) -> dict[str, User]:
    """The accounts by e-mail, their addresses confirmed. An account that exists is taken as it is."""
    logins = [*FIXED, *managers(letters)]
    # One hash for all: drawing one for each of them would take longer than the rest of the show.
    password = make_password(PASSWORD)
    there = set(User.objects.filter(email__in=[login.email for login in logins]).values_list("email", flat=True))
    User.objects.bulk_create(
        User(
            email=login.email,
            name=login.name,
            roles=login.roles,
            language="en",
            password=password,
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
