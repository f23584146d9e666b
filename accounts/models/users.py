from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.reminding import RemindBefore
from accounts.models.teams import Team


class Role(models.TextChoices):
    """What a person may see and do; an integrator is an API key with scopes."""

    REP = "rep", _("sales rep")
    MANAGER = "manager", _("manager")
    ADMIN = "admin", _("administrator")


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> "UserQuerySet":
        """A rep sees the own team, a manager the teams below too, an admin all."""
        if user.is_admin:
            return self
        return self.filter(Q(pk=user.pk) | Q(team__in=user.team_ids))

    def whose_records_are_visible_to(self, user: "User") -> "UserQuerySet":
        """The people whose customers and deals ``user`` may see."""
        if user.is_admin:
            return self
        return self.filter(Q(pk=user.pk) | Q(team__in=user.record_team_ids))

    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def managers(self) -> "UserQuerySet":
        """Those who plan and assign: managers and admins who work here."""
        roles = Q(role__in=(Role.MANAGER, Role.ADMIN))
        return self.active().filter(roles | Q(is_superuser=True))

    def invited(self) -> "UserQuerySet":
        """Those who got a letter and have not come in yet."""
        came = Q(invitations__accepted_at__isnull=False)
        return self.filter(invitations__isnull=False).exclude(came).distinct()


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email) if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        fields |= {"is_staff": True, "is_superuser": True, "role": Role.ADMIN}
        return self.create_user(email, password, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works here, signing in by email.

    People named by an import who never signed in have no email and are inactive until claimed.
    """

    email = models.EmailField(_("email"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.REP)
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="members",
    )
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, default=""
    )
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True, default="")
    theme = models.CharField(
        _("theme"),
        max_length=5,
        choices=[("auto", _("automatic")), ("light", _("light")), ("dark", _("dark"))],
        default="auto",
    )
    remind_before = models.CharField(
        _("remind me of activities"),
        max_length=10,
        choices=RemindBefore.choices,
        default=RemindBefore.QUARTER,
    )
    reminder_emails = models.BooleanField(_("reminders by email too"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may use the administration site"), default=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_user_per_email",
                violation_error_message=_("Somebody has this email already."),
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(email__isnull=False), name="active_user_has_email"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or str(self.pk)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN or self.is_superuser

    @property
    def is_manager(self) -> bool:
        """May plan: a manager or an admin."""
        return self.is_admin or self.role == Role.MANAGER

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the person's days: the company's where none is chosen."""
        return ZoneInfo(self.time_zone or settings.COMPANY_TIME_ZONE)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @cached_property
    def team_ids(self) -> list[int]:
        """The own team; for a manager the teams below it too."""
        if self.team_id is None:
            return []
        if self.role != Role.MANAGER:
            return [self.team_id]
        return list(
            Team.objects.descendants(self.team_id, include_self=True).values_list("pk", flat=True)
        )

    @cached_property
    def record_team_ids(self) -> list[int]:
        """Teams whose members' records are visible: a rep's only where the team shares."""
        if self.role == Role.MANAGER:
            return self.team_ids
        return [self.team.pk] if self.team and self.team.shares_records else []
