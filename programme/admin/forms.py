"""What the planner asks staff for: the shape of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.picking import HOUR, a_day, an_hour
from accounts.refusals import Refusal, show_refusal
from expo import local_time
from expo.models import Room, Show, year_validator
from programme import rules
from programme.models import Session
from programme.models.sessions import LONGEST, SHORTEST

WHY = 200
#: Further than from one end of a show to the other nothing is moved at once.
FURTHEST = 16 * 24 * 60
LARGEST_STEP = 2**31 - 1


class ShowForm(forms.Form):
    """A form about a show's plan: its rooms are offered, its zone is meant."""

    def __init__(self, *args: Any, show: Show, **kwargs: Any) -> None:
        self.show = show
        super().__init__(*args, **kwargs)
        if "room" in self.fields:
            self.fields["room"].queryset = Room.objects.filter(show=show).order_by("name_en")

    def moment(self, day: date, clock: time, *, field: str) -> datetime | None:
        """The moment that is meant, or an error beside the field for one that clocks leave out or show twice."""
        try:
            return local_time.moment(datetime.combine(day, clock), self.show.zone, field=field)
        except Refusal as refusal:
            show_refusal(self, refusal)
            return None


class SeatedRooms(forms.ModelChoiceField):
    def label_from_instance(self, room: Room) -> str:
        return f"{room.name} ({_('%(n)d seats') % {'n': room.seats}})"


class PlaceForm(ShowForm):
    """Where a session is put; `cleaned_data` then has `starts_at` and `minutes`. `step` is the one that was seen."""

    day = forms.DateField(label=_("Day"), widget=a_day(), validators=[year_validator])
    starts = forms.TimeField(label=_("Starts at"), widget=an_hour())
    until = forms.TimeField(label=_("Ends at"), widget=an_hour(), required=False)
    minutes = forms.IntegerField(
        label=_("Or lasts so many minutes"),
        required=False,
        min_value=SHORTEST,
        max_value=LONGEST,
        help_text=_("For what goes on after midnight, or when the length is easier to say."),
    )
    room = SeatedRooms(
        label=_("Room"), queryset=Room.objects.none(), required=False, empty_label=_("No room: it meets elsewhere")
    )
    outside_hours_why = forms.CharField(
        label=_("Why it may be outside the show's hours"),
        max_length=WHY,
        required=False,
        help_text=_("Only where it is."),
    )
    over_seats_why = forms.CharField(
        label=_("Why it may have more places than there are seats"),
        max_length=WHY,
        required=False,
        help_text=_("Only where it has."),
    )
    step = forms.IntegerField(min_value=0, max_value=LARGEST_STEP, widget=forms.HiddenInput)

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, initial=self.as_it_is(session, kwargs["show"]), **kwargs)
        if session.enterprise_id is not None:
            del self.fields["room"]

    @staticmethod
    def as_it_is(session: Session, show: Show) -> dict[str, Any]:
        known = {name: getattr(session, name) for name in ("room", "outside_hours_why", "over_seats_why", "step")}
        if session.starts_at is None or session.ends_at is None:
            return known | {"minutes": session.minutes}
        starts, ends = session.starts_at.astimezone(show.zone), session.ends_at.astimezone(show.zone)
        length = {"until": f"{ends:{HOUR}}"} if ends.date() == starts.date() else {"minutes": session.minutes}
        return known | {"day": starts.date(), "starts": f"{starts:{HOUR}}", **length}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, starts, until = (cleaned.get(name) for name in ("day", "starts", "until"))
        if day is None or starts is None or {"until", "minutes"} & set(self.errors):
            return cleaned
        cleaned["starts_at"] = self.moment(day, starts, field="starts")
        if until is not None and (ends := self.moment(day, until, field="until")) and cleaned["starts_at"]:
            self.settle(cleaned, ends - cleaned["starts_at"])
        elif until is None and cleaned.get("minutes") is None:
            self.add_error("until", forms.ValidationError(_("Say when it ends, or how long it lasts."), code="length"))
        return cleaned

    def settle(self, cleaned: dict[str, Any], length: timedelta) -> None:
        """Of end and length one is enough; both have to agree."""
        starts = cleaned["starts_at"]
        try:
            minutes = rules.minutes_of(starts, starts + length)
        except Refusal as refusal:
            self.add_error("until", forms.ValidationError(refusal.sentence, code=refusal.code))
            return
        if cleaned.get("minutes") not in {None, minutes}:
            told = _("End and length do not agree: give one of them.")
            self.add_error("minutes", forms.ValidationError(told, code="two_lengths"))
        cleaned["minutes"] = minutes

    def reason(self, name: str) -> str | None:
        """None where it was not asked for, so that it stays as it is."""
        return str(self.cleaned_data[name]) if name in self.data else None


class StepForm(forms.Form):
    """An act on a session as it was seen."""

    step = forms.IntegerField(min_value=0, max_value=LARGEST_STEP, widget=forms.HiddenInput)


class CancelForm(StepForm):
    why_en = forms.CharField(label=_("Why, in English"), max_length=WHY, required=False)
    why_zh = forms.CharField(label=_("Why, in Chinese"), max_length=WHY, required=False)


class ShiftForm(ShowForm):
    """What is moved together, and where to. Given as it is read from an address: a preview can be shared."""

    day = forms.DateField(label=_("Day"), widget=a_day(), validators=[year_validator])
    room = SeatedRooms(label=_("What is in"), queryset=Room.objects.none(), required=False, empty_label=_("All rooms"))
    since = forms.TimeField(label=_("From"), widget=an_hour(), required=False)
    before = forms.TimeField(label=_("Before"), widget=an_hour(), required=False)
    tours = forms.BooleanField(label=_("Tours as well"), required=False)
    by = forms.IntegerField(
        label=_("Move by, minutes"),
        min_value=-FURTHEST,
        max_value=FURTHEST,
        help_text=_("30 is half an hour later, -30 half an hour earlier, 1440 a day later."),
    )
    to = SeatedRooms(label=_("Into"), queryset=Room.objects.none(), required=False, empty_label=_("The room it is in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = self.fields["room"].queryset

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("by") == 0 and cleaned.get("to") is None:
            told = _("Say by how many minutes, or into which room.")
            self.add_error("by", forms.ValidationError(told, code="no_move"))
        since, before = cleaned.get("since"), cleaned.get("before")
        if since and before and before <= since:
            self.add_error("before", forms.ValidationError(_("This is before the beginning."), code="no_time"))
        return cleaned


class ApplyShiftForm(ShowForm):
    """The move that was previewed, as it was: by how much, where to, and which sessions at which step."""

    by = forms.IntegerField(min_value=-FURTHEST, max_value=FURTHEST, widget=forms.HiddenInput)
    room = forms.ModelChoiceField(queryset=Room.objects.none(), required=False, widget=forms.HiddenInput)
    outside_hours_why = forms.CharField(
        label=_("Why they may be outside the show's hours"), max_length=WHY, required=False
    )
    over_seats_why = forms.CharField(
        label=_("Why they may have more places than there are seats"), max_length=WHY, required=False
    )
    once = forms.UUIDField(widget=forms.HiddenInput)


class PublishForm(forms.Form):
    """`seen` is the seal of the summary, `shown` the keys of the sessions in it."""

    note = forms.CharField(
        label=_("Note for yourselves"),
        max_length=WHY,
        required=False,
        help_text=_("Stays with the version: “Room 2A flooded”. Optional."),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=10_000, required=False, widget=forms.HiddenInput)
    once = forms.UUIDField(widget=forms.HiddenInput)


class UndoForm(forms.Form):
    once = forms.UUIDField(widget=forms.HiddenInput)
