"""The end of what is known of those who speak, host and guide: by night, as `keeping` says, or when somebody asks.

Of those who signed up see `signing.ending`.

Who spoke where was public and stays, so that an older show reads as it was: name, position, firm and country of whom
the published programme names. How to reach them, their portraits and the words about them go.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from accounts import erasures, history
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal
from expo.models import Show
from programme import naming
from programme.actions import pictures
from programme.actions.planning import pen
from programme.actions.signing import ending
from programme.booklet import shelf
from programme.models import Appearance, Engagement, Guide, Host, Picture, Published, Release, Speaker

ACTOR = Actor.system("forget_programme")
#: What stands in a programme for somebody whose name is not known.
NOBODY = "N. N."
_REACHED = {"email": "", "phone": "", "about_en": "", "about_zh": ""}
_CONTACT = {"contact_name": "", "contact_email": ""}


def erase_overdue(*, show: Show, at: datetime) -> dict[str, int]:
    """Erase what may be known no longer after the close of `show`; how many rows of each were erased."""
    done = dict.fromkeys(("speakers", "hosts", "guides", "pictures"), 0)
    if not show.calendar:
        return done | ending.erase_overdue(show=show, at=at)
    with acting(ACTOR, "kept_long_enough"):
        pen(show)
        if at >= show.closes_at + kept(Speaker):
            done["speakers"] = _forget_speakers(show)
        if at >= show.closes_at + kept(Host):
            done["hosts"] = _forget_hosts(show)
        if at >= show.closes_at + kept(Guide):
            done["guides"] = _forget_guides(show)
        if at >= show.closes_at + kept(Picture):
            show.enterprises.update(picture=None)
            done["pictures"] = pictures.drop_unused()
    return done | ending.erase_overdue(show=show, at=at)


def kept(model: type[Speaker | Host | Guide | Picture]) -> timedelta:
    return timedelta(days=model.keeping.days or 0)


def named(show: Show) -> set[int]:
    """The speakers whom the published programme of the show names."""
    rows = Published.objects.filter(show=show)
    return {pk for row in rows for pk in row.told.speakers}


def _forget_speakers(show: Show) -> int:
    """Whom the public never knew goes as a whole."""
    public = named(show)
    rows = Speaker.objects.filter(show=show)
    unknown = list(rows.exclude(pk__in=public).values_list("pk", flat=True))
    _delete(unknown)
    reached = ~Q(**_REACHED) | Q(portrait__isnull=False) | Q(handle__gte=0)
    pks = list(rows.filter(reached, pk__in=public).values_list("pk", flat=True))
    _cut_off(pks)
    return len(pks) + len(unknown)


def _delete(pks: Collection[int]) -> None:
    Appearance.objects.filter(speaker__in=pks).delete()
    Engagement.objects.filter(speaker__in=pks).delete()
    Speaker.objects.filter(pk__in=pks).delete()
    _forget_traces(pks)


def _cut_off(pks: Collection[int]) -> None:
    # A handle below zero is in no link.
    Speaker.objects.filter(pk__in=pks).update(**_REACHED, portrait=None, handle=-F("pk"))
    _forget_traces(pks)


def _forget_traces(pks: Collection[int]) -> None:
    """Mails about them, what the history knows of them, their portraits, and the booklets that name them."""
    Mail.objects.filter(thing__in=[f"speaker:{pk}" for pk in pks]).delete()
    # One that is a host's or a guide's as well went to an address that stays.
    of_changes = Mail.objects.filter(kind="programme.changes", facts__speakers__contained_by=list(pks))
    of_changes.exclude(facts__has_any_keys=["hosts", "guides"]).delete()
    transaction.on_commit(shelf.clear)
    history.forget(Speaker, pks)
    pictures.drop_unused()


def _forget_hosts(show: Show) -> int:
    pks = list(Host.objects.filter(~Q(**_CONTACT), show=show).values_list("pk", flat=True))
    Host.objects.filter(pk__in=pks).update(**_CONTACT)
    history.forget(Host, pks)
    _forget_releases(show)
    return len(pks)


def _forget_guides(show: Show) -> int:
    """A guide is never public: only that there was one stays with the departures."""
    told = Q(phone="", email="", name__startswith=f"{NOBODY} ")
    pks = list(Guide.objects.filter(~told, show=show).values_list("pk", flat=True))
    # A handle below zero is in no link.
    told_of_nobody = {"phone": "", "email": "", "name": Concat(Value(f"{NOBODY} "), "pk"), "handle": -F("pk")}
    Guide.objects.filter(pk__in=pks).update(**told_of_nobody)
    Mail.objects.filter(thing__in=[f"guide:{pk}" for pk in pks]).delete()
    history.forget(Guide, pks)
    _forget_releases(show)
    return len(pks)


def _forget_releases(show: Show) -> None:
    """The mails that told who is in a version what changed."""
    things = [f"release:{pk}" for pk in Release.objects.filter(show=show).values_list("pk", flat=True)]
    Mail.objects.filter(thing__in=things).delete()


def erase(*, actor: Actor, speaker: Speaker, at: datetime) -> None:
    """Erase who a speaker was, at the speaker's own wish: the name too; where the programme names one, nobody does.

    Raises Refusal: still_speaks (at something to come), erased.
    """
    _erase(actor=actor, speaker=speaker, at=at, noted=False)


@erasures.replays("speaker")
def erase_again(handle: str, at: datetime) -> bool:
    """Erase what a restored backup has brought back; whether it had."""
    row = Speaker.objects.select_related("show").filter(handle=int(handle)).first()
    if row is not None:
        _erase(actor=Actor.system("replay_erasures"), speaker=row, at=at, noted=True)
    return row is not None


def _erase(*, actor: Actor, speaker: Speaker, at: datetime, noted: bool) -> None:
    with acting(actor, "speaker_erased"):
        pen(speaker.show)
        row = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        handle = row.handle
        if handle < 0 and row.name_en == NOBODY:
            raise Refusal("erased", _("This speaker is erased already."))
        if not noted and Engagement.objects.filter(speaker=row, during__endswith__gt=at).exists():
            raise Refusal(
                "still_speaks",
                _("The speaker still speaks at a session to come. Take them out of it and publish that first."),
            )
        if noted or row.pk in named(row.show) or Appearance.objects.filter(speaker=row).exists():
            told = naming.derived(name_en=NOBODY, name_zh=NOBODY)
            Speaker.objects.filter(pk=row.pk).update(
                name_en=NOBODY,
                name_zh=NOBODY,
                position_en="",
                position_zh="",
                firm_en="",
                firm_zh="",
                slug=f"n-n-{row.pk}",
                search=told["search"],
                sort_en=told["sort_en"],
                sort_zh=told["sort_zh"],
            )
            _cut_off([row.pk])
        else:
            _delete([row.pk])
        if handle >= 0 and not noted:
            erasures.note("speaker", handle, at=at)
