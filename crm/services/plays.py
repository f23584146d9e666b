from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import changed_fields, save_versioned
from crm.models import Play, PlayItem

Line = tuple[int | None, str]
"""Of a checklist: the key of a line that is there already, and its text."""


@transaction.atomic
def write_play(
    stage: Any,
    *,
    by: User | None,
    version: int | None = None,
    items: Sequence[Line] | None = None,
    required: Sequence[str] | None = None,
    **fields: Any,
) -> Play:
    """Write the play of a ladder's or a pipeline's stage, or what is given of it.

    ``version`` is the one that the writer saw; raises StaleVersion where it is another by now.
    """
    play = stage.play or _begin(stage)
    play.version = version or play.version
    changes = changed_fields(play, fields)
    if items is not None and list(items) != (before := _lines(play)):
        changes["checklist"] = [[text for _pk, text in lines] for lines in (before, items)]
    if required is not None and list(required) != stage.required_fields:
        changes["required_fields"] = [stage.required_fields, list(required)]
    if not changes:
        return play
    for name, value in fields.items():
        setattr(play, name, value)
    play.full_clean()
    save_versioned(play, fields=fields)
    if "checklist" in changes:
        _write_items(play, items or ())
    if "required_fields" in changes:
        stage.required_fields = list(required or ())
        type(stage)._default_manager.filter(pk=stage.pk).update(
            required_fields=stage.required_fields
        )
    audit.record("update", play, by=by, changes=changes)
    return play


def archive_play(play: Play, *, by: User | None) -> Play:
    """Show it nowhere any more; its words and all ticks are kept."""
    return _set_archived(play, clock.now(), by=by)


def restore_play(play: Play, *, by: User | None) -> Play:
    return _set_archived(play, None, by=by)


@transaction.atomic
def tick(subject: Any, item: PlayItem, *, by: User | None) -> None:
    """Note that a line of the checklist is done with a customer or deal; once is enough."""
    at = clock.now()
    _row, is_new = subject.ticks.get_or_create(item=item, defaults={"by": by, "at": at})
    if is_new:
        audit.record("tick", subject, by=by, changes={"item": [None, item.text]}, at=at)


@transaction.atomic
def untick(subject: Any, item: PlayItem, *, by: User | None) -> None:
    deleted, _rows = subject.ticks.filter(item=item).delete()
    if deleted:
        audit.record("untick", subject, by=by, changes={"item": [item.text, None]})


def _begin(stage: Any) -> Play:
    play = Play.objects.create()
    stage.play = play
    type(stage)._default_manager.filter(pk=stage.pk).update(play=play)
    return play


def _lines(play: Play) -> list[Line]:
    return list(play.items.filter(archived_at__isnull=True).values_list("pk", "text"))


def _write_items(play: Play, lines: Sequence[Line]) -> None:
    """A line that stays keeps its key and so its ticks; one that is gone is only put away."""
    known = {row.pk: row for row in play.items.all()}
    for order, (pk, text) in enumerate(lines, start=1):
        row = known.pop(pk, None) if pk else None
        if row is None:
            PlayItem.objects.create(play=play, text=text, order=order)
        else:
            row.text, row.order, row.archived_at = text, order, None
            row.save(update_fields=["text", "order", "archived_at"])
    gone = [row.pk for row in known.values() if row.archived_at is None]
    PlayItem.objects.filter(pk__in=gone).update(archived_at=clock.now())


@transaction.atomic
def _set_archived(play: Play, at: Any, *, by: User | None) -> Play:
    changes = changed_fields(play, {"archived_at": at})
    if changes:
        play.archived_at = at
        save_versioned(play, fields=["archived_at"])
        audit.record("update", play, by=by, changes=changes)
    return play
