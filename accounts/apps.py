from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts and mail")

    def ready(self) -> None:
        from accounts import checks, staff  # noqa: F401  (they register themselves)


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with the desk as its site."""

    default = False
    default_site = "accounts.site.DeskSite"
