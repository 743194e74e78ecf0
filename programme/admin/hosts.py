"""Who invites to sessions and is told what changes for them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.acting import Actor
from accounts.desk import language_named
from accounts.history import name_rows
from accounts.refusals import Refusal
from expo import formats
from programme.actions import editing, guiding
from programme.admin.seeing import NamedBySessions, OfShowFilter
from programme.models import Guide, Host

name_rows(Host, str)
name_rows(Guide, str)


class InLanguage:
    """Offers the languages of the site as what mails are written in."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            return forms.ChoiceField(label=capfirst(db_field.verbose_name), choices=settings.LANGUAGES)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description=_("language of mails"), ordering="language")
    def written_in(self, row: Any) -> str:
        return language_named(row.language)


class OfPlan(InLanguage, NamedBySessions):
    """A host, a guide or a bus."""

    #: The column by which they are told what changes for them, if they are.
    reached_by = ""

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        asked = {"all": Count("pk", distinct=True), "idle": Count("pk", filter=Q(sessions=None))}
        if self.reached_by:
            asked["unreached"] = Count("pk", distinct=True, filter=Q(**{self.reached_by: ""}))
        counts = self.model.objects.filter(pk__in=queryset.values("pk")).aggregate(**asked)
        told = [(self.opts.verbose_name_plural, counts["all"]), (_("in no session"), counts["idle"])]
        if self.reached_by:
            told.append((_("without an e-mail"), counts["unreached"]))
        return [(str(words), str(count)) for words, count in told]

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        editing.save_other(actor=Actor.of(request.user), row=obj)


@admin.register(Host)
class HostAdmin(OfPlan):
    """Organiser, exhibitor, enterprise or park; its contact gets a mail when one of its sessions changes."""

    reached_by = "contact_email"
    list_display = ("name", "kind", "firm", "contact_name", "contact_email", "written_in", "how_many")
    list_filter = (OfShowFilter, "kind")
    search_fields = ("name_zh", "name_en", "contact_name", "contact_email")
    list_select_related = ("firm",)
    beside = {"host_exists": "name_en"}
    fieldsets = (
        (None, {"fields": (("name_zh", "name_en"), "kind", "firm")}),
        (_("Contact"), {"fields": ("contact_name", "contact_email", "language")}),
        (_("Its sessions"), {"fields": ("sessions_read",)}),
    )


@admin.register(Guide)
class GuideAdmin(OfPlan):
    """Who leads a departure to an open enterprise and back, and keeps its boarding list on a phone. Never public."""

    reached_by = "email"
    list_display = ("name", "phone", "email", "written_in", "how_many", "invited")
    list_filter = (OfShowFilter,)
    search_fields = ("name", "email")
    list_select_related = ("show",)
    actions = ("mail_link", "replace_link")
    beside = {"guide_exists": "name"}
    fieldsets = (
        (None, {"fields": ("name", ("phone", "email"), "language")}),
        (_("Departures"), {"fields": ("sessions_read",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(mailed=guiding.mailed_at())

    @admin.display(description=_("link mailed"), ordering="mailed")
    def invited(self, guide: Guide) -> str:
        return formats.moment_short(guide.mailed.astimezone(guide.show.zone)) if guide.mailed else "–"

    @admin.action(description=_("Mail the link to the boarding lists"), permissions=["change"])
    def mail_link(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.for_each(
            request,
            queryset,
            guiding.send_link,
            lambda n: ngettext("%(n)d guide gets the link.", "%(n)d guides get the link.", n),
        )

    @admin.action(description=_("Replace the link: the one before opens nothing"), permissions=["change"])
    def replace_link(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.for_each(
            request,
            queryset,
            guiding.renew_link,
            lambda n: ngettext(
                "%(n)d link is replaced. Mail the new one.", "%(n)d links are replaced. Mail the new ones.", n
            ),
        )

    def for_each(self, request: HttpRequest, queryset: QuerySet, act: Any, done: Any) -> None:
        count = 0
        for guide in queryset:
            try:
                act(actor=Actor.of(request.user), guide=guide)
            except Refusal as refusal:
                self.message_user(request, f"{guide}: {refusal.sentence}", messages.WARNING)
            else:
                count += 1
        if count:
            self.message_user(request, done(count) % {"n": count}, messages.SUCCESS)
