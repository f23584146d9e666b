"""Columns that are computed from others whenever a row is written."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from django.db import connection, models


class DerivedField(models.TextField):  # type: ignore[type-arg]
    """Text that ``compute(row)`` makes of the fields ``of``; null until it was computed.

    Saving and ``bulk_create`` keep it; who writes some columns alone adds those that
    ``derived_from`` names. Not for updates of a queryset.
    """

    def __init__(
        self,
        *args: Any,
        compute: Callable[[Any], str] | None = None,
        of: Sequence[str] = (),
        **kw: Any,
    ) -> None:
        self.compute, self.of = compute, tuple(of)
        super().__init__(*args, **(kw | {"null": True, "editable": False}))

    def deconstruct(self) -> Any:
        """Migrations know it as plain text."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.compute is not None:
            setattr(model_instance, self.attname, self.compute(model_instance))
        return super().pre_save(model_instance, add)


def derived_fields(model: type[models.Model]) -> list[DerivedField]:
    return [field for field in model._meta.fields if isinstance(field, DerivedField)]


def derived_from(model: type[models.Model], changed: Iterable[str]) -> list[DerivedField]:
    """The columns that depend on those of ``changed``."""
    names = set(changed)
    return [field for field in derived_fields(model) if names.intersection(field.of)]


def fill_derived(
    model: type[models.Model], *, names: Collection[str] = (), rows: Any = None, chunk: int = 2000
) -> None:
    """Compute columns of all rows anew, where rows were written past the models.

    A migration says which columns, ``names``, and gives the ``rows`` as it knows them.
    """
    fields = [field for field in derived_fields(model) if not names or field.name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {columns} WHERE id = %s"  # noqa: S608
    needed = {name for field in fields for name in field.of}
    found = (model._default_manager.all() if rows is None else rows).order_by("pk").only(*needed)
    last = 0
    while chunk_of := list(found.filter(pk__gt=last)[:chunk]):
        values = [(*(field.pre_save(row, False) for field in fields), row.pk) for row in chunk_of]
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
        last = chunk_of[-1].pk
