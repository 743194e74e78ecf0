"""Firms, and who acts for them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.history import name_rows
from exhibitors import plan as plans
from exhibitors.actions import firms
from exhibitors.admin.seeing import ORGANISING, READING, link_to
from exhibitors.forms import FirmDetailsForm
from exhibitors.models import Allotment, Application, Firm, Member
from expo.models import Show

name_rows(Firm, str)
name_rows(Member, lambda member: str(member.user), "user")


class CountryFilter(admin.SimpleListFilter):
    """The countries and regions that firms come from, not all there are."""

    title = _("country or region")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = set(model_admin.get_queryset(request).order_by().values_list("country", flat=True).distinct())
        return [(code, name) for code, name in countries if code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(country=self.value()) if self.value() else queryset


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    fields = readonly_fields = ("user", "since")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*READING)


@admin.register(Firm)
class FirmAdmin(DeskAdmin):
    seen_by = READING
    changed_by = ORGANISING
    may_add = False
    form = FirmDetailsForm
    history_with = ("members", "applications")
    list_display = ("name", "industry", "country", "province", "uscc", "contact", "m2")
    list_filter = ("industry", CountryFilter, "province")
    search_fields = ("name_zh", "name_en", "uscc", "contact_name", "contact_email", "allotments__booth__number")
    ordering = ("sort_en",)
    inlines = (MemberInline,)
    readonly_fields = ("created_at", "applications")
    fieldsets = (
        (None, {"fields": ("name_zh", "name_en", "applications")}),
        (_("Where from"), {"fields": ("country", "province", "uscc", "industry", "park")}),
        (_("In the catalogue"), {"fields": ("about_zh", "about_en", "website")}),
        (_("Contact"), {"fields": ("contact_name", "contact_email", "contact_phone", "created_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        space = Sum(
            F("allotments__booth__width") * F("allotments__booth__depth"),
            filter=Q(allotments__state=Allotment.State.CONTRACTED),
        )
        # What a firm asks of another area is between the firm and that area's manager.
        seen = Application.objects.visible_to(request.user).select_related("area", "show").order_by("-created_at")
        return (
            super()
            .get_queryset(request)
            .annotate(contracted_m2=space)
            .prefetch_related(Prefetch("applications", queryset=seen, to_attr="seen"))
        )

    def view_on_site(self, firm: Firm) -> str | None:
        """The catalogue has who exhibits at the show, and nobody else."""
        show = Show.objects.current()
        listed = show is not None and Firm.objects.exhibiting(show).filter(pk=firm.pk).exists()
        return firm.get_absolute_url() if listed else None

    @admin.display(description=_("name"), ordering="sort_en")
    def name(self, firm: Firm) -> str:
        return firm.name

    @admin.display(description=_("contact"))
    def contact(self, firm: Firm) -> str:
        return format_html("{}<br>{}", firm.contact_name, firm.contact_email)

    @admin.display(description=_("contracted m²"), ordering="contracted_m2")
    def m2(self, firm: Firm) -> str:
        return plans.metres(firm.contracted_m2) if firm.contracted_m2 else "–"

    @admin.display(description=_("applications"))
    def applications(self, firm: Firm) -> str:
        return format_html_join(
            " · ",
            "{}",
            (
                (link_to("application", row.pk, f"{row.show.short} {row.area.letter}: {row.get_state_display()}"),)
                for row in firm.seen
            ),
        )

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = queryset.aggregate(
            firms=Count("pk", distinct=True), with_space=Count("pk", distinct=True, filter=Q(contracted_m2__gt=0))
        )
        return [(str(_("firms")), str(counts["firms"])), (str(_("with contracted space")), str(counts["with_space"]))]

    def save_model(self, request: HttpRequest, obj: Firm, form: forms.ModelForm, change: bool) -> None:
        firms.correct_firm(
            actor=Actor.of(request.user),
            firm=obj,
            details={name: form.cleaned_data[name] for name in firms.DETAILS if name in form.cleaned_data},
            at=request.show.now(),
        )


@admin.register(Member)
class MemberAdmin(DeskAdmin):
    changed_by = ORGANISING
    may_delete = True
    list_display = ("firm", "user", "since")
    search_fields = ("firm__name_zh", "firm__name_en", "user__email", "user__name")
    list_select_related = ("firm", "user")
    autocomplete_fields = ("firm",)
    ordering = ("-since",)
    readonly_fields = ("since",)

    def has_change_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        """Who acts for a firm is added or removed, never turned into somebody else."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Member | None = None) -> bool:
        return super().has_change_permission(request)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["widget"] = admin.widgets.ForeignKeyRawIdWidget(db_field.remote_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Member, form: forms.ModelForm, change: bool) -> None:
        made = firms.add_member(actor=Actor.of(request.user), firm=obj.firm, user=obj.user, at=request.show.now())
        obj.pk, obj.since = made.pk, made.since
