from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import dateformat
from django.views.decorators.http import require_safe

from expo import formats
from programme import days, times
from programme.reading import Listed, Programme, places_left
from programme.reading import programme as read_programme
from programme.shown import Shown
from programme.views.pages import public, window

# So far ahead of its beginning a session is next; and as many are named at most.
SOON = timedelta(minutes=90)
NEXT_AT_MOST = 12


@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """Leads to the day that is looked for, with what is chosen; before anything is published it says so."""
    shown = read_programme(request.show)
    day = days.the_day(shown, request.show.now())
    if day is None or not shown.sessions:
        return render(request, "programme/nothing.html", {"part": "day"})
    query = request.GET.urlencode()
    return redirect(address(day) + (f"?{query}" if query else ""))


def address(day: date) -> str:
    return reverse("programme-day", args=[day.isoformat()])


@public
def day(request: HttpRequest, shown: Programme, at: datetime, *, day: str) -> HttpResponse:
    every = {one.isoformat(): one for one in days.days_of(shown)}
    if day not in every:
        raise Http404
    if not shown.sessions:
        return render(request, "programme/nothing.html", {"part": "day"})
    asked = every[day]
    fields = days.choices(shown)
    chosen = days.chosen_in(request.GET.dict(), fields)
    left = places_left(shown.show)
    all_pieces = days.pieces(shown, asked, left=left, at=at, window=window(at))
    pieces = [piece for piece in all_pieces if piece.is_chosen(chosen)]
    grid = None
    if chosen.view != days.LIST:
        grid = shown.once(
            ("grid", asked, request.LANGUAGE_CODE, chosen, left),
            lambda: days.grid(
                shown.show, asked, (piece.listed for piece in pieces if not piece.goes_on), left=left, at=at
            ),
            window=window(at),
        )
    hours = next((one for one in shown.show.calendar if one.date == asked), None)
    return render(
        request,
        "programme/day.html",
        {
            "part": "day",
            "day": asked,
            "hours": hours,
            "days": [
                link(one, chosen) | {"is_shown": one == asked, "is_today": one == at.date()} for one in every.values()
            ],
            "fields": [
                (field, [(value, label, value == getattr(chosen, field.name)) for value, label in field.options])
                for field in fields
                if field.options
            ],
            "chosen": chosen,
            "everything": address(asked) + days.Chosen(view=chosen.view).query(),
            "pieces": pieces,
            "since": [piece for piece in pieces if piece.goes_on],
            "all": len(all_pieces),
            "grid": grid,
            "as_list": chosen.query(view=days.LIST),
            "as_grid": chosen.query(view=days.GRID),
            "whose": times.whose(shown.show, asked),
        },
    )


def link(day: date, chosen: days.Chosen) -> dict[str, Any]:
    """The way to a day, with what is chosen."""
    return {
        "href": address(day) + chosen.query(),
        "weekday": dateformat.format(day, "D"),
        "date": formats.day_brief(day),
    }


@public
def now(request: HttpRequest, shown: Programme, at: datetime) -> HttpResponse:
    """What is on and what comes next, by the show's clock."""
    show, left = shown.show, places_left(shown.show)
    on = [one for one in shown.sessions if not one.is_over(at) and not one.is_coming(at)]
    following = next_up(shown, at)
    first = following[0].starts.date() if following else at.date()
    return render(
        request,
        "programme/now.html",
        {
            "part": "now",
            "at": at,
            "clock": times.tag(at),
            "today": at.date(),
            "on": [Shown(one, at, beside=at.date(), left=left) for one in on],
            "next": [Shown(one, at, beside=first, left=left) for one in following],
            "next_day": first if first != at.date() else None,
            "is_before": bool(show.calendar) and at < show.opens_at,
            "is_over": show.is_over(at) and not on and not following,
            "day": days.the_day(shown, at),
            "nothing": not shown.sessions,
            "whose": times.whose(show, at.date()),
        },
    )


def next_up(shown: Programme, at: datetime) -> list[Listed]:
    """What begins soon; if nothing does, what begins first after that."""
    coming = [one for one in shown.sessions if one.is_coming(at)]
    if not coming:
        return []
    until = max(at.timestamp() + SOON.total_seconds(), coming[0].told.starts_at.timestamp())
    return [one for one in coming if one.told.starts_at.timestamp() <= until][:NEXT_AT_MOST]
