"""The histories of two customers on a ladder as that of one (docs/decisions/0016)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import F

from crm.merging.journal import Journal, plain
from crm.models import Customer, LadderPosition, LifecycleChange, LifecycleStage


@dataclass(frozen=True)
class Step:
    """Where the one customer went, by the move of ``source`` that took it there."""

    source: LifecycleChange
    before: LifecycleStage | None
    to: LifecycleStage

    def is_told_by(self, row: LifecycleChange) -> bool:
        before = self.before and self.before.pk
        told = (row.at, row.from_stage_id, row.to_stage_id)
        return told == (self.source.at, before, self.to.pk)

    def row(self, customer: Customer) -> LifecycleChange:
        source = self.source
        return LifecycleChange(
            customer=customer,
            ladder_id=source.ladder_id,
            from_stage=self.before,
            to_stage=self.to,
            at=source.at,
            known_from=source.known_from,
            by_id=source.by_id,
            cause=source.cause,
            import_batch_id=source.import_batch_id,
        )


def further_of_both(rows: Iterable[LifecycleChange]) -> list[Step]:
    """At every instant the one customer stands where the further of the two stood.

    So each stage counts from the earlier entry, and one step back is none while the other stands
    further. Whoever is lost stands behind whoever is not.
    """
    standing: dict[int, LifecycleStage] = {}
    here: LifecycleStage | None = None
    steps = []
    for row in sorted(rows, key=lambda row: (row.at, row.pk)):
        standing[row.customer_id] = row.to_stage
        furthest = max(standing.values(), key=_how_far)
        if here is None or furthest.pk != here.pk:
            steps.append(Step(row, here, furthest))
            here = furthest
    return steps


def _how_far(stage: LifecycleStage) -> tuple[bool, int, int]:
    return (not stage.is_lost, stage.order, stage.pk)


def put_together(survivor: Customer, merged: Customer, journal: Journal) -> None:
    """Give the survivor the history of both; nothing is changed in any row but by voiding it."""
    both = (survivor.pk, merged.pk)
    positions = LadderPosition.objects.filter(customer__in=both).order_by("pk")
    journal.positions = plain(positions)
    _withdraw_what_held(merged, journal)
    for rows in _by_ladder(both):
        _put_together(survivor, rows, journal)
    _stand_without_history(survivor, merged)
    LadderPosition.objects.filter(customer=merged).delete()
    journal.live = live_keys(survivor.pk)


def live_keys(customer: int) -> list[int]:
    live = LifecycleChange.objects.live().filter(customer=customer)
    return list(live.order_by("pk").values_list("pk", flat=True))


def _by_ladder(both: tuple[int, int]) -> Iterator[list[LifecycleChange]]:
    """The live moves of both, one ladder after the other, where the merged one has any."""
    live = LifecycleChange.objects.live().filter(customer__in=both).select_related("to_stage")
    ladders = defaultdict(list)
    for row in live.order_by("at", "pk"):
        ladders[row.ladder_id].append(row)
    return (rows for rows in ladders.values() if any(row.customer_id == both[1] for row in rows))


def _put_together(survivor: Customer, rows: list[LifecycleChange], journal: Journal) -> None:
    steps, own = further_of_both(rows), [row for row in rows if row.customer_id == survivor.pk]
    kept = 0
    for step, row in zip(steps, own, strict=False):
        if not step.is_told_by(row):
            break
        kept += 1
    added = LifecycleChange.objects.bulk_create(step.row(survivor) for step in steps[kept:])
    journal.added += [row.pk for row in added]
    _void(own[kept:] + [row for row in rows if row not in own], [*own[:kept], *added], journal)
    LadderPosition.objects.update_or_create(
        customer=survivor,
        ladder_id=rows[0].ladder_id,
        defaults={"stage": steps[-1].to, "since": steps[-1].source.at},
    )


def _void(
    rows: Sequence[LifecycleChange], holding: Sequence[LifecycleChange], journal: Journal
) -> None:
    """Void ``rows`` as if they never held, each by what tells of its stage now."""
    successor = {row.to_stage_id: row.pk for row in reversed(holding)}
    for row in rows:
        row.voided_by_id = successor.get(row.to_stage_id, row.pk)
    journal.voided += [[row.pk, None, None] for row in rows]
    LifecycleChange.objects.bulk_update(rows, ["voided_by"])


def _withdraw_what_held(merged: Customer, journal: Journal) -> None:
    """What was undone by hand held until then: with a customer who never was, it did not."""
    held = LifecycleChange.objects.filter(customer=merged, voided_at__isnull=False)
    journal.voided += [
        [pk, by, at and at.isoformat()]
        for pk, by, at in held.values_list("pk", "voided_by", "voided_at")
    ]
    held.update(voided_at=None)


def _stand_without_history(survivor: Customer, merged: Customer) -> None:
    """A position without any move goes over where the survivor has none."""
    own = LadderPosition.objects.filter(customer=survivor).values("ladder")
    LadderPosition.objects.filter(customer=merged).exclude(ladder__in=own).update(customer=survivor)


def take_apart(survivor: int, merged: int, journal: Journal) -> None:
    """Give each its own history back; what was put together counts as if it had never held."""
    rows = LifecycleChange.objects.order_by()
    rows.filter(pk__in=journal.added).update(voided_by=F("pk"))
    live = [pk for pk, by, _at in journal.voided if by is None]
    rows.filter(pk__in=live).update(voided_by=None)
    for pk, _by, at in journal.voided:
        if at is not None:
            rows.filter(pk=pk).update(voided_at=at)
    LadderPosition.objects.filter(customer__in=(survivor, merged)).delete()
    journal.bring_back(journal.positions)
