"""The gates' API: what the scanner page and other scanners talk to. A device proves itself by its cookie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Field, Header, Router, Schema
from ninja.security import APIKeyCookie
from pydantic import AwareDatetime, field_validator

from accounts.refusals import Refusal
from onsite import actions
from onsite.answers import Answer
from onsite.counting import today
from onsite.devices import device_of
from onsite.models import Device, Scan
from visitors.models import Ticket

# A scan that found no network is sent within the show or not at all.
LONGEST_WAIT = 5 * 24 * 3600


class Trouble(Schema):
    """Why it was not done: a code for programs, a sentence in the language of the request for people."""

    code: str
    sentence: str


class DeviceCookie(APIKeyCookie):
    """The cookie that the gate page sets when a device is signed in. Pages of other sites are turned away."""

    param_name = settings.DEVICE_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)

    def authenticate(self, request: HttpRequest, key: str | None) -> Device | None:
        if request.method != "GET":
            check_origin(request)
        request.at = request.show.now()
        return device_of(request, at=timezone.now()) if key else None


def check_origin(request: HttpRequest) -> None:
    """Refuse what a browser sends for a page of another site. The cookie is SameSite=Strict; this is the second bolt.

    Raises Refusal: cross_origin, not_json.
    """
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    own = {request.get_host(), urlsplit(settings.SITE_URL).netloc}
    if site not in {"same-origin", "none"} or (origin is not None and urlsplit(origin).netloc not in own):
        raise Refusal("cross_origin", _("The gate takes no requests from pages of other sites."))
    if request.content_type != "application/json":
        raise Refusal("not_json", _("Send the request as application/json."))


router = Router(tags=["gate"], auth=DeviceCookie())

TROUBLES = dict.fromkeys((400, 401, 403, 404, 409, 415, 422, 429, 503), Trouble)


class ScanIn(Schema):
    """A badge was read. `uid` is drawn by the device for each reading; send it again until it is answered."""

    uid: UUID
    text: Annotated[str, Field(min_length=1, max_length=512, description="What the code says, or the serial as typed.")]
    means: Scan.Means
    read_at: Annotated[AwareDatetime, Field(description="The moment of reading by the device's clock.")]
    waited: Annotated[
        int, Field(0, ge=0, le=LONGEST_WAIT, description="Seconds from reading to this sending: no network till now.")
    ]

    @field_validator("read_at")
    @classmethod
    def of_this_century(cls, value: datetime) -> datetime:
        if not datetime(2000, 1, 1, tzinfo=UTC) <= value < datetime(2100, 1, 1, tzinfo=UTC):
            raise ValueError("between the years 2000 and 2100")
        return value


class PaymentIn(Schema):
    """Money was taken at the gate, for the ticket that the scan found unpaid."""

    how: Ticket.Payment


class AnswerOut(Schema):
    """What the gate says. `outcome` is for programs, `title` and `sentence` are for people.

    `look`: yes, again, pay or no. `at` is the moment that was decided by. `days` are the days that the ticket is for;
    `amount` is due now, in yuan; `entered_at` and `gate` tell the visit of the day.
    """

    uid: UUID
    at: datetime
    outcome: str
    admits: bool
    look: str
    title: str
    sentence: str
    serial: str
    name: str
    name_latin: str
    category: str
    category_name: str
    firm: str
    days: list[str]
    amount: Decimal | None
    entered_at: datetime | None
    gate: str


class TodayOut(Schema):
    """Visits of today, at most five seconds old: at the device's gate, and at all gates."""

    here: int
    in_all: int


def check_key(key: str | None, uid: UUID) -> None:
    if key is not None and key.strip().lower() not in {str(uid), uid.hex}:
        raise Refusal("idempotency_key", _("The Idempotency-Key has to be the scan's uid."))


IdempotencyKey = Annotated[
    str | None, Header(None, alias="Idempotency-Key", max_length=64, description="May be left out; else the uid.")
]


@router.post("/scans", response={200: AnswerOut, **TROUBLES}, summary="Read a badge", operation_id="scan")
def scan(request: HttpRequest, body: ScanIn, idempotency_key: IdempotencyKey) -> Answer:
    """Record the scan, admit or turn away. The same scan sent again gets the same answer and is recorded once."""
    check_key(idempotency_key, body.uid)
    return actions.scan(
        device=request.auth,
        show=request.show,
        uid=body.uid,
        text=body.text,
        means=body.means.value,
        read_at=body.read_at + request.show.clock_shift,
        at=request.at,
        waited=timedelta(seconds=body.waited),
    )


@router.post("/scans/{uid}/payment", response={200: AnswerOut, **TROUBLES}, summary="Take payment", operation_id="pay")
def pay(request: HttpRequest, uid: UUID, body: PaymentIn, idempotency_key: IdempotencyKey) -> Answer:
    """Mark the ticket of a scan paid and admit the visitor. Sent again it answers the same."""
    check_key(idempotency_key, uid)
    return actions.pay(device=request.auth, show=request.show, uid=uid, how=body.how.value, at=request.at)


@router.get("/today", response={200: TodayOut, **TROUBLES}, summary="Count visits of today", operation_id="today")
def counts(request: HttpRequest) -> TodayOut:
    counted = today(gate_id=request.auth.gate_id, day=request.show.day_at(request.at))
    return TodayOut(here=counted.here, in_all=counted.in_all)
