from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnsiteConfig(AppConfig):
    name = "onsite"
    verbose_name = _("At the gates")

    def ready(self) -> None:
        from onsite import own_data  # noqa: F401  (registers itself)
