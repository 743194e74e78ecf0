"""Talks: beside their session line by line, and each on a page of its own for what it is about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acting import Actor
from accounts.desk import NamedInline
from accounts.history import name_rows
from expo import formats
from expo.models import Show
from programme.actions import editing
from programme.admin.seeing import OfThisShow, PlanAdmin, link_to, linked, may_plan
from programme.admin.session_forms import TalkForm, TalkFormSet
from programme.models import Appearance, Talk

name_rows(Talk, str)
name_rows(Appearance, lambda row: str(row.speaker), "speaker")


class TalksInline(NamedInline):
    """The programme of the session, line by line."""

    model = Talk
    ordering = ("position", "pk")
    verbose_name_plural = gettext_lazy("talks, in the order of their times")
    max_num = 40

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj is not None else 3

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_plan(request)

    has_add_permission = has_delete_permission = has_change_permission


class TalkInline(TalksInline):
    form = TalkForm
    formset = TalkFormSet
    fields = ("begins", "ends", "title_zh", "title_en", "speakers", "words")
    readonly_fields = ("words",)

    @admin.display(description=gettext_lazy("what it is about"))
    def words(self, talk: Talk) -> str:
        return link_to(talk, _("Write it")) if talk.pk else "–"


class ReadTalkInline(TalksInline):
    """The same for who reads the plan and plans nothing."""

    fields = readonly_fields = ("time", "title_zh", "title_en", "people")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session__show").prefetch_related("appearances__speaker")

    @admin.display(description=gettext_lazy("time"))
    def time(self, talk: Talk) -> str:
        starts = talk.session.starts_at
        if starts is None or talk.after is None or talk.minutes is None:
            return "–"
        begins = (starts + timedelta(minutes=talk.after)).astimezone(talk.session.show.zone)
        return f"{formats.clock(begins)}–{formats.clock(begins + timedelta(minutes=talk.minutes))}"

    @admin.display(description=gettext_lazy("speakers"))
    def people(self, talk: Talk) -> str:
        return linked(one.speaker for one in talk.appearances.all())


@admin.register(Talk)
class TalkAdmin(PlanAdmin):
    """What a talk is about, which is too long for a line of its session's page; its time and people stand there."""

    may_add = False
    list_display = ("shown_title", "session_link", "people")
    list_filter = (("session__series", OfThisShow),)
    search_fields = ("title_zh", "title_en", "session__code", "appearances__speaker__search")
    list_select_related = ("session__show",)
    ordering = ("session__starts_at", "position")
    readonly_fields = ("session_link", "people")
    fields = ("session_link", "people", ("title_zh", "title_en"), "about_zh", "about_en")

    beside = {"no_title": "title_zh"}

    def show_of(self, request: HttpRequest, obj: Any = None) -> Show:
        return obj.session.show

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("appearances__speaker")

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = Talk.objects.filter(pk__in=queryset.values("pk")).aggregate(
            all=Count("pk", distinct=True),
            nobody=Count("pk", filter=Q(appearances=None)),
            timeless=Count("pk", distinct=True, filter=Q(after=None)),
        )
        return [
            (_("talks"), str(counts["all"])),
            (_("without a speaker"), str(counts["nobody"])),
            (_("without a time"), str(counts["timeless"])),
        ]

    @admin.display(description=gettext_lazy("title"), ordering="title_en")
    def shown_title(self, talk: Talk) -> str:
        return talk.title

    @admin.display(description=gettext_lazy("session"), ordering="session__code")
    def session_link(self, talk: Talk) -> str:
        return link_to(talk.session)

    @admin.display(description=gettext_lazy("speakers"))
    def people(self, talk: Talk) -> str:
        return linked(one.speaker for one in talk.appearances.all())

    def save_model(self, request: HttpRequest, obj: Talk, form: forms.ModelForm, change: bool) -> None:
        editing.save_talk(actor=Actor.of(request.user), talk=obj)
