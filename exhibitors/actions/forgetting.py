"""The end of what is known of exhibitors' people: carried out by night, as `keeping` says beside each model.

A firm's name, its booths and its contracts are no personal data: they stay, so that an older show reads as it was.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet

from accounts import history
from accounts.acting import Actor, acting
from exhibitors.models import Application, Firm, Member
from expo.models import Show

ACTOR = Actor.system("forget_exhibitors")
NO_CONTACT = {"contact_name": "", "contact_email": "", "contact_phone": ""}


def erase_overdue(*, show: Show, at: datetime) -> dict[str, int]:
    """Erase what may be known no longer after the close of `show`: what firms wrote in their applications, who acted
    for a firm whose last show it was, and whom to write to there. Returns how many rows of each were erased."""
    done = dict.fromkeys(("applications", "members", "firms"), 0)
    if not show.calendar:
        return done
    with acting(ACTOR, "kept_long_enough"):
        if at >= show.closes_at + kept(Application):
            done["applications"] = _forget_words(Application.objects.filter(show=show))
        if at >= show.closes_at + kept(Member):
            done["members"] = _forget_members(Member.objects.filter(firm__in=_last_seen_at(show)))
        if at >= show.closes_at + kept(Firm):
            done["firms"] = _forget_contacts(_last_seen_at(show))
    return done


def erase_idle(*, at: datetime) -> dict[str, int]:
    """The same for firms that never applied for any show, from the moment that they were made; `at` is the real time.

    Such a firm stands nowhere and goes as a whole.
    """
    never = Firm.objects.filter(applications=None)
    with acting(ACTOR, "kept_long_enough"):
        members = _forget_members(Member.objects.filter(firm__in=never, since__lte=at - kept(Member)))
        gone = list(never.filter(created_at__lte=at - kept(Firm)).values_list("pk", flat=True))
        members += _forget_members(Member.objects.filter(firm__in=gone))
        Firm.objects.filter(pk__in=gone).delete()
        # After the deletion, which leaves an event itself.
        history.forget(Firm, gone)
    return {"members": members, "firms": len(gone)}


def kept(model: type[Application | Member | Firm]) -> timedelta:
    return timedelta(days=model.keeping.days or 0)


def _last_seen_at(show: Show) -> QuerySet[Firm]:
    """The firms that applied for this show and for none that came later."""
    pks = (
        Firm.objects.annotate(last=Max("applications__show__days__date"))
        .filter(last__lte=show.calendar[-1].date)
        .values("pk")
    )
    return Firm.objects.filter(pk__in=pks, applications__show=show).distinct()


def _forget_words(applications: QuerySet[Application]) -> int:
    pks = list(applications.values_list("pk", flat=True))
    erased = applications.exclude(exhibits="", answer="").update(exhibits="", answer="")
    history.forget(Application, pks)
    return erased


def _forget_members(members: QuerySet[Member]) -> int:
    pks = list(members.values_list("pk", flat=True))
    Member.objects.filter(pk__in=pks).delete()
    history.forget(Member, pks)
    return len(pks)


def _forget_contacts(firms: QuerySet[Firm]) -> int:
    pks = list(firms.filter(~Q(**NO_CONTACT)).values_list("pk", flat=True))
    Firm.objects.filter(pk__in=pks).update(**NO_CONTACT)
    history.forget(Firm, pks)
    return len(pks)
