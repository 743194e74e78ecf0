"""What must not be so in service, said by `manage.py check --deploy`."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError
from psycopg_pool import PoolTimeout

from chitec.demo import cast


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
