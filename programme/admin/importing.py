"""The programme from a spreadsheet: the template, the plan as it stands, upload, look, apply."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import history
from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.refusals import Refusal
from expo import formats
from programme import times
from programme.actions import importing
from programme.importing import writing
from programme.importing.fates import Outcome
from programme.importing.opening import MOST_BYTES, TOO_LARGE
from programme.models import Import, Session
from programme.models.people import PLANNING, READING

#: So many of each are listed on one page; the counts say how many there are.
SHOWN = 100


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("An Excel workbook (.xlsx) or a text file with columns (.csv), 10 MB at most."),
        max_length=255,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE.sentence, code="too_large")
        return file


@admin.register(Import)
class ImportAdmin(DeskAdmin):
    """The list is the page where an import begins; its rows are the own files that wait or were applied today."""

    seen_by = PLANNING
    changed_by = PLANNING
    may_add = False
    fields: ClassVar[tuple[str, ...]] = ("name", "show", "uploaded_at", "applied_at", "new", "changed")
    readonly_fields = fields
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        """A file is applied or forgotten, never edited."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).kept(timezone.now()).select_related("show").defer("data")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("upload/", view(require_POST(self.upload_view)), name="programme_import_upload"),
            path("template.xlsx", view(require_GET(self.template_view)), name="programme_import_template"),
            path("plan.xlsx", view(require_GET(self.plan_view)), name="programme_import_plan"),
            path("<int:pk>/preview/", view(require_GET(self.preview_view)), name="programme_import_preview"),
            path("<int:pk>/apply/", view(require_POST(self.apply_view)), name="programme_import_apply"),
            path("<int:pk>/drop/", view(require_POST(self.drop_view)), name="programme_import_drop"),
        ]
        return [*own, *super().get_urls()]

    # Where it begins

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return self.begin(request, UploadForm())

    def begin(self, request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
        return self.page(
            request,
            "begin",
            {"title": _("The programme from a spreadsheet"), "form": form, "rows": self.get_queryset(request)},
            status=status,
        )

    def page(self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return render(
            request,
            f"admin/programme/import/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, **context},
            status=status,
        )

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        self.check_plans(request)
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                upload = importing.keep(
                    user=request.user,
                    show=request.show,
                    name=name_of(file.name),
                    data=file.read(),
                    at=timezone.now(),
                )
            except Refusal as refusal:
                form.add_error("file", forms.ValidationError(refusal.sentence, code=refusal.code))
            else:
                return redirect("admin:programme_import_preview", upload.pk)
        return self.begin(request, form, status=422)

    def check_plans(self, request: HttpRequest) -> None:
        """For whom there is no importing it does not exist."""
        if not (request.user.has_role(*PLANNING) and request.show):
            raise Http404

    # A file that waits

    def waiting(self, request: HttpRequest, pk: int) -> Import:
        self.check_plans(request)
        row = super().get_queryset(request).kept(timezone.now()).filter(pk=pk).select_related("show").first()
        if row is None:
            raise Http404
        return row

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload = self.waiting(request, pk)
        if upload.applied_at is not None:
            return self.done(request, upload)
        return self.look(request, upload)

    def look(self, request: HttpRequest, upload: Import, status: int = 200) -> HttpResponse:
        outcome = importing.preview(actor=Actor.of(request.user), upload=upload)
        return self.page(
            request,
            "preview",
            {"title": upload.name, "upload": upload, "outcome": outcome, **told(outcome)},
            status=status,
        )

    def apply_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload = self.waiting(request, pk)
        if upload.applied_at is not None:
            return self.done(request, upload)
        seen = request.POST.get("seen", "")[:64]
        try:
            outcome = importing.apply(actor=Actor.of(request.user), upload=upload, seen=seen, at=timezone.now())
        except Refusal as refusal:
            if refusal.code == importing.APPLIED.code:
                return self.done(request, upload)
            messages.error(request, refusal.sentence)
            return self.look(request, upload, status=409)
        messages.success(request, happened(outcome))
        return redirect("admin:programme_import_changelist")

    def done(self, request: HttpRequest, upload: Import) -> HttpResponse:
        messages.info(request, importing.APPLIED.sentence)
        return redirect("admin:programme_import_changelist")

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        upload = self.waiting(request, pk)
        upload.delete()
        messages.success(request, _("The file was forgotten; the plan is as it was."))
        return redirect("admin:programme_import_changelist")

    # Files to take away

    def template_view(self, request: HttpRequest) -> HttpResponse:
        self.check_plans(request)
        return as_file(writing.template(request.show), "programme-template.xlsx")

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        if not (request.user.has_role(*READING) and request.show):
            raise Http404
        content, rows = writing.plan(request.show)
        history.record(Actor.of(request.user), "plan_exported", rows=rows)
        return as_file(content, f"programme-{request.show.number}-{request.show.now():%Y%m%d-%H%M}.xlsx")


def as_file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=writing.TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def name_of(said: str | None) -> str:
    """What the file is called, short enough to be told, without anything that cannot be printed."""
    name = "".join(sign for sign in (said or "") if sign.isprintable())
    return re.sub(r"\s+", " ", name).strip()[-100:] or _("a file without a name")


def happened(outcome: Outcome) -> str:
    if outcome.does_nothing:
        return _("Nothing had to be changed: the plan says all that already.")
    new, changed = len(outcome.new), len(outcome.changed)
    words = [
        ngettext("%(n)s new session", "%(n)s new sessions", new) % {"n": new},
        ngettext("%(n)s changed", "%(n)s changed", changed) % {"n": changed},
    ]
    return _("Applied to the working plan: %(counts)s. Nobody outside sees it until you publish it.") % {
        "counts": formats.listed(words)
    }


def when(session: Session) -> str:
    zone = session.show.zone
    if session.starts_at is None or session.ends_at is None:
        return _("not placed yet")
    return times.span_short(session.starts_at.astimezone(zone), session.ends_at.astimezone(zone))


def told(outcome: Outcome) -> dict[str, Any]:
    """What the page lists, no more of each than it can show."""
    return {
        "problems": outcome.problems[:SHOWN],
        "new": [(fate, when(fate.row), fate.row.room or fate.row.meeting or "–") for fate in outcome.new[:SHOWN]],
        "changed": outcome.changed[:SHOWN],
        "others": outcome.others[:SHOWN],
        "missing": outcome.missing[:SHOWN],
        "shown": SHOWN,
    }
