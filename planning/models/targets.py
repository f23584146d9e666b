from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from planning.models.job_roles import NOT_NEGATIVE
from planning.models.plans import Plan

MONTHS_OF = {"month": 12, "quarter": 4}


class TargetPart(models.Model):
    """A part of a plan's target; the parts of one dimension make up the whole, to the cent.

    ``value`` is the place of a month (1 to 12) or quarter (1 to 4) in the fiscal year, the id of a
    team, source or product, or a region's name; empty for the rest that has none.
    """

    class Dimension(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        TEAM = "team", _("team")
        SOURCE = "source", _("source")
        REGION = "region", _("region")
        PRODUCT = "product", _("product")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="target_parts")
    dimension = models.CharField(_("by"), max_length=10, choices=Dimension.choices)
    value = models.CharField(_("part"), max_length=100, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, validators=[NOT_NEGATIVE]
    )

    class Meta:
        ordering = ["dimension", "id"]
        verbose_name = _("part of a target")
        verbose_name_plural = _("parts of targets")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "dimension", "value"], name="one_target_per_part"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="target_part_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.get_dimension_display()} {self.value}: {self.amount}"

    def clean(self) -> None:
        last = MONTHS_OF.get(self.dimension)
        if last and not (
            self.value.isdecimal() and len(self.value) < 3 and 1 <= int(self.value) <= last
        ):
            text = _("A %(what)s is a number from 1 to %(last)s.")
            raise ValidationError(
                {"value": text % {"what": self.get_dimension_display(), "last": last}}
            )
