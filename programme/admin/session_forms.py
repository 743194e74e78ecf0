"""A session as an editor thinks of it, with a paper programme in hand: a day, clock times, names beside each talk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.desk import CompletedSeveral, NamedFormSet
from accounts.picking import a_day, an_hour
from accounts.refusals import Refusal, show_refusal
from expo.local_time import moment
from expo.models import year_validator
from programme import rules
from programme.actions.editing import LineUp, check_session, chosen, speaks_twice
from programme.forms.fields import BesideFields, on_one_line
from programme.models import Appearance, Language, Session, Speaker, Talk
from programme.models.sessions import LONGEST, SHORTEST


def shown_start(session: Session) -> datetime | None:
    """When the session starts as the form shows it, whatever was typed since."""
    return session.__dict__.setdefault("_shown_start", session.starts_at)


class Named(models.CharField):
    """People who stand in other rows, read as a column of this one, so that it is told who changed them meanwhile."""

    def __init__(self, name: str, verbose_name: Any, read: Any) -> None:
        super().__init__(verbose_name)
        self.read = read
        self.set_attributes_from_name(name)

    def value_from_object(self, obj: Any) -> str:
        return ", ".join(str(speaker) for speaker in self.read(obj))

    def value_to_string(self, obj: Any) -> str:
        return " ".join(str(speaker.pk) for speaker in self.read(obj))


def moderating(session: Session) -> list[Speaker]:
    return [one.speaker for one in appearing(session) if one.moderates]


def on_panel(session: Session) -> list[Speaker]:
    return [one.speaker for one in appearing(session) if not one.moderates and one.talk_id is None]


def giving(talk: Talk) -> list[Speaker]:
    return [one.speaker for one in appearing(talk.session) if one.talk_id == talk.pk]


def appearing(session: Session) -> list[Appearance]:
    """In order; read once for all talks of a form."""
    if session.pk is None:
        return []
    kept = session.__dict__.get("_appearing")
    if kept is None:
        rows = session.appearances.select_related("speaker").order_by("position", "pk")
        kept = session.__dict__["_appearing"] = list(rows)
    return kept


class SpeakersField(forms.ModelMultipleChoiceField):
    """Several speakers, looked up by a part of the name."""

    default_error_messages = {"invalid_list": _("Choose speakers from the list.")}

    def __init__(self, **options: Any) -> None:
        widget = CompletedSeveral(Appearance._meta.get_field("speaker"), admin.site)
        super().__init__(Speaker.objects.none(), **({"required": False, "widget": widget} | options))

    def choose_for(self, session: Session) -> None:
        """From those of its show. Who appears in it is read once, however many fields name somebody."""
        self.queryset = Speaker.objects.filter(show=session.show_id)
        self.widget.known = {str(one.speaker_id): one.speaker for one in appearing(session)}


def languages_field(label: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=Language.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "side-by-side"}),
    )


class SessionForm(BesideFields, forms.ModelForm):
    """Refuses what cannot be, beside the field; what only the whole plan can tell is refused when it is saved."""

    day = forms.DateField(label=_("Day"), required=False, widget=a_day(), validators=[year_validator])
    starts = forms.TimeField(label=_("Starts"), required=False, widget=an_hour())
    ends = forms.TimeField(label=_("Ends"), required=False, widget=an_hour())
    ends_on = forms.DateField(
        label=_("Ends on another day"),
        required=False,
        widget=a_day(),
        validators=[year_validator],
        help_text=_("Only where it goes on past midnight."),
    )
    minutes = forms.IntegerField(
        label=_("Or how long, in minutes"),
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        help_text=_("Instead of the end; also for a session that has no time yet."),
    )
    languages = languages_field(_("Languages"))
    interpretation = languages_field(_("Interpreted into"))
    moderators = SpeakersField(label=_("Moderators"))
    panel = SpeakersField(label=_("On the panel"), help_text=_("Who takes part without a talk of the own."))

    beside = {
        "no_title": "title_zh",
        "code_taken": "code",
        "no_enterprise": "enterprise",
        "no_tour": "kind",
        "reserve": "reserve_guests",
        "no_id_reason": "id_why_zh",
        "party": "party_most",
        "closes_before_it_opens": "signup_closes_at",
    }
    stands_for = {
        "day": "starts_at",
        "starts": "starts_at",
        "ends": "minutes",
        "ends_on": "minutes",
        "moderators": Named("moderators", _("moderators"), moderating),
        "panel": Named("panel", _("on the panel"), on_panel),
    }

    class Meta:
        model = Session
        fields = (
            "code",
            "kind",
            "title_zh",
            "title_en",
            "series",
            "room",
            "meeting_zh",
            "meeting_en",
            "outside_hours_why",
            "audience",
            "languages",
            "interpretation",
            "seats",
            "standing",
            "over_seats_why",
            "reserve_guests",
            "reserve_walk_ins",
            "access",
            "party_most",
            "signup_opens_at",
            "signup_closes_at",
            "host",
            "area",
            "about_zh",
            "about_en",
            "enterprise",
            "guide",
            "bus",
            "travel_minutes",
            "age_from",
            "bring_zh",
            "bring_en",
            "asks_id",
            "id_why_zh",
            "id_why_en",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session = self.instance
        starts, ends = shown_start(session), session.ends_at
        if starts is not None and ends is not None:
            starts, ends = starts.astimezone(session.show.zone), ends.astimezone(session.show.zone)
            self.initial.update(day=starts.date(), starts=starts.time(), ends=ends.time(), minutes=None)
            self.initial["ends_on"] = None if ends.date() == starts.date() else ends.date()
        elif session.pk is None:
            self.initial["minutes"] = None
        self.before = {"moderators": moderating(session), "panel": on_panel(session)}
        for name, speakers in self.before.items():
            self.initial[name] = [speaker.pk for speaker in speakers]
            if name in self.fields:
                self.fields[name].choose_for(session)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        on_one_line(data, ("title_zh", "title_en", "meeting_zh", "meeting_en"))
        for name in ("languages", "interpretation"):
            # As the languages are listed, in whatever order they were ticked.
            data[name] = [one.value for one in Language if one.value in data.get(name, [])]
        timing = {"day", "starts", "ends", "ends_on", "minutes"}
        if not timing & self.errors.keys():
            self.catch(self.set_time, data)
        # The talks do not say once more what is wrong with the session's time.
        self.instance.__dict__["_time_refused"] = bool(timing & self.errors.keys())
        return data

    def catch(self, act: Any, *args: Any) -> None:
        try:
            act(*args)
        except Refusal as refusal:
            show_refusal(self, refusal)

    def set_time(self, data: dict[str, Any]) -> None:
        """Raises Refusal: half_a_time, no_end, two_ends and what `rules.minutes_of` and `moment` raise."""
        day, starts, ends, minutes = data["day"], data["starts"], data["ends"], data["minutes"]
        if (day is None) != (starts is None):
            missing = "day" if day is None else "starts"
            raise Refusal("half_a_time", _("Give both the day and when it starts, or neither."), field=missing)
        session = self.instance
        if day is None or starts is None:
            if ends is not None or data["ends_on"] is not None:
                raise Refusal("half_a_time", _("Say when it starts as well, or how long it lasts."), field="starts")
            session.starts_at, session.minutes = None, minutes or session.minutes
            return
        zone = session.show.zone
        begin = moment(datetime.combine(day, starts), zone, field="starts")
        if ends is not None:
            end = moment(datetime.combine(data["ends_on"] or day, ends), zone, field="ends")
            if minutes is not None and end - begin != timedelta(minutes=minutes):
                raise Refusal(
                    "two_ends", _("This is another end than the one above. Give one of the two."), field="minutes"
                )
            minutes = rules.minutes_of(begin, end)
        if minutes is None:
            raise Refusal("no_end", _("Say when it ends, or how long it lasts."), field="ends")
        session.starts_at, session.minutes = begin, minutes

    def _post_clean(self) -> None:
        # The columns behind the fields of the time are set by now; the form's own would undo that.
        self.cleaned_data["minutes"] = self.instance.minutes
        super()._post_clean()
        if not self.errors:
            self.catch(check_session, self.instance)

    def people(self, name: str) -> list[Speaker]:
        return chosen(list(self.cleaned_data.get(name, ())), [speaker.pk for speaker in self.before[name]])


class TalkForm(BesideFields, forms.ModelForm):
    """A line of the programme: from when to when, what, who."""

    begins = forms.TimeField(label=_("Begins"), required=False, widget=an_hour())
    ends = forms.TimeField(label=_("Ends"), required=False, widget=an_hour())
    speakers = SpeakersField(label=_("Speakers"))

    beside = {"no_title": "title_zh", "half_a_time": "ends"}
    stands_for = {"begins": "after", "ends": "minutes", "speakers": Named("speakers", _("speakers"), giving)}

    class Meta:
        model = Talk
        fields = ("title_zh", "title_en")

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        talk = self.instance
        # The one session that the page is about, which knows what it showed.
        talk.session = session
        self.before = giving(talk) if talk.pk else []
        self.initial["speakers"] = [speaker.pk for speaker in self.before]
        starts = shown_start(session)
        if starts is not None and talk.after is not None and talk.minutes is not None:
            zone = session.show.zone
            for name, after in (("begins", talk.after), ("ends", talk.after + talk.minutes)):
                self.initial[name] = (starts + timedelta(minutes=after)).astimezone(zone).time()
        self.fields["speakers"].choose_for(session)
        # The table's head is a name only for who sees it.
        for name in ("begins", "ends", "speakers"):
            self.fields[name].widget.attrs["aria-label"] = str(self.fields[name].label)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        on_one_line(data, ("title_zh", "title_en"))
        return data

    def people(self) -> list[Speaker]:
        return chosen(list(self.cleaned_data.get("speakers", ())), [speaker.pk for speaker in self.before])


class TalkFormSet(NamedFormSet):
    """The talks of the session as it is about to be. A talk whose times nobody touched moves with its session."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"session": self.instance}

    def kept(self) -> Iterable[TalkForm]:
        """The rows that say something and stay."""
        for form in self.forms:
            if not hasattr(form, "cleaned_data") or form.cleaned_data.get("DELETE"):
                continue
            if form.instance.pk is not None or form.has_changed():
                yield form

    def clean(self) -> None:
        super().clean()
        seen: set[int] = set()
        for form in self.kept():
            if form.errors:
                continue
            try:
                if not self.instance.__dict__.get("_time_refused"):
                    self.set_time(form)
            except Refusal as refusal:
                show_refusal(form, refusal)
            for speaker in form.people():
                if speaker.pk in seen:
                    form.add_error("speakers", forms.ValidationError(speaks_twice(speaker), code="speaks_twice"))
                seen.add(speaker.pk)

    def set_time(self, form: TalkForm) -> None:
        """Raises Refusal: half_a_time, no_start, talk_outside and what `moment` raises."""
        session, talk = self.instance, form.instance
        if {"begins", "ends"} & set(form.changed_data):
            begins, ends = form.cleaned_data["begins"], form.cleaned_data["ends"]
            if (begins is None) != (ends is None):
                missing = "begins" if begins is None else "ends"
                raise Refusal("half_a_time", _("Say when the talk begins and when it ends, or neither."), field=missing)
            if begins is not None and session.starts_at is None:
                raise Refusal("no_start", _("Say first on which day and when the session starts."), field="begins")
            talk.after = talk.minutes = None
            if begins is not None:
                talk.after = self.after(begins)
                # What begins before its session is not till the next day.
                rules.check_talk(after=talk.after, minutes=1, length=session.minutes)
                talk.minutes = self.after(ends) - talk.after
                if talk.minutes < 1:
                    raise rules.ENDS_BEFORE
        rules.check_talk(after=talk.after, minutes=talk.minutes, length=session.minutes)

    def after(self, clock: time) -> int:
        """Minutes from the session's start to the next time that the clocks read so."""
        session = self.instance
        zone = session.show.zone
        first = session.starts_at.astimezone(zone)
        at = moment(datetime.combine(first.date(), clock), zone, field="begins")
        if at < first:
            at = moment(datetime.combine(first.date() + timedelta(days=1), clock), zone, field="begins")
        return round((at - first).total_seconds() / 60)


def line_up(form: SessionForm, talks: TalkFormSet) -> LineUp:
    return LineUp(
        moderators=form.people("moderators"),
        talks=[(one.instance, one.people()) for one in talks.kept()],
        panel=form.people("panel"),
    )
