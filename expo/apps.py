from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExpoConfig(AppConfig):
    name = "expo"
    verbose_name = _("Show and venue")

    def ready(self) -> None:
        from expo import own_data  # noqa: F401  (registers itself)
