"""The access matrix: every address of the site, by GET and by POST, for everybody there is.

An address that stands in no row fails `test_every_address_is_in_the_matrix`. The desk's pages are told by model: who
sees its list, whose rows, who changes and who adds them; the rest follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts import history
from accounts.acting import Actor
from onsite.models import DoorScan, Scan, Visit
from programme.actions import materials, pictures
from programme.links import guide_key, speaker_key
from programme.models import Import, Material, MoveUp, SessionCode, Turn
from programme.pictures import PORTRAIT, drawn
from tests.factories import programme as plan
from tests.factories import signups
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import MemberFactory, manager_of, row_of_booths, submitted
from tests.factories.expo import AreaFactory, GateFactory, HallFactory, RoomFactory, on
from tests.factories.onsite import DeviceFactory
from tests.factories.staff import logged_in
from tests.factories.visitors import invitation, open_show, registered, ticket_type
from visitors.links import address_proof, visit_key
from visitors.models import Badge

pytestmark = pytest.mark.django_db

# nobody, the exhibitor whose things are asked for, another firm's exhibitor, gate staff, the manager of the area, the
# manager of another area, the programme's editor, the auditor, the organiser
CAST = ("nobody", "exhibitor", "other", "gate", "manager", "rival", "editor", "auditor", "organiser")
STAFF = ("gate", "manager", "rival", "editor", "auditor", "organiser")


def row(everybody: int, **others: int) -> dict[str, int]:
    """Expected statuses by member of the cast; `staff=` and `users=` stand for several."""
    expected = dict.fromkeys(CAST, everybody)
    for group, members in (("users", CAST[1:]), ("staff", STAFF)):
        if group in others:
            expected |= dict.fromkeys(members, others.pop(group))
    return expected | others


PUBLIC = {"GET": row(200), "POST": row(405)}
MOVED = {"GET": row(302), "POST": row(405)}
FORM = {"GET": row(200), "POST": row(422)}
# Leads on, or back to where one belongs, whoever comes how.
LEADS_ON = {"GET": row(302), "POST": row(302)}
OWN_LIST = {"GET": row(200, nobody=302), "POST": row(405, nobody=302)}
OWN_FORM = {"GET": row(200, nobody=302), "POST": row(200, nobody=302)}
# Reading the address of an act leads to the application, for whoever may see it.
ACT_OF_EXHIBITOR = {"GET": row(404, nobody=302, exhibitor=302), "POST": row(404, nobody=302, exhibitor=409)}
# There is none of these for anybody here, and nobody can tell.
NO_FACTOR = {"GET": row(404, nobody=302), "POST": row(404, nobody=302)}

# By the name of the address: what each method answers to an empty form. The exhibitor's things are asked for by
# everybody; a visitor's link opens to whoever holds it, and to nobody without it (`test_a_wrong_link_opens_nothing`).
PAGES: dict[str, dict[str, dict[str, int]]] = {
    "healthz": PUBLIC,
    # No worker is at work in the tests.
    "readyz": {"GET": row(503), "POST": row(405)},
    "metrics": PUBLIC,
    "robots": PUBLIC,
    "favicon": MOVED,
    "signs": PUBLIC,
    "schedule-xml": PUBLIC,
    "schedule-json": PUBLIC,
    "programme-ics": PUBLIC,
    "programme-rss": PUBLIC,
    # What is planned and not published is there for nobody, not even for who plans it.
    "session-keep": {"GET": row(405), "POST": row(302)},
    "exhibitor-keep": {"GET": row(405), "POST": row(404)},
    "session-calendar": {"GET": row(404), "POST": row(405)},
    "api:sessions": PUBLIC,
    "api:session": {"GET": row(404), "POST": row(405)},
    "api:speakers": PUBLIC,
    "api:speaker": {"GET": row(404), "POST": row(405)},
    "api:tours": PUBLIC,
    "api:api-root": {"GET": row(404), "POST": row(404)},
    "api:openapi-json": PUBLIC,
    # The gates' devices have a cookie of their own; people have nothing to say here.
    "api:scan": {"GET": row(405), "POST": row(415)},
    "api:pay": {"GET": row(405), "POST": row(415)},
    "api:counts": {"GET": row(401), "POST": row(405)},
    "api:door_scan": {"GET": row(405), "POST": row(415)},
    "api:walk_in": {"GET": row(405), "POST": row(415)},
    "api:door_party": {"GET": row(405), "POST": row(415)},
    "api:door_counts": {"GET": row(401), "POST": row(405)},
    "home": PUBLIC,
    "privacy": PUBLIC,
    "areas": PUBLIC,
    "area": PUBLIC,
    "plan-index": MOVED,
    "plan": PUBLIC,
    "exhibitors": PUBLIC,
    "programme": MOVED,
    "programme-day": PUBLIC,
    "programme-now": PUBLIC,
    "programme-search": PUBLIC,
    "session": PUBLIC,
    # Nobody here is known as a visitor, and everybody is led to say who it is.
    "session-sign-up": LEADS_ON,
    "session-give-up": {"GET": row(405), "POST": row(302)},
    "visit-signup-party": {"GET": row(200), "POST": row(409)},
    # There is no offer.
    "visit-signup-accept": {"GET": row(405), "POST": row(302)},
    "visit-signup-decline": {"GET": row(405), "POST": row(409)},
    "visit-signup-give-up": {"GET": row(405), "POST": row(302)},
    "series": PUBLIC,
    "speakers": PUBLIC,
    "speaker": PUBLIC,
    "wall": PUBLIC,
    "walls": PUBLIC,
    # A firm that only applies is not in the catalogue, not even for itself.
    "exhibitor": {"GET": row(404), "POST": row(405)},
    "tours": PUBLIC,
    "tour": PUBLIC,
    "programme-pdf": PUBLIC,
    "register": FORM,
    "registered-by-mail": PUBLIC,
    "find-visit": FORM,
    "find-visit-sent": PUBLIC,
    "visit-code": FORM,
    # Nobody here has asked for a code.
    "visit-code-enter": {"GET": row(302), "POST": row(409)},
    "visit-here": {"GET": row(405), "POST": row(302)},
    "visit-leave": {"GET": row(405), "POST": row(302)},
    "erased": PUBLIC,
    "visit": PUBLIC,
    "visit-badge-pdf": PUBLIC,
    "visit-badge-png": PUBLIC,
    "visit-badge-svg": PUBLIC,
    "visit-calendar": PUBLIC,
    "visit-plan-pdf": PUBLIC,
    "visit-keep": {"GET": row(405), "POST": row(404)},
    "visit-interests": {"GET": row(405), "POST": row(302)},
    "visit-data-json": PUBLIC,
    "visit-data-csv": PUBLIC,
    "visit-confirm": {"GET": row(200), "POST": row(302)},
    "visit-details": FORM,
    "visit-give-back": {"GET": row(200), "POST": row(302)},
    "visit-news": {"GET": row(405), "POST": row(302)},
    "visit-erase": FORM,
    "visit-signup-id": FORM,
    # By a guide's own link, as a speaker's page is; a form without an act does nothing.
    "boarding": PUBLIC,
    "boarding-departure": FORM,
    # Nobody leaves the own party in this way, and nobody has handed this visitor a place.
    "visit-signup-hand-over": FORM,
    "visit-signup-drop-out": {"GET": row(405), "POST": row(404)},
    "visit-handover-take": {"GET": row(405), "POST": row(404)},
    "visit-handover-decline": {"GET": row(405), "POST": row(404)},
    "visit-handover-withdraw": {"GET": row(405), "POST": row(404)},
    # A picture's address is made from its content; slides are public with their session.
    "picture": PUBLIC,
    "material": PUBLIC,
    "speaker-own": FORM,
    "exhibit": {"GET": row(200), "POST": row(422, nobody=302)},
    "desk": OWN_LIST,
    "desk-firm": {
        "GET": row(302, exhibitor=200, other=200),
        "POST": row(302, exhibitor=422, other=422),
    },
    "application": {"GET": row(404, nobody=302, exhibitor=200), "POST": row(405, nobody=302)},
    "application-accept": ACT_OF_EXHIBITOR,
    "application-submit": ACT_OF_EXHIBITOR,
    "application-withdraw": ACT_OF_EXHIBITOR | {"POST": row(404, nobody=302, exhibitor=302)},
    "gate": {"GET": row(403, nobody=200, gate=200, organiser=200), "POST": row(405)},
    "gate-sign-in": {
        "GET": row(403, nobody=302, gate=405, organiser=405),
        "POST": row(403, nobody=302, gate=422, organiser=422),
    },
    "gate-sign-out": {"GET": row(405), "POST": row(302)},
    "gate-leave-account": {"GET": row(405), "POST": row(302)},
    "gate-scan": LEADS_ON,
    "gate-payment": LEADS_ON,
    "gate-doors": MOVED,
    "gate-door": MOVED,
    "gate-door-scan": LEADS_ON,
    "gate-door-walk-in": LEADS_ON,
    "gate-door-party": LEADS_ON,
    "gate-manifest": PUBLIC,
    "account-home": MOVED,
    "account-me": {"GET": row(200, nobody=302), "POST": row(422, nobody=302)},
    "account_login": {"GET": row(302, nobody=200), "POST": row(302, nobody=200)},
    "account_signup": {"GET": row(302, nobody=200), "POST": row(302, nobody=200)},
    "account_logout": {"GET": row(200, nobody=302), "POST": row(302)},
    "account_inactive": PUBLIC,
    "account_reauthenticate": OWN_FORM,
    "account-data": {"GET": row(200, nobody=302), "POST": row(405)},
    # Nobody here has just shown to be the holder.
    "account-erase": {"GET": row(302), "POST": row(302)},
    "account_email": {"GET": row(200, nobody=302), "POST": row(302)},
    "account_email_verification_sent": LEADS_ON,
    "account_confirm_login_code": LEADS_ON,
    "account_change_password": OWN_FORM,
    "account_set_password": LEADS_ON,
    "account_reset_password": {"GET": row(200), "POST": row(200)},
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": {"GET": row(200), "POST": row(200)},
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_index": OWN_LIST,
    "mfa_list_webauthn": OWN_LIST,
    "mfa_authenticate": LEADS_ON,
    # Everybody here has a second factor, and has shown it.
    "mfa_reauthenticate": {"GET": row(200, nobody=302), "POST": row(200, nobody=302)},
    "mfa_reauthenticate_webauthn": LEADS_ON,
    "mfa_login_webauthn": LEADS_ON,
    "mfa_activate_totp": LEADS_ON,
    "mfa_deactivate_totp": LEADS_ON,
    "mfa_add_webauthn": LEADS_ON,
    "mfa_edit_webauthn": LEADS_ON,
    "mfa_remove_webauthn": LEADS_ON,
    "mfa_generate_recovery_codes": LEADS_ON,
    "mfa_download_recovery_codes": NO_FACTOR,
    "mfa_view_recovery_codes": {"GET": row(404, nobody=302), "POST": row(405, nobody=302)},
}


def desk(*sees: str, rows: str = "", changes: str = "", adds: str = "", deletes: str = "") -> dict[str, set[str]]:
    """Who sees the list of a model, whose rows are the one that is asked for (`rows`: all who see, unless named)."""
    return {
        "sees": set(sees),
        "rows": set(rows.split()) or set(sees),
        "changes": set(changes.split()),
        "adds": set(adds.split()),
        "deletes": set(deletes.split()),
    }


KEEPERS = ("auditor", "organiser")
GATES = ("gate", "auditor", "organiser")
PLACERS = ("manager", "rival", "auditor", "organiser")
READERS = ("manager", "rival", "editor", "auditor", "organiser")
OF_AREA = "manager auditor organiser"
ORGANISER = "organiser"

PLANNERS = "editor organiser"


def planned() -> dict[str, set[str]]:
    """Rows of the programme's plan: read by who has to do with it, changed by who plans it."""
    return desk(*READERS, changes=PLANNERS, adds=PLANNERS, deletes=PLANNERS)


MODELS = {
    "programme.session": planned(),
    "programme.talk": desk(*READERS, changes=PLANNERS),
    "programme.series": planned(),
    "programme.speaker": planned(),
    "programme.host": planned(),
    "programme.guide": planned(),
    "programme.bus": planned(),
    "programme.enterprise": planned(),
    "programme.material": planned(),
    "onsite.device": desk(*GATES, changes="gate organiser"),
    "onsite.scan": desk(*GATES),
    "onsite.doorscan": desk(*GATES),
    "onsite.visit": desk(*GATES),
    "exhibitors.firm": desk(*PLACERS, rows=OF_AREA, changes=ORGANISER),
    "exhibitors.booth": desk(*PLACERS, rows=OF_AREA, changes="manager organiser", adds="manager rival organiser"),
    # Decided on by its acts; its form is there to be read.
    "exhibitors.application": desk(*PLACERS, rows=OF_AREA),
    "exhibitors.allotment": desk(*PLACERS, rows=OF_AREA),
    "exhibitors.spacerate": desk(*KEEPERS, changes=ORGANISER, adds=ORGANISER),
    "exhibitors.member": desk(*KEEPERS, adds=ORGANISER, deletes=ORGANISER),
    "visitors.registration": desk(*GATES, changes=ORGANISER),
    "visitors.tickettype": desk(*KEEPERS, changes=ORGANISER, adds=ORGANISER),
    "visitors.invitation": desk(*KEEPERS, changes=ORGANISER, adds=ORGANISER),
    "visitors.person": desk(*KEEPERS),
    "visitors.consentwording": desk(*KEEPERS, adds=ORGANISER),
    "visitors.consent": desk(*KEEPERS),
    # Who signs up does so in public, and staff act from a session's list; these are there to be read.
    "programme.signup": desk(*READERS),
    "programme.moveup": desk(*READERS),
    "programme.turn": desk(*READERS),
    "programme.sessioncode": planned(),
    # Made by publishing, taken back by another.
    "programme.release": desk(*READERS),
    "expo.show": desk(*READERS, changes=ORGANISER, adds=ORGANISER),
    "expo.hall": desk(*READERS, changes=ORGANISER, adds=ORGANISER),
    "expo.area": desk(*READERS, rows="manager editor auditor organiser", changes=ORGANISER, adds=ORGANISER),
    "expo.room": desk(*READERS, changes=ORGANISER, adds=ORGANISER),
    # Everybody's own files alone; the one that is asked for is the editor's.
    "programme.import": desk("editor", "organiser", rows="editor"),
    "accounts.user": desk(*KEEPERS, changes=ORGANISER, adds=ORGANISER),
    "accounts.mail": desk(*KEEPERS),
    "accounts.record": desk(*KEEPERS),
}

STAFF_ONLY = row(302, staff=200)
STRANGERS = {"nobody": 302, "exhibitor": 302, "other": 302}


def act_of_manager(posted: int) -> dict[str, dict[str, int]]:
    """An act on the exhibitor's application: for whoever places in that area, for nobody else does it exist."""
    return {
        "GET": row(404, **STRANGERS, manager=200, organiser=200),
        "POST": row(404, **STRANGERS, manager=posted, organiser=posted),
    }


# An act on the plan: for who plans it, for nobody else does it exist.
PLAN_ACT = {
    "GET": row(404, **STRANGERS, editor=200, organiser=200),
    "POST": row(404, **STRANGERS, editor=422, organiser=422),
}
# Without the applications that it is about there is nothing to act on.
ACT_ON_NONE = {"GET": row(404, **STRANGERS), "POST": row(404, **STRANGERS)}
FOR_PLANNERS = row(404, **STRANGERS, editor=200, organiser=200)


def planners_page(read: int, posted: int, *, plans: bool = False) -> dict[str, dict[str, int]]:
    """A page of the planner: who has to do with the programme reads it (`plans`: only who plans), two change it."""
    planners = {"editor", "organiser"}
    readers = planners if plans else set(READERS)
    return {
        "GET": row(403, **STRANGERS, **dict.fromkeys(readers, read)),
        "POST": row(403, **STRANGERS, **dict.fromkeys(planners, posted)),
    }


READ_BY_PLANNERS = {"GET": row(200, **STRANGERS, gate=403), "POST": row(302, staff=405)}
# Names and addresses of who signed up.
TAKEN_OUT = {
    "GET": row(403, **STRANGERS, editor=200, auditor=200, organiser=200),
    "POST": row(302, staff=405),
}
# ID numbers are the planners' business; the auditor reads who has looked.
PAPERS = row(403, **STRANGERS, editor=200, auditor=200, organiser=200)

# The desk's other pages.
DESK: dict[str, dict[str, dict[str, int]]] = {
    "admin:index": {"GET": STAFF_ONLY, "POST": STAFF_ONLY},
    "admin:login": {"GET": row(403, nobody=302, staff=302), "POST": row(403, nobody=302, staff=302)},
    "admin:logout": {"GET": row(302, staff=405), "POST": row(302)},
    "admin:language": LEADS_ON,
    "admin:password_change": LEADS_ON,
    "admin:password_change_done": LEADS_ON,
    "admin:jsi18n": {"GET": STAFF_ONLY, "POST": row(302, staff=405)},
    "admin:autocomplete": {"GET": row(302, staff=403), "POST": row(302, staff=405)},
    "admin:view_on_site": {"GET": row(302, staff=404), "POST": row(302, staff=404)},
    "admin:app_list": {"GET": row(302, staff=200, gate=404), "POST": row(302, staff=200, gate=404)},
    "admin:exhibitors_application_offer": act_of_manager(302),
    "admin:exhibitors_application_reject": act_of_manager(422),
    "admin:exhibitors_application_other": act_of_manager(422),
    "admin:exhibitors_application_extend": act_of_manager(422),
    # The speaker has something to come, which is said.
    "admin:programme_speaker_erase": PLAN_ACT,
    "admin:exhibitors_application_reject_many": ACT_ON_NONE,
    "admin:exhibitors_application_extend_many": ACT_ON_NONE,
    "admin:programme_import_template": {"GET": FOR_PLANNERS, "POST": row(405, **STRANGERS)},
    "admin:programme_import_plan": {"GET": row(200, **STRANGERS, gate=404), "POST": row(405, **STRANGERS)},
    "admin:programme_import_upload": {
        "GET": row(405, **STRANGERS),
        "POST": row(404, **STRANGERS, editor=422, organiser=422),
    },
    # The file is the editor's own.
    "admin:programme_import_preview": {"GET": row(404, **STRANGERS, editor=200), "POST": row(405, **STRANGERS)},
    "admin:programme_import_apply": {"GET": row(405, **STRANGERS), "POST": row(404, **STRANGERS, editor=409)},
    "admin:programme_import_drop": {"GET": row(405, **STRANGERS), "POST": row(404, **STRANGERS, editor=302)},
    "admin:programme_planner": {"GET": row(302, gate=403), "POST": row(302, staff=405)},
    "admin:programme_planner_day": {
        "GET": row(200, **STRANGERS, gate=403),
        "POST": row(302, staff=405),
    },
    "admin:programme_planner_place": planners_page(200, 422),
    "admin:programme_planner_check": {
        "GET": planners_page(422, 0, plans=True)["GET"],
        "POST": row(302, staff=405),
    },
    # Taken off as nobody saw it.
    "admin:programme_planner_unplace": {"GET": row(302, staff=405), "POST": planners_page(0, 409)["POST"]},
    "admin:programme_planner_cancel": planners_page(200, 422, plans=True),
    "admin:programme_planner_restore": planners_page(200, 422, plans=True),
    "admin:programme_planner_delete": planners_page(200, 422, plans=True),
    "admin:programme_planner_shift": planners_page(200, 422, plans=True),
    "admin:programme_planner_publish": planners_page(200, 422),
    "admin:programme_planner_undo": planners_page(200, 422, plans=True),
    "admin:programme_signups": READ_BY_PLANNERS,
    "admin:programme_signups_session": READ_BY_PLANNERS,
    "admin:programme_signups_door": READ_BY_PLANNERS,
    "admin:programme_signups_no_shows": READ_BY_PLANNERS,
    "admin:programme_signups_turns": READ_BY_PLANNERS,
    "admin:programme_signups_person": READ_BY_PLANNERS,
    # Without an act there is nothing to do.
    "admin:programme_signups_act": planners_page(404, 404, plans=True),
    "admin:programme_signups_guest": planners_page(200, 422, plans=True),
    "admin:programme_signups_places": planners_page(200, 422, plans=True),
    "admin:programme_signups_message": planners_page(200, 422, plans=True),
    "admin:programme_signups_close": {"GET": row(302, staff=405), "POST": planners_page(0, 302)["POST"]},
    "admin:programme_signups_session_out": TAKEN_OUT,
    "admin:programme_signups_out": TAKEN_OUT,
    "admin:programme_papers": {"GET": PAPERS, "POST": row(405, **STRANGERS)},
    "admin:programme_papers_departure": {"GET": PAPERS, "POST": PAPERS | {"auditor": 403}},
    "admin:programme_papers_list": {
        "GET": PAPERS,
        "POST": row(403, **STRANGERS, editor=422, organiser=422),
    },
}


@pytest.fixture
def things(settings, tmp_path):
    """One of everything, and the people of the cast; the exhibitor's application is for the manager's area."""
    settings.STAFF_SECOND_FACTOR = True
    settings.MEDIA_ROOT = tmp_path
    show = open_show(at=on(1, "10:00"))
    hall = HallFactory(show=show)
    area = AreaFactory(hall=hall, letter="A")
    other_area = AreaFactory(hall=hall, letter="B")
    manager, rival = manager_of(area), manager_of(other_area)
    member, other = MemberFactory(), MemberFactory()
    booths = row_of_booths(area, 2)
    application = submitted(member, booths[:1])
    kind = ticket_type(show)
    registration = registered(kind).lead
    device = DeviceFactory(gate=GateFactory(hall=hall))
    badge = Badge.objects.get()
    scan = Scan.objects.create(
        uid=UUID(int=1), show=show, device=device, gate=device.gate, badge=badge, means="typed",
        outcome="admitted", read_at=on(1, "10:00"), at=on(1, "10:00"),
    )  # fmt: skip
    Visit.objects.create(
        registration=registration, day=show.calendar[0], gate=device.gate, scan=scan, entered_at=on(1, "10:00")
    )
    session, speaker = programme(show)
    signup = signing_up(registration, session)
    draft = plan.placed(on(1, "10:00"), show=show, room=RoomFactory(show=show, hall=hall))
    DoorScan.objects.create(
        uid=UUID(int=2), show=show, session=session, device=device, badge=badge, means="typed",
        outcome="not_signed_up", read_at=on(1, "10:00"), at=on(1, "10:00"),
    )  # fmt: skip
    invitation(kind)
    history.record(Actor.system("test"), "registrations_exported", rows=1)
    people = {
        "nobody": None,
        "exhibitor": member.user,
        "other": other.user,
        "gate": UserFactory(gate_staff=True),
        "manager": manager,
        "rival": rival,
        "editor": UserFactory(roles=["programme_editor"]),
        "auditor": UserFactory(auditor=True),
        "organiser": UserFactory(organiser=True),
    }
    upload = Import.objects.create(
        show=show, user=people["editor"], name="plan.csv", data=b"Code,Kind\n", uploaded_at=timezone.now()
    )
    caches["process"].clear()
    return SimpleNamespace(
        people=people,
        session=session,
        speaker=speaker,
        signup=signup,
        key=visit_key(registration),
        proof=address_proof(registration),
        hall=hall,
        area=area,
        firm=member.firm,
        application=application,
        scan=scan,
        draft=draft,
        upload=upload,
        registration=registration,
    )


def signing_up(registration, session):
    """Somebody has places on the tour; one of all that comes of waiting lists."""
    signup = signups.signed_up(registration, session, at=on(1, "10:00"))
    Turn.objects.create(session=session, at=on(1, "10:00"), cause="more", free=1)
    MoveUp.objects.create(signup=signup, session=session, at=on(1, "10:00"), by="test", why="Test", overtaken=1)
    SessionCode.objects.create(session=session, code="EXPO", for_whom="Delegation")
    return signup


def programme(show):
    """A tour that is public with a talk, its speaker's portrait and slides; one of everything that it names."""
    speaker = plan.SpeakerFactory(portrait=pictures.keep(drawn(plan.picture_file(300, 300), PORTRAIT)))
    session = plan.departing(
        on(1, "14:00"),
        host=plan.HostFactory(),
        series=plan.SeriesFactory(kind="tour"),
        guide=plan.GuideFactory(),
        bus=plan.BusFactory(),
        asks_id=True,
        id_why_en="The gate asks.",
        id_why_zh="门卫核对。",
    )
    plan.talk(session, speaker)
    plan.publish(show)
    slides = SimpleUploadedFile("slides.pdf", b"%PDF-1.7")
    materials.save(actor=plan.SYSTEM, material=Material(session=session), file=slides)
    return session, speaker


MANAGERS_ACTS = {f"admin:exhibitors_application_{act}" for act in ("offer", "reject", "other", "extend")}

DOORS = {f"gate-door{act}" for act in ("", "-scan", "-walk-in", "-party")} | {
    f"api:{act}" for act in ("door_scan", "walk_in", "door_party", "door_counts")
}

PLANNERS_ACTS = {
    f"admin:programme_planner_{act}" for act in ("place", "check", "unplace", "cancel", "restore", "delete")
} | {
    f"admin:programme_signups_{page}"
    for page in ("session", "door", "turns", "act", "guest", "places", "message", "close")
}


WITHOUT_THE_LINK = {"visit-code", "visit-code-enter", "visit-leave"}


def is_behind_the_link(name: str) -> bool:
    return name == "visit" or (name.startswith("visit-") and name not in WITHOUT_THE_LINK)


def arguments(name: str, things: SimpleNamespace) -> dict[str, object]:
    """What the address of this name takes, of the things that there are."""
    if name.startswith("visit-handover-"):
        return {"key": things.key, "pk": 1}
    if is_behind_the_link(name):
        more = {"guid": things.signup.guid} if name.startswith("visit-signup-") else {}
        return {"key": things.key} | more | ({"proof": things.proof} if name == "visit-confirm" else {})
    if name in MANAGERS_ACTS or name == "application" or name.startswith("application-"):
        return {"pk": things.application.pk}
    if name in {f"admin:programme_import_{act}" for act in ("preview", "apply", "drop")}:
        return {"pk": things.upload.pk}
    if name in PLANNERS_ACTS:
        return {"pk": things.session.pk}
    if name in DOORS:
        return {"slug": things.session.slug}
    return {
        "picture": {"digest": things.speaker.portrait.digest},
        "material": {"slug": things.session.slug, "pk": things.session.materials.get().pk},
        "boarding": {"key": guide_key(things.session.guide)},
        "boarding-departure": {"key": guide_key(things.session.guide), "slug": things.session.slug},
        "admin:programme_papers_departure": {"pk": things.session.pk},
        "admin:programme_papers_list": {"pk": things.session.pk},
        "speaker-own": {"key": speaker_key(things.speaker)},
        "admin:programme_speaker_erase": {"pk": things.speaker.pk},
        "admin:programme_planner_day": {"day": "2019-10-24"},
        "admin:programme_planner_undo": {"number": 1},
        "admin:programme_signups_person": {"pk": things.registration.pk},
        "admin:programme_signups_session_out": {"pk": things.session.pk, "form": "csv"},
        "admin:programme_signups_out": {"form": "csv"},
        "signs": {"version": "0"},
        "plan": {"hall": things.hall.slug},
        "area": {"slug": things.area.slug},
        "programme-day": {"day": "2019-10-24"},
        "session": {"slug": things.session.slug},
        "session-sign-up": {"slug": things.session.slug},
        "session-give-up": {"slug": things.session.slug},
        "series": {"slug": things.session.series.slug},
        "speaker": {"slug": things.speaker.slug},
        "wall": {"place": things.hall.slug},
        "exhibitor": {"slug": things.firm.slug},
        "tour": {"slug": things.session.enterprise.slug},
        "gate-payment": {"uid": things.scan.uid},
        "api:pay": {"uid": things.scan.uid},
        "session-keep": {"slug": things.session.slug},
        "exhibitor-keep": {"slug": things.firm.slug},
        "session-calendar": {"slug": things.draft.slug},
        "api:session": {"guid": things.draft.guid},
        "api:speaker": {"guid": UUID(int=1)},
        "account_reset_password_from_key": {"uidb36": "1", "key": "abc-def"},
        "admin:view_on_site": {"content_type_id": 0, "object_id": 0},
        "admin:app_list": {"app_label": "expo"},
        "mfa_remove_webauthn": {"pk": 1},
        "mfa_edit_webauthn": {"pk": 1},
    }.get(name, {})


@contextmanager
def undone() -> Iterator[None]:
    """Each question finds things as they were: sessions, counters and rows alike."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Session:
    """One of the cast at a browser that comes to each address as if to the first."""

    def __init__(self, things: SimpleNamespace, who: str) -> None:
        self.client = logged_in(things.people[who])
        self.client.raise_request_exception = False
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, method: str, address: str) -> int:
        self.client.cookies.load(self.cookies)
        with undone():
            answer = self.client.generic(method, address, content_type="application/x-www-form-urlencoded")
            if answer.streaming:
                list(answer.streaming_content)
            return answer.status_code


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """The names of all addresses; those without a name by their pattern."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}"


def pages_of_models() -> Iterator[tuple[str, str, str]]:
    for model in admin.site._registry:
        for page in ("changelist", "add", "change", "history", "delete"):
            label = model._meta.label_lower
            yield label, page, f"admin:{label.replace('.', '_')}_{page}"


def test_every_address_is_in_the_matrix():
    generic = {name for _, _, name in pages_of_models()}
    # The old address of a change page, and whatever is nothing else below /admin/.
    generic |= {"admin:<path:object_id>/", "admin:(?P<url>.*)$"}
    known = set(PAGES) | set(DESK) | generic
    assert sorted(set(addresses(get_resolver())) - known) == []
    assert sorted(known - set(addresses(get_resolver()))) == []


def test_every_model_of_the_desk_is_in_the_matrix():
    assert {model._meta.label_lower for model in admin.site._registry} == set(MODELS)


@pytest.mark.parametrize("who", CAST)
def test_pages_answer_as_the_matrix_says(things, who):
    session = Session(things, who)
    wrong = {}
    for name, methods in (PAGES | DESK).items():
        address = reverse(name, kwargs=arguments(name, things))
        for method, expected in methods.items():
            got = session.ask(method, address)
            if got != expected[who]:
                wrong[f"{method} {name}"] = f"{got}, not {expected[who]}"
    assert not wrong, "\n".join(f"{page}: {answer}" for page, answer in wrong.items())


def expected_on_desk(who: str, page: str, method: str, of: dict[str, set[str]]) -> set[int]:
    """What one of the cast gets from a model's page of the desk. A form sent empty is refused or changes nothing."""
    if who not in STAFF:
        return {302}
    if who not in of["sees"] | of["adds"]:
        return {403}
    if page == "delete":
        return {200} if who in of["deletes"] else {403}
    if page == "add":
        return {200, 302} if who in of["adds"] else {403}
    if page == "changelist":
        return {200} if method == "GET" else {200, 302}
    if who not in of["rows"]:
        return {404}
    if page == "change" and method == "POST":
        return {200, 302} if who in of["changes"] else {403}
    return {200}


@pytest.mark.parametrize("who", CAST)
def test_the_desk_answers_as_the_matrix_says(things, who):
    session = Session(things, who)
    wrong = {}
    for label, page, name in pages_of_models():
        model = admin.site._registry[apps.get_model(label)].model
        # The exhibitor's own things were made first.
        args = [] if page in {"changelist", "add"} else [model.objects.order_by("pk").first().pk]
        for method in ("GET", "POST"):
            got = session.ask(method, reverse(name, args=args))
            expected = expected_on_desk(who, page, method, MODELS[label])
            if got not in expected:
                wrong[f"{method} {name}"] = f"{got}, not {sorted(expected)}"
    assert not wrong, "\n".join(f"{page}: {answer}" for page, answer in wrong.items())


def test_a_wrong_link_opens_nothing(things):
    session = Session(things, "organiser")
    key = ("A" if things.key[-1] != "A" else "B").join((things.key[:-1], ""))
    own = reverse("speaker-own", args=[speaker_key(things.speaker)[:-1] + "~"])
    assert {session.ask(method, own) for method in ("GET", "POST")} == {404}
    answers = {
        (name, method): session.ask(method, reverse(name, kwargs=arguments(name, things) | {"key": key}))
        for name, methods in PAGES.items()
        if is_behind_the_link(name)
        for method, expected in methods.items()
        if expected["nobody"] != 405
    }
    assert set(answers.values()) == {404}


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-1", "٣"])
def test_a_number_that_no_row_can_have_finds_nothing(things, number):
    """Where one was typed into an address of the desk."""
    client = logged_in(things.people["organiser"])
    asked = [
        ("visitors/registration/", ("p", "show")),
        ("onsite/device/", ("gate",)),
        ("onsite/visit/", ("p", "gate", "day")),
        ("exhibitors/booth/", ("p", "area", "hall__id__exact")),
        ("exhibitors/application/", ("area",)),
        ("exhibitors/application/reject/", ("ids",)),
        ("programme/session/", ("p", "show", "day", "room__id__exact", "series__id__exact", "state")),
        ("programme/speaker/", ("p", "show", "country", "state")),
        ("programme/material/", ("show", "where")),
        ("programme/planner/move/", ("by", "room", "to", "session", "day")),
        ("programme/release/", ("p", "show__id__exact")),
        ("programme/signup/", ("p", "show", "session", "day", "state")),
        ("programme/moveup/", ("p", "show", "session")),
        ("programme/sessioncode/", ("p", "show", "session")),
        ("programme/signups/", ("day", "kind", "only", "sort")),
        ("programme/signups/no-shows/", ("p",)),
    ]
    answers = [client.get(f"/admin/{path}", {name: number}) for path, names in asked for name in names]
    assert {answer.status_code for answer in answers} <= {200, 302, 404, 422}
