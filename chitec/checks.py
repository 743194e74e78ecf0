"""What must not be so in service, said by `manage.py check --deploy`."""

import base64
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from psycopg_pool import PoolTimeout

from chitec.demo import cast


@register(Tags.security)
def each_key_serves_one_purpose(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Whoever gets hold of one of them opens nothing else with it."""
    purposes = {
        "SECRET_KEY": {settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS},
        "BADGE_KEY": {base64.b64encode(settings.BADGE_KEY).decode()},
        "ID_KEY": {base64.b64encode(key).decode() for key in (settings.ID_KEY, *settings.ID_KEYS_OLD)},
    }
    uses = Counter(key for keys in purposes.values() for key in keys)
    shared = [name for name, keys in purposes.items() if any(uses[key] > 1 for key in keys)]
    if not shared:
        return []
    return [
        Error(
            f"{' and '.join(shared)} are the same key.",
            hint="Draw one for each (`make key`); docs/running.md says how to change one that is in use.",
            id="chitec.E002",
        )
    ]


@register(Tags.security, deploy=True)
def nobody_logs_in_with_the_published_password(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Asks the database; where it is away, or has no tables yet, there are no logins to speak of."""
    if settings.DEBUG:
        return []
    try:
        emails = cast.with_published_password()
    except (DatabaseError, PoolTimeout):
        return []
    if not emails:
        return []
    return [
        Error(
            f"Everybody knows the password of {', '.join(emails)}.",
            hint="The demo of a development database is in service here. Use an empty one, or take the logins away.",
            id="chitec.E001",
        )
    ]
