"""Firms ask for space: applications, the booths that they hold, and the answers of the areas' managers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, F, Min, Prefetch, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.acting import Actor
from accounts.desk import DeskAdmin, language_named
from accounts.history import name_rows
from accounts.refusals import Refusal
from accounts.today import Matter, tells
from exhibitors import plan as plans
from exhibitors import rules
from exhibitors.actions import placing
from exhibitors.admin.seeing import PLACING, READING, BoothsAreaFilter, OwnAreasFilter, link_to
from exhibitors.forms import ExtendForm, OfferForm, RejectForm
from exhibitors.models import Allotment, Application, Booth
from expo import formats
from expo.models import Show

name_rows(Application, lambda row: str(row.firm), "firm")
name_rows(Allotment, lambda row: row.booth.number, "booth")


class AllotmentInline(admin.TabularInline):
    model = Allotment
    extra = 0
    fields = readonly_fields = ("booth", "m2", "state", "yuan", "since", "held_until", "released_at")
    can_delete = False
    ordering = ("booth__number", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("booth")

    @admin.display(description="m²")
    def m2(self, row: Allotment) -> str:
        return plans.metres(row.booth.area_m2)

    @admin.display(description=_("price"))
    def yuan(self, row: Allotment) -> str:
        return formats.money(row.price)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_role(*READING)


@admin.register(Application)
class ApplicationAdmin(DeskAdmin):
    """The manager's desk: what firms ask for, and the four things to do about it."""

    seen_by = READING
    changed_by = PLACING
    may_add = False
    # The firm's own page of it is the firm's alone.
    view_on_site = False
    history_with = ("allotments",)
    change_form_template = "admin/exhibitors/application/change_form.html"
    list_display = ("firm", "area", "booths", "m2", "state", "until", "submitted_at")
    list_filter = ("state", OwnAreasFilter, "show")
    search_fields = ("firm__name_zh", "firm__name_en", "firm__uscc", "firm__contact_email", "allotments__booth__number")
    list_select_related = ("firm", "area", "show")
    ordering = (F("submitted_at").desc(nulls_last=True), "-pk")
    inlines = (AllotmentInline,)
    actions = ("offer_wished", "reject", "extend")
    # Their pages name each of them, and carry the keys in the address.
    most_at_once = 200
    fields = (
        "firm_link",
        "area",
        "state",
        "wished",
        "shown",
        "answer",
        "written_in",
        "created_at",
        "submitted_at",
        "decided_at",
    )
    readonly_fields = fields

    STEPS: ClassVar[tuple[str, ...]] = ("offer", "reject", "other", "extend")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        wishes = Prefetch("wishes", queryset=Booth.objects.order_by("number"))
        live = Allotment.objects.live().select_related("booth").order_by("booth__number")
        held = Q(allotments__state=Allotment.State.HELD)
        return (
            super()
            .get_queryset(request)
            .prefetch_related(wishes, Prefetch("allotments", queryset=live, to_attr="live"))
            .annotate(ends=Min("allotments__held_until", filter=held))
        )

    @admin.display(description=_("firm"))
    def firm_link(self, row: Application) -> str:
        return link_to("firm", row.firm_id, row.firm)

    @staticmethod
    def booths_of(row: Application) -> list[Booth]:
        return [allotment.booth for allotment in row.live] or list(row.wishes.all())

    @admin.display(description=_("booths"))
    def booths(self, row: Application) -> str:
        return ", ".join(booth.number for booth in self.booths_of(row))

    @admin.display(description=_("wished booths"))
    def wished(self, row: Application) -> str:
        return ", ".join(f"{booth.number} ({plans.size_in_words(booth)})" for booth in row.wishes.all())

    @admin.display(description=_("what they will show"))
    def shown(self, row: Application) -> str:
        return row.exhibits

    @admin.display(description=_("language of the letters"))
    def written_in(self, row: Application) -> str:
        return language_named(row.language)

    def price(self, row: Application) -> str:
        return formats.money(sum((allotment.price for allotment in row.live), Decimal(0))) if row.live else "–"

    @admin.display(description="m²")
    def m2(self, row: Application) -> str:
        return plans.metres(sum((booth.area_m2 for booth in self.booths_of(row)), Decimal(0)))

    @admin.display(description=_("held until"), ordering="ends")
    def until(self, row: Application) -> str:
        return formats.moment_short(row.ends.astimezone(row.show.zone)) if row.ends else "–"

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        rows = Application.objects.filter(pk__in=queryset.values("pk"))
        counts = dict(rows.values_list("state").annotate(n=Count("pk")))
        return [(str(state.label), str(counts.get(state.value, 0))) for state in Application.State]

    def has_change_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        """Nothing of it is edited: it moves by acts."""
        return False

    def may_act(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.has_role(*self.changed_by)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self.get_object(request, unquote(object_id))
        buttons = []
        if found is not None and self.may_act(request):
            words = {
                "offer": _("Offer these booths"),
                "other": _("Offer other booths"),
                "extend": _("Give more time"),
                "reject": _("Decline"),
            }
            for step, said in words.items():
                act = {"other": "offer"}.get(step, step)
                may = found.state in rules.EXTENDABLE if act == "extend" else rules.allowed(act, found.state)
                # What is offered already is not offered again as it is.
                may = may and not (step == "offer" and found.state == Application.State.OFFERED)
                if may:
                    buttons.append((reverse(f"admin:exhibitors_application_{step}", args=[found.pk]), said, step))
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "steps": buttons})

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{step}/",
                self.admin_site.admin_view(getattr(self, f"{step}_view")),
                name=f"exhibitors_application_{step}",
            )
            for step in self.STEPS
        ]
        many = [
            path(
                f"{step}/",
                self.admin_site.admin_view(getattr(self, f"{step}_view")),
                name=f"exhibitors_application_{step}_many",
            )
            for step in ("reject", "extend")
        ]
        return [*own, *many, *super().get_urls()]

    # The list's actions.

    @admin.action(description=_("Offer the booths that are held"), permissions=["act"])
    def offer_wished(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.carry_out(request, list(queryset), placing.offer, _("offer made"))

    @admin.action(description=_("Decline with a reason …"), permissions=["act"])
    def reject(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self.to_page("reject", queryset)

    @admin.action(description=_("Give more time …"), permissions=["act"])
    def extend(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        return self.to_page("extend", queryset)

    @staticmethod
    def to_page(step: str, queryset: QuerySet) -> HttpResponse:
        pks = ",".join(str(pk) for pk in queryset.order_by("pk").values_list("pk", flat=True))
        return HttpResponseRedirect(f"{reverse(f'admin:exhibitors_application_{step}_many')}?ids={pks}")

    # Their pages, for one application and for several.

    def chosen(self, request: HttpRequest, pk: int | None) -> list[Application]:
        """The applications that the page is about; those of others do not exist."""
        if not self.may_act(request):
            raise Http404
        ids = (
            [pk]
            if pk is not None
            else [int(one) for one in request.GET.get("ids", "").split(",") if one.isdecimal() and len(one) < 19]
        )
        rows = list(
            self.get_queryset(request).filter(pk__in=ids[: self.most_at_once]).select_related("firm", "area", "show")
        )
        if not rows:
            raise Http404
        return rows

    def carry_out(
        self, request: HttpRequest, rows: list[Application], act: Callable[..., Application], done: Any, **more: Any
    ) -> bool:
        """Act on each as it was when it was shown; says whether all went well, and tells of each that did not."""
        went = 0
        shown = dict(one.split(":", 1) for one in request.POST.getlist("shown") if ":" in one)
        for row in rows:
            step = shown.get(str(row.pk), "")
            more["step"] = int(step) if step.isdecimal() and len(step) < 6 else None
            try:
                act(actor=Actor.of(request.user), application=row, at=request.show.now(), **more)
            except Refusal as refusal:
                messages.error(request, f"{row.firm}: {refusal.sentence}")
            else:
                went += 1
        if went:
            text = ngettext(
                "%(n)s application: %(done)s. Both sides get a letter.",
                "%(n)s applications: %(done)s. Both sides get a letter.",
                went,
            )
            messages.success(request, text % {"n": went, "done": done})
        return went == len(rows)

    def back(self, rows: list[Application], pk: int | None) -> HttpResponse:
        if pk is not None:
            return redirect("admin:exhibitors_application_change", rows[0].pk)
        return redirect("admin:exhibitors_application_changelist")

    def ask(
        self,
        request: HttpRequest,
        rows: list[Application],
        form: forms.Form,
        *,
        title: Any,
        act: Any,
        happens: Any,
        danger: bool = False,
        refused: bool = False,
    ) -> HttpResponse:
        """The page that asks before the act: it says what `happens`, and tells of what was `refused` as it is now."""
        if refused:
            now = self.get_queryset(request).filter(pk__in=[row.pk for row in rows])
            rows = list(now.select_related("firm", "area", "show"))
        return render(
            request,
            "admin/exhibitors/application/act.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "act": act,
                "happens": happens,
                "danger": danger,
                "rows": [(row, self.booths(row), self.price(row), self.until(row)) for row in rows],
                "one": rows[0] if len(rows) == 1 else None,
                "form": form,
                "media": self.media,
            },
            status=409 if refused else 422 if form.errors else 200,
        )

    def offer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = self.chosen(request, pk)
        if request.method == "POST":
            self.carry_out(request, rows, placing.offer, _("offer made"))
            return self.back(rows, pk)
        return self.ask(
            request,
            rows,
            forms.Form(),
            title=_("Offer these booths"),
            act=_("Make the offer"),
            happens=_("The firm gets a letter and has 72 hours to accept."),
        )

    def reject_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        rows = self.chosen(request, pk)
        form = RejectForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            self.carry_out(request, rows, placing.reject, _("declined"), reason=form.cleaned_data["reason"])
            return self.back(rows, pk)
        return self.ask(
            request,
            rows,
            form,
            title=_("Decline"),
            act=_("Decline and free the booths"),
            happens=_("Both sides get a letter, and the booths are free for others at once. This cannot be undone."),
            danger=True,
        )

    def extend_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        rows = self.chosen(request, pk)
        ends = [row.ends for row in rows if row.ends]
        later = max(ends, default=request.show.now()) + rules.HOLD
        # The time that is shown and typed is the one on the clocks of the show.
        with timezone.override(rows[0].show.zone):
            form = ExtendForm(request.POST if request.method == "POST" else None, initial={"until": later})
            if form.is_bound and form.is_valid():
                self.carry_out(request, rows, placing.extend, _("more time given"), until=form.cleaned_data["until"])
                return self.back(rows, pk)
            return self.ask(
                request,
                rows,
                form,
                title=_("Give more time"),
                act=_("Give more time"),
                happens=_("The booths stay held until then, and both sides get a letter."),
            )

    def other_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = self.chosen(request, pk)
        row = rows[0]
        free = placing.free_in(row.area, at=request.show.now(), but_of=row)
        words = [
            (
                str(booth.pk),
                f"{booth.number} · {plans.size_in_words(booth)} · {booth.get_kind_display()} · {formats.money(price)}",
            )
            for booth, price in free
        ]
        held = [str(allotment.booth_id) for allotment in row.live]
        form = OfferForm(request.POST if request.method == "POST" else None, booths=words, initial={"booths": held})
        refused = False
        if form.is_bound and form.is_valid():
            wanted = [booth for booth, _price in free if str(booth.pk) in form.cleaned_data["booths"]]
            if self.carry_out(
                request, rows, placing.offer, _("offer made"), booths=wanted, words=form.cleaned_data["words"]
            ):
                return self.back(rows, pk)
            refused = True
        return self.ask(
            request,
            rows,
            form,
            title=_("Offer other booths"),
            act=_("Make the offer"),
            happens=_(
                "The firm gets a letter and has 72 hours to accept. What it holds and you do not offer becomes free."
            ),
            refused=refused,
        )


@admin.register(Allotment)
class AllotmentAdmin(DeskAdmin):
    """Read only: booths are given and freed by acts."""

    seen_by = READING
    changed_by = frozenset()
    may_add = False
    list_display = ("booth", "firm", "state", "yuan", "since", "held_until", "released_at", "application_link")
    list_filter = ("state", BoothsAreaFilter, "application__show")
    search_fields = ("booth__number__istartswith", "firm__name_zh", "firm__name_en", "firm__contact_email")
    list_select_related = ("booth", "firm", "application")
    ordering = ("-since",)

    @admin.display(description=_("price"), ordering="price")
    def yuan(self, row: Allotment) -> str:
        return formats.money(row.price)

    @admin.display(description=_("application"))
    def application_link(self, row: Allotment) -> str:
        return link_to("application", row.application_id, row.application.get_state_display())

    def totals(self, request: HttpRequest, queryset: QuerySet) -> list[tuple[str, str]]:
        live = Q(state=Allotment.State.CONTRACTED)
        counts = queryset.aggregate(
            n=Count("pk"), m2=Sum(F("booth__width") * F("booth__depth"), filter=live), yuan=Sum("price", filter=live)
        )
        return [
            (str(_("allotments")), str(counts["n"])),
            (str(_("contracted m²")), plans.metres(counts["m2"] or Decimal(0))),
            (str(_("contracted")), formats.money(counts["yuan"] or Decimal(0))),
        ]


@tells(*READING)
def waiting_applications(request: HttpRequest) -> list[Matter]:
    """What waits for an answer from the area's manager, and what runs out by itself within a day."""
    rows = Application.objects.visible_to(request.user).filter(show__is_current=True)
    address = reverse("admin:exhibitors_application_changelist")
    submitted = rows.filter(state=Application.State.SUBMITTED).count()
    # After the close nobody answers any more.
    show = Show.objects.current()
    is_over = show is not None and show.is_over(show.now())
    offered = 0 if is_over else rows.filter(state=Application.State.OFFERED).count()
    return [
        Matter(
            submitted,
            str(_("Applications that wait for an answer")),
            f"{address}?state__exact=submitted",
            note=str(_("Their booths are held for 48 hours.")) if submitted else "",
            pressing=submitted > 0,
        ),
        Matter(offered, str(_("Offers that firms have not answered yet")), f"{address}?state__exact=offered"),
    ]
