"""A sign-up with its session, as mails tell of it; names and texts that people typed never become links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Mail
from accounts.typed import unlinked
from expo import formats
from expo.models import Show, in_language
from programme import own_plans, reading, times
from programme.models import Handover, Signup
from programme.own_plans import Held
from programme.reading import Listed
from visitors.links import visit_key
from visitors.models import Registration, Ticket

#: What a card is marked with: a place is sure, somebody has to answer, or nothing is there any more.
SURE, ASKS, GONE = "sure", "asks", "gone"


@dataclass(slots=True)
class Card:
    """`word` says how it stands; `lines` are names and what they say; `link` leads to the session's page, and
    `ids` to where ID numbers are given.
    """

    title: str
    word: str
    mark: str = ""
    why: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    link: str = ""
    ids: str = ""


def signup_of(mail: Mail) -> Signup | None:
    """The sign-up that the mail is about; None where who made it is erased, or has another address by now."""
    rows = Signup.objects.select_related("registration__show", "session")
    return rows.filter(pk=mail.facts.get("signup"), registration__erased_at=None, registration__email=mail.to).first()


def held(signup: Signup) -> Held:
    """The sign-up as it stands in the plan of who made it, with what it clashes with there."""
    show = signup.registration.show
    # A mail is told once: what was published a moment ago is in it.
    reading.look_again(show)
    plan = own_plans.plan_of(show, [signup.registration_id], ended=True)
    return next(one for one in plan if one.signup.pk == signup.pk)


def card_of(one: Held, show: Show, reader: Registration) -> Card:
    """As it is told to the reader; only who signed it up can give the ID numbers."""
    listed = one.listed
    if listed is None:
        title = unlinked(one.signup.session.title)
        return Card(title, _("No longer in the programme"), GONE, lines=[(_("Who comes"), people_of(one))])
    card = Card(unlinked(listed.told.title), state_of(one, show), mark_of(one), link=page_of(listed))
    card.lines = [
        (_("When"), when(listed.told.starts_at, listed.told.ends_at, show.zone)),
        (_("Where"), place_of(listed)),
    ]
    card.lines.append((_("Who comes"), people_of(one)))
    if listed.is_cancelled:
        card.why = unlinked(listed.told.cancelled_why)
    elif one.signup.is_live:
        if bring := unlinked(in_language(listed.told.bring_en, listed.told.bring_zh)):
            card.lines.append((_("Please bring"), bring))
        card.notes = [*day_notes(one, listed, show), *id_notes(one, listed), *clash_notes(one, show)]
        if one.ids_missing and one.is_of(reader.pk):
            card.ids = settings.SITE_URL + reverse("visit-signup-id", args=[visit_key(reader), one.signup.guid])
    return card


def state_of(one: Held, show: Show) -> str:
    """How the sign-up stands, in a sentence without a full stop."""
    row, people = one.signup, one.signup.party
    if one.listed is not None and one.listed.is_cancelled:
        return _("Cancelled")
    match row.state:
        case Signup.State.CONFIRMED:
            return ngettext("%(n)d place is yours", "%(n)d places are yours", people) % {"n": people}
        case Signup.State.OFFERED:
            told = ngettext(
                "%(n)d place is offered to you until %(until)s",
                "%(n)d places are offered to you until %(until)s",
                people,
            )
            return told % {"n": people, "until": times.deadline(row.offered_until, show.zone)}
        case Signup.State.WAITING if one.place is not None:
            told = ngettext(
                "Waiting for %(n)d place, number %(place)s in line",
                "Waiting for %(n)d places, number %(place)s in line",
                people,
            )
            return told % {"n": people, "place": formats.number(one.place)}
        case _:
            return str(row.get_state_display()).capitalize()


def mark_of(one: Held) -> str:
    if one.listed is None or one.listed.is_cancelled or not one.signup.is_live:
        return GONE
    if one.signup.state == Signup.State.OFFERED:
        return ASKS
    return SURE if one.is_sure else ""


def people_of(one: Held) -> str:
    """Those of the party who are known by name, and how many more there are."""
    names = [unlinked(person.called) for person in one.people]
    names = [name for name in names if name]
    more = one.signup.party - len(names)
    if not names:
        return ngettext("%(n)d person", "%(n)d people", more) % {"n": more}
    if more:
        names.append(ngettext("%(n)d more person", "%(n)d more people", more) % {"n": more})
    return formats.listed(names)


def day_notes(one: Held, listed: Listed, show: Show) -> Iterator[str]:
    """That it has moved to a day for which somebody has no ticket."""
    if listed.announced is None:
        return
    valid = Ticket.objects.filter(registration__in=one.badges, state=Ticket.State.VALID)
    if one.not_admitted(dict(valid.values_list("registration", "days")), show):
        yield _("It has moved to a day that not all of your tickets are for. Write to us, or give the place to others.")


def id_notes(one: Held, listed: Listed) -> Iterator[str]:
    """That ID numbers are asked for, and whose are still to be given: nobody can know of them but by the own page."""
    missing = one.ids_missing
    if not missing or one.signup.state == Signup.State.ATTENDED:
        return
    yield ngettext(
        "The ID number of %(n)d person is still to be given, on your visit and nowhere else.",
        "The ID numbers of %(n)d people are still to be given, on your visit and nowhere else.",
        missing,
    ) % {"n": missing}
    if why := unlinked(in_language(listed.told.id_why_en, listed.told.id_why_zh)):
        yield why


def clash_notes(one: Held, show: Show) -> Iterator[str]:
    for other in one.clashes:
        if other.listed is not None:
            told = other.listed.told
            yield _("Nobody can be there and at “%(title)s” (%(when)s).") % {
                "title": unlinked(told.title),
                "when": when(told.starts_at, told.ends_at, show.zone),
            }


def when(starts: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """Thursday 24 October, 09:00–10:30, by the clocks of the show."""
    starts, ends = starts.astimezone(zone), ends.astimezone(zone)
    comma = " " if formats.in_chinese() else ", "
    end = formats.clock(ends)
    if starts.date() != ends.date():
        end = f"{formats.day_named(ends)}{comma}{end}"
    return f"{formats.day_named(starts)}{comma}{formats.clock(starts)}–{end}"


def place_of(listed: Listed) -> str:
    if listed.room is not None:
        return formats.listed(unlinked(one.name) for one in (listed.room, listed.room.hall) if one)
    meeting = in_language(listed.told.meeting_en, listed.told.meeting_zh)
    return unlinked(meeting) or _("not said yet")


def page_of(listed: Listed) -> str:
    return settings.SITE_URL + reverse("session", args=[listed.told.slug])


def name_of(registration: Registration) -> str:
    return unlinked(registration.name)


def handover_of(mail: Mail) -> Handover | None:
    rows = Handover.objects.select_related("signup__registration__show", "signup__session", "to__show", "participant")
    return rows.filter(pk=mail.facts.get("handover")).first()
