from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from programme.models import Material


@require_safe
def material(request: HttpRequest, slug: str, pk: int) -> FileResponse:
    """Slides of a session that the public knows, to be saved; what lies elsewhere is linked where it is."""
    rows = Material.objects.filter(session__show=request.show, session__slug=slug, session__published__isnull=False)
    found = get_object_or_404(rows.exclude(file=""), pk=pk)
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, as_attachment=True, filename=f"{slug}-{pk}.pdf", content_type="application/pdf")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
