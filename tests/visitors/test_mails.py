import icalendar
import pytest
from pypdfium2 import PdfDocument
from zxingcpp import read_barcode

from accounts import mails
from accounts.models import Mail
from accounts.typed import unlinked
from tests.factories import visitors as make
from visitors.actions import badges, details, tickets
from visitors.actions.telling import send_links
from visitors.badges import code
from visitors.links import visit_url
from visitors.models import Badge

pytestmark = pytest.mark.django_db
STAFF = make.Actor.system("test")


def last(kind):
    return mails.build(Mail.objects.filter(kind=f"visitors.{kind}").latest("pk"))


def attached(message, kind):
    return next(part.content for part in message.attachments if part.mimetype == kind)


def test_the_badge_mail_brings_all_badges_and_the_days(public):
    made = make.registered(public, "Li Lei", language="zh-hans")
    message = last("registered")
    pages = PdfDocument(attached(message, "application/pdf"))
    read = {code.read(read_barcode(page.render(scale=3).to_pil()).text, code.verifying_keys()).serial for page in pages}
    assert read == set(Badge.objects.values_list("serial", flat=True))
    calendar = icalendar.Calendar.from_ical(attached(message, "text/calendar"))
    assert len(calendar.walk("VEVENT")) == 2
    for row in made.party:
        assert visit_url(row, "zh-hans") in message.body


def test_the_mail_rests_without_its_link(public):
    row = make.registered(public).lead
    assert visit_url(row, "en").rsplit("/", 2)[1] not in str(Mail.objects.values().get())


def test_a_request_that_waits_brings_no_badge(press):
    make.registered(press)
    message = last("registered")
    assert (message.attachments, "approved one by one" in message.body) == ([], True)


def test_an_approved_request_brings_the_badge(press):
    row = make.registered(press).lead
    tickets.approve(actor=STAFF, ticket=row.ticket, at=make.EVE)
    assert attached(last("approved"), "application/pdf").startswith(b"%PDF")


def test_a_declined_request_brings_the_reason(press):
    row = make.registered(press).lead
    tickets.decline(actor=STAFF, ticket=row.ticket, reason="No press card.", at=make.EVE)
    assert "No press card." in last("declined").body


def test_without_a_ticket_the_link_has_a_line_of_its_own(public):
    row = make.registered(public).lead
    tickets.give_back(actor=STAFF, registration=row, at=make.EVE)
    assert f"\n{row.name}\n{visit_url(row, 'en')}\n" in last("given_back").body


def test_a_badge_revoked_before_the_mail_went_out_is_not_called_a_request(public):
    row = make.registered(public).lead
    badges.revoke_badge(actor=STAFF, registration=row, reason="lost", at=make.EVE)
    assert last("registered") is None


def test_a_badge_issued_anew_is_another(public):
    row = make.registered(public).lead
    old = row.badge.serial
    badge = badges.reissue_badge(actor=STAFF, registration=row, reason="lost", at=make.EVE)
    assert (badge.version, badge.serial != old) == (2, True)
    assert badge.serial_in_groups in last("badge_replaced").body


def test_the_links_of_an_address_come_together(public):
    made = make.registered(public, "Li Lei")
    send_links(email="WANG@example.org", language="en")
    body = last("links").body
    assert all(visit_url(row, "en") in body for row in made.party)


def test_an_unknown_address_gets_no_mail(public):
    send_links(email="nobody@example.org", language="en")
    assert last("links") is None


def test_a_name_is_never_a_link_or_markup(public):
    make.registered(public, name="Visit evil.example/x <b>now</b>")
    message = last("registered")
    assert "evil.example" not in message.body
    assert "<b>now" not in message.alternatives[0].content


def test_unlinked_text_looks_the_same():
    assert unlinked("a.b 3.5 x@y e.g.").replace("\u200b", "") == "a.b 3.5 x@y e.g."


@pytest.mark.parametrize("kind", ["registered", "given_back"])
def test_no_link_goes_to_an_address_that_was_corrected(public, kind):
    row = make.registered(public, email="mistyped@example.org").lead
    if kind == "given_back":
        tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)
    right = make.details(email="right@example.org")
    details.correct_details(actor=make.VISITOR, registration=row, details=right, at=make.EVE)
    assert last(kind) is None


def test_the_old_address_learns_that_there_is_another_but_not_which(public):
    row = make.registered(public, email="mistyped@example.org").lead
    right = make.details(email="right@example.org")
    details.correct_details(actor=make.VISITOR, registration=row, details=right, at=make.EVE)
    told = last("email_changed")
    assert told.to == ["mistyped@example.org"]
    assert "right@" not in told.body
    assert "/visit/" not in told.body
