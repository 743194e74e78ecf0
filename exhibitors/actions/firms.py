from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.models import Role, User
from accounts.refusals import Refusal, constraint_of, refusing
from exhibitors import rules
from exhibitors.actions.parties import check_member, not_yours
from exhibitors.models import Firm, Member

DETAILS = (
    "name_zh",
    "name_en",
    "country",
    "province",
    "uscc",
    "industry",
    "park",
    "about_zh",
    "about_en",
    "website",
    "contact_name",
    "contact_email",
    "contact_phone",
)

NO_NAME = Refusal("no_name", _("Give the firm's name in Chinese, in English or in both."), field="name_zh")
USCC_TAKEN = Refusal(
    "uscc_taken",
    _("A firm with this code is registered already. Ask your colleagues, or write to us."),
    field="uscc",
)


def checked(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details as they are stored. Raises Refusal: no_name and what `rules.checked_uscc` raises."""
    kept = {name: details[name] for name in DETAILS if name in details}
    if not kept.get("name_zh") and not kept.get("name_en"):
        raise NO_NAME
    kept["uscc"] = rules.checked_uscc(kept.get("uscc", ""), country=str(kept["country"]))
    if str(kept["country"]) != rules.MAINLAND:
        kept["province"] = ""
    return kept


def register_firm(*, actor: Actor, details: Mapping[str, Any], at: datetime) -> Firm:
    """Register the firm that the user acts for: the account becomes its member and an exhibitor.

    Raises Refusal: not_yours (no account), has_firm, no_name, uscc_taken and what `rules.checked_uscc` raises.
    """
    if actor.user is None:
        raise not_yours()
    details = checked(details)
    keys = rules.derived(name_en=details["name_en"], name_zh=details["name_zh"])
    with acting(actor, "firm_registered"), refusing(one_firm_a_credit_code=USCC_TAKEN):
        # One firm an account, also from two tabs at once.
        user = User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)
        if user.memberships.exists():
            raise Refusal("has_firm", _("Your account belongs to a firm already."))
        firm = Firm(**details, **keys, created_at=at)
        try:
            with transaction.atomic():
                firm.save(force_insert=True)
        except IntegrityError as error:
            if constraint_of(error) != "exhibitors_firm_slug_key":
                raise
            firm.slug = rules.another_slug(firm.slug)
            firm.pk = None
            firm.save(force_insert=True)
        Member.objects.create(firm=firm, user=user, since=at)
        if not user.has_role(Role.EXHIBITOR):
            user.roles = [*user.roles, Role.EXHIBITOR]
            user.save(update_fields=["roles"])
    return firm


def add_member(*, actor: Actor, firm: Firm, user: User, at: datetime) -> Member:
    """Let the user act for the firm: the account becomes an exhibitor's, and has the desk. Organisers may.

    Raises Refusal: not_yours, member_already.
    """
    if actor.user is None or not actor.user.has_role(Role.ORGANISER):
        raise not_yours()
    already = Refusal("member_already", _("The account acts for this firm already."), field="user")
    with acting(actor, "member_added"), refusing(one_membership_each=already):
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        member = Member.objects.create(firm=firm, user=user, since=at)
        if not user.has_role(Role.EXHIBITOR):
            user.roles = [*user.roles, Role.EXHIBITOR]
            user.save(update_fields=["roles"])
    return member


def correct_firm(*, actor: Actor, firm: Firm, details: Mapping[str, Any], at: datetime) -> Firm:
    """Correct the firm's details; its address stays, because it has been linked to. Members of
    the firm and organisers may.

    Raises Refusal: not_yours, no_name, uscc_taken and what `rules.checked_uscc` raises.
    """
    if actor.user is None or not actor.user.has_role(Role.ORGANISER):
        check_member(actor, firm)
    with acting(actor, "firm_corrected"), refusing(one_firm_a_credit_code=USCC_TAKEN):
        firm = Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)
        kept = checked({name: getattr(firm, name) for name in DETAILS} | dict(details))
        for name, value in kept.items():
            setattr(firm, name, value)
        firm.sort_en, firm.sort_zh = rules.sort_keys(name_en=firm.name_en, name_zh=firm.name_zh)
        firm.save()
    return firm
