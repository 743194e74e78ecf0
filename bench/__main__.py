"""`make bench`: load 50,000 registrations once, measure each operation, print a table, write var/bench.json.

Rates come from 32 connections on this machine's loopback. Server CPU is what web workers, job worker and PostgreSQL
computed meanwhile, divided by the operations; the load generator's own share is not in it, but it takes its part of
the cores, so rates on a machine of two cores are lower bounds.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

from bench import programme, signups
from bench import site as served
from bench.load import Answer, Request, Run, drive, rush
from bench.meter import cpu_ms, largest_mib
from chitec.local.postgres import PROJECT

REGISTRATIONS = 50_000
#: Seconds for which the mails of earlier measurements are waited for.
LONGEST_DRAIN = 120
#: At most so much of it, as agreed when it was built; `_cold` is with nothing kept from before.
TARGETS = {
    "programme": {"cpu_ms": 15, "queries": 6},
    "programme_chosen": {"cpu_ms": 15},
    "programme_etag": {"cpu_ms": 3},
    "session": {"cpu_ms": 15, "queries": 6},
    "schedule_xml": {"cpu_ms": 50},
    "schedule_xml_cold": {"cpu_ms": 50},
    "planner": {"cpu_ms": 60},
    "programme_import": {"p50_ms": 5000},
    "programme_search": {"cpu_ms": 10, "queries": 6},
    "my_visit": {"cpu_ms": 12, "queries": 8},
    "calendar_feed": {"cpu_ms": 5},
    "offers_5000": {"p50_ms": 5000},
    "release_10am": {"p95_ms": 2000},
}
#: At least so many a second.
RATES = {"signup": 150, "signup_hot": 60}
CSRF = "k" * 32
#: The second day of the show has begun.
CLOCK = "2019-10-25T10:00"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main() -> None:
    served.prepare()
    import django

    django.setup()
    try:
        rows = Bench(only=set(sys.argv[1:])).run()
    finally:
        served.KEEPER.stop()
    target = PROJECT / "var" / "bench.json"
    target.write_text(json.dumps(rows, indent=2) + "\n")
    columns = ("rate", "cpu_ms", "web_ms", "postgres_ms", "jobs_ms", "p50_ms", "p95_ms", "queries", "mib")
    print("\n" + f"{'':18}" + "".join(f"{column:>12}" for column in columns))
    for name, row in rows.items():
        print(f"{name:18}" + "".join(f"{row.get(column, ''):>12}" for column in columns))
    for name, limits in TARGETS.items():
        for column, limit in limits.items():
            if rows.get(name, {}).get(column, 0) > limit:
                print(f"{name}: {column} is {rows[name][column]}, and was to be {limit} at most")
    for name, rate in RATES.items():
        if rows.get(name, {}).get("rate", rate) < rate:
            print(f"{name}: {rows[name]['rate']} a second, and was to be {rate} at least")


class Bench:
    """All measurements on one site; `only` names some of them."""

    def __init__(self, *, only: set[str]) -> None:
        self.only = only
        self.rows: dict[str, dict[str, float]] = {}

    def run(self) -> dict[str, dict[str, float]]:
        self.load()
        from django.core.management import call_command

        call_command("collectstatic", interactive=False, verbosity=0)
        self.prepare()
        self.count_queries()
        self.site = served.Site.start()
        try:
            for name in (
                "front", "plan", "programme", "programme_chosen", "programme_etag", "session", "schedule_xml",
                "programme_search", "planner", "signup", "signup_hot", "release_10am", "my_visit", "calendar_feed",
                "register", "mail_sent", "scan", "search", "export_csv",
            ):  # fmt: skip
                if not self.only or name in self.only:
                    getattr(self, name)()
            self.rows.setdefault("web_worker", {})["mib"] = round(largest_mib(self.site.web.pid), 1)
        finally:
            self.site.stop()
        for name in ("badge_one", "badge_batch", "badge_mail", "cold", "programme_import", "offers_5000"):
            if not self.only or name in self.only:
                getattr(self, name)()
        return self.rows

    def load(self) -> None:
        """Make the demo show at full scale, once; later runs go on with what earlier ones left."""
        from django.core.management import call_command

        from visitors.models import Registration

        call_command("migrate", verbosity=0)
        if not Registration.objects.exists():
            print("Making the show at full scale; this happens once and takes some minutes ...", flush=True)
            call_command("demo", scale=1.0)
        while Registration.objects.count() < REGISTRATIONS:
            self.register_party()
        from expo.models import Show

        programme.fill(Show.objects.current())
        call_clock(CLOCK)
        signups.fill(Show.objects.current())

    def register_party(self) -> None:
        """Ten people at once, by the action itself."""
        from accounts.acting import Actor
        from expo.models import Show
        from visitors.actions.registering import Companion, Details, register
        from visitors.models import ConsentWording, DayPlaces, TicketType

        show = Show.objects.current()
        DayPlaces.objects.update(places=10_000_000)
        number = uuid.uuid4().hex[:10]
        register(
            actor=Actor.system("bench"),
            show=show,
            ticket_type=TicketType.objects.prefetch_related("day_places").get(show=show, code="professional"),
            days=[2, 3],
            details=Details(name=f"Loaded {number}", email=f"{number}@example.org", firm="Measured Works"),
            companions=[Companion(name=f"Loaded {number} {turn}") for turn in range(9)],
            wordings=ConsentWording.objects.filter(show=show, purpose="visit"),
            language="en",
            at=show.now(),
        )

    def prepare(self) -> None:
        """Places for all who will come, somebody logged in, a device, and the serials to read."""
        from allauth.mfa.models import Authenticator
        from django.contrib.sessions.backends.db import SessionStore
        from django.utils import timezone

        from accounts.acting import Actor
        from accounts.models import Role, User
        from expo.models import Show
        from onsite import actions as gates
        from visitors.models import Badge, DayPlaces, Registration, TicketType

        call_clock(CLOCK)
        self.show = Show.objects.current()
        print(f"{Registration.objects.count():,} registrations in the tables", flush=True)
        DayPlaces.objects.update(places=10_000_000)
        self.ticket_type = TicketType.objects.get(show=self.show, code="professional")
        organiser = next(user for user in User.objects.all() if user.has_role(Role.ORGANISER))
        self.organiser = organiser
        self.paths = programme.paths(self.show)
        self.fair = signups.Fair.prepare(self.show)
        self.paths |= {"my_visit": self.fair.visits("visit"), "calendar_feed": self.fair.visits("visit-calendar")}
        session = SessionStore()
        session["_auth_user_id"] = str(organiser.pk)
        session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
        session["_auth_user_hash"] = organiser.get_session_auth_hash()
        factor, _ = Authenticator.objects.get_or_create(user=organiser, type=Authenticator.Type.TOTP, data={})
        session["account_authentication_methods"] = [
            {"method": "mfa", "type": "totp", "at": time.time(), "id": factor.pk}
        ]
        session["account_authentication_methods_user"] = str(organiser.pk)
        session.create()
        self.staff = {"Cookie": f"session={session.session_key}; csrf={CSRF}", "X-Forwarded-For": "10.9.9.9"}
        gate = self.show.halls.first().gates.first()
        _device, token = gates.sign_in_device(
            actor=Actor.of(organiser),
            show=self.show,
            gate=gate,
            name=f"Bench {uuid.uuid4().hex[:6]}",
            at=timezone.now(),
        )
        self.device = {"Cookie": f"device={token}", "Content-Type": "application/json"}
        self.badges = list(
            Badge.objects.live()
            .filter(registration__tickets__state="valid", registration__tickets__price=0)
            .select_related("registration__show")
            .prefetch_related("registration__tickets")
            .order_by("?")[:6000]
        )
        # Nobody looks for one in four: those whom measurements have made are all called alike.
        shown = Registration.objects.kept().filter(channel=Registration.Channel.DEMO)
        self.names = list(shown.order_by("?").values_list("name", flat=True)[:200])
        self.began = timezone.now()

    def count_queries(self) -> None:
        """Statements of one request with cold caches, in this process."""
        from django.core.cache import caches
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        client = Client(headers={"host": "127.0.0.1"})
        client.cookies.load({"session": self.staff["Cookie"].partition("=")[2].partition(";")[0]})
        anonymous = Client(headers={"host": "127.0.0.1"})
        pages = {
            "front": (anonymous, "/en/"),
            "plan": (anonymous, "/en/plan/hall-1/"),
            "programme": (anonymous, self.paths["programme"][0]),
            "programme_chosen": (anonymous, self.paths["programme_chosen"][0]),
            "session": (anonymous, self.paths["session"][0]),
            "schedule_xml": (anonymous, self.paths["schedule_xml"][0]),
            "programme_search": (anonymous, self.paths["programme_search"][0]),
            "planner": (client, self.paths["planner"][0]),
            "my_visit": (anonymous, self.paths["my_visit"][0]),
            "search": (client, f"/admin/visitors/registration/?{urlencode({'q': 'wang'})}"),
        }
        for name, (who, path) in pages.items():
            who.get(path)
            caches["process"].clear()
            with CaptureQueriesContext(connection) as queries:
                who.get(path)
            self.rows[name] = {"queries": len(queries)}
        caches["process"].clear()
        with CaptureQueriesContext(connection) as queries:
            anonymous.post("/en/register/", self.form_of("Query Counter"))
        self.rows["register"] = {"queries": len(queries)}

    def form_of(self, name: str) -> dict[str, object]:
        from visitors.models import ConsentWording

        if not hasattr(self, "wording"):
            self.wording = ConsentWording.objects.filter(show=self.show, purpose="visit").order_by("-version")[0].pk
        number = uuid.uuid4().hex[:10]
        return {
            "csrfmiddlewaretoken": CSRF,
            "ticket_type": self.ticket_type.pk,
            "days": 2,
            "name": f"{name} {number}",
            "email": f"{number}@example.org",
            "firm": "Measured Works",
            "country": "CN",
            "province": "BJ",
            "consent": "on",
            "wording": self.wording,
            "once": str(uuid.uuid4()),
        }

    def measure(self, name: str, requests: Iterator[Request], accept: Callable[[Answer], bool] | None = None) -> Run:
        before = self.site.cpu()
        run = drive(served.PORT, requests, accept=accept)
        after = self.site.cpu()
        count = len(run.answers)
        parts = {f"{part}_ms": round((after[part] - before[part]) / count, 2) for part in after}
        self.rows.setdefault(name, {}).update(
            rate=round(run.rate, 1),
            cpu_ms=round(sum(parts.values()), 2),
            **parts,
            p50_ms=round(run.percentile(50), 1),
            p95_ms=round(run.percentile(95), 1),
        )
        print(f"{name}: {self.rows[name]}", flush=True)
        return run

    # One operation each.

    def front(self) -> None:
        drive(served.PORT, iter([Request("GET", "/en/")] * 64))
        self.measure("front", iter([Request("GET", path) for path in ("/en/", "/zh/") * 1500]))

    def plan(self) -> None:
        paths = [f"/{language}/plan/hall-{hall}/" for hall in (1, 2, 3, 4) for language in ("en", "zh")]
        drive(served.PORT, iter([Request("GET", path) for path in paths * 4]))
        self.measure("plan", iter([Request("GET", path) for path in paths * 300]))

    def programme(self) -> None:
        """A day of 300 sessions, by day and language."""
        self.read("programme", 3000)

    def programme_chosen(self) -> None:
        """As `programme`, with one kind chosen; kept for nobody, so drawn for each."""
        self.read("programme_chosen", 400)

    def programme_etag(self) -> None:
        """As `programme`, by readers who have the page already."""
        paths = self.paths["programme"]
        known = drive(served.PORT, (Request("GET", path) for path in paths), clients=1)
        asks = [
            Request("GET", path, headers={"If-None-Match": answer.etag})
            for path, answer in zip(paths, known.answers, strict=True)
        ]
        run = self.measure("programme_etag", (asks[number % len(asks)] for number in range(3000)))
        self.rows["programme_etag"]["unchanged"] = sum(answer.status == 304 for answer in run.answers)

    def session(self) -> None:
        """Each of 300 sessions in both languages."""
        self.read("session", 3000)

    def schedule_xml(self) -> None:
        self.read("schedule_xml", 1000)

    def programme_search(self) -> None:
        self.read("programme_search", 600)

    def planner(self) -> None:
        """A day of 60 rooms, for staff."""
        self.read("planner", 100, headers=self.staff)

    def signup(self) -> None:
        """The whole POST to the redirect, by the cookie of the own visit; over 20 sessions that have places."""
        drive(served.PORT, self.sign_ups(64), accept=_redirected)
        self.measure("signup", self.sign_ups(2000), accept=_redirected)

    def signup_hot(self) -> None:
        """As `signup`, all of them for one session."""
        self.measure("signup_hot", self.sign_ups(1000, sessions=1), accept=_redirected)

    def release_10am(self) -> None:
        """2,000 people press the button of one session within twenty seconds; each has to get through."""
        before = self.site.cpu()
        run = rush(served.PORT, self.sign_ups(signups.WAITING, sessions=1), seconds=signups.RELEASED_WITHIN)
        after = self.site.cpu()
        wrong = [answer for answer in run.answers if not _redirected(answer)]
        if wrong:
            raise SystemExit(f"{len(wrong)} did not get through, the first: {wrong[0].status}")
        self.rows["release_10am"] = {
            "rate": round(run.rate, 1),
            "cpu_ms": round((sum(after.values()) - sum(before.values())) / len(run.answers), 2),
            "p50_ms": round(run.percentile(50), 1),
            "p95_ms": round(run.percentile(95), 1),
        }

    def sign_ups(self, count: int, *, sessions: int = signups.SESSIONS) -> Iterator[Request]:
        return self.fair.sign_ups(count, sessions=sessions, headers={"Cookie": f"csrf={CSRF}", "Token": CSRF})

    def my_visit(self) -> None:
        """The visits of 500 people with a session each day."""
        self.read("my_visit", 1000)

    def calendar_feed(self) -> None:
        """Asked for again by programs that have it already."""
        paths = self.paths["calendar_feed"]
        known = drive(served.PORT, (Request("GET", path) for path in paths), clients=1)
        asks = (
            Request("GET", path, headers={"If-None-Match": answer.etag})
            for path, answer in zip(paths, known.answers, strict=True)
        )
        run = self.measure("calendar_feed", asks)
        self.rows["calendar_feed"]["unchanged"] = sum(answer.status == 304 for answer in run.answers)

    def read(self, name: str, count: int, *, headers: dict[str, str] | None = None) -> None:
        paths = self.paths[name]
        asks = [Request("GET", path, headers=headers or {}) for path in paths]
        drive(served.PORT, iter(asks * (1 + 16 // len(asks))), accept=_found)
        self.measure(name, (asks[number % len(asks)] for number in range(count)), accept=_found)

    def register(self) -> None:
        """The whole POST to the redirect that confirms, its mail queued; nobody sends mails yet."""
        drive(served.PORT, self.registrations(64), accept=_redirected)
        self.measure("register", self.registrations(1500), accept=_redirected)

    def mail_sent(self) -> None:
        """Registrations while the worker sends their mails; then the sending alone, PDF and calendar entry with it."""
        from accounts.models import Mail

        drive(served.PORT, self.registrations(64), accept=_redirected)
        waiting = Mail.objects.filter(state=Mail.State.QUEUED)
        left = waiting.count()
        worker = self.site.start_worker()
        while waiting.count() == left:
            if worker.poll() is not None:
                raise SystemExit("The job worker has ended; see var/bench.log.")
            time.sleep(0.1)
        self.measure("register_sending", self.registrations(600), accept=_redirected)
        left, began, before = waiting.count(), time.monotonic(), self.site.cpu()
        while waiting.exists() and time.monotonic() - began < LONGEST_DRAIN:
            time.sleep(0.5)
        sent, after = max(1, left - waiting.count()), self.site.cpu()
        parts = {f"{part}_ms": round((after[part] - before[part]) / sent, 2) for part in after}
        rate = round(sent / (time.monotonic() - began), 1)
        self.rows["mail_sent"] = {"rate": rate, "cpu_ms": round(sum(parts.values()), 2), **parts}

    def registrations(self, count: int) -> Iterator[Request]:
        for number in range(count):
            headers = FORM | {
                "Cookie": f"csrf={CSRF}",
                "X-Forwarded-For": f"10.{number % 200}.{number // 200}.{number % 7}",
                "Accept-Language": "en",
            }
            yield Request("POST", "/en/register/", urlencode(self.form_of("Load")).encode(), headers)

    def scan(self) -> None:
        from visitors import printing

        texts = [
            printing.code_of(badge.registration, badge.registration.ticket, badge)
            for badge in self.badges
            if badge.registration.ticket
        ]

        def request(text: str) -> Request:
            body = {"uid": str(uuid.uuid4()), "text": text, "means": "camera", "read_at": datetime.now(UTC).isoformat()}
            return Request("POST", "/api/v1/gate/scans", json.dumps(body).encode(), self.device)

        drive(served.PORT, map(request, texts[:100]))
        self.measure("scan", map(request, texts[100:4100]))

    def search(self) -> None:
        """Part of a name on the staff's list of registrations."""

        def requests(count: int) -> Iterator[Request]:
            for number in range(count):
                part = self.names[number % len(self.names)][:4]
                yield Request("GET", f"/admin/visitors/registration/?{urlencode({'q': part})}", headers=self.staff)

        drive(served.PORT, requests(32))
        self.measure("search", requests(300), accept=_found)

    def export_csv(self) -> None:
        body = urlencode(
            {"csrfmiddlewaretoken": CSRF, "action": "export", "select_across": 1, "_selected_action": 1, "index": 0}
        )
        request = Request("POST", "/admin/visitors/registration/", body.encode(), self.staff | FORM)
        before = self.site.cpu()
        run = drive(served.PORT, iter([request]), clients=1, accept=_found)
        after = self.site.cpu()
        self.rows["export_csv"] = {
            "rate": round(run.rate, 3),
            "cpu_ms": round(sum(after.values()) - sum(before.values()), 1),
            "p50_ms": round(run.answers[0].ms, 1),
            "rows": run.answers[0].body.count(b"\n") - 1,
            "mib": round(largest_mib(self.site.web.pid), 1),
        }

    def sheets(self) -> list[object]:
        from visitors import printing

        rows = [badge for badge in self.badges if badge.registration.ticket]
        return [printing.sheet_of(badge.registration, badge.registration.ticket, badge) for badge in rows[:1000]]

    def badge_one(self) -> None:
        from visitors.badges import pdf

        sheets = self.sheets()
        pdf.render(sheets[:1], at=self.show.now())
        times = []
        began = time.process_time()
        for sheet in sheets[1:201]:
            start = time.perf_counter()
            pdf.render([sheet], at=self.show.now())
            times.append((time.perf_counter() - start) * 1000)
        self.rows["badge_one"] = _timed(times, (time.process_time() - began) * 1000)

    def badge_batch(self) -> None:
        from visitors.badges import pdf

        sheets = self.sheets()
        pdf.render(sheets[:10], at=self.show.now())
        start, began = time.perf_counter(), time.process_time()
        pdf.render(sheets, at=self.show.now())
        seconds, cpu = time.perf_counter() - start, (time.process_time() - began) * 1000
        self.rows["badge_batch"] = {
            "rate": round(len(sheets) / (cpu / 1000), 1),
            "cpu_ms": round(cpu / len(sheets), 3),
            "p50_ms": round(seconds * 1000, 1),
        }

    def badge_mail(self) -> None:
        """Rendering the mail of one registration, PDF and calendar entry with it."""
        from accounts import mails
        from accounts.models import Mail

        letters = list(Mail.objects.filter(kind="visitors.registered").order_by("-pk")[:100])
        times = []
        began = time.process_time()
        for letter in letters:
            start = time.perf_counter()
            mails.build(letter)
            times.append((time.perf_counter() - start) * 1000)
        if times:
            self.rows["badge_mail"] = _timed(times, (time.process_time() - began) * 1000)

    def cold(self) -> None:
        """What the first reader after a change waits for: drawn from the database, in this process."""
        from django.core.cache import caches
        from django.test import Client

        client = Client(headers={"host": "127.0.0.1"})
        logging.disable(logging.INFO)
        for name in ("programme", "session", "schedule_xml", "programme_search"):
            times = []
            client.get(self.paths[name][0])
            began = time.process_time()
            for path in (self.paths[name] * 30)[:30]:
                caches["process"].clear()
                start = time.perf_counter()
                client.get(path)
                times.append((time.perf_counter() - start) * 1000)
            self.rows[f"{name}_cold"] = _timed(times, (time.process_time() - began) * 1000)

    def programme_import(self) -> None:
        """A spreadsheet of 300 sessions: uploaded, looked at, applied; taken back each time."""
        from django.db import transaction

        from accounts.acting import Actor
        from programme.actions import importing

        data, actor, at = programme.workbook(self.show), Actor.of(self.organiser), self.show.now()
        times = []
        pid = served.KEEPER.pid() or 0
        began = time.process_time() * 1000 + cpu_ms(pid)
        for _turn in range(3):
            start = time.perf_counter()
            with suppress(_TakenBack), transaction.atomic():
                upload = importing.keep(user=self.organiser, show=self.show, name="300.xlsx", data=data, at=at)
                outcome = importing.preview(actor=actor, upload=upload)
                if outcome.problems:
                    raise SystemExit(f"The spreadsheet cannot be imported: {outcome.problems[:3]}")
                importing.apply(actor=actor, upload=upload, seen=outcome.seal, at=at)
                times.append((time.perf_counter() - start) * 1000)
                raise _TakenBack
        self.rows["programme_import"] = _timed(times, time.process_time() * 1000 + cpu_ms(pid) - began)

    def offers_5000(self) -> None:
        """From more places to 5,000 offers with their mails queued, and all that a COMMIT would check; taken back."""
        from django.db import connection, transaction

        from accounts.acting import Actor, acting

        times = []
        pid = served.KEEPER.pid() or 0
        with suppress(_TakenBack), acting(Actor.system("bench"), "published"), transaction.atomic():
            session = self.fair.wait_in_line()
            began, start = time.process_time() * 1000 + cpu_ms(pid), time.perf_counter()
            offered = self.fair.have_places_for_all(session)
            connection.check_constraints()
            times.append((time.perf_counter() - start) * 1000)
            spent = time.process_time() * 1000 + cpu_ms(pid) - began
            raise _TakenBack
        self.rows["offers_5000"] = _timed(times, spent) | {"offers": offered}


class _TakenBack(Exception):
    """What was measured has happened, and is not to stay."""


def _timed(times: list[float], cpu_ms: float) -> dict[str, float]:
    times = sorted(times)
    return {
        "rate": round(len(times) / (cpu_ms / 1000), 1),
        "cpu_ms": round(cpu_ms / len(times), 2),
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
    }


def _found(answer: Answer) -> bool:
    return answer.status == 200


def _redirected(answer: Answer) -> bool:
    return answer.status == 302


def call_clock(moment: str) -> None:
    from django.core.management import call_command

    call_command("clock", set=datetime.fromisoformat(moment))


if __name__ == "__main__":
    main()
