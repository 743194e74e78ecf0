"""The doors' API: what the door page and other scanners talk to. A device proves itself by its cookie, as at a gate."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Path, Router, Schema

from expo.models import Show
from onsite.api import TROUBLES, DeviceCookie, IdempotencyKey, ScanIn, check_key
from onsite.doors import acts
from onsite.doors.answers import DoorAnswer
from programme import doors
from programme.doors import Counts
from programme.models import SessionPlaces
from programme.reading import Listed, programme

router = Router(tags=["door"], auth=DeviceCookie())

Slug = Annotated[str, Path(max_length=80, description="The session's name in its address.")]
# The largest key that the database has.
Ref = Annotated[int, Field(ge=0, le=2**63 - 1)]


class WalkInIn(Schema):
    """Whoever bears the badge of the scan `uid` is let in by the rule of walk-ins.

    `whole_party`: with the party that waits. `leaving`: the place that the answer named in `gives_up` is given up.
    """

    uid: UUID
    whole_party: bool = False
    leaving: bool = False


class PartyIn(Schema):
    """Who is in of the party of the scan `uid`: `here` (the `ref` of each) and so many `guests`; all where left out."""

    uid: UUID
    here: Annotated[list[Ref] | None, Field(None, max_length=200)]
    guests: Annotated[int | None, Field(None, ge=0, le=200)]


class CountsOut(Schema):
    """People at the door: `inside`, `expected` of those who have places, `waiting` in line, `walked_in`.

    `walk_ins_left` more may walk in by now; `whole` are all the places.
    """

    inside: int
    expected: int
    waiting: int
    walked_in: int
    walk_ins_left: int
    whole: int


class SomebodyOut(Schema):
    """One of a party; `ref` names the person in later requests."""

    ref: int
    name: str
    here: bool


class DoorAnswerOut(Schema):
    """What the door says. `outcome` is for programs, `title` and `sentence` are for people.

    `look`: yes, again or no. Of the `party`, `came` are in: `people` with names, `guests_here` of `guests` without.
    `walks_in`: how many may be let in all the same (`walk-ins`); they give up the place `gives_up`, if any.
    """

    uid: UUID
    at: datetime
    outcome: str
    look: str
    title: str
    sentence: str
    counts: CountsOut
    serial: str
    name: str
    name_latin: str
    category: str
    category_name: str
    firm: str
    has_place: bool
    party: int
    came: int
    people: list[SomebodyOut]
    guests: int
    guests_here: int
    line: int | None
    walks_in: int
    gives_up: str


def listed_or_404(show: Show, slug: str) -> Listed:
    listed = programme(show).by_slug.get(slug)
    if listed is None:
        raise Http404
    return listed


@router.post(
    "/{slug}/scans",
    response={200: DoorAnswerOut, **TROUBLES},
    summary="Read a badge at a door",
    operation_id="door_scan",
)
def door_scan(request: HttpRequest, slug: Slug, body: ScanIn, idempotency_key: IdempotencyKey) -> DoorAnswer:
    """Record the scan; who has a place is in. The same scan sent again gets the same answer and is recorded once."""
    check_key(idempotency_key, body.uid)
    return acts.scan(
        device=request.auth,
        show=request.show,
        listed=listed_or_404(request.show, slug),
        uid=body.uid,
        text=body.text,
        means=body.means.value,
        read_at=body.read_at + request.show.clock_shift,
        at=request.at,
        waited=timedelta(seconds=body.waited),
    )


@router.post(
    "/{slug}/walk-ins",
    response={200: DoorAnswerOut, **TROUBLES},
    summary="Let somebody walk in",
    operation_id="walk_in",
)
def walk_in(request: HttpRequest, slug: Slug, body: WalkInIn, idempotency_key: IdempotencyKey) -> DoorAnswer:
    """By the rule of walk-ins. Sent again it answers the same and lets nobody in twice."""
    check_key(idempotency_key, body.uid)
    return acts.walk_in(
        device=request.auth,
        show=request.show,
        listed=listed_or_404(request.show, slug),
        uid=body.uid,
        whole_party=body.whole_party,
        leaving=body.leaving,
        at=request.at,
    )


@router.post(
    "/{slug}/party", response={200: DoorAnswerOut, **TROUBLES}, summary="Say who is in", operation_id="door_party"
)
def door_party(request: HttpRequest, slug: Slug, body: PartyIn, idempotency_key: IdempotencyKey) -> DoorAnswer:
    """All of a party, these of it, or nobody, which takes a scan back. Sent again it answers the same."""
    check_key(idempotency_key, body.uid)
    return acts.set_party(
        device=request.auth,
        show=request.show,
        listed=listed_or_404(request.show, slug),
        uid=body.uid,
        here=body.here,
        guests=body.guests,
        at=request.at,
    )


@router.get(
    "/{slug}/counts",
    response={200: CountsOut, **TROUBLES},
    summary="Count people at a door",
    operation_id="door_counts",
)
def door_counts(request: HttpRequest, slug: Slug) -> Counts:
    places = SessionPlaces.objects.filter(pk=listed_or_404(request.show, slug).pk).first()
    if places is None:
        raise Http404
    return doors.count([places], at=request.at)[places.pk]
