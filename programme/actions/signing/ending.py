"""What becomes of sign-ups when somebody's ticket ends, who somebody was is erased, or all was kept long enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from accounts import history
from accounts.acting import Actor, acting
from accounts.models import Mail
from expo.models import Show
from programme.actions.signing import handovers, queue
from programme.actions.signing.acts import free_code, tell_plan
from programme.models import Handover, MoveUp, Participant, Signup, Turn
from visitors import endings
from visitors.models import Registration, Ticket

#: What stands for a reason that may have named somebody who is erased.
UNSAID = "—"
#: Sign-ups that one transaction of the nightly forgetting holds.
BATCH = 1000
_NOBODY = {"name": "", "id_kind": "", "id_sealed": None, "id_print": ""}


@endings.hears
def let_go_of(registrations: Collection[int], at: datetime) -> None:
    """End what these people signed up for and have no ticket for any more, as far as it has not begun, and take them
    out of the parties of others; the places go to the next. Whoever tells of it has locked their registrations.
    """
    sessions = {session for _signup, session, _person in _without_ticket(registrations, at=at)}
    all_places = queue.locked(sessions)
    # Once more, now that nobody else changes it. What moves to another day at this very moment stays as it is.
    without: dict[int, set[int]] = defaultdict(set)
    for pk, session, person in _without_ticket(registrations, at=at):
        if session in all_places:
            without[pk].add(person)
    _withdraw_handovers(registrations, without)
    causes: dict[int, str] = {}
    told: dict[int, Registration] = {}
    rows = Signup.objects.select_for_update(of=("self",)).select_related("registration__show").filter(pk__in=without)
    for row in rows.order_by("pk"):
        if row.registration_id in without[row.pk] or not _leave(row, without[row.pk]):
            offered = row.state == Signup.State.OFFERED
            queue.end(row, Signup.State.DECLINED if offered else Signup.State.GIVEN_UP, at=at)
            free_code(row, row.party)
            causes[row.session_id] = Turn.Cause.GIVEN_UP
        causes.setdefault(row.session_id, Turn.Cause.SMALLER)
        told[row.registration_id] = row.registration
    for session, cause in sorted(causes.items()):
        queue.promote(_show_of(registrations), all_places[session], cause, at=at)
    for _pk, registration in sorted(told.items()):
        tell_plan(registration)


def _without_ticket(registrations: Collection[int], *, at: datetime) -> Iterator[tuple[int, int, int]]:
    """Live sign-ups of what has not begun, with their session, and which of these people made one or come along and
    have no ticket that is valid on its day."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id, s.session_id, one.person FROM (
                SELECT id, registration_id AS person FROM programme_signup WHERE registration_id = ANY(%(people)s)
                UNION SELECT signup_id, registration_id FROM programme_participant
                WHERE registration_id = ANY(%(people)s) AND is_live
            ) AS one
            JOIN programme_signup s USING (id)
            JOIN programme_sessionplaces p ON p.session_id = s.session_id AND p.starts_at > %(at)s
            JOIN programme_session o ON o.id = s.session_id
            JOIN expo_show w ON w.id = o.show_id
            LEFT JOIN expo_showday d ON d.show_id = w.id AND d.date = (p.starts_at AT TIME ZONE w.time_zone)::date
            WHERE s.state = ANY(%(live)s) AND NOT EXISTS (
                SELECT FROM visitors_ticket t WHERE t.registration_id = one.person AND t.state = %(valid)s
                    AND (d.number IS NULL OR d.number = ANY(t.days))
            )
            ORDER BY s.id
            """,
            {"people": list(registrations), "at": at, "live": list(Signup.LIVE), "valid": Ticket.State.VALID},
        )
        yield from cursor.fetchall()


def _leave(row: Signup, people: Collection[int]) -> bool:
    """Take these people out of the party; whether anybody is left in it, else nothing was changed."""
    leaving = Participant.objects.filter(signup=row, registration__in=people)
    count = leaving.count()
    if count >= row.party:
        return False
    leaving.delete()
    row.party -= count
    row.save(update_fields=["party"])
    free_code(row, count)
    return True


def _withdraw_handovers(registrations: Collection[int], without: dict[int, set[int]]) -> None:
    """Nobody takes a place over without a ticket, or one that is not there any more. The other of the two is told."""
    tickets = Ticket.objects.filter(registration=OuterRef("to"), state=Ticket.State.VALID)
    to_them = Q(to__in=registrations) & Q(~Exists(tickets))
    ended = Q(signup__in=list(without)) & (
        Q(signup__registration__in=registrations) | Q(participant__registration__in=registrations)
    )
    handovers.withdraw(ended)
    handovers.withdraw(to_them, by_recipient=True)


def _show_of(registrations: Collection[int]) -> Show:
    """All who are told of together are of one show."""
    return Show.objects.prefetch_related("days").get(registrations=next(iter(registrations)))


@endings.erases
def forget(registrations: Collection[int]) -> None:
    """Names, ID numbers, reasons, handovers, mails and history of sign-ups; how many there were stays."""
    signups = list(Signup.objects.filter(registration__in=registrations).values_list("pk", flat=True))
    of_them = Q(registration__in=registrations) | Q(signup__in=signups, registration=None)
    Participant.objects.filter(of_them).update(**_NOBODY)
    MoveUp.objects.filter(signup__in=signups).update(why=UNSAID)
    handovers = Handover.objects.filter(Q(to__in=registrations) | Q(signup__in=signups))
    things = [f"handover:{pk}" for pk in _deleted(handovers)] + [f"signup:{pk}" for pk in signups]
    Mail.objects.filter(thing__in=things).delete()
    _forget_changes(registrations)
    _forget_signups(signups)


def _deleted(handovers: Any) -> list[int]:
    pks = list(handovers.values_list("pk", flat=True))
    Handover.objects.filter(pk__in=pks).delete()
    # After the deletion, which leaves an event itself.
    history.forget(Handover, pks)
    return pks


def _forget_signups(pks: Collection[int]) -> None:
    Signup.objects.filter(pk__in=pks).exclude(why="").update(why="")
    history.forget(Signup, pks)


def _forget_changes(registrations: Collection[int]) -> None:
    """Mails of what a version changed, but for those that tell others at the same address, of whom they are now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE accounts_mail m SET facts = jsonb_set(facts, '{registrations}', (
                SELECT coalesce(jsonb_agg(one), '[]') FROM jsonb_array_elements(m.facts->'registrations') AS one
                WHERE NOT one::int = ANY(%(gone)s)))
            WHERE kind = 'programme.changes' AND EXISTS (
                SELECT FROM jsonb_array_elements(m.facts->'registrations') AS one WHERE one::int = ANY(%(gone)s))
            """,
            {"gone": list(registrations)},
        )
    of_nobody = Mail.objects.filter(kind="programme.changes", facts__registrations=[])
    of_nobody.exclude(facts__has_any_keys=["speakers", "hosts", "guides"]).delete()


@endings.holds("sign_ups")
def held_signups(registration: Registration) -> Iterator[dict[str, Any]]:
    """What somebody signed up for, with the party as it was named."""
    rows = Signup.objects.filter(registration=registration).select_related("session").order_by("pk")
    for row in rows.prefetch_related("participants__registration"):
        yield {
            "session": row.session.title,
            "state": row.state,
            "party": row.party,
            "came": row.came,
            "signed_up_at": row.joined_at,
            "offered_at": row.offered_at,
            "ended_at": row.ended_at,
            "reason": row.why,
            "people": [
                {
                    "name": one.called,
                    "came_at": one.attended_at,
                    "id_number_held": one.id_sealed is not None,
                }
                for one in row.participants.all()
            ],
            "history": [
                {"when": event.pgh_created_at, "state": event.state, "party": event.party}
                for event in Signup.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")  # type: ignore[attr-defined]
            ],
        }


@endings.holds("comes_along")
def held_participations(registration: Registration) -> Iterator[dict[str, Any]]:
    """What others signed somebody up for; nothing of the others."""
    rows = Participant.objects.filter(registration=registration).exclude(signup__registration=registration)
    for row in rows.select_related("signup__session").order_by("pk"):
        yield {
            "session": row.signup.session.title,
            "state": row.signup.state,
            "came_at": row.attended_at,
            "id_number_held": row.id_sealed is not None,
        }


@endings.holds("handovers")
def held_handovers(registration: Registration) -> Iterator[dict[str, Any]]:
    """Places that were to be handed over by somebody, or to them."""
    rows = Handover.objects.filter(Q(to=registration) | Q(signup__registration=registration))
    for row in rows.select_related("signup__session").order_by("pk"):
        yield {
            "session": row.signup.session.title,
            "to_you": row.to_id == registration.pk,
            "state": row.state,
            "offered_at": row.offered_at,
            "until": row.until,
        }


def erase_overdue(*, show: Show, at: datetime) -> dict[str, int]:
    """Forget who was signed up for what after as long as `keeping` says; how many rows of each were emptied."""
    done = {"signups": 0, "participants": 0, "handovers": 0}
    if not show.calendar or at < show.closes_at + timedelta(days=Signup.keeping.days or 0):
        return done
    while batch := list(_to_forget(show).values_list("pk", flat=True)[:BATCH]):
        with acting(Actor.system("forget_programme"), "kept_long_enough"):
            done["signups"] += len(batch)
            named = Participant.objects.filter(~Q(**_NOBODY), signup__in=batch)
            done["participants"] += named.update(**_NOBODY)
            done["handovers"] += len(_deleted(Handover.objects.filter(signup__in=batch)))
            _forget_signups(batch)
    return done


def _to_forget(show: Show) -> Any:
    """Sign-ups of which more is kept than that there were so many."""
    events = Signup.pgh_event_model.objects.filter(pgh_obj_id=OuterRef("pk"))  # type: ignore[attr-defined]
    named = Participant.objects.filter(~Q(**_NOBODY), signup=OuterRef("pk"))
    handed = Handover.objects.filter(signup=OuterRef("pk"))
    rows = Signup.objects.filter(session__show=show)
    return rows.filter(~Q(why="") | Exists(events) | Exists(named) | Exists(handed)).order_by("pk")
