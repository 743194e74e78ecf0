"""What the pages of sign-ups ask staff for: the shape of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Case, F, QuerySet, When
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from expo import formats
from expo.models import Show
from programme.admin.forms import LARGEST_STEP, WHY
from programme.models import Access, Message, Session, SessionPlaces, Signup
from programme.models.sessions import LARGEST_PARTY
from visitors.badges import serials
from visitors.models import Badge, Registration

LONGEST_REASON = 300
MOST_SEATS = 20_000


class NoForm(forms.Form):
    """For acts that ask for nothing but whether they shall be."""


class WhyForm(forms.Form):
    why = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Whoever is concerned reads it; leave names out of it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class OwnWhyForm(forms.Form):
    why = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Stays on record and is counted in the report; leave names out of it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class OtherSession(forms.ModelChoiceField):
    """Sessions with the places that are left in each."""

    def label_from_instance(self, places: SessionPlaces) -> str:
        session = places.session
        return gettext("%(when)s · %(title)s · places left: %(left)s") % {
            "when": formats.moment_short(places.starts_at.astimezone(session.show.zone)),
            "title": session.title,
            "left": formats.number(places.left),
        }


class MoveForm(WhyForm):
    to = OtherSession(
        label=_("To"),
        queryset=SessionPlaces.objects.none(),
        empty_label=_("- Select an option -"),
        help_text=_("Other departures and sessions that have places left, those of the same series first."),
    )
    field_order = ("to", "why")

    def __init__(self, *args: Any, session: Session, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = with_places(session, at=at)


def with_places(session: Session, *, at: datetime) -> QuerySet[SessionPlaces]:
    """Where somebody could go instead: the same enterprise first, then the same series, then by time."""
    rows = SessionPlaces.objects.filter(
        session__show=session.show_id, starts_at__gt=at, takes_place=True, taken__lt=F("places")
    ).exclude(pk=session.pk)
    akin = Case(
        When(session__enterprise=session.enterprise_id, session__enterprise__isnull=False, then=0),
        When(session__series=session.series_id, session__series__isnull=False, then=1),
        default=2,
    )
    return rows.exclude(access=Access.NONE).select_related("session__show").order_by(akin, "starts_at", "session__code")


class ConfirmForm(forms.Form):
    """An offer that is taken for somebody; what it clashes with can be given up in the same moment."""

    instead_of = forms.ModelMultipleChoiceField(
        label=_("Give up instead"),
        queryset=Signup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick only what they said on the phone."),
    )

    def __init__(self, *args: Any, clashing: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(clashing)
        self.fields["instead_of"].queryset = Signup.objects.filter(pk__in=[pk for pk, _told in known])
        self.fields["instead_of"].choices = known
        if not known:
            del self.fields["instead_of"]


class GuestForm(forms.Form):
    """Somebody with a badge, by its number or the e-mail of the registration."""

    who = forms.CharField(
        label=_("Badge number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("Guests need a badge as well: register them first if they have none."),
    )
    party = forms.IntegerField(
        label=_("People"),
        min_value=1,
        max_value=LARGEST_PARTY,
        initial=1,
        help_text=_("The guest and who comes along."),
    )
    why = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=_("Stays with the sign-up: “Delegation of Finland”. Optional."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, show: Show, **kwargs: Any) -> None:
        self.show = show
        super().__init__(*args, **kwargs)

    def clean_who(self) -> Registration:
        """The registration of the show that is meant; several with one address need the badge's number."""
        typed = self.cleaned_data["who"].strip()
        serial = serials.tidy(typed)
        rows = Registration.objects.filter(show=self.show).select_related("show")
        if serial:
            found = list(rows.filter(pk__in=Badge.objects.live().filter(serial=serial).values("registration"))[:2])
        else:
            found = list(rows.filter(email__iexact=typed)[:2])
        if not found:
            raise forms.ValidationError(_("Nobody at this show has this badge or e-mail."), code="nobody")
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several people have this e-mail. Give the number of the badge."), code="several"
            )
        return found[0]


class PlacesForm(forms.Form):
    """`step` is the one that was seen."""

    seats = forms.IntegerField(label=_("Seats"), min_value=0, max_value=MOST_SEATS)
    over_seats_why = forms.CharField(
        label=_("Why it may have more places than there are seats"),
        max_length=WHY,
        required=False,
        help_text=_("Only where it has."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    why = forms.CharField(
        label=_("Note for yourselves"),
        max_length=WHY,
        required=False,
        help_text=_("Stays with the version: “The bus broke down”. Optional."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    step = forms.IntegerField(min_value=0, max_value=LARGEST_STEP, widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """Plain text; one of the languages is enough, the other gets the same then."""

    to = forms.ChoiceField(label=_("To"), choices=Message.To.choices)
    subject_zh = forms.CharField(
        label=_("Subject in Chinese"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "lang": "zh-Hans"}),
    )
    text_zh = forms.CharField(
        label=_("Text in Chinese"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 70, "lang": "zh-Hans"}),
    )
    subject_en = forms.CharField(
        label=_("Subject in English"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField", "lang": "en"}),
    )
    text_en = forms.CharField(
        label=_("Text in English"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 70, "lang": "en"}),
        help_text=_("One language is enough; who reads the other gets the same words."),
    )
    once = forms.UUIDField(widget=forms.HiddenInput)
