"""The planner's grid. A day may have 300 blocks; put together here, they cost a third of what a template each would."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from html import escape

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo import formats
from programme.board import Block, Board, Lane, Unplaced
from programme.clashes import Clash
from programme.models import Session
from programme.states import State

register = template.Library()

#: So many sessions stand one above the other in a lane; more of them cover each other.
DEEPEST = 6
LOOKS = {State.DRAFT: "", State.PUBLISHED: "good", State.CHANGED: "waits", State.CANCELLED: "bad"}


def place_addresses() -> tuple[str, str]:
    """What stands before and after a session's key in the address of its form: looking each up takes longer."""
    before, after = reverse("admin:programme_planner_place", args=[0]).split("/0/")
    return f"{before}/", f"/{after}"


def speakers(count: int) -> str:
    return ngettext("%(n)d speaker", "%(n)d speakers", count) % {"n": count}


def block_html(block: Block, addresses: tuple[str, str], states: dict[State, str]) -> str:
    """Only what was typed is escaped: the rest is numbers and words of ours."""
    session, starts = block.session, block.starts
    hours, minutes = divmod(-(-session.minutes // 5), 12)
    level = min(block.level, DEEPEST - 1)
    clash = f" clashes-{block.worst.value}" if block.worst else ""
    clock, told = formats.clock(starts), states[block.state]
    if block.speakers:
        told = f"{speakers(block.speakers)} · {told}"
    return (
        f'<li class="block h{starts.hour} m{starts.minute // 5} dh{hours} dm{minutes} lv{level} is-{block.state.value}'
        f'{clash}" data-session="{session.pk}" data-step="{session.step}" data-starts="{clock}"'
        f' data-minutes="{session.minutes}" data-level="{level}"><a href="{addresses[0]}{session.pk}{addresses[1]}">'
        f'<b>{escape(session.code)}</b> <span class="when">{clock}–{formats.clock(block.ends)}</span>'
        f' <span class="title">{escape(session.title)}</span> <span class="what">{told}</span></a></li>'
    )


@register.simple_tag
def planner_lanes(board: Board) -> SafeString:
    addresses, states = place_addresses(), words_of_states()

    def lane_html(lane: Lane) -> str:
        name, depth = escape(lane.name), min(lane.depth, DEEPEST)
        where = f'data-tour="{lane.key}"' if lane.takes_tours else f'data-room="{lane.room or ""}"'
        blocks = "".join(block_html(one, addresses, states) for one in lane.blocks)
        return (
            f'<li class="lane deep{depth}" {where}><h3>{name}<small>{escape(lane.note)}</small></h3>'
            f'<ol class="track" aria-label="{name}">{blocks}</ol></li>'
        )

    return mark_safe("".join(lane_html(lane) for lane in board.lanes))  # noqa: S308


def words_of_states() -> dict[State, str]:
    return {state: escape(str(state.label)) for state in State}


def at(name: str, moment: time | None) -> str:
    return f"{name}h{moment.hour} {name}m{moment.minute // 5}" if moment else f"{name}h0 {name}m0"


@register.simple_tag
def planner_scale(board: Board) -> str:
    """The classes that say which hours the grid shows, and which of them are open."""
    return f"from{board.first} n{board.hours} {at('o', board.opens)} {at('c', board.closes)}"


@register.simple_tag
def planner_list(board: Board) -> SafeString:
    """The same day as the rows of a table, in the order of time."""
    before, after = place_addresses()
    states = words_of_states()
    rows = [(block, lane) for lane in board.lanes for block in lane.blocks]
    rows.sort(key=lambda one: (one[0].starts, one[1].name))
    return mark_safe(  # noqa: S308
        "".join(
            f'<tr><td class="when">{formats.clock(block.starts)}–{formats.clock(block.ends)}</td>'
            f"<td>{escape(lane.name)}</td>"
            f'<th scope="row"><a href="{before}{block.session.pk}{after}">'
            f"{escape(block.session.code)} {escape(block.session.title)}</a></th>"
            f'<td><span class="state {LOOKS[block.state]}">{states[block.state]}</span></td></tr>'
            for block, lane in rows
        )
    )


@register.simple_tag
def planner_clashes(clashes: Iterable[tuple[Clash, Session]]) -> SafeString:
    """What clashes, each with the way to its session, the worst first."""
    before, after = place_addresses()
    return mark_safe(  # noqa: S308
        "".join(
            f'<li class="{clash.weight.value}"><a href="{before}{session.pk}{after}" data-leads="{session.pk}">'
            f"{escape(session.code)} {escape(session.title)}</a>: {escape(str(clash.sentence))}</li>"
            for clash, session in clashes
        )
    )


@register.simple_tag
def session_state(one: Unplaced) -> SafeString:
    return format_html('<span class="state {}">{}</span>', LOOKS[one.state], one.state.label)


@register.filter
def lasting(session: Session) -> str:
    """90 minutes."""
    return ngettext("%(n)d minute", "%(n)d minutes", session.minutes) % {"n": session.minutes}


@register.filter
def person(one: object) -> str:
    """Li Na (speaker)."""
    kinds = {"speaker": _("speaker"), "host": _("host"), "guide": _("guide")}
    return _("%(name)s (%(kind)s)") % {"name": one.name, "kind": kinds[one.who]}


@register.filter
def people(several: Iterable[object]) -> str:
    """Li Na (speaker), Wang Wei (guide)."""
    return formats.listed(person(one) for one in several)
