"""What all lists and forms of the programme on the desk have in common: one show, and who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk import DeskAdmin
from exhibitors.models import Firm
from expo.models import Show
from programme import times
from programme.forms.fields import BesideFields
from programme.models import Session
from programme.models.people import PLANNING, READING


def link_to(row: Model, text: object = None) -> str:
    """The way to a row's page on the desk."""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return format_html('<a href="{}">{}</a>', address, row if text is None else text)


def linked(rows: Iterable[Model]) -> str:
    return format_html_join(", ", "{}", ((link_to(row),) for row in rows)) or "–"


def lines_of(sessions: Iterable[Session]) -> str:
    """Sessions with their times, one a line, each the way to its page."""
    lines = []
    for session in sessions:
        zone = session.show.zone
        time = gettext("not placed")
        if session.starts_at is not None:
            time = times.span_short(session.starts_at.astimezone(zone), session.ends_at.astimezone(zone))
        lines.append((time, link_to(session), f" · {gettext('cancelled')}" if session.is_cancelled else ""))
    return format_html_join(SafeString("<br>"), "{} · {}{}", lines) or "–"


def ask_before(desk: Any, request: HttpRequest, row: Any, form: forms.Form, **asked: Any) -> HttpResponse:
    """The page that stands before an act: it says what `happens`."""
    context = {**desk.admin_site.each_context(request), "opts": desk.opts, "row": row, "form": form, **asked}
    context["media"] = desk.media
    return render(request, "admin/programme/act.html", context, status=422 if form.errors else 200)


class OfShowFilter(admin.SimpleListFilter):
    """One show at a time: the current one, unless another is chosen."""

    title = _("show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        self.current = str(request.show.pk)
        return [(str(pk), short) for pk, short in Show.objects.values_list("pk", "short")]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

    def chosen(self) -> str:
        known = {pk for pk, _short in self.lookup_choices}
        return self.value() if self.value() in known else self.current

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for pk, short in self.lookup_choices:
            yield {
                "selected": pk == self.chosen(),
                "query_string": changelist.get_query_string({self.parameter_name: pk}),
                "display": short,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(show=self.chosen())


class OfThisShow(admin.RelatedFieldListFilter):
    """Offers what belongs to the current show."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_value_display = conditional_escape(_("none"))

    def field_choices(self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[Any, str]]:
        return field.get_choices(include_blank=False, limit_choices_to={"show": request.show.pk})


class PlanAdmin(DeskAdmin):
    """Rows of one show: what they refer to is offered of that show alone, and a new one belongs to the current."""

    seen_by = READING
    changed_by = PLANNING
    #: Where a form's errors of several columns stand.
    beside: ClassVar[dict[str, str]] = {}

    def show_of(self, request: HttpRequest, obj: Any = None) -> Show:
        return obj.show if obj is not None else request.show

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        request.plan_show = self.show_of(request, obj)
        form = super().get_form(request, obj, change, **kwargs)
        told = {"show": request.plan_show} | ({"beside": self.beside} if self.beside else {})
        return type(form.__name__, (OfShow, form), told)

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        model = db_field.remote_field.model
        show = getattr(request, "plan_show", None)
        if show is not None and any(field.name == "show" for field in model._meta.concrete_fields):
            kwargs["queryset"] = model._default_manager.filter(show=show)
        elif show is not None and model is Firm:
            # Whom the catalogue names; who only applies is the area manager's business.
            kwargs["queryset"] = Firm.objects.exhibiting(show).order_by("sort_en")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """A field that looks rows up finds those of the current show."""
        if request.path == reverse("admin:autocomplete"):
            queryset = queryset.filter(show=request.show.pk)
        return super().get_search_results(request, queryset, search_term)


class NamedBySessions(PlanAdmin):
    """What sessions name: how many do, and in the last fieldset which."""

    may_delete = True
    readonly_fields = ("sessions_read",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is not None else self.fieldsets[:-1]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(sessions_count=Count("sessions"))

    @admin.display(description=_("sessions"), ordering="sessions_count")
    def how_many(self, row: Any) -> int:
        return row.sessions_count

    @admin.display(description=_("sessions"))
    def sessions_read(self, row: Any) -> str:
        return lines_of(row.sessions.select_related("show").order_by("starts_at", "code"))


class OfShow(BesideFields):
    """A form of a row of one show, which is part of what its constraints look at."""

    show: ClassVar[Show]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("instance") is None and hasattr(self._meta.model, "show"):
            kwargs["instance"] = self._meta.model(show=self.show)
        super().__init__(*args, **kwargs)
        if "firm" in self.fields and isinstance(self.fields["firm"], forms.ModelChoiceField):
            self._keep_its_firm()

    def _keep_its_firm(self) -> None:
        """Also where it exhibits no more."""
        if self.instance.firm_id is not None:
            field = self.fields["firm"]
            named = field.queryset.values("pk")
            field.queryset = (
                Firm.objects.filter(pk__in=named) | Firm.objects.filter(pk=self.instance.firm_id)
            ).order_by("sort_en")

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"show"}


def may_plan(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.has_role(*PLANNING))
