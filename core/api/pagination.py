"""Lists by opaque cursors: stable while rows come and go, with nulls and equal values."""

from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import F, Model, Q
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

SALT = "core.api.cursor"


@dataclass(frozen=True)
class Order:
    """One field of an ordering; nulls come last in both directions."""

    field: str
    descending: bool

    def expression(self, *, backwards: bool) -> OrderBy:
        nulls: dict[str, Any] = {"nulls_first": True} if backwards else {"nulls_last": True}
        if self.descending != backwards:
            return F(self.field).desc(**nulls)
        return F(self.field).asc(**nulls)

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.field}__isnull": True} if value is None else {self.field: value})

    def beyond(self, value: Any, *, backwards: bool) -> Q | None:
        """Rows strictly after ``value`` in reading direction; ``None`` where there are none."""
        null = Q(**{f"{self.field}__isnull": True})
        if value is None:
            return ~null if backwards else None
        further = "lt" if self.descending != backwards else "gt"
        rows = Q(**{f"{self.field}__{further}": value})
        return rows if backwards else rows | null


def orders_of(names: list[str]) -> list[Order]:
    """The fields of an ordering, with the id at the end so that no two rows are equal."""
    orders = [Order(name.removeprefix("-"), name.startswith("-")) for name in names]
    if not any(order.field in ("id", "pk") for order in orders):
        orders.append(Order("id", bool(orders) and orders[0].descending))
    return orders


def beyond_row(orders: list[Order], values: list[Any], *, backwards: bool) -> Q:
    """Rows after the one with ``values``, compared field by field."""
    found, equal = Q(pk__in=[]), Q()
    for order, value in zip(orders, values, strict=True):
        further = order.beyond(value, backwards=backwards)
        if further is not None:
            found |= equal & further
        equal &= order.equal(value)
    return found


def encode_cursor(orders: list[Order], row: Model, *, backwards: bool = False) -> str:
    """A signed cursor at ``row``: nobody can make one that a query would choke on."""
    names = [f"-{o.field}" if o.descending else o.field for o in orders]
    values = [_plain(row, order.field) for order in orders]
    return signing.dumps([names, values, int(backwards)], salt=SALT, compress=True)


def _plain(row: Model, name: str) -> Any:
    field: Any = row._meta.get_field(name)
    value = getattr(row, field.attname)
    return value if isinstance(value, int | None) else field.value_to_string(row)


class OpaqueCursorPagination(BasePagination):
    """``{results, next, previous}``; the view names ``ordering`` and ``ordering_fields``."""

    default_size = 50
    largest_size = 200
    parameters = ("cursor", "page_size", "ordering")

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.url = request.build_absolute_uri()
        self.orders = orders_of(self._names(request, view))
        size = self._size(request)
        values, backwards = self._cursor(request, queryset.model)
        queryset = queryset.order_by(*(o.expression(backwards=backwards) for o in self.orders))
        if values is not None:
            queryset = queryset.filter(beyond_row(self.orders, values, backwards=backwards))
        rows = list(queryset[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.has_next = bool(rows) and (more or backwards)
        self.has_previous = bool(rows) and (more if backwards else values is not None)
        self.rows = rows
        return rows

    def in_order(self, queryset: Any, request: Request, view: Any) -> Any:
        """All rows in the order that was asked for, for answers without pages."""
        orders = orders_of(self._names(request, view))
        return queryset.order_by(*(order.expression(backwards=False) for order in orders))

    def get_paginated_response(self, data: Any) -> Response:
        following = encode_cursor(self.orders, self.rows[-1]) if self.has_next else None
        preceding = (
            encode_cursor(self.orders, self.rows[0], backwards=True) if self.has_previous else None
        )
        return Response(
            {"results": data, "next": self._link(following), "previous": self._link(preceding)}
        )

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        url: str = replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)
        return url

    def _names(self, request: Request, view: Any) -> list[str]:
        text = request.query_params.get("ordering")
        if text is None:
            return list(getattr(view, "ordering", ("-id",)))
        names = [name.strip() for name in text.split(",")]
        allowed = ("id", *getattr(view, "ordering_fields", ()))
        unknown = [name for name in names if name.removeprefix("-") not in allowed]
        if unknown:
            message = _("Lists are ordered by %(allowed)s, with - before it for falling order.")
            raise ValidationError({"ordering": [message % {"allowed": ", ".join(allowed)}]})
        return names

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size")
        if text is None:
            return self.default_size
        if not (text.isascii() and text.isdigit() and text.strip("0") and len(text) < 10):
            raise ValidationError({"page_size": [_("Give a whole number from 1 to 200.")]})
        return min(int(text), self.largest_size)

    def _cursor(self, request: Request, model: type[Model]) -> tuple[list[Any] | None, bool]:
        text = request.query_params.get("cursor")
        if text is None:
            return None, False
        names = [f"-{o.field}" if o.descending else o.field for o in self.orders]
        try:
            stored, values, backwards = signing.loads(text, salt=SALT)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError({"cursor": [_("This cursor is not one of ours.")]}) from error
        if stored != names:
            raise ValidationError({"cursor": [_("This cursor belongs to another ordering.")]})
        fields: list[Any] = [model._meta.get_field(order.field) for order in self.orders]
        return [
            None if value is None else field.to_python(value)
            for field, value in zip(fields, values, strict=True)
        ], bool(backwards)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": link | {"description": "The following page, if any."},
                "previous": link | {"description": "The page before, if any."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        def parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
            about = {"name": name, "in": "query", "required": False, "description": description}
            return about | {"schema": schema}

        allowed = ", ".join(("id", *getattr(view, "ordering_fields", ())))
        size = {"type": "integer", "minimum": 1, "maximum": self.largest_size}
        return [
            parameter("cursor", "From next or previous of a page.", {"type": "string"}),
            parameter("page_size", f"Rows of a page; {self.default_size} if not said.", size),
            parameter("ordering", f"By {allowed}; - before it falls.", {"type": "string"}),
        ]
