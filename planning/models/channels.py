from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import Source
from planning.models.job_roles import NOT_NEGATIVE
from planning.models.plans import Plan
from planning.models.visibility import PlannersQuerySet


class Channel(models.Model):
    """A source as a supply of leads: its price rises in tiers. Money in the company's currency."""

    source = models.OneToOneField(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="channel"
    )
    lead_months = models.PositiveSmallIntegerField(
        _("months from spending to leads"), default=0, validators=[MaxValueValidator(24)]
    )
    is_active = models.BooleanField(_("may be planned with"), default=True)
    version = models.PositiveIntegerField(default=1)

    objects = PlannersQuerySet["Channel"].as_manager()

    class Meta:
        ordering = ["source__name"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return str(self.source)


class ChannelTier(models.Model):
    """So many leads a month at so much each; the last tier of a channel ends its volume."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="tiers")
    leads_per_month = models.FloatField(
        _("leads a month"), validators=[NOT_NEGATIVE, MaxValueValidator(1e7)]
    )
    cost_per_lead = models.DecimalField(
        _("cost of each"), max_digits=12, decimal_places=2, validators=[NOT_NEGATIVE]
    )

    class Meta:
        ordering = ["channel", "cost_per_lead", "id"]
        verbose_name = _("channel tier")
        verbose_name_plural = _("channel tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "cost_per_lead"],
                name="one_tier_per_price",
                violation_error_message=_("This channel has a tier of that price already."),
            ),
            models.CheckConstraint(
                condition=Q(leads_per_month__gte=0, cost_per_lead__gte=0), name="tier_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.leads_per_month:g} × {self.cost_per_lead}"


class ChannelBudget(models.Model):
    """The most that a plan may spend on a channel in a month, in the plan's currency."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="channel_budgets")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="First day of the month.")
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=2, validators=[NOT_NEGATIVE]
    )

    class Meta:
        ordering = ["channel", "month"]
        verbose_name = _("channel budget")
        verbose_name_plural = _("channel budgets")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "channel", "month"], name="one_budget_per_channel_and_month"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="channel_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.month:%Y-%m}: {self.amount}"
