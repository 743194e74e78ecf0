"""Who speaks: what is said of them, where, and whether they have confirmed it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_countries import countries

from accounts.acting import Actor
from accounts.history import name_rows
from accounts.refusals import Refusal, show_refusal
from accounts.today import Matter, tells
from expo import formats
from expo.models import Show
from programme import pictures
from programme.actions import forgetting, speaking
from programme.admin.seeing import OfShowFilter, PlanAdmin, ask_before, lines_of, may_plan
from programme.admin.tours import thumbnail
from programme.forms.fields import PictureField
from programme.forms.speakers import SpeakerDetailsForm
from programme.models import Appearance, Published, Release, Session, Speaker
from programme.models.people import PLANNING

name_rows(Speaker, str)


class SpeakerForm(SpeakerDetailsForm):
    """What staff know of a speaker; the speaker sees and corrects all of it but the phone and the e-mail."""

    language = forms.ChoiceField(label=gettext_lazy("Language of mails"), choices=settings.LANGUAGES)
    new_portrait = PictureField(
        pictures.PORTRAIT,
        label=gettext_lazy("New portrait"),
        help_text=gettext_lazy("JPEG, PNG or WebP of up to 5 MB; it is cut to a square."),
    )
    drops_portrait = forms.BooleanField(label=gettext_lazy("Take the portrait off"), required=False)

    class Meta:
        model = Speaker
        fields = (*speaking.DETAILS, "email", "phone")


class StandingFilter(admin.SimpleListFilter):
    """Whether the speakers know what is said of them."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [
            ("confirmed", gettext_lazy("confirmed")),
            ("unconfirmed", gettext_lazy("speaks and has not confirmed")),
            ("corrected", gettext_lazy("corrected since the last version")),
            ("idle", gettext_lazy("speaks nowhere")),
            ("no_email", gettext_lazy("without an e-mail")),
            ("no_portrait", gettext_lazy("without a portrait")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "confirmed":
                return queryset.filter(confirmed_at__isnull=False)
            case "unconfirmed":
                return queryset.filter(unconfirmed())
            case "corrected":
                return queryset.filter(corrected(request))
            case "idle":
                return queryset.filter(~Exists(Appearance.objects.filter(speaker=OuterRef("pk"))))
            case "no_email":
                return queryset.filter(email="")
            case "no_portrait":
                return queryset.filter(portrait=None)
        return queryset


def unconfirmed() -> Q:
    """Speaks at something that has a time, and has not confirmed what is said."""
    placed = Session.objects.filter(starts_at__isnull=False, is_cancelled=False)
    speaks = Appearance.objects.filter(speaker=OuterRef("pk"), session__in=placed)
    return Q(Exists(speaks), confirmed_at=None)


def corrected(request: HttpRequest) -> Q:
    """Corrected something since the programme was last published."""
    last = Release.objects.filter(show=request.show.pk).aggregate(last=Max("published_at"))["last"]
    return Q(corrected_at__gt=last) if last else Q(corrected_at__isnull=False)


class CountryFilter(admin.SimpleListFilter):
    """The countries and regions that speakers come from, not all there are."""

    title = gettext_lazy("country or region")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        codes = set(
            Speaker.objects.filter(show=request.show.pk).order_by().values_list("country", flat=True).distinct()
        )
        return [(code, name) for code, name in countries if code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {code for code, _name in self.lookup_choices}
        return queryset.filter(country=self.value()) if self.value() in known else queryset


@admin.register(Speaker)
class SpeakerAdmin(PlanAdmin):
    form = SpeakerForm
    may_delete = True
    change_form_template = "admin/programme/change_form.html"
    list_display = ("shown_name", "shown_firm", "country", "how_many", "email", "invited", "confirmed", "small")
    list_filter = (OfShowFilter, StandingFilter, CountryFilter)
    search_fields = ("search", "firm_zh", "firm_en", "email")
    ordering = ("sort_en",)
    list_select_related = ("show",)
    actions = ("mail_link", "replace_link")
    readonly_fields = ("sessions_read", "portrait_shown", "confirmed_read", "corrected_read")
    fieldsets = (
        (None, {"fields": (("name_zh", "name_en"), ("position_zh", "position_en"), ("firm_zh", "firm_en"), "country")}),
        (gettext_lazy("Speaks at"), {"fields": ("sessions_read",)}),
        (
            gettext_lazy("How we reach them"),
            {
                "fields": (("email", "phone"), "language", "confirmed_read", "corrected_read"),
                "description": gettext_lazy(
                    "Never public. By the link that is mailed they correct the rest themselves and confirm it."
                ),
            },
        ),
        (gettext_lazy("About them"), {"fields": ("about_zh", "about_en")}),
        (gettext_lazy("Portrait"), {"fields": ("portrait_shown", "new_portrait", "drops_portrait")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Speaker | None = None) -> Any:
        names, speaks, reach, about, portrait = self.fieldsets
        if obj is None:
            reach = (reach[0], reach[1] | {"fields": (("email", "phone"), "language")})
            return (names, reach, about, (portrait[0], {"fields": ("new_portrait",)}))
        if not self.has_change_permission(request, obj):
            return (names, speaks, reach, about, (portrait[0], {"fields": ("portrait_shown",)}))
        return self.fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request).select_related("portrait").defer("portrait__jpeg")
        return rows.annotate(count=Count("appearances", distinct=True)).annotate(mailed=speaking.mailed_at())

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        rows = Speaker.objects.filter(pk__in=queryset.values("pk"))
        counts = rows.aggregate(
            all=Count("pk"),
            confirmed=Count("pk", filter=Q(confirmed_at__isnull=False)),
            portraits=Count("portrait"),
            abroad=Count("pk", filter=~Q(country="CN")),
            countries=Count("country", distinct=True),
        )
        return [
            (_("speakers"), str(counts["all"])),
            (_("from outside the mainland"), str(counts["abroad"])),
            (_("countries and regions"), str(counts["countries"])),
            (_("confirmed"), str(counts["confirmed"])),
            (_("with a portrait"), str(counts["portraits"])),
        ]

    def view_on_site(self, speaker: Speaker) -> str | None:
        if not speaker.show.is_current:
            return None
        appears = Appearance.objects.filter(speaker=speaker).values("session")
        return speaker.get_absolute_url() if Published.objects.filter(pk__in=appears).exists() else None

    @admin.display(description=gettext_lazy("name"), ordering="sort_en")
    def shown_name(self, speaker: Speaker) -> str:
        return speaker.name

    @admin.display(description=gettext_lazy("firm or institution"))
    def shown_firm(self, speaker: Speaker) -> str:
        return speaker.firm or "–"

    @admin.display(description=gettext_lazy("sessions"), ordering="count")
    def how_many(self, speaker: Speaker) -> int:
        return speaker.count

    @admin.display(description=gettext_lazy("link mailed"), ordering="mailed")
    def invited(self, speaker: Speaker) -> str:
        return formats.moment_short(speaker.mailed.astimezone(speaker.show.zone)) if speaker.mailed else "–"

    @admin.display(description=gettext_lazy("confirmed"), ordering=F("confirmed_at").asc(nulls_first=True))
    def confirmed(self, speaker: Speaker) -> str:
        return formats.moment_short(speaker.confirmed_at.astimezone(speaker.show.zone)) if speaker.confirmed_at else "–"

    @admin.display(description=gettext_lazy("portrait"))
    def small(self, speaker: Speaker) -> str:
        return thumbnail(speaker.portrait, 36, 36)

    @admin.display(description=gettext_lazy("portrait"))
    def portrait_shown(self, speaker: Speaker) -> str:
        return thumbnail(speaker.portrait, 160, 160)

    @admin.display(description=gettext_lazy("confirmed"))
    def confirmed_read(self, speaker: Speaker) -> str:
        return self.confirmed(speaker)

    @admin.display(description=gettext_lazy("corrected by the speaker"))
    def corrected_read(self, speaker: Speaker) -> str:
        return formats.moment_short(speaker.corrected_at.astimezone(speaker.show.zone)) if speaker.corrected_at else "–"

    @admin.display(description=gettext_lazy("sessions"))
    def sessions_read(self, speaker: Speaker) -> str:
        sessions = Session.objects.filter(appearances__speaker=speaker).select_related("show")
        return lines_of(sessions.order_by("starts_at", "code"))

    def save_model(self, request: HttpRequest, obj: Speaker, form: forms.ModelForm, change: bool) -> None:
        speaking.save(
            actor=Actor.of(request.user),
            speaker=obj,
            portrait=form.cleaned_data.get("new_portrait"),
            drops_portrait=form.cleaned_data.get("drops_portrait", False),
        )

    def delete_model(self, request: HttpRequest, obj: Speaker) -> None:
        speaking.delete(actor=Actor.of(request.user), speakers=[obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        speaking.delete(actor=Actor.of(request.user), speakers=list(queryset))

    def for_each(self, request: HttpRequest, queryset: QuerySet, act: Any, done: Any) -> None:
        count = 0
        for speaker in queryset:
            try:
                act(actor=Actor.of(request.user), speaker=speaker)
            except Refusal as refusal:
                self.message_user(request, f"{speaker}: {refusal.sentence}", messages.WARNING)
            else:
                count += 1
        if count:
            self.message_user(request, done(count) % {"n": count}, messages.SUCCESS)

    @admin.action(description=gettext_lazy("Mail the link to the own page"), permissions=["change"])
    def mail_link(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.for_each(
            request,
            queryset,
            speaking.send_link,
            lambda n: ngettext("%(n)d speaker gets the link.", "%(n)d speakers get the link.", n),
        )

    @admin.action(description=gettext_lazy("Replace the link: the one before opens nothing"), permissions=["change"])
    def replace_link(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.for_each(
            request,
            queryset,
            speaking.renew_link,
            lambda n: ngettext(
                "%(n)d link is replaced. Mail the new one.", "%(n)d links are replaced. Mail the new ones.", n
            ),
        )

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/erase/", self.admin_site.admin_view(self.erase_view), name="programme_speaker_erase")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        steps = []
        if found is not None and may_plan(request):
            steps.append((reverse("admin:programme_speaker_erase", args=[found.pk]), _("Erase who it was …")))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "steps": steps})

    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a speaker who wants to be forgotten."""
        speaker = self.get_queryset(request).filter(pk=pk).first() if may_plan(request) else None
        if speaker is None:
            raise Http404
        form = forms.Form(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            try:
                forgetting.erase(actor=Actor.of(request.user), speaker=speaker, at=request.show.now())
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, _("The speaker is erased. Where a session named them, it names nobody now."))
                return redirect("admin:programme_speaker_changelist")
        return ask_before(
            self,
            request,
            speaker,
            form,
            about=[speaker.firm] if speaker.firm else [],
            title=_("Erase who it was"),
            act=_("Erase for good"),
            happens=_(
                "Name, position, firm, portrait, words, e-mail, phone and the link go for good, and from the history. "
                "This cannot be undone."
            ),
            danger=True,
        )


@tells(*PLANNING)
def matters(request: HttpRequest) -> list[Matter]:
    speakers = reverse("admin:programme_speaker_changelist")
    show = Show.objects.current()
    if show is None:
        return []
    rows = Speaker.objects.filter(show=show)
    return [
        Matter(rows.filter(unconfirmed()).count(), _("speakers have not confirmed"), f"{speakers}?state=unconfirmed"),
        Matter(
            rows.filter(corrected(request)).count(),
            _("speakers corrected something"),
            f"{speakers}?state=corrected",
            note=_("since the programme was last published"),
        ),
    ]
