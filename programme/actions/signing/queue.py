"""The places of sessions, locked; what is free is offered to the first party that fits."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import connection
from django.db.models import F, Max, Min
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal
from accounts.sweeps import each
from expo.capacity.rules import fitting
from expo.models import Show
from programme import places as rules
from programme.models import MoveUp, SessionCode, SessionPlaces, Signup, Turn


def locked(pks: Iterable[int]) -> dict[int, SessionPlaces]:
    """The places of these sessions for this act alone, until the transaction ends.

    Each with `most_each` of its series: so many of those one person may have, None where there is no such limit.

    Raises Refusal: no_session, where one of them was never published.
    """
    wanted = set(pks)
    rows = SessionPlaces.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=wanted).order_by("pk")
    found = {row.pk: row for row in rows.annotate(most_each=F("session__series__most_each"))}  # type: ignore[no-redef]
    if wanted - found.keys():
        raise rules.NOT_THERE
    return found


def recount(places: SessionPlaces) -> SessionPlaces:
    """With the counters as the database has them by now."""
    places.refresh_from_db(fields=["places", "taken", "over", "guests_taken", "waiting", "present"])
    return places


def smallest_waiting(places: SessionPlaces) -> int | None:
    """The size of the smallest party that waits; None where nobody does."""
    if not places.waiting:
        return None
    smallest: int | None = Signup.objects.waiting().filter(session=places.pk).aggregate(Min("party"))["party__min"]
    return smallest


def end(signup: Signup, state: str, *, at: datetime, why: str = "") -> None:
    """The sign-up's row alone: who gets its places is `promote`'s business."""
    signup.state, signup.ended_at, signup.offered_until, signup.why = state, at, None, why
    signup.save(update_fields=["state", "ended_at", "offered_until", "why"])


def promote(show: Show, places: SessionPlaces, cause: str, *, at: datetime) -> Turn | None:
    """Offer what is free to those who wait, first come first served among those that fit; `places` is locked.

    Each is written to, and the turn is recorded with who was passed over. Nobody is offered anything any more once
    walk-ins are let in, nor in a session that does not take place.
    """
    recount(places)
    free = places.left
    if not (free and places.waiting and places.takes_place) or at >= rules.offers_end(places):
        return None
    waiting = Signup.objects.waiting().filter(session=places.pk).in_turn().values_list("pk", "party")
    found = fitting(waiting.iterator(chunk_size=2000), free)
    if not found.offered:
        return None
    offer(show, places, [pk for pk, _party in found.offered], at=at)
    return Turn.objects.create(
        session_id=places.pk,
        at=at,
        cause=cause,
        free=free,
        offered=[list(one) for one in found.offered],
        passed=[list(one) for one in found.passed],
    )


def offer(show: Show, places: SessionPlaces, pks: Collection[int], *, at: datetime, kind: str = "offer") -> None:
    """Keep the places for these sign-ups until the deadline that the rule gives, and write to each."""
    Signup.objects.filter(pk__in=pks).update(
        state=Signup.State.OFFERED,
        offered_at=at,
        offered_until=rules.deadline(places, at=at, zone=show.zone),
        offers=F("offers") + 1,
        ended_at=None,
        why="",
    )
    tell(pks, kind)


def tell(pks: Collection[int], kind: str) -> list[Mail]:
    """A mail about each of these sign-ups to who made it, once for each of its offers."""
    rows = Signup.objects.filter(pk__in=pks).order_by("-ahead", "pk")
    told = rows.values_list("pk", "offers", "registration__email", "registration__language")
    return mails.queue_many(
        Mail(
            kind=f"programme.{kind}",
            thing=f"signup:{pk}",
            version=str(offers),
            to=email,
            language=language,
            facts={"signup": pk},
        )
        for pk, offers, email, language in told
        if email
    )


def lapse_overdue(show: Show, *, at: datetime) -> int:
    """End the offers whose deadline is past, each session's in a transaction of its own; how many were ended.

    What they kept goes to the next at once. Raises ExceptionGroup, see `each`.
    """
    overdue = Signup.objects.filter(
        state=Signup.State.OFFERED, offered_until__lte=at, session__show=show, session__capacity__takes_place=True
    )
    sessions = overdue.order_by("session").values_list("session", flat=True).distinct()
    return each(list(sessions), lambda pk: _lapse(show, pk, at=at))


def _lapse(show: Show, session: int, *, at: datetime) -> int:
    with acting(Actor.system("lapse_offers"), "offer_lapsed"):
        places = locked([session])[session]
        rows = Signup.objects.filter(session=session, state=Signup.State.OFFERED, offered_until__lte=at)
        pks = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
        Signup.objects.filter(pk__in=pks).update(state=Signup.State.LAPSED, ended_at=at, offered_until=None)
        for code, people in Signup.objects.filter(pk__in=pks, code__isnull=False).values_list("code", "party"):
            SessionCode.objects.filter(pk=code).update(used=F("used") - people)
        tell(pks, "lapsed")
        promote(show, places, Turn.Cause.LAPSED, at=at)
    return len(pks)


def move_up(*, actor: Actor, signup: Signup, why: str, at: datetime) -> MoveUp:
    """Staff put a party in front of all that wait; the reason stays on record and is counted.

    Raises Refusal: no_reason, not_waiting, first_already.
    """
    if not why.strip():
        raise Refusal("no_reason", _("Give the reason. It stays on record and is counted in the report."), field="why")
    with acting(actor, "signup_moved_up", why=why):
        locked([signup.session_id])
        row = Signup.objects.select_for_update(of=("self",)).get(pk=signup.pk)
        if row.state != Signup.State.WAITING:
            raise Refusal("not_waiting", _("This party does not wait any more."))
        overtaken = before(row)
        if not overtaken:
            raise Refusal("first_already", _("This party is the first already."))
        most = Signup.objects.waiting().filter(session=row.session_id).aggregate(most=Max("ahead"))["most"] or 0
        row.ahead = most + 1
        row.save(update_fields=["ahead"])
        return MoveUp.objects.create(
            signup=row, session_id=row.session_id, at=at, by=str(actor), why=why.strip()[:300], overtaken=overtaken
        )


def before(signup: Signup) -> int:
    """How many parties are before this one, which waits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM programme_signup WHERE session_id = %s AND state = 'waiting'"
            " AND (ahead > %s OR (ahead = %s AND id < %s))",
            [signup.session_id, signup.ahead, signup.ahead, signup.pk],
        )
        (count,) = cursor.fetchone()
    return int(count)
