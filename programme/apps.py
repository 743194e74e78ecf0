from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ProgrammeConfig(AppConfig):
    name = "programme"
    verbose_name = _("Programme")

    def ready(self) -> None:
        from accounts.history import name_acts
        from programme import mails, own_data  # noqa: F401  (they register themselves)
        from programme.actions import favourites, forgetting  # noqa: F401  (as well)
        from programme.actions.signing import ending  # noqa: F401  (as well)

        name_acts(
            session_saved=_("session saved"),
            session_placed=_("session placed"),
            session_unplaced=_("session taken off the timetable"),
            sessions_shifted=_("sessions moved together"),
            session_cancelled=_("session cancelled"),
            session_restored=_("session restored"),
            session_deleted=_("session deleted"),
            talk_saved=_("talk saved"),
            series_saved=_("series saved"),
            host_saved=_("host saved"),
            guide_saved=_("guide saved"),
            bus_saved=_("bus saved"),
            enterprise_saved=_("open enterprise saved"),
            programme_published=_("programme published"),
            programme_undone=_("version of the programme taken back"),
            programme_imported=_("programme imported from a spreadsheet"),
            places_signed_up=pgettext_lazy("places", "signed up"),
            places_given_up=_("places given up"),
            offer_accepted=_("offer taken"),
            offer_lapsed=_("offer lapsed"),
            party_changed=_("party changed"),
            party_left=_("party left"),
            place_handed_over=_("place handed over"),
            place_taken_over=_("place taken over"),
            place_not_taken_over=_("place not taken over"),
            handing_over_withdrawn=_("handing over withdrawn"),
            handover_lapsed=_("place not taken over in time"),
            signup_moved_up=_("moved up in line"),
            signup_approved=_("sign-up approved"),
            signup_refused=_("sign-up refused"),
            signup_called_off=_("sign-up called off"),
            signup_put_back=_("put back in line"),
            signup_moved=_("moved to another session"),
            guest_added=_("guest added"),
            signing_up_closed=_("signing up closed"),
            signing_up_opened=_("signing up opened again"),
            places_changed=_("number of places changed"),
            session_written_to=_("message to all of a session"),
            signups_exported=_("sign-ups exported"),
            plan_exported=_("working plan exported"),
            speaker_saved=_("speaker saved"),
            speaker_corrected=_("speaker corrected"),
            speaker_deleted=_("speaker deleted"),
            speaker_erased=_("speaker erased"),
            speaker_link_mailed=_("link mailed to the speaker"),
            speaker_link_replaced=_("speaker's link replaced"),
            guide_link_mailed=_("link mailed to the guide"),
            guide_link_replaced=_("guide's link replaced"),
            id_numbers_given=_("ID numbers given"),
            id_number_removed=_("ID number removed"),
            id_numbers_seen=_("ID numbers looked at"),
            id_numbers_erased=_("ID numbers erased"),
            gate_list_exported=_("list for the enterprise's gate exported"),
            material_saved=_("slides or recording saved"),
            material_deleted=_("slides or recording deleted"),
            came_to_session=_("came to a session"),
            walked_in=_("walked in"),
            party_at_door=_("party counted at the door"),
            no_show_noted=_("did not come"),
            favourite_kept=_("session or stand kept"),
            favourite_removed=_("session or stand kept no longer"),
            interests_chosen=_("interests chosen"),
        )
