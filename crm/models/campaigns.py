from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.vocabulary import Named
from crm.models.customers import Customer
from crm.models.sources import Source


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, user: User) -> "CampaignQuerySet":
        """All of them: what a channel costs is for everybody to know, as its rates are."""
        return self

    def current(self) -> "CampaignQuerySet":
        return self.filter(archived_at__isnull=True)

    def overlapping(self, since: date, before: date) -> "CampaignQuerySet":
        """Those with a day from ``since`` to the one before ``before``."""
        is_still_on = Q(ends_on__isnull=True) | Q(ends_on__gte=since)
        return self.filter(is_still_on, starts_on__lt=before)

    def with_counts(self) -> "CampaignQuerySet":
        """``member_count`` and of them ``responded_count``, whoever may see them."""
        answered = Q(members__status=CampaignMember.Status.RESPONDED)
        return self.annotate(
            member_count=Count("members"), responded_count=Count("members", filter=answered)
        )


class Campaign(Named, models.Model):
    """What is done to win customers through a channel: a fair, a run of advertisements."""

    class Status(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("campaign", "planned")
        RUNNING = "running", pgettext_lazy("campaign", "running")
        DONE = "done", pgettext_lazy("campaign", "done")

    name = models.CharField(_("name"), max_length=200)
    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="campaigns"
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.PLANNED
    )
    starts_on = models.DateField(_("begins"))
    ends_on = models.DateField(
        _("ends"), null=True, blank=True, help_text=_("Its last day; empty where it goes on.")
    )
    budget = models.DecimalField(
        _("budget"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    actual_cost = models.DecimalField(
        _("actual cost"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3)
    expected_leads = models.PositiveIntegerField(_("expected leads"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="campaigns",
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(help_text="Business time.")
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-id"]
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        indexes = [models.Index(fields=["source", "starts_on"], name="campaign_of_source")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="campaign_ends_after_it_begins",
                violation_error_message=_("A campaign cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=(Q(budget__isnull=True) | Q(budget__gte=0))
                & (Q(actual_cost__isnull=True) | Q(actual_cost__gte=0)),
                name="campaign_costs_not_negative",
                violation_error_message=_("A cost cannot be negative."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="campaign_has_a_name"),
        ]

    def is_on(self, day: date) -> bool:
        """Whether ``day`` is one of its days."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class CampaignMemberQuerySet(models.QuerySet["CampaignMember"]):
    def visible_to(self, user: User) -> "CampaignMemberQuerySet":
        """The members that are visible customers."""
        return self.filter(customer__in=Customer.objects.visible_to(user).values("pk"))


class CampaignMember(models.Model):
    """A customer whom a campaign addressed, or who answered it unasked."""

    class Status(models.TextChoices):
        INVITED = "invited", pgettext_lazy("campaign", "invited")
        RESPONDED = "responded", pgettext_lazy("campaign", "responded")
        DECLINED = "declined", pgettext_lazy("campaign", "declined")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="campaigns"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.INVITED
    )
    responded_at = models.DateTimeField(_("responded on"), null=True, blank=True)
    added_at = models.DateTimeField(help_text="Business time.")
    version = models.PositiveIntegerField(default=1)

    objects = CampaignMemberQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "customer__name", "id"]
        verbose_name = _("member of a campaign")
        verbose_name_plural = _("members of campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer"],
                name="once_in_a_campaign",
                violation_error_message=_("This customer is in the campaign already."),
            ),
            models.CheckConstraint(
                condition=Q(status="invited", responded_at__isnull=True)
                | (~Q(status="invited") & Q(responded_at__isnull=False)),
                name="response_has_an_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.customer_id} {self.status}"
