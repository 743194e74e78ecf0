"""What programs ask for at the root, whatever the pages say."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from chitec.languages import PREFIXES

# Theirs whose link or login it is.
PRIVATE = ("visit", "my-visit", "speakers/own", "desk", "gate", "accounts")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    closed = "".join(f"Disallow: /{prefix}/{part}/\n" for prefix in PREFIXES for part in PRIVATE)
    return HttpResponse(f"User-agent: *\nDisallow: /admin/\n{closed}", content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.ico"))
