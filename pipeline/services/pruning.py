"""Dropping estimates that nobody will look at again: every recompute leaves one behind."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import clock
from pipeline.models import Estimate

KEPT_ALL = timedelta(days=2)


def prune_estimates() -> int:
    """Of older estimates keep the last of each day, and those that something refers to.

    Returns the number of those that were dropped.
    """
    old = _unreferenced().filter(computed_at__lt=timezone.now() - KEPT_ALL)
    day = TruncDate("as_of", tzinfo=clock.company_zone())
    later = Estimate.objects.alias(day=day).filter(
        pipeline=OuterRef("pipeline"),
        segment=OuterRef("segment"),
        day=OuterRef("day"),
        confirmed_at__gt=OuterRef("confirmed_at"),
    )
    outdone = old.alias(day=day).filter(Exists(later)).values_list("pk", flat=True)
    dropped, _by_model = Estimate.objects.filter(pk__in=list(outdone)).delete()
    return dropped


def _unreferenced() -> QuerySet[Estimate]:
    """Whatever app refers to estimates, without knowing of it here."""
    found = Estimate.objects.order_by()
    for relation in Estimate._meta.related_objects:
        field = relation.field.name
        rows = relation.related_model._base_manager.filter(**{field: OuterRef("pk")})
        found = found.exclude(Exists(rows))
    return found
