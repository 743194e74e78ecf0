"""The staff's desk: what every list and form of the Django admin has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, connection, models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from accounts import history
from accounts.acting import Actor, acting
from accounts.models import Role
from accounts.picking import a_moment
from accounts.refusals import Refusal, show_refusal
from accounts.shown import Stale, overwritten, stamp
from accounts.troubles import trouble

WHY_LENGTH = 300
#: How Django's own filters ask for a column, or for the row that it points to.
FILTERED = frozenset({"exact", "isnull", "id__exact", "gte", "lt"})


def language_named(code: str) -> str:
    """A language of the site by the name that it has for itself."""
    return str(dict(settings.LANGUAGES).get(code, code))


class DeskAdmin(admin.ModelAdmin):
    """A ModelAdmin that shows a role what it may see, and records every change with who made it and why.

    `seen_by` and `changed_by` name the roles; the rows come from the model's own `visible_to(user)`. Rows are added
    and deleted only where `may_add` and `may_delete` say so: most things end by an act, not by deletion.

    A Refusal, or a constraint of the database that a save breaks, stands on the form as an error in words; so does
    what somebody else has changed since the form was opened.
    `history_with` names relations whose rows' history is told with the object's own, such as a registration's badges.
    """

    seen_by: ClassVar[frozenset[Role]] = frozenset({Role.ORGANISER, Role.AUDITOR})
    changed_by: ClassVar[frozenset[Role]] = frozenset({Role.ORGANISER})
    may_add: ClassVar[bool] = True
    may_delete: ClassVar[bool] = False
    history_with: ClassVar[tuple[str, ...]] = ()
    #: So many rows an act of the list deals with in one request; those in `unbounded` only read.
    most_at_once: ClassVar[int] = 500
    unbounded: ClassVar[frozenset[str]] = frozenset()

    formfield_overrides: ClassVar[dict[type[models.Field], dict[str, Any]]] = {
        models.DateTimeField: {"widget": a_moment()},
    }
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    object_history_template = "admin/history.html"

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> Any:
        default_choices = default_choices or [("", gettext("- Select an option -"))]
        return super().get_action_choices(request, default_choices, action_location)

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        acts: dict[str, Any] = super().get_actions(request, action_location)
        return {
            name: act if name in self.unbounded else replace(act, func=bounded(act.func)) for name, act in acts.items()
        }

    def totals(self, request: HttpRequest, queryset: QuerySet[Model]) -> list[tuple[str, str]]:
        """What stands above the list, of the rows that the filters and the search leave: words and figure."""
        return []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what a filter of the list asks for: any other column could be read a letter at a time, hashes too."""
        filters = self.get_list_filter(request)
        named = {getattr(one, "parameter_name", one[0] if isinstance(one, tuple) else one) for one in filters}
        return lookup in named or any(lookup == f"{name}__{how}" for name in named for how in FILTERED)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.has_role(*self.seen_by, *self.changed_by)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.has_role(*self.changed_by)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_add and self.has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and self.has_change_permission(request, obj)

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the rows that the user may see."""
        rows = db_field.remote_field.model._default_manager.all()
        if "queryset" not in kwargs and hasattr(rows, "visible_to"):
            kwargs["queryset"] = rows.visible_to(request.user)
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Completed(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, *args, **kwargs)
        refusal = getattr(request, "desk_refusal", None)
        return form if refusal is None else type(form.__name__, (Refused, form), {"refusal": refusal})

    def response_action(self, request: HttpRequest, queryset: QuerySet[Model], **options: Any) -> HttpResponse | None:
        """A row that was ticked has a key that such a row can have; anything else was made up."""
        try:
            for ticked in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(ticked)
        except ValidationError as error:
            raise BadRequest("No row has such a key.") from error
        try:
            return super().response_action(request, queryset, **options)
        except (Refusal, IntegrityError) as error:
            return self.not_done(request, error, request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context and "cl" in context:
            if context["title"] == context["cl"].title:
                context["title"] = capfirst(self.opts.verbose_name_plural)
            context["totals"] = self.totals(request, context["cl"].queryset.order_by())
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with acting(Actor.of(request.user), f"desk.{self.opts.model_name}.saved", why=self.why(request)):
                if object_id is not None and request.POST.get("shown") and self.is_save(request):
                    self.check_shown(request, admin.utils.unquote(object_id))
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            request.desk_refusal = refusal
        except IntegrityError as error:
            request.desk_refusal = trouble(error)
        # Nothing was saved: the same form again, which now has an error of its own and will not try to save.
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if isinstance(request.desk_refusal, Stale):
            response.status_code = 409
        return response

    @staticmethod
    def is_save(request: HttpRequest) -> bool:
        """Whether the form is sent to be saved, and not for one of the acts that stand above it."""
        act = f"{ActionLocation.CHANGE_FORM.value}-action"
        return act not in request.POST or not {"_save", "_continue", "_addanother"}.isdisjoint(request.POST)

    def check_shown(self, request: HttpRequest, object_id: str) -> None:
        """Compare what the form showed with what there is now. Raises Stale.

        What was sent without a stamp says nothing of what its sender saw, and counts as it stands: the stamp keeps
        careful people from mistakes, and whoever may change the row may set it to anything.
        """
        try:
            key = self.opts.pk.to_python(object_id)
        except ValidationError:
            return  # no row has it
        with connection.cursor() as cursor:
            # Two forms of one row are looked at one after the other. No act of a room waits for this lock.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"desk.{self.opts.label}.{key}"])
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_change_permission(request, obj):
            return
        form = self.get_form(request, obj, change=True)(request.POST, request.FILES, instance=obj)
        formsets, _inlines = self._create_formsets(request, obj, change=True)
        if lost := overwritten(request.POST["shown"], form, formsets):
            request.desk_shown = stamp(form, formsets)
            raise Stale(lost)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **options: Any) -> HttpResponse:
        """With the stamp of what is shown; of a form that comes back, of what it showed when it was opened."""
        if options.get("change"):
            if request.method == "POST":
                context["shown"] = getattr(request, "desk_shown", request.POST.get("shown", ""))
            else:
                formsets = [shown.formset for shown in context["inline_admin_formsets"]]
                context["shown"] = stamp(context["adminform"].form, formsets)
        return super().render_change_form(request, context, **options)

    @staticmethod
    def why(request: HttpRequest) -> str:
        """The reason that was typed beside the buttons."""
        return request.POST.get("why", "").strip()[:WHY_LENGTH]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return super().delete_view(request, *args, **kwargs)
        try:
            with acting(Actor.of(request.user), f"desk.{self.opts.model_name}.deleted"):
                return super().delete_view(request, *args, **kwargs)
        except (Refusal, IntegrityError) as error:
            return self.not_done(request, error, request.get_full_path())

    def not_done(self, request: HttpRequest, error: Refusal | IntegrityError, back: str) -> HttpResponse:
        """Back to where it was asked for, with why not: somebody was faster, such as by naming what was to go."""
        refusal = error if isinstance(error, Refusal) else trouble(error)
        # What was to be said of it did not happen.
        list(messages.get_messages(request))
        self.message_user(request, refusal.sentence, messages.ERROR)
        return HttpResponseRedirect(back)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        with acting(Actor.of(request.user), f"desk.{self.opts.model_name}.deleted"):
            super().delete_queryset(request, queryset)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who did what to the object, when and why, and what was before; from the record that the database keeps."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, admin.utils.unquote(object_id))
        if obj is None:
            raise Http404
        pages = Paginator(history.of(obj, self.history_with, reader=request.user), 50)
        page = pages.get_page(request.GET.get("p"))
        return super().history_view(
            request, object_id, {"changes": page, "change_pages": pages, **(extra_context or {})}
        )

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """What somebody may not see does not exist for them."""
        raise Http404

    # The record that the database keeps tells more, and of every way in; Django's own log would tell it twice.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        return


class KeysOnly:
    """Shows nothing as chosen where what was sent is the key of no row, instead of looking it up."""

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if self.could_be(one)], attr)

    def could_be(self, key: str) -> bool:
        try:
            self.field.target_field.to_python(key)
        except ValidationError:
            return False
        return True


class Completed(KeysOnly, AutocompleteSelect):
    pass


class CompletedSeveral(KeysOnly, AutocompleteSelectMultiple):
    """For several rows of what a foreign key points to; those in `known`, by their keys, are not asked for again."""

    known: Mapping[str, Model] = MappingProxyType({})

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> Any:
        keys = list(dict.fromkeys(value))
        if not self.known.keys() >= set(keys):
            return super().optgroups(name, value, attr)
        label = self.choices.field.label_from_instance
        shown = [self.create_option(name, key, label(self.known[key]), True, at) for at, key in enumerate(keys)]
        return [(None, shown, 0)]

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        # Each of them can be taken out; a cross for all would stand in their list without being one of it.
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}


def bounded(act: Callable[..., Any]) -> Callable[..., Any]:
    """The act of a list, which does nothing where it was chosen for more rows than one request can deal with."""

    @wraps(act)
    def carry_out(desk: DeskAdmin, request: HttpRequest, queryset: QuerySet[Model]) -> HttpResponse | None:
        if queryset.order_by()[: desk.most_at_once + 1].count() <= desk.most_at_once:
            return act(desk, request, queryset)
        told = ngettext(
            "Nothing was done: at most %(count)d row can be dealt with at once. Narrow the list by a filter or a "
            "search, or tick the rows page by page.",
            "Nothing was done: at most %(count)d rows can be dealt with at once. Narrow the list by a filter or a "
            "search, or tick the rows page by page.",
            desk.most_at_once,
        )
        desk.message_user(request, told % {"count": desk.most_at_once}, messages.ERROR)
        return None

    return carry_out


class NamedFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if forms.formsets.DELETION_FIELD_NAME in form.fields:
            field = form.fields[forms.formsets.DELETION_FIELD_NAME]
            field.widget.attrs["aria-label"] = str(field.label)


class KeepsWhatIsNeeded:
    """Says in a sentence that other rows need this one; Django's own check lists them all, each visit of a day."""

    def hand_clean_DELETE(self) -> None:  # noqa: N802
        if not self.cleaned_data.get(forms.formsets.DELETION_FIELD_NAME) or self.instance.pk is None:
            return
        needed = sorted(
            str(relation.related_model._meta.verbose_name_plural)
            for relation in self.instance._meta.related_objects
            if relation.on_delete in {models.PROTECT, models.RESTRICT}
            and relation.related_model._base_manager.filter(**{relation.field.name: self.instance}).exists()
        )
        if needed:
            told = gettext("%(row)s stays: there are records that need it (%(records)s).")
            self.add_error(None, told % {"row": self.instance, "records": ", ".join(needed)})


class NamedInline(admin.TabularInline):
    """Rows in a table whose fields also say their column's name, to whoever does not see the table's head."""

    extra = 0
    formset = NamedFormSet

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        formset.form = type(formset.form.__name__, (KeepsWhatIsNeeded, formset.form), {})
        return formset

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(str(field.label)))
        return field


class Refused:
    """A form that was refused when it was saved: it says so, beside the field or above, and is not valid."""

    refusal: ClassVar[Refusal]

    def _post_clean(self) -> None:
        super()._post_clean()
        show_refusal(self, self.refusal)
