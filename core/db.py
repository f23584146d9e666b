"""Expressions that both databases understand."""

import json
from typing import Any

from django.db.models import BigIntegerField, Func, Lookup


class Microseconds(Func):
    """An instant as microseconds since 1970, UTC, computed in the database.

    Reading a history of millions of rows as Python datetimes costs more than all the rest.
    """

    arity = 1
    output_field = BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(EXTRACT(EPOCH FROM %(expressions)s) * 1000000)::bigint"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Django stores text and leaves the fraction out where it is zero.
        sql, params = compiler.compile(self.get_source_expressions()[0])
        # strftime rounds a fraction of .9995 up to the next second.
        seconds = f"CAST(strftime('%%s', substr({sql}, 1, 19)) AS INTEGER) * 1000000"
        fraction = f"CAST(substr({sql} || '000000', 21, 6) AS INTEGER)"
        whole = f"CASE WHEN length({sql}) > 19 THEN {fraction} ELSE 0 END"
        return f"({seconds} + {whole})", [*params, *params, *params]


class AnyOf(Lookup):
    """Whether a number is one of many, which go to the database as one parameter.

    ``__in`` makes a parameter of each, which for thousands costs more than the query. For use as
    a condition: ``Q(AnyOf(F("opportunity"), ids))``.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s::bigint[])", [*params, [int(number) for number in self.rhs]]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        numbers = json.dumps([int(number) for number in self.rhs])
        among = "(SELECT value FROM json_each(%s))"
        return f"{lhs} IN {among}", [*params, numbers]
