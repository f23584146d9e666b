"""The count cube: what a pipeline's rates are made of, kept up to date change by change.

Two margins of the cube are kept, and no more is ever asked of it: by month of entry (levels,
drift, trends) and by hash bucket of the deal (intervals); see estimation.margins. Derived from the
history alone: whatever is lost here can be counted again.
"""

from django.db import models
from django.db.models import Q

from pipeline.models.pipelines import Pipeline


class Cube(models.Model):
    """One count of a pipeline's history.

    A new one is built beside the current one and takes its place in one step. ``definition`` is
    what the counts depend on besides the deals (see services.counting_rules); ``counted_to`` the
    latest as-of it was brought to; ``deals`` the number of deals counted, ``first_opened`` the
    instant in microseconds of the first of them; ``customers`` and ``first_climbed`` likewise of
    those who climb the ladder that leads to the pipeline.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="cubes")
    is_current = models.BooleanField(default=False)
    definition = models.CharField(max_length=64)
    counted_to = models.DateTimeField()
    deals = models.PositiveBigIntegerField(default=0)
    first_opened = models.BigIntegerField(null=True)
    # Rises with every change, so that who reads several tables knows whether they belong together.
    changes = models.PositiveBigIntegerField(default=0)
    customers = models.PositiveBigIntegerField(default=0)
    first_climbed = models.BigIntegerField(null=True)
    currencies = models.JSONField(default=list)
    # What is measured on a sample of the history now and then, not with every change.
    tuning = models.JSONField(null=True)
    built_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(is_current=True), name="one_current_cube"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline} {self.counted_to:%Y-%m-%d}"


class Cell(models.Model):
    """Sums over the stays of one cell, amounts in the pipeline's currency.

    ``stage`` and ``destination`` are ids of stages; a destination below zero says what else is
    counted: stays that nobody watched to their end (-1), in the won stage wins; stays that have
    not ended (-2), with the day or month they began in as ``age``; deals begun (-3 by new
    customers, -4 by those who had bought). ``priced`` counts those with an amount.
    """

    stage = models.BigIntegerField()
    destination = models.BigIntegerField()
    age = models.BigIntegerField(help_text="Age bin at leaving.")
    count = models.BigIntegerField()
    priced = models.BigIntegerField()
    amount = models.BigIntegerField(help_text="In hundredths, which add up exactly.")
    amount_sq = models.FloatField()

    class Meta:
        abstract = True


class MonthCell(Cell):
    """By month of entry, year * 12 + month - 1."""

    pk = models.CompositePrimaryKey("cube", "entry_month", "stage", "destination", "age")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="month_cells", db_index=False
    )
    entry_month = models.BigIntegerField()


class BucketCell(Cell):
    """By hash bucket of the deal, 0 to 63."""

    pk = models.CompositePrimaryKey("cube", "bucket", "stage", "destination", "age")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="bucket_cells", db_index=False
    )
    bucket = models.BigIntegerField()


class ClimbMonthCell(Cell):
    """By month of entry, of customers on the ladder.

    ``stage`` is the place of a ladder stage, or below zero a handover (see estimation.climb), and
    ``destination`` a place too; but that of a deal that came of a handover is the id of its stage.
    """

    pk = models.CompositePrimaryKey("cube", "entry_month", "stage", "destination", "age")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="climb_month_cells", db_index=False
    )
    entry_month = models.BigIntegerField()


class ClimbBucketCell(Cell):
    """The same by hash bucket of the customer."""

    pk = models.CompositePrimaryKey("cube", "bucket", "stage", "destination", "age")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="climb_bucket_cells", db_index=False
    )
    bucket = models.BigIntegerField()


class CountedDeal(models.Model):
    """What a cube holds of one deal, so that it can be taken out again.

    ``ended`` int32[n, 4] as bytes: stage, destination, entry month and age bin of its cells;
    ``standing_stage`` (0 for none), since when, the stay that has not ended. Instants are
    microseconds since 1970; ``won_at`` is that of a win that stands, else the largest integer;
    ``customer`` is 0 for a deal without one; ``amount`` is -1 where unknown.
    """

    pk = models.CompositePrimaryKey("cube", "deal")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="counted_deals", db_index=False
    )
    deal = models.BigIntegerField()
    customer = models.BigIntegerField()
    opened = models.BigIntegerField()
    first_stage = models.BigIntegerField()
    won_at = models.BigIntegerField()
    is_repeat = models.BooleanField(default=False)
    standing_stage = models.BigIntegerField()
    standing_since = models.BigIntegerField()
    amount = models.FloatField()
    ended = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["cube", "customer"], name="counted_deal_customer"),
            models.Index(
                fields=["cube", "standing_since"],
                condition=Q(standing_since__gt=0),
                name="counted_deal_standing",
            ),
        ]


class CountedCustomer(models.Model):
    """What a cube holds of one customer on the ladder, so that it can be taken out again.

    Stages as in ClimbMonthCell. ``ended`` int32[n, 4] as bytes: stage, destination, entry month
    and age bin of its cells; ``standing`` int64[n, 2] as bytes: stage of what has not ended, and
    since when; ``latest`` is the last of these instants, 0 for none. Who is on the ladder without
    the funnel seeing it there has ``first_stage`` -1.
    """

    pk = models.CompositePrimaryKey("cube", "customer")
    cube = models.ForeignKey(
        Cube, on_delete=models.CASCADE, related_name="counted_customers", db_index=False
    )
    customer = models.BigIntegerField()
    opened = models.BigIntegerField()
    first_stage = models.BigIntegerField()
    latest = models.BigIntegerField()
    ended = models.BinaryField()
    standing = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["cube", "latest"], name="counted_customer_latest")]


class DealChange(models.Model):
    """A deal that must be counted anew: written by the database itself, whoever changes it.

    ``due`` is the business instant in microseconds before which nothing is to be done, for what
    the history knows of the future.
    """

    # No foreign keys: it is written by triggers, also when a deal is deleted.
    pipeline = models.BigIntegerField()
    deal = models.BigIntegerField()
    due = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["pipeline", "due", "id"])]


class CustomerChange(models.Model):
    """A customer that must be counted anew, with ``due`` as for a deal.

    The database writes its ``ladder``, empty where every ladder is meant; it has a ``pipeline``
    once it was handed to each that the ladder leads to.
    """

    # No foreign keys, and one log for all ladders: on SQLite a trigger that looked another table
    # up would forbid every later change of that table.
    ladder = models.BigIntegerField(null=True)
    pipeline = models.BigIntegerField(null=True)
    customer = models.BigIntegerField()
    due = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["pipeline", "due", "id"])]
