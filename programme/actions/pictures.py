"""Pictures come and go with whom they show."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from programme.models import Enterprise, Picture, Speaker
from programme.pictures import Drawn


def keep(drawn: Drawn) -> Picture:
    """The picture in the database, in the running transaction; the same one is kept once."""
    _alone()
    picture, _made = Picture.objects.get_or_create(
        digest=drawn.digest, defaults={"jpeg": drawn.jpeg, "width": drawn.width, "height": drawn.height}
    )
    return picture


def drop_unused() -> int:
    """Delete the pictures that show nobody and nothing any more; how many there were."""
    _alone()
    unused = Picture.objects.filter(~Q(pk__in=_used(Speaker, "portrait")) & ~Q(pk__in=_used(Enterprise, "picture")))
    count, _rows = unused.delete()
    return count


def _used(model: type[Speaker | Enterprise], column: str) -> object:
    return model.objects.exclude(**{column: None}).values(column)


def _alone() -> None:
    """Until the transaction ends nobody else keeps or drops pictures: one that is being kept is not dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('programme.pictures'))")
