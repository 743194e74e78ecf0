from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import CharField, Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, NullIf
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts import actions, history, mails
from accounts.acting import Actor
from accounts.desk import DeskAdmin
from accounts.forms import AccountForm
from accounts.models import Mail, Record, Role, User
from accounts.refusals import Refusal
from accounts.today import Matter, tells


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return Role.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(roles__contains=[self.value()]) if self.value() in Role else queryset


@admin.register(User)
class UserAdmin(DeskAdmin):
    """Accounts of staff and exhibitors. Nobody types a password for somebody else: a link to set it goes by mail."""

    form = AccountForm
    list_display = ("email", "name", "role_names", "is_active", "last_login", "date_joined")
    list_filter = (RoleFilter, "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    actions = ("mail_password_link", "remove_second_factor")
    fieldsets = (
        (
            None,
            {
                "fields": ("email", "name", "language"),
                "description": gettext_lazy("A new user gets an e-mail with a link to set the password."),
            },
        ),
        (
            gettext_lazy("What the user may do"),
            {
                "fields": ("roles", "is_active"),
                "description": gettext_lazy(
                    "Organisers may do everything. Area managers decide on applications for their areas. "
                    "Gate staff sign in devices and look visitors up. Auditors see everything and change nothing."
                ),
            },
        ),
        (None, {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).kept()

    @admin.display(description=gettext_lazy("roles"))
    def role_names(self, user: User) -> str:
        return user.role_names

    def totals(self, request: HttpRequest, queryset: QuerySet[User]) -> list[tuple[str, str]]:
        return [
            (str(role.label), str(queryset.filter(roles__contains=[role.value]).count()))
            for role in (Role.ORGANISER, Role.AREA_MANAGER, Role.GATE_STAFF, Role.EXHIBITOR)
        ]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actor = Actor.of(request.user)
        if change:
            actions.correct_account(actor=actor, user=obj)
        else:
            actions.open_account(actor=actor, user=obj, at=timezone.now())

    @admin.action(description=gettext_lazy("Mail a link to set the password"), permissions=["change"])
    def mail_password_link(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        able = queryset.filter(is_active=True)
        for user in able:
            actions.mail_password_link(actor=Actor.of(request.user), user=user, at=timezone.now())
        self.message_user(request, _("%(count)d mails are on their way.") % {"count": len(able)}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Remove the second factor (lost phone)"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            try:
                actions.remove_second_factor(actor=Actor.of(request.user), user=user, at=timezone.now())
            except Refusal as refusal:
                self.message_user(request, f"{user}: {refusal.sentence}", messages.WARNING)
            else:
                self.message_user(request, _("%(user)s was told by mail.") % {"user": user}, messages.SUCCESS)


# Shorter than the model's: they stand in every row.
MAIL_STATES = {
    Mail.State.QUEUED: gettext_lazy("queued"),
    Mail.State.SENT: gettext_lazy("sent"),
    Mail.State.FAILED: gettext_lazy("failed"),
    Mail.State.DROPPED: gettext_lazy("dropped"),
}


# What the mails of the login are about; they name no row.
LETTERS = {
    "email_confirmation": gettext_lazy("an e-mail to be confirmed"),
    "email_confirmation_signup": gettext_lazy("an e-mail to be confirmed"),
    "password_reset_key": gettext_lazy("a new password"),
    "account_already_exists": gettext_lazy("an account that there is already"),
    "unknown_account": gettext_lazy("an account that there is not"),
}


class KindFilter(admin.SimpleListFilter):
    """The kinds of mails that there are, by their names."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        kinds = Mail.objects.order_by().values_list("kind", flat=True).distinct()
        return sorted(((kind, mails.kind_in_words(kind)) for kind in kinds), key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ReadOnlyAdmin(DeskAdmin):
    """Rows that the site writes and nobody edits."""

    may_add = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """Every mail that was queued: whom, about what, sent or why not yet."""

    list_filter = ("state", KindFilter, "queued_at")
    search_fields = ("to__istartswith", "thing__exact")
    search_help_text = gettext_lazy("Beginning of an e-mail address, or what it is about: registration:12")
    ordering = ("-queued_at",)
    actions = ("send_again",)
    fields = ("named", "thing", "to", "language", "state", "attempts", "error", "queued_at", "sent_at")
    readonly_fields = ("named",)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        @admin.display(description=gettext_lazy("about"), ordering="thing")
        def about(mail: Mail) -> str:
            return self.about(mail, request)

        return ("queued_at", "to", "told", about, "named", "attempts", "error")

    def about(self, mail: Mail, request: HttpRequest) -> str:
        """The row that the mail is about, with the way to it for who may see it."""
        kind, _colon, pk = mail.thing.partition(":")
        if kind == "address":
            return _("all visits under the address")
        on_desk = filter(self.admin_site.is_registered, apps.get_models())
        model = next((model for model in on_desk if model._meta.model_name == kind), None)
        if model is None or not pk.isdecimal():
            return str(LETTERS.get(mail.thing, mail.thing))
        said = f"{capfirst(model._meta.verbose_name)} {pk}"
        if not self.admin_site.get_model_admin(model).has_view_permission(request):
            return said
        path = reverse(f"admin:{model._meta.app_label}_{kind}_change", args=[pk])
        return format_html('<a href="{}">{}</a>', path, said)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def named(self, mail: Mail) -> str:
        return mails.kind_in_words(mail.kind)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def told(self, mail: Mail) -> str:
        look = {Mail.State.QUEUED: "waits", Mail.State.SENT: "good", Mail.State.FAILED: "bad"}.get(mail.state, "")
        return format_html('<span class="state {}">{}</span>', look, MAIL_STATES[mail.state])

    def totals(self, request: HttpRequest, queryset: QuerySet[Mail]) -> list[tuple[str, str]]:
        counts = dict(queryset.values_list("state").annotate(Count("pk")))
        return [(str(words), str(counts.get(state, 0))) for state, words in MAIL_STATES.items()]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_role(Role.ORGANISER)

    @admin.action(description=gettext_lazy("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        pks = list(queryset.values_list("pk", flat=True))
        for pk in pks:
            actions.resend_mail(pk, actor=Actor.of(request.user), at=timezone.now())
        words = ngettext("%(count)d mail is queued again.", "%(count)d mails are queued again.", len(pks))
        self.message_user(request, words % {"count": len(pks)}, messages.SUCCESS)


class WhenFilter(admin.DateFieldListFilter):
    """The moment of an act, whose field the package that keeps it has named in English."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = pgettext("desk", "when")


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin):
    """Who took data out or had mails sent again: acts that no row's own history tells."""

    list_display = ("when", "who", "what", "about")
    list_filter = (("created_at", WhenFilter),)
    ordering = ("-created_at",)
    fields = readonly_fields = ("when", "who", "what", "about")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        actors = User.objects.annotate(actor=Concat(Value("user:"), Cast("pk", CharField())))
        named = actors.filter(actor=OuterRef("actor")).annotate(
            said=Coalesce(NullIf("name", Value("")), "email", output_field=CharField())
        )
        return super().get_queryset(request).annotate(actor=KT("metadata__actor"), user=Subquery(named.values("said")))

    @admin.display(description=pgettext_lazy("desk", "when"), ordering="created_at")
    def when(self, record: Record) -> Any:
        return record.created_at

    @admin.display(description=pgettext_lazy("desk", "who"))
    def who(self, record: Record) -> str:
        return record.user or history.actor_in_words(record.actor or "")

    @admin.display(description=pgettext_lazy("desk", "what"))
    def what(self, record: Record) -> str:
        return history.act_in_words(record.metadata["act"])

    @admin.display(description=gettext_lazy("about"))
    def about(self, record: Record) -> str:
        told = record.metadata
        if "mail" in told:
            return format_html(
                '<a href="{}">{}</a>', reverse("admin:accounts_mail_change", args=[told["mail"]]), told["mail"]
            )
        return ngettext("%(count)d row", "%(count)d rows", told.get("rows", 0)) % {"count": told.get("rows", 0)}


@tells(Role.ORGANISER, Role.AUDITOR)
def failed_mails(request: HttpRequest) -> list[Matter]:
    failed = Mail.objects.failed().count()
    return [
        Matter(
            failed,
            _("Mails that could not be sent"),
            f"{reverse('admin:accounts_mail_changelist')}?state__exact=failed",
            note=_("They are tried again by themselves; look at the error.") if failed else "",
            pressing=failed > 0,
        )
    ]
