"""What must not be so in service, said by `manage.py check`."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def staff_show_a_second_factor(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.STAFF_SECOND_FACTOR or settings.DEBUG:
        return []
    return [
        Error(
            "Staff could log in with a password alone.",
            hint="Take STAFF_SECOND_FACTOR=off out of the environment: only development may do without.",
            id="accounts.E001",
        )
    ]


@register(Tags.security, deploy=True)
def addresses_are_https(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.HTTPS or settings.DEBUG:
        return []
    return [
        checks.Warning(
            "SITE_URL begins with http: passwords and links to visits would cross the network in clear.",
            hint="Serve the site by HTTPS and set SITE_URL to its https: address.",
            id="accounts.W001",
        )
    ]
