"""The mails that are readable while developing; the addresses exist with DEBUG only, so the views are called."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.http import Http404

from chitec import dev


@pytest.fixture
def folder(tmp_path, settings):
    settings.MAIL_DIR = tmp_path
    return tmp_path


def letter(subject):
    message = EmailMultiAlternatives(subject, "Your badge: http://127.0.0.1/x", "from@example.org", ["to@example.org"])
    message.attach_alternative("<p style='color:red'>Your badge</p>", "text/html")
    message.attach("badge.pdf", b"%PDF-1.7", "application/pdf")
    return message.message().as_bytes() + dev.AFTER_EACH


def test_the_newest_letter_comes_first(folder):
    (folder / "a.log").write_bytes(letter("one") + letter("徽章"))
    assert [found.message["subject"] for found in dev.letters()] == ["徽章", "one"]


def test_its_parts_are_the_html_and_what_is_attached(folder, rf):
    (folder / "a.log").write_bytes(letter("one"))
    html = dev.mail(rf.get("/", {"part": "0"}), "a.0")
    assert html.headers["Content-Type"] == "text/html; charset=utf-8"
    pdf = dev.mail(rf.get("/", {"part": "1"}), "a.0")
    assert (pdf.content, pdf.headers["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert pdf.headers["Content-Disposition"] == "inline; filename*=UTF-8''badge.pdf"


@pytest.mark.parametrize(("name", "part"), [("b.0", "0"), ("a.0", "2"), ("a.0", "x"), ("../a.0", "0")])
def test_what_is_not_there_is_not_found(folder, rf, name, part):
    (folder / "a.log").write_bytes(letter("one"))
    with pytest.raises(Http404):
        dev.mail(rf.get("/", {"part": part}), name)
