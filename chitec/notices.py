from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class Notices(CookieStorage):
    """Django's, under a name that the settings give: what is said on the next page names people and their addresses."""

    cookie_name = settings.MESSAGES_COOKIE_NAME
