"""How the public signs up for each session: who decides, in what parties, from when to when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from chitec.demo import data
from programme.models import Access, Audience, Kind, Session

DATA = data.read("signups22")
TOLD = {told["code"]: told for told in DATA["session"]}


def tell(session: Session, moment: Callable[[str], datetime]) -> None:
    """How one signs up for a session, before it is published; `moment` reads what the data file says of one."""
    told = TOLD.get(session.code, {})
    session.access = Access(told.get("access", Access.OPEN))
    if session.kind == Kind.TOUR:
        session.party_most = DATA["tours"]["party_most"]
        if session.asks_id and session.starts_at:
            clock = time.fromisoformat(DATA["tours"]["closes"])
            eve = session.starts_at - timedelta(days=1)
            session.signup_closes_at = eve.replace(hour=clock.hour, minute=clock.minute)
    elif session.kind == Kind.FORUM and session.audience == Audience.OPEN:
        session.party_most = DATA["forums"]["party_most"]
    session.party_most = told.get("party_most", session.party_most)
    if "opens" in told:
        session.signup_opens_at = moment(told["opens"])
    if "closes" in told:
        session.signup_closes_at = moment(told["closes"])
