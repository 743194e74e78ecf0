"""A body that ends before its end is no body."""

from io import BytesIO

import pytest
from django.test import RequestFactory

from chitec.bodies import LARGEST, LARGEST_ON_DESK, Whole, with_whole_bodies
from chitec.wsgi import application

FORM = b"email=a@example.community"
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@example.community\r\n--x--\r\n'


class Slow(BytesIO):
    """Gives a byte at a time, as a slow line does."""

    def read(self, size=-1):
        return super().read(min(size, 1))


def answered(body, *, length, path="/en/my-visit/", kind="application/x-www-form-urlencoded", **more):
    environ = RequestFactory().post(path, headers={"host": "127.0.0.1"}, **more).environ
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(length), "CONTENT_TYPE": kind}
    answers = []
    application(environ, lambda status, _headers: answers.append(status))
    return answers[0]


def test_a_body_is_read_to_its_end_however_slowly_it_comes():
    assert Whole(Slow(FORM), len(FORM)).read() == FORM


def test_a_body_that_ends_early_cannot_be_read():
    with pytest.raises(OSError, match="ended"):
        Whole(BytesIO(FORM), len(FORM) + 1).read()


def test_lines_end_with_the_body():
    body = Whole(BytesIO(b"a\nb"), 4)
    assert [body.readline(), body.readline()] == [b"a\n", b"b"]
    with pytest.raises(OSError, match="ended"):
        body.readline()


def test_half_a_form_is_refused(db):
    assert answered(FORM, length=len(FORM) + 6) == "400 Bad Request"


def test_half_a_form_in_parts_is_refused(db):
    cut = MULTIPART[:-20]
    kind = "multipart/form-data; boundary=x"
    assert answered(cut, length=len(MULTIPART), kind=kind) == "400 Bad Request"


def test_a_whole_form_is_looked_at(db):
    assert answered(FORM, length=len(FORM)) == "403 Forbidden"


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/en/my-visit/", LARGEST + 1, "413 Content Too Large"),
        ("/en/my-visit/", 10**40, "413 Content Too Large"),
        ("/admin/x/", LARGEST_ON_DESK + 1, "413 Content Too Large"),
        ("/admin/x/", LARGEST + 1, "400 Bad Request"),
    ],
)
def test_a_body_that_is_too_large_is_not_read(path, length, status):
    def unreadable(_environ, start_response):
        start_response("400 Bad Request", [])
        return []

    answers = []
    environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(length), "wsgi.input": BytesIO(FORM)}
    with_whole_bodies(unreadable)(environ, lambda status, _headers: answers.append(status))
    assert answers == [status]
