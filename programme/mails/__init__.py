"""The mails of this room. Each is put together when it is sent, from what is true then.

Those about a sign-up go to who made it, with `signup:<key>` as their thing and `{"signup": key}` as facts.
"""

from django.utils.translation import gettext_lazy as _

from accounts.mails import name_kinds
from programme.mails import changes, guide_links, handovers, offers, plans, speaker_links, staffs  # noqa: F401  (they register)

name_kinds(
    {
        "programme.changes": _("What changed in the programme"),
        "programme.speaker_link": _("Link to the speaker's own page"),
        "programme.guide_link": _("Link to the guide's boarding lists"),
        "programme.plan": _("Own plan of the show"),
        "programme.offer": _("Places offered"),
        "programme.still_coming": _("Question which of two is kept"),
        "programme.lapsed": _("Offer lapsed"),
        "programme.approved": _("Sign-up approved"),
        "programme.refused": _("Sign-up not approved"),
        "programme.called_off": _("Sign-up called off"),
        "programme.put_back": _("Sign-up put back"),
        "programme.moved_over": _("Moved to another session"),
        "programme.message": _("Message about a session"),
        "programme.handover": _("Place to be taken over"),
        "programme.handover_taken": _("Place taken over"),
        "programme.handover_declined": _("Place not taken over"),
        "programme.handover_lapsed": _("Place not taken over in time"),
        "programme.handover_withdrawn": _("Place not handed over any more"),
    }
)
