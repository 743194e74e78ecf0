"""The lines of somebody's days, drawn as strings: a full plan has dozens, and templates take five times as long."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chitec.own_days import Entry

ACTS = ("accept", "decline", "party", "give-up", "id", "hand-over", "drop-out")
#: Stands for a sign-up in an address until the real one is put there.
SOME = UUID(int=0)


class Drawer:
    """Draws for the page of one visit: each word is looked up once, and each address put together from its pattern.

    Words stand outside of f-strings, in which gettext finds none.
    """

    def __init__(self, key: str, csrf_token: str) -> None:
        self.word = cache(lambda text: escape(_(text)))
        self.csrf = f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(csrf_token)}">'
        self.keep = reverse("visit-keep", args=[key])
        self.patterns = {act: pattern(f"visit-signup-{act}", key) for act in ACTS}

    def href(self, act: str, guid: UUID) -> str:
        return self.patterns[act].replace(str(SOME), str(guid))

    def entry(self, one: Entry) -> SafeString:
        shown, held = one.shown, one.held
        if shown is None:
            return mark_safe("")
        before = f'<li class="between small quiet">{escape(one.free)}</li>' if one.free else ""
        before += f'<li class="between small"><b>{escape(one.way)}</b></li>' if one.way else ""
        facts = [escape(shown.kind)]
        if shown.where:
            meet = escape(_("meet at: %(place)s") % {"place": shown.where})
            facts.append(escape(shown.where) if shown.listed.room else meet)
        if shown.told.bring and not one.is_off:
            facts.append(escape(_("bring %(things)s") % {"things": shown.told.bring}))
        told = [f'<p class="small quiet">{" · ".join(facts)}</p>']
        if one.who:
            who = escape(_("Who: %(names)s") % {"names": one.who})
            told.append(f'<p class="small">{who}</p>')
        told += [f'<p class="small is-now">{escape(ask)}</p>' for ask in one.asks]
        told += [f'<p class="small quiet">{escape(note)}</p>' for note in one.notes]
        if one.moves:
            moves = "".join(f"<li>{escape(move)}</li>" for move in one.moves)
            why = self.word(gettext_noop("Why my place in line moved"))
            told.append(f'<details class="small"><summary>{why}</summary><ul>{moves}</ul></details>')
        if acts := self.acts(one, escape(shown.title)):
            told.append(f'<div class="acts">{acts}</div>')
        ident = f' id="s{held.signup.guid}"' if held else ""
        kind = "" if held else " is-kept"
        chip = f"chip {one.chip_kind}" if one.chip_kind else "chip"
        return mark_safe(  # noqa: S308  (names and texts are escaped)
            f'{before}<li class="item {shown.classes}{kind}"{ident}><p class="at">{shown.span}</p>'
            f'<div><h4><a href="{shown.href}">{escape(shown.title)}</a></h4>{"".join(told)}</div>'
            f'<span class="state"><span class="{chip}">{escape(one.chip)}</span></span></li>\n'
        )

    def acts(self, one: Entry, title: str) -> str:
        """What can be done, each named with what it is done to for who does not see the page."""
        of = f'<span class="visually-hidden"> {title}</span>'
        if one.held is None:
            return self.acts_of_kept(one, of)
        guid, acts = one.held.signup.guid, []
        if one.is_open_offer and one.can_change:
            acts += self.answers(one, guid, of)
        if one.ids_missing and one.is_mine and (href := self.href("id", guid)):
            give = self.word(
                gettext_noop("Give the ID number") if one.ids_missing == 1 else gettext_noop("Give the ID numbers")
            )
            acts.append(f'<a class="btn" href="{href}">{give}{of}</a>')
        if one.can_leave and not one.is_off and (href := self.href("drop-out", guid)):
            acts.append(self.dropping_out(one, href, of))
        if not one.can_change or one.is_off:
            return "".join(acts)
        if one.listed and one.listed.told.party_most > 1 and (href := self.href("party", guid)):
            look = "line" if one.is_open_offer and not one.can_take else "plain"
            change = self.word(gettext_noop("Change who comes"))
            acts.append(f'<a class="btn {look}" href="{href}">{change}{of}</a>')
        if one.is_sure and (href := self.href("hand-over", guid)):
            over = self.word(gettext_noop("Hand it over"))
            acts.append(f'<a class="btn plain" href="{href}">{over}{of}</a>')
        if not one.is_offered and (href := self.href("give-up", guid)):
            acts.append(self.giving_up(one, href, of))
        return "".join(acts)

    def acts_of_kept(self, one: Entry, of: str) -> str:
        shown = one.shown
        look, no_longer = gettext_noop("See if there are places"), gettext_noop("Keep it no longer")
        see = f'<a class="btn line" href="{shown.href}">{self.word(look)}{of}</a>'
        return ("" if one.is_off else see) + (
            f'<form method="post" action="{self.keep}">{self.csrf}<input type="hidden" name="session" '
            f'value="{shown.told.slug}"><input type="hidden" name="kept" value="no">'
            f'<button class="btn plain">{self.word(no_longer)}{of}</button></form>'
        )

    def answers(self, one: Entry, guid: UUID, of: str) -> list[str]:
        """To take what is offered, instead of what it clashes with, or not."""
        take = (
            self.word(gettext_noop("Take it instead")) if one.instead_of else self.word(gettext_noop("Take the places"))
        )
        leave = self.word(gettext_noop("Keep what I have")) if one.instead_of else self.word(gettext_noop("Decline"))
        instead = "".join(
            f'<input type="hidden" name="instead_of" value="{other.signup.guid}">' for other in one.instead_of
        )
        acts = []
        if one.can_take and (href := self.href("accept", guid)):
            acts.append(
                f'<form method="post" action="{href}">{self.csrf}{instead}'
                f'<button class="btn">{take}{of}</button></form>'
            )
        if href := self.href("decline", guid):
            acts.append(
                f'<form method="post" action="{href}">{self.csrf}<button class="btn line">{leave}{of}</button></form>'
            )
        return acts

    def dropping_out(self, one: Entry, href: str, of: str) -> str:
        """For who comes along with somebody else; the others of the party stay as they are."""
        then = gettext_noop("The others still come. Your place goes to the next in line at once.")
        if not one.is_sure:
            then = gettext_noop("The others keep their turn, without you.")
        return self.asked_twice(gettext_noop("Drop out"), then, gettext_noop("I do not come"), href, of)

    def giving_up(self, one: Entry, href: str, of: str) -> str:
        """Asked once more without a page of its own: places that are given up are gone at once."""
        if one.is_requested:
            then = gettext_noop("You can ask again while sign-up is open.")
            return self.asked_twice(gettext_noop("Take the request back"), then, gettext_noop("Take it back"), href, of)
        if one.is_waiting:
            then = gettext_noop("You lose your place in line.")
            return self.asked_twice(gettext_noop("Leave the list"), then, gettext_noop("Leave the list"), href, of)
        then = gettext_noop("The places go to the next in line at once.")
        return self.asked_twice(gettext_noop("Give up"), then, gettext_noop("Give the places up"), href, of)

    def asked_twice(self, first: str, then: str, sure: str, href: str, of: str) -> str:
        return (
            f'<details class="sure"><summary>{self.word(first)}{of}</summary>'
            f'<form method="post" action="{href}">{self.csrf}<p class="small">{self.word(then)}</p>'
            f'<button class="btn danger">{self.word(sure)}</button></form></details>'
        )


def pattern(name: str, key: str) -> str:
    """The address of an act on some sign-up; nothing where the site has no such act."""
    try:
        return reverse(name, args=[key, SOME])
    except NoReverseMatch:
        return ""
