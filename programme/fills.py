"""How full sessions are, who waits for them and what became of what was offered: for staff, in figures and words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from expo import formats
from expo.models import Show
from programme import places as rules
from programme.models import Access, MoveUp, Session, SessionPlaces, Signup

State = Signup.State


@dataclass(frozen=True, slots=True)
class Fill:
    """A session with its places. `parties` and `people` are by state; `offers` were made, `lapsed` of them lapsed."""

    places: SessionPlaces
    parties: dict[str, int]
    people: dict[str, int]
    offers: int
    lapsed: int
    moves: int

    @property
    def session(self) -> Session:
        return self.places.session

    @property
    def full(self) -> float:
        """Taken of what can be signed up for, as a fraction; above 1 where more are taken than there are."""
        return self.places.taken / self.places.places if self.places.places else float(self.places.taken > 0)

    @property
    def lapse_rate(self) -> float | None:
        return self.lapsed / self.offers if self.offers else None

    @property
    def no_show_rate(self) -> float | None:
        """Of the people who should have come."""
        missing = self.people.get(State.NO_SHOW, 0)
        due = missing + self.people.get(State.ATTENDED, 0)
        return missing / due if due else None

    @property
    def lapsed_percent(self) -> str:
        return percent(self.lapse_rate)

    @property
    def missing_percent(self) -> str:
        return percent(self.no_show_rate)

    @property
    def requested(self) -> int:
        return self.parties.get(State.REQUESTED, 0)

    @property
    def offered(self) -> int:
        return self.parties.get(State.OFFERED, 0)

    @property
    def waiting(self) -> int:
        return self.parties.get(State.WAITING, 0)

    @property
    def has_signing_up(self) -> bool:
        """Whether one signs up for it, or did."""
        return self.places.access != Access.NONE or bool(self.parties)


def fills(show: Show, pks: Collection[int] | None = None) -> list[Fill]:
    """The published sessions of a show in the order of time, or those of these keys; three queries."""
    rows = SessionPlaces.objects.filter(session__show=show).select_related("session__room", "session__show")
    signups = Signup.objects.filter(session__show=show)
    moves = MoveUp.objects.filter(session__show=show)
    if pks is not None:
        rows, signups, moves = rows.filter(pk__in=pks), signups.filter(session__in=pks), moves.filter(session__in=pks)
    parties: dict[int, dict[str, int]] = {}
    people: dict[int, dict[str, int]] = {}
    offers: dict[int, int] = {}
    counted = signups.order_by().values_list("session", "state")
    for pk, state, n, size, made in counted.annotate(n=Count("pk"), size=Sum("party"), made=Sum("offers")):
        parties.setdefault(pk, {})[state] = n
        people.setdefault(pk, {})[state] = size
        offers[pk] = offers.get(pk, 0) + made
    moved = dict(moves.order_by().values_list("session").annotate(n=Count("pk")))
    return [
        Fill(
            row,
            parties.get(row.pk, {}),
            people.get(row.pk, {}),
            offers.get(row.pk, 0),
            parties.get(row.pk, {}).get(State.LAPSED, 0),
            moved.get(row.pk, 0),
        )
        for row in rows.order_by("starts_at", "session__code")
    ]


def fill_of(session: Session) -> Fill | None:
    """None where it was never published, and so has no places yet."""
    return next(iter(fills(session.show, [session.pk])), None)


def in_words(fill: Fill) -> list[str]:
    """27 of 40 places taken; 3 kept for guests, 1 of them given; 12 people wait, in 8 parties; 2 over."""
    places, number = fill.places, formats.number
    told = [
        ngettext("%(taken)s of %(places)s place taken", "%(taken)s of %(places)s places taken", places.places)
        % {"taken": number(places.taken), "places": number(places.places)}
    ]
    if places.guests:
        told.append(
            _("%(kept)s kept for guests, %(given)s of them given")
            % {"kept": number(places.guests), "given": number(places.guests_taken)}
        )
    if places.waiting:
        told.append(
            _("%(people)s waiting, in %(parties)s")
            % {
                "people": ngettext("%(n)s person", "%(n)s people", places.waiting) % {"n": number(places.waiting)},
                "parties": ngettext("%(n)s party", "%(n)s parties", fill.waiting) % {"n": number(fill.waiting)},
            }
        )
    for n, words in (
        (fill.offered, ngettext("%(n)s offer is out", "%(n)s offers are out", fill.offered)),
        (fill.requested, ngettext("%(n)s asks for approval", "%(n)s ask for approval", fill.requested)),
        (places.present, ngettext("%(n)s person is in", "%(n)s people are in", places.present)),
    ):
        if n:
            told.append(words % {"n": number(n)})
    return told


def how_open(places: SessionPlaces, *, at: datetime, zone: ZoneInfo) -> str:
    """Whether one can sign up now, in words."""
    if not places.takes_place:
        return _("The session is cancelled.")
    if at >= places.ends_at:
        return _("The session is over.")
    if places.access == Access.NONE:
        return _("Nobody has to sign up.")
    if places.is_closed:
        return _("Signing up was closed by staff.")
    if at >= rules.closes_at(places):
        return _("Signing up is closed.")
    if places.opens_at and at < places.opens_at:
        return _("Signing up opens %(moment)s.") % {"moment": formats.moment_short(places.opens_at.astimezone(zone))}
    return _("Signing up is open.")


def percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}"


def totals(rows: Iterable[Fill]) -> list[tuple[str, str]]:
    """What stands above a list of these sessions."""
    rows = list(rows)
    places, taken = sum(one.places.places for one in rows), sum(one.places.taken for one in rows)
    offers, lapsed = sum(one.offers for one in rows), sum(one.lapsed for one in rows)
    missing = sum(one.people.get(State.NO_SHOW, 0) for one in rows)
    due = missing + sum(one.people.get(State.ATTENDED, 0) for one in rows)
    number = formats.number
    return [
        (_("sessions"), number(len(rows))),
        (_("places"), number(places)),
        (_("taken"), f"{number(taken)} ({percent(taken / places if places else None)})"),
        (_("people waiting"), number(sum(one.places.waiting for one in rows))),
        (_("offers out"), number(sum(one.offered for one in rows))),
        (_("requests"), number(sum(one.requested for one in rows))),
        (pgettext("places", "over"), number(sum(one.places.over for one in rows))),
        (_("offers that lapsed"), percent(lapsed / offers if offers else None)),
        (_("no-shows"), percent(missing / due if due else None)),
        (_("moved up"), number(sum(one.moves for one in rows))),
    ]
