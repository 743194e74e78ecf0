"""Slides and recordings that stay after a session."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.validators import URLValidator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor
from accounts.history import name_rows
from accounts.refusals import Refusal
from expo.models import Show
from programme.actions import materials
from programme.admin.seeing import OfShowFilter, PlanAdmin, link_to
from programme.forms.fields import BesideFields
from programme.models import Material, Session, Talk

name_rows(Material, str)


class MaterialForm(BesideFields, forms.ModelForm):
    """A file, or an address elsewhere; the one takes the other's place."""

    upload = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        help_text=_("A PDF of up to 20 MB."),
    )
    url = forms.URLField(
        label=_("Or a web address"),
        required=False,
        max_length=300,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Where a recording lies, beginning with https://."),
    )
    beside = {"no_material": "upload"}

    def clean_upload(self) -> Any:
        file = self.cleaned_data["upload"]
        if file:
            try:
                materials.check_file(file)
            except Refusal as refusal:
                raise forms.ValidationError(refusal.sentence, code=refusal.code) from refusal
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        session, talk = data.get("session"), data.get("talk")
        if session is not None and talk is not None and talk.session_id != session.pk:
            self.add_error("talk", forms.ValidationError(_("This talk is of another session."), "other_session"))
        if {"upload", "url"} & self.errors.keys():
            return data
        if bool(data.get("upload")) and bool(data.get("url")):
            self.add_error("url", materials_nowhere())
        elif data.get("url"):
            self.instance.file = ""
        elif not data.get("upload") and not self.instance.file:
            self.add_error("upload", materials_nowhere())
        return data


def materials_nowhere() -> forms.ValidationError:
    return forms.ValidationError(materials.NOWHERE.sentence, code=materials.NOWHERE.code)


class WhereFilter(admin.SimpleListFilter):
    title = _("where")
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("here", _("a file of ours")), ("elsewhere", _("an address elsewhere"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "here":
                return queryset.exclude(file="")
            case "elsewhere":
                return queryset.filter(file="")
        return queryset


class OfSessionsShow(OfShowFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(session__show=self.chosen())


@admin.register(Material)
class MaterialAdmin(PlanAdmin):
    """They are public as soon as their session is."""

    form = MaterialForm
    may_delete = True
    list_display = ("title_shown", "kind", "session_link", "talk", "where")
    list_display_links = ("title_shown",)
    list_filter = (OfSessionsShow, "kind", WhereFilter)
    search_fields = ("title_zh", "title_en", "session__code", "session__title_zh", "session__title_en")
    list_select_related = ("session__show", "talk")
    readonly_fields = ("where",)
    fieldsets = (
        (None, {"fields": ("session", "talk", "kind", ("title_zh", "title_en"))}),
        (_("Where it lies"), {"fields": ("where", "upload", "url")}),
    )

    def show_of(self, request: HttpRequest, obj: Material | None = None) -> Show:
        return obj.session.show if obj is not None else request.show

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        counts = dict(queryset.values_list("kind").annotate(n=Count("pk", distinct=True)))
        return [(str(kind.label), str(counts.get(kind.value, 0))) for kind in Material.Kind]

    def get_fieldsets(self, request: HttpRequest, obj: Material | None = None) -> Any:
        if obj is None:
            return (self.fieldsets[0], (self.fieldsets[1][0], {"fields": ("upload", "url")}))
        if not self.has_change_permission(request, obj):
            return (self.fieldsets[0], (self.fieldsets[1][0], {"fields": ("where",)}))
        return self.fieldsets

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        show = getattr(request, "plan_show", None)
        if db_field.name == "talk" and show is not None:
            kwargs["queryset"] = Talk.objects.filter(Q(session__show=show)).select_related("session")
        elif db_field.name == "session" and show is not None:
            kwargs["queryset"] = Session.objects.filter(show=show).order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("title"))
    def title_shown(self, material: Material) -> str:
        return str(material)

    @admin.display(description=_("session"), ordering="session__code")
    def session_link(self, material: Material) -> str:
        return link_to(material.session)

    @admin.display(description=_("now"))
    def where(self, material: Material) -> str:
        if material.pk is None:
            return "–"
        if material.url:
            return format_html('<a href="{}" rel="noreferrer">{}</a>', material.url, material.url)
        if not hasattr(material.session, "published"):
            return str(_("a file; public when its session is"))
        address = reverse("material", args=[material.session.slug, material.pk])
        return format_html('<a href="{}">{}</a>', address, _("Save the file"))

    def save_model(self, request: HttpRequest, obj: Material, form: forms.ModelForm, change: bool) -> None:
        materials.save(actor=Actor.of(request.user), material=obj, file=form.cleaned_data.get("upload") or None)

    def delete_model(self, request: HttpRequest, obj: Material) -> None:
        materials.delete(actor=Actor.of(request.user), materials=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        materials.delete(actor=Actor.of(request.user), materials=list(queryset))
