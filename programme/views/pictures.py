from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from programme.models import Picture


@require_safe
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """Its address is made from its content, so what was read once stays as it is."""
    found = get_object_or_404(Picture, digest=digest)
    response = HttpResponse(bytes(found.jpeg), content_type="image/jpeg")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
