from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExhibitorsConfig(AppConfig):
    name = "exhibitors"
    verbose_name = _("Exhibitors")

    def ready(self) -> None:
        from accounts.history import name_acts
        from exhibitors import mails, own_data  # noqa: F401  (they register themselves)

        name_acts(
            firm_registered=_("firm registered"),
            firm_corrected=_("firm corrected"),
            member_added=_("member added"),
            application_drafted=_("draft kept"),
            application_submitted=_("application submitted"),
            application_withdrawn=_("application withdrawn"),
            application_rejected=_("application declined"),
            application_expired=_("time ran out"),
            offer_made=_("offer made"),
            offer_accepted=_("offer accepted"),
            hold_extended=_("more time given"),
            booth_placed=_("booth placed"),
        )
