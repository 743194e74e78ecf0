"""What happened to a row, read from the record that the database keeps of every change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.utils import timezone
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from pghistory.models import Context

from accounts.acting import Actor, ActorKind
from accounts.models import User

# So many events of one kind are read at most: a row with more of them is followed from its newest.
MOST = 1000
# What the site keeps for itself; it says nothing to whoever reads a history.
INTERNAL = frozenset({"guid", "handle", "link_version", "step", "search", "sort_en", "sort_zh"})

_acts: dict[str, Any] = {
    "insert": pgettext_lazy("history", "made"),
    "update": pgettext_lazy("history", "changed"),
    "delete": pgettext_lazy("history", "removed"),
    "signed_up": gettext_lazy("signed up"),
    "account_opened": gettext_lazy("account opened"),
    "account_changed": gettext_lazy("account changed"),
    "own_account_changed": gettext_lazy("own details changed"),
    "own_email_changed": gettext_lazy("own e-mail changed"),
    "account_erased": gettext_lazy("account erased"),
    "mail_resent": gettext_lazy("mail sent again"),
    "password_link_mailed": gettext_lazy("link for a password mailed"),
    "second_factor_removed": gettext_lazy("second factor removed"),
    "demo_made": gettext_lazy("demo show made"),
    "clock_set": gettext_lazy("clock of the demo show set"),
}


def name_acts(**names: Any) -> None:
    """Give the acts of a room the words by which the history tells them: `name_acts(booth_held=_("Booth held"))`."""
    _acts.update(names)


_called: dict[type[Model], tuple[Callable[[Any], str], tuple[str, ...]]] = {}


def name_rows(model: type[Model], call: Callable[[Any], str], *reads: str) -> None:
    """Say how a row of the model is called where the history tells of it; `reads` names the relations that it takes."""
    _called[model] = (call, reads)


def name_of(row: Model) -> str:
    """What the row is called where the history tells of it."""
    call, _reads = _called.get(type(row), (str, ()))
    return call(row)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that changed: its name and what it said before and after, as people read it."""

    field: str
    before: str
    after: str


@dataclass(slots=True)
class Change:
    """One row changed in one act. `actor` is empty where the change was made past the site, by hand in the database."""

    at: datetime
    act: str
    actor: str
    why: str
    about: str
    differences: list[Difference] = field(default_factory=list)
    order: int = 0


def of(obj: Model, relations: tuple[str, ...] = (), *, reader: User) -> list[Change]:
    """The changes of the row, and of those rows that the named reverse relations lead to which `reader` may see;
    newest first."""
    changes = list(_changes(type(obj), pgh_obj_id=obj.pk)) if _is_kept(type(obj)) else []
    for name in relations:
        relation = type(obj)._meta.get_field(name)
        changes += _changes(
            relation.related_model,
            hidden=_hidden(relation.related_model, reader, **{relation.field.name: obj}),
            **{relation.field.attname: obj.pk},
        )
    _name_actors(changes)
    return sorted(changes, key=attrgetter("at", "order"), reverse=True)


def _hidden(model: type[Model], reader: User, **where: Any) -> list[Any]:
    """The keys of those of the rows that the reader may not see."""
    rows = model._default_manager.filter(**where)
    if not hasattr(rows, "visible_to"):
        return []
    return list(rows.exclude(pk__in=rows.visible_to(reader).values("pk")).values_list("pk", flat=True))


def _is_kept(model: type[Model]) -> bool:
    return bool(getattr(model, "pgh_event_models", None))


def _changes(model: type[Model], *, hidden: Collection[Any] = (), **where: Any) -> Iterator[Change]:
    events = model.pgh_event_model
    own = [f.attname for f in events._meta.concrete_fields if not f.name.startswith("pgh_")]
    before: dict[int, dict[str, Any]] = {}
    rows = events.objects.filter(**where).exclude(pgh_obj_id__in=hidden).order_by("-pgh_id")
    rows = rows.values(*own, "pgh_id", "pgh_obj_id", "pgh_label", "pgh_created_at", "pgh_context__metadata")
    rows = list(rows[:MOST])
    called = _names(model, {row["pgh_obj_id"] for row in rows}) if model in _called else {}
    fields = _fields(model, own)
    referred = {
        name: _names(kept.related_model, {row[name] for row in rows} - {None})
        for name, kept in fields.items()
        if isinstance(kept, ForeignKey)
    }
    for row in reversed(rows):
        told = row["pgh_context__metadata"] or {}
        old = before.get(row["pgh_obj_id"], {})
        gone = row["pgh_label"] == "delete"
        yield Change(
            at=row["pgh_created_at"],
            act=act_in_words(told.get("act") or row["pgh_label"]),
            actor=told.get("actor", ""),
            why=told.get("why", ""),
            about=f"{capfirst(model._meta.verbose_name)} {called.get(row['pgh_obj_id'], row['pgh_obj_id'])}",
            differences=[] if gone else list(_differences(fields, referred, old, row)),
            order=row["pgh_id"],
        )
        before[row["pgh_obj_id"]] = row


def _fields(model: type[Model], names: list[str]) -> dict[str, Field]:
    """The model's fields of these columns of its events, but for what says nothing to a reader."""
    fields = {kept.attname: kept for kept in model._meta.concrete_fields if not kept.primary_key}
    return {name: fields[name] for name in names if name in fields and name not in INTERNAL}


def _names(model: type[Model], pks: Collection[Any]) -> dict[Any, str]:
    """What the rows are called that are still there, in one query."""
    if not pks:
        return {}
    call, reads = _called.get(model, (str, ()))
    rows = model._base_manager.filter(pk__in=pks)
    return {row.pk: call(row) for row in (rows.select_related(*reads) if reads else rows)}


def _differences(
    fields: dict[str, Field], referred: dict[str, dict[Any, str]], old: dict[str, Any], new: dict[str, Any]
) -> Iterator[Difference]:
    for name, kept in fields.items():
        if old.get(name) == new[name]:
            continue
        before, after = (_told(kept, value, referred.get(name)) for value in (old.get(name), new[name]))
        if before != after:
            yield Difference(capfirst(str(kept.verbose_name)), before, after)


def _told(kept: Field, value: Any, rows: dict[Any, str] | None) -> str:
    """A kept value as people read it; a reference to one of `rows` by what the row is called now."""
    if rows is None or value is None:
        return in_words(kept, value)
    return rows.get(value, f"#{value}")


def in_words(kept: Field, value: Any) -> str:
    """A kept value as people read it, where it is no reference to another row."""
    if value is None or value in ("", []):
        return ""
    inner = getattr(kept, "base_field", kept)
    names = {str(key): str(name) for key, name in inner.flatchoices}
    if kept.name == "language":
        names = dict(settings.LANGUAGES)
    if isinstance(value, list):
        return ", ".join(names.get(str(one), str(one)) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return localize(timezone.localtime(value))
    return names.get(str(value), str(localize(value)))


def record(actor: Actor, act: str, **facts: Any) -> None:
    """Record an act that changes no row of which history is kept, such as an export; the desk lists these."""
    Context.objects.create(id=uuid4(), metadata={"actor": str(actor), "act": act, "why": "", "recorded": True, **facts})


def forget(model: type[Model], pks: Collection[int]) -> None:
    """Delete what is kept of the rows' past, and the reasons that somebody wrote; who acted and when stays."""
    forget_events(model.pgh_event_model.objects.filter(pgh_obj_id__in=pks))


def forget_events(events: QuerySet[Any]) -> None:
    """As `forget`, of some of the events that are kept of a model."""
    contexts = list(events.exclude(pgh_context=None).values_list("pgh_context_id", flat=True).distinct())
    events.delete()
    for context in Context.objects.filter(pk__in=contexts).exclude(metadata__why=""):
        context.metadata["why"] = ""
        context.save(update_fields=["metadata"])


def act_in_words(act: str) -> str:
    if act in _acts:
        return str(_acts[act])
    match act.split("."):
        case ["desk", _model, "saved"]:
            return _("saved on the desk")
        case ["desk", _model, "deleted"]:
            return _("deleted on the desk")
    return act.replace("_", " ")


KINDS = {
    ActorKind.VISITOR: gettext_lazy("visitor, by the own link"),
    ActorKind.SPEAKER: gettext_lazy("speaker, by the own link"),
    ActorKind.GUIDE: gettext_lazy("guide, by the own link"),
    ActorKind.DEVICE: gettext_lazy("device %(ref)s at a gate"),
    ActorKind.SYSTEM: gettext_lazy("the site itself (%(ref)s)"),
}


def actor_in_words(actor: str) -> str:
    """Whoever acts without an account, by the kind."""
    kind, _colon, ref = actor.partition(":")
    return str(KINDS[ActorKind(kind)]) % {"ref": ref} if kind in KINDS else actor


def _name_actors(changes: list[Change]) -> None:
    """Users by name, in one query; the others by their kind."""
    parts = [change.actor.partition(":") for change in changes]
    users = User.objects.in_bulk(
        {int(ref) for kind, _colon, ref in parts if kind == ActorKind.USER and ref.isdecimal()}
    )
    for change, (kind, _colon, ref) in zip(changes, parts, strict=True):
        if kind == ActorKind.USER:
            user = users.get(int(ref)) if ref.isdecimal() else None
            change.actor = str(user) if user else _("a user who is gone (%(ref)s)") % {"ref": ref}
        elif change.actor:
            change.actor = actor_in_words(change.actor)
