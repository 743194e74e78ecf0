from __future__ import annotations

from typing import Any, ClassVar

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pghistory.models import Context

from accounts.privacy import NOTHING_PERSONAL, Keeping


class Role(models.TextChoices):
    ORGANISER = "organiser", _("Organiser")
    AREA_MANAGER = "area_manager", _("Area manager")
    PROGRAMME_EDITOR = "programme_editor", _("Programme editor")
    GATE_STAFF = "gate_staff", _("Gate staff")
    AUDITOR = "auditor", _("Auditor")
    EXHIBITOR = "exhibitor", _("Exhibitor")


STAFF_ROLES = frozenset(Role) - {Role.EXHIBITOR}


# The addresses of accounts that were erased; nothing is ever delivered below .invalid.
ERASED = "erased.invalid"


class UserQuerySet(models.QuerySet["User"]):
    def kept(self) -> UserQuerySet:
        """Accounts that still are somebody's."""
        return self.exclude(email__endswith=f"@{ERASED}")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, roles=[Role.ORGANISER], **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser):
    """Somebody with an account: staff or an exhibitor. Visitors need none."""

    keeping = Keeping(purpose=_("to know who acts"), basis=_("contract"), days=3 * 365)

    email = models.EmailField(
        _("e-mail"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("There is an account with this e-mail already.")},
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role.choices), verbose_name=_("roles"), default=list, blank=True
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("may log in"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="email_in_lower_case",
                violation_error_code="upper_case",
                violation_error_message=_("Write the e-mail in small letters."),
            ),
        )

    def __str__(self) -> str:
        return self.name or (gettext("an account that was erased") if self.is_erased else self.email)

    @property
    def is_staff(self) -> bool:
        """May enter the staff's desk; what there is to see is decided by role."""
        return not STAFF_ROLES.isdisjoint(self.roles)

    @property
    def is_superuser(self) -> bool:
        return Role.ORGANISER in self.roles

    @property
    def is_erased(self) -> bool:
        return self.email.endswith(f"@{ERASED}")

    @property
    def role_names(self) -> str:
        return ", ".join(str(Role(role).label) for role in self.roles)

    def has_role(self, *roles: Role) -> bool:
        return not set(self.roles).isdisjoint(roles)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """No permission has a name here: the desk goes by role and by `visible_to`, and denies where nobody says so."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class RecordManager(models.Manager["Record"]):
    def get_queryset(self) -> models.QuerySet[Record]:
        return super().get_queryset().filter(metadata__has_key="recorded")


class Record(Context):
    """An act that changed no row of which history is kept: who took data out, who had a mail sent again."""

    keeping = NOTHING_PERSONAL

    objects: ClassVar[RecordManager] = RecordManager()

    class Meta:
        proxy = True
        verbose_name = _("export or mail sent again")
        verbose_name_plural = _("exports and mails sent again")


class Once(models.Model):
    """A form that books carries a token; the first to spend it wins, whoever repeats it gets the same outcome."""

    keeping = NOTHING_PERSONAL

    token = models.UUIDField(primary_key=True)
    purpose = models.CharField(max_length=40)
    outcome = models.CharField(max_length=200)
    spent_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("spent form token")
        verbose_name_plural = _("spent form tokens")

    def __str__(self) -> str:
        return f"{self.purpose} {self.token}"


class Tally(models.Model):
    """How often something was asked for in one window of time; `accounts.limits` counts here, for all processes."""

    keeping = Keeping(purpose=_("to keep the site usable under floods"), basis=_("legitimate interest"), days=1)

    key = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class Refused(models.Model):
    """How many requests were refused with a code, ever since; `accounts.refusals` counts here, for all processes."""

    keeping = NOTHING_PERSONAL

    code = models.CharField(max_length=60, primary_key=True)
    count = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("refused requests")
        verbose_name_plural = _("refused requests")

    def __str__(self) -> str:
        return f"{self.code}: {self.count}"


class MailQuerySet(models.QuerySet["Mail"]):
    def failed(self) -> MailQuerySet:
        return self.filter(state=Mail.State.FAILED)

    def unsent(self) -> MailQuerySet:
        """Those that have not gone out; after many tries a failed one is left to staff."""
        return self.filter(state__in=(Mail.State.QUEUED, Mail.State.FAILED))


class Mail(models.Model):
    """One e-mail about one thing, sent once.

    It is written in the transaction of the fact that it tells, and rendered when it is sent, so that no secret link
    rests in the database. `kind` names the builder, `thing` the row it is about, `version` tells repeats apart.
    """

    keeping = Keeping(purpose=_("to show that a mail was sent, and to send it again"), basis=_("contract"), days=90)

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("not sent: it no longer applies")

    kind = models.CharField(_("kind"), max_length=60)
    thing = models.CharField(_("about"), max_length=60)
    version = models.CharField(_("version"), max_length=60, blank=True)
    to = models.EmailField(_("to"), max_length=254)
    language = models.CharField(_("language"), max_length=10)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("last error"), max_length=300, blank=True)
    queued_at = models.DateTimeField(_("queued at"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "thing", "version"],
                name="one_mail_each",
                violation_error_code="already_told",
                violation_error_message=_("This mail was queued already."),
            ),
        )
        indexes = (
            models.Index(fields=["-queued_at"], name="mail_newest"),
            models.Index(fields=["thing"], name="mail_thing"),
            models.Index(fields=["state"], name="mail_unsent", condition=~models.Q(state="sent")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.thing}"
