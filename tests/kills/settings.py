"""The site's settings, but static files stay where they lie: collecting and compressing them takes half a minute."""

from chitec.settings import *  # noqa: F403
from chitec.settings import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
