"""The feed of changes (RSS 2.0): what releases announced, moved and cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils import feedgenerator, translation
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from expo import formats
from expo.models import Room
from programme.documents import INTERNAL, Difference, Document
from programme.models import Change
from programme.outputs.frab import guid
from programme.plain import Teller, line
from programme.reading import Programme

AT_MOST = 50
# Some of them turn out to be nothing to tell.
LOOKED_AT = 4 * AT_MOST
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Feed(feedgenerator.Rss201rev2Feed):
    def latest_post_date(self) -> datetime:
        """An empty feed is not new each time it is asked for."""
        return super().latest_post_date() if self.items else NEVER


def rss(programme: Programme, language: str) -> bytes:
    """The last changes, newest first; two queries."""
    with translation.override(language):
        show, teller = programme.show, Teller(programme.show)
        here = f"{settings.SITE_URL}/programme.rss?lang={'zh' if teller.in_chinese else 'en'}"
        feed = Feed(
            title=_("%(show)s: changes of the programme") % {"show": teller.name(show)},
            link=teller.addresses.programme(),
            description=_("What was announced, moved or cancelled, as it was published."),
            language="zh-Hans" if teller.in_chinese else "en",
            feed_url=here,
            ttl=15,
        )
        rooms = Room.objects.filter(show=show).select_related("hall").in_bulk()
        for change, what in islice(told(programme), AT_MOST):
            feed.add_item(**item(change, what, teller, rooms))
        return feed.writeString("utf-8").encode()


def told(programme: Programme) -> Iterator[tuple[Change, list[Difference]]]:
    """The changes that anybody may know of, and what they changed. Of what is not announced any more, that alone."""
    public = [one.pk for one in programme.sessions]
    changes = Change.objects.filter(release__show=programme.show).exclude(what__contained_by=sorted(INTERNAL))
    rows = changes.filter(session__in=public) | changes.filter(what__contains=[Difference.GONE])
    for change in rows.select_related("release").order_by("-release__number", "-pk")[:LOOKED_AT]:
        if what := public_part(change):
            yield change, what


def public_part(change: Change) -> list[Difference]:
    """Details are worth a word where there is nothing else; places that are kept back are nobody's business."""
    before, after = change.sides
    hidden = set(INTERNAL)
    if before and after and (before.seats, before.standing) == (after.seats, after.standing):
        hidden.add(Difference.PLACES)
    what = [Difference(one) for one in change.what if one not in hidden]
    return [one for one in what if one != Difference.DETAILS] or what


def item(change: Change, what: list[Difference], teller: Teller, rooms: dict[int, Room]) -> dict[str, Any]:
    before, after = change.sides
    document = next(side for side in (after, before) if side is not None)
    said = teller.enumerated(str(one.label) for one in what)
    return {
        "title": _("%(title)s: %(what)s") % {"title": teller.plain_title(document), "what": said},
        "link": teller.addresses.session(document.slug) if after else teller.addresses.programme(),
        # Readers take a description for HTML.
        "description": format_html_join("", "<p>{}</p>", ((one,) for one in words(what, before, after, teller, rooms))),
        "pubdate": change.release.published_at,
        "unique_id": f"urn:uuid:{guid(f'changes/{change.release.number}', document.guid)}",
        "unique_id_is_permalink": False,
        "categories": [teller.kinds.get(document.kind, document.kind)],
    }


def words(
    what: list[Difference], before: Document | None, after: Document | None, teller: Teller, rooms: dict[int, Room]
) -> Iterable[str]:
    if after is None:
        return
    now = when_and_where(after, teller, rooms)
    if Difference.CANCELLED in what:
        yield now
        yield line(teller.own(after.cancelled_why_en, after.cancelled_why_zh))
    elif before is not None and {Difference.TIME, Difference.PLACE} & set(what):
        yield _("Moved from %(before)s to %(after)s.") % {
            "before": when_and_where(before, teller, rooms),
            "after": now,
        }
    else:
        yield now
    if before is not None and Difference.TITLE in what:
        yield _("Until now: %(title)s") % {"title": teller.plain_title(before)}


def when_and_where(document: Document, teller: Teller, rooms: dict[int, Room]) -> str:
    starts, ends = document.starts_at.astimezone(teller.zone), document.ends_at.astimezone(teller.zone)
    room = rooms.get(document.room or 0)
    named = [room, room.hall] if room else []
    until = formats.clock(ends) if ends.date() == starts.date() else formats.moment_long(ends)
    when = f"{formats.moment_long(starts)}–{until}"
    return ", ".join(filter(None, (when, *(teller.name(one) for one in named if one), teller.meeting(document))))
