"""ID numbers of who goes along to an enterprise: given, looked at, listed for its gate, sealed anew, erased.

No number is in an argument that is stored, in a record of the history, or in a refusal. Who has looked is recorded in
the transaction of the look.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.acting import Actor, ActorKind, acting
from accounts.history import record
from accounts.models import User
from accounts.refusals import Refusal, refusing
from expo import formats
from expo.models import Show
from programme import ids
from programme import places as rules
from programme.actions.signing import queue
from programme.actions.signing.acts import again
from programme.ids import IdNumber, Kind
from programme.ids.numbers import NUMBER
from programme.models import Participant, Published, SessionPlaces, Signup
from programme.models.people import PLANNING
from programme.reading import documents
from visitors.models import Registration

#: After the departure is back.
KEPT = timedelta(days=7)
#: Rows in one transaction, where all are gone through.
BATCH = 200
#: Names in one sentence.
NAMED = 5

#: Whose place is sure enough to be asked: nobody gives a number for nothing.
ASKED = (Signup.State.OFFERED, Signup.State.CONFIRMED, Signup.State.ATTENDED)

NOT_ASKED = Refusal("no_id_asked", gettext_lazy("This session asks for no ID numbers."))
NOT_SURE = Refusal(
    "not_sure_yet",
    gettext_lazy("Your place is not sure yet. We ask for ID numbers only once places are offered to you."),
)
LISTED = Refusal(
    "listed", gettext_lazy("The list is with the enterprise already, so this number cannot be changed here any more.")
)
NOT_IN_PARTY = Refusal(
    "not_in_party", gettext_lazy("Somebody of this party has changed. Look at who is in it, then try again.")
)


def bound_to(signup: Signup, participant: Participant) -> bytes:
    """Whose a sealed number is; in another row it opens nothing."""
    return f"{signup.guid}/{participant.pk}".encode()


def beside(participant: int, refusal: Refusal) -> Refusal:
    """The refusal beside the fields of that person, of all that the form has."""
    field_of = f"{participant}-{refusal.field}" if refusal.field else None
    return Refusal(refusal.code, refusal.sentence, field=field_of)


# By whoever goes along


def check_asked(places: SessionPlaces, signup: Signup, *, at: datetime) -> None:
    """Whether numbers are asked for and taken. Raises Refusal: ended, no_id_asked, not_sure_yet, cancelled, begun."""
    if not signup.is_live:
        raise Refusal("ended", _("This sign-up has ended, so no ID number is needed."))
    if not places.asks_id:
        raise NOT_ASKED
    if signup.state not in ASKED:
        raise NOT_SURE
    if not places.takes_place:
        raise Refusal("cancelled", _("This session does not take place, so no ID number is needed."))
    if at >= places.starts_at:
        raise Refusal("begun", _("The tour has left, so nothing can be changed any more."))


def check_age(number: IdNumber, *, day: date, age_from: int | None) -> None:
    """Of a number that tells how old its owner is. Raises Refusal: too_young."""
    age = ids.age_on(number, day)
    if age_from is not None and age is not None and age < age_from:
        raise Refusal(
            "too_young",
            _("This tour is for people from the age of %(age)s on. By this number somebody would be younger that day.")
            % {"age": age_from},
            field=NUMBER,
        )


def give(*, actor: Actor, signup: Signup, numbers: Mapping[int, IdNumber], by: Registration, at: datetime) -> None:
    """Store the number of each of these people of the party, by the participant's key: all of them or none.

    Raises Refusal: not_yours, ended, no_id_asked, not_sure_yet, cancelled, begun, not_in_party, listed (it would change
    one that is on the enterprise's list), too_young, id_taken.
    """
    with acting(actor, "id_numbers_given"), refusing(one_place_an_id=_taken(None)):
        places, row = _locked(signup, by)
        check_asked(places, row, at=at)
        people = {one.pk: one for one in row.participants.select_for_update().order_by("pk")}
        if not numbers.keys() <= people.keys():
            raise NOT_IN_PARTY
        show = row.registration.show
        told = documents(show).get(places.pk)
        day = places.starts_at.astimezone(show.zone).date()
        new = {pk: number for pk, number in numbers.items() if not _is_same(people[pk], number)}
        seen: set[str] = set()
        for pk, number in numbers.items():
            prints = ids.fingerprints(number, departure=places.pk)
            try:
                check_age(number, day=day, age_from=told.age_from if told else None)
                if not seen.isdisjoint(prints):
                    raise _taken(NUMBER)
            except Refusal as refusal:
                raise beside(pk, refusal) from None
            seen |= set(prints)
        if places.listed_at is not None and any(people[pk].id_sealed is not None for pk in new):
            raise LISTED
        # Two of the party may have typed each other's.
        _empty(row.participants.filter(pk__in=new))
        for pk, number in new.items():
            prints = ids.fingerprints(number, departure=places.pk)
            if Participant.objects.filter(session=places.pk, is_live=True, id_print__in=prints).exclude(pk=pk).exists():
                raise beside(pk, _taken(NUMBER))
            people[pk].id_kind, people[pk].id_print = number.kind, prints[0]
            people[pk].id_sealed = ids.seal(number, bound_to=bound_to(row, people[pk]))
            people[pk].save(update_fields=["id_kind", "id_print", "id_sealed"])


def _is_same(person: Participant, number: IdNumber) -> bool:
    return person.id_kind == number.kind and person.id_print in ids.fingerprints(number, departure=person.session_id)


def _taken(field: str | None) -> Refusal:
    told = _("This ID number was given for somebody else on this departure. Compare it with the document.")
    return Refusal("id_taken", told, field=field)


def remove(*, actor: Actor, signup: Signup, participant: int, by: Registration, at: datetime) -> None:
    """Forget the number of somebody of the party. Raises Refusal: not_yours, ended, begun, listed, not_in_party."""
    with acting(actor, "id_number_removed"):
        places, row = _locked(signup, by)
        if at >= places.starts_at:
            raise Refusal("begun", _("The tour has left. All numbers are erased a week after it."))
        if places.listed_at is not None:
            raise LISTED
        if not _empty(row.participants.filter(pk=participant)):
            raise NOT_IN_PARTY


def _locked(signup: Signup, by: Registration) -> tuple[SessionPlaces, Signup]:
    """Raises Refusal: not_yours."""
    places = queue.locked([signup.session_id])[signup.session_id]
    return places, again(signup, by)


def _empty(rows: QuerySet[Participant]) -> int:
    return rows.update(id_kind="", id_sealed=None, id_print="")


# What is stored


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of a party, and the number that was given: None where none was, or where it cannot be read."""

    participant: Participant
    signup: Signup
    number: IdNumber | None = field(repr=False)

    @property
    def is_given(self) -> bool:
        return self.participant.id_sealed is not None

    @property
    def is_unreadable(self) -> bool:
        """It was given, and its key is gone or the row was tampered with."""
        return self.is_given and self.number is None

    @property
    def name(self) -> str:
        return name_of(self.participant)

    @property
    def kind(self) -> str:
        return kind_of(self.participant)

    @property
    def masked(self) -> str:
        return ids.masked(self.number) if self.number else ""


def name_of(participant: Participant) -> str:
    """By the own badge or as the party named them."""
    return str(participant.registration) if participant.registration is not None else participant.name


def kind_of(participant: Participant) -> str:
    """The kind of the document, in words; nothing where no number was given."""
    return str(Kind(participant.id_kind).label) if participant.id_kind in Kind.values else ""


def opened(participant: Participant, signup: Signup) -> IdNumber | None:
    if participant.id_sealed is None:
        return None
    try:
        return ids.unseal(participant.id_sealed, bound_to=bound_to(signup, participant))
    except ids.Unreadable:
        return None


def own(signup: Signup) -> list[Known]:
    """The party as its own page shows it, masked."""
    people = signup.participants.select_related("registration").order_by("pk")
    return [Known(one, signup, opened(one, signup)) for one in people]


@dataclass(frozen=True)
class Asked:
    """Who has a sure place on a departure, party by party, and whose number is there. No number is opened for it."""

    session: int
    parties: list[tuple[Signup, list[Participant]]]

    @cached_property
    def people(self) -> int:
        return sum(signup.party for signup, _people in self.parties)

    @cached_property
    def given(self) -> int:
        return sum(one.id_sealed is not None for _signup, people in self.parties for one in people)

    @property
    def missing(self) -> int:
        return self.people - self.given

    @cached_property
    def without(self) -> list[str]:
        """The names of those whose number is missing; a party with people nobody has named, by who signed it up."""
        names = []
        for signup, people in self.parties:
            names += [name_of(one) for one in people if one.id_sealed is None]
            if unnamed := signup.party - len(people):
                told = ngettext("%(n)s more with %(name)s", "%(n)s more with %(name)s", unnamed)
                names.append(told % {"n": formats.number(unnamed), "name": signup.registration})
        return names


def asked(session: int) -> Asked:
    """Two queries."""
    rows = (
        Signup.objects.filter(session=session, state__in=(Signup.State.CONFIRMED, Signup.State.ATTENDED))
        .select_related("registration")
        .prefetch_related("participants__registration")
        .order_by("pk")
    )
    return Asked(session, [(row, list(row.participants.all())) for row in rows])


# By staff of the departure


def check_may_look(actor: Actor, session: int) -> None:
    """Who plans the programme looks, and the departure's own guide. Raises Refusal: not_yours."""
    if actor.kind == ActorKind.USER and actor.user is not None and may_look(actor.user):
        return
    public = Published.objects.filter(pk=session).first() if actor.kind == ActorKind.GUIDE else None
    if public is None or str(public.told.guide) != actor.ref:
        raise rules.NOT_YOURS


def may_look(user: User) -> bool:
    return bool(user.is_active and user.has_role(*PLANNING))


def look(*, actor: Actor, session: int, signups: Collection[int] | None = None) -> list[Known]:
    """Open the numbers of a departure's people, or of some of its parties; who did, and whose, is recorded.

    Raises Refusal: not_yours.
    """
    check_may_look(actor, session)
    with transaction.atomic():
        parties = [one for one in asked(session).parties if signups is None or one[0].pk in signups]
        if signups is not None and not parties:
            return []
        given = sum(one.id_sealed is not None for _signup, people in parties for one in people)
        record(
            actor, "id_numbers_seen", session=session, signups=[signup.pk for signup, _people in parties], rows=given
        )
        return [Known(one, signup, opened(one, signup)) for signup, people in parties for one in people]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody on the gate list; `party` counts the parties from 1."""

    party: int
    name: str
    kind: str
    number: str = field(repr=False)


def gate_list(*, actor: Actor, session: int, with_gaps: bool, form: str, at: datetime) -> list[Line]:
    """The departure's people with their numbers, for the enterprise's gate; from now on nobody changes theirs.

    Raises Refusal: not_yours, no_session, no_id_asked, nobody, numbers_missing (unless it may have gaps).
    """
    check_may_look(actor, session)
    with acting(actor, "gate_list_exported"):
        places = queue.locked([session])[session]
        if not places.asks_id:
            raise NOT_ASKED
        told = asked(session)
        if not told.people:
            raise Refusal("nobody", _("Nobody has a sure place on this departure yet."))
        lines = list(_lines(told.parties))
        gaps = sum(not line.number for line in lines)
        if gaps and not with_gaps:
            raise missing(gaps, told.without)
        SessionPlaces.objects.filter(pk=session).update(listed_at=at)
        record(actor, "gate_list_exported", session=session, rows=len(lines), gaps=gaps, form=form)
    return lines


def missing(gaps: int, names: Collection[str]) -> Refusal:
    told = ngettext(
        "The number of %(n)s person is missing: %(names)s.", "The numbers of %(n)s people are missing: %(names)s.", gaps
    )
    first = list(names)[:NAMED]
    if len(names) > NAMED:
        first.append(_("and others"))
    return Refusal("numbers_missing", told % {"n": formats.number(gaps), "names": formats.listed(first)})


def _lines(parties: Iterable[tuple[Signup, Collection[Participant]]]) -> Iterable[Line]:
    for count, (signup, people) in enumerate(parties, 1):
        for one in people:
            number = opened(one, signup)
            kind = str(number.kind.label) if number else ""
            yield Line(count, name_of(one), kind, number.number if number else "")
        for _unnamed in range(signup.party - len(people)):
            yield Line(count, _("with %(name)s") % {"name": signup.registration}, "", "")


# By themselves


def back_since(show: Show, moment: datetime) -> QuerySet[Participant]:
    """Whose number is there though the departure was back by then."""
    rows = Participant.objects.filter(id_sealed__isnull=False, session__show=show)
    return rows.filter(session__capacity__ends_at__lte=moment)


def no_longer_needed(show: Show, *, at: datetime) -> QuerySet[Participant]:
    """Whose number is to be erased: of a departure that was back a week ago, or that asks for none any more."""
    asks_none = Participant.objects.filter(
        id_sealed__isnull=False, session__show=show, session__capacity__asks_id=False
    )
    return back_since(show, at - KEPT) | asks_none


def erase_overdue(*, show: Show, at: datetime) -> int:
    """Erase the numbers of departures that were back a week ago, each departure in a transaction of its own.

    How many there were stays on record. Returns their number.
    """
    rows = no_longer_needed(show, at=at)
    return sum(
        _erase(show, pk, at=at) for pk in list(rows.order_by("session").values_list("session", flat=True).distinct())
    )


def _erase(show: Show, session: int, *, at: datetime) -> int:
    actor = Actor.system("erase_ids")
    with acting(actor, "id_numbers_erased"):
        queue.locked([session])
        count = _empty(no_longer_needed(show, at=at).filter(session=session))
        if count:
            record(actor, "id_numbers_erased", session=session, rows=count)
    return count


def reseal(*, told: Callable[[int, int], None] | None = None) -> tuple[int, int]:
    """Seal under today's key what another one has sealed, with its print, a batch a transaction.

    Returns how many were sealed anew and how many cannot be read. `told(done, left)` hears of each batch. What somebody
    is just changing is not waited for, and comes with the next batch.
    """
    done, unreadable = 0, set[int]()
    while left := [pk for pk in _to_reseal() if pk not in unreadable]:
        for start in range(0, len(left), BATCH):
            done += _reseal(left[start : start + BATCH], unreadable)
            if told is not None:
                told(done, max(0, len(left) - start - BATCH))
    return done, len(unreadable)


def _reseal(pks: Collection[int], unreadable: set[int]) -> int:
    """How many were sealed anew; the keys of those that nobody can read join `unreadable`."""
    done = 0
    with transaction.atomic():
        rows = Participant.objects.filter(pk__in=pks, id_sealed__isnull=False).select_related("signup").order_by("pk")
        for row in rows.select_for_update(of=("self",), skip_locked=True):
            number = opened(row, row.signup)
            if number is None:
                unreadable.add(row.pk)
                continue
            row.id_sealed = ids.seal(number, bound_to=bound_to(row.signup, row))
            row.id_print = ids.fingerprint(number, departure=row.session_id)
            row.save(update_fields=["id_sealed", "id_print"])
            done += 1
    return done


def _to_reseal() -> list[int]:
    rows = Participant.objects.filter(id_sealed__isnull=False).order_by("pk").values_list("pk", "id_sealed")
    return [pk for pk, sealed in rows if sealed and ids.needs_resealing(sealed)]
