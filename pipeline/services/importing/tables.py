"""The tables beside the deals: products, people with their teams, customers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core.derived import derived_from
from core.models import ImportBatch
from crm.models import Customer, Product
from pipeline.services.importing.files import Sheet
from pipeline.services.importing.mapping import ImportMapping
from pipeline.services.importing.references import References
from pipeline.services.importing.refusals import RefusedRows, RowRefused
from pipeline.services.importing.rows import LIMITS
from pipeline.services.importing.staging import Staging, take
from pipeline.services.importing.values import Formats, currency, instant_of, text

CHUNK = 200
NAMED_BY = {"customers": "customer", "products": "product", "owners": "owner"}
MOST_EMPLOYEES = 2**31 - 1
Row = dict[str, Any]


@dataclass(frozen=True)
class SmallTables:
    """Tables that fit into memory."""

    products: list[Row]
    owners: list[Row]


def open_table(table: str, mapping: ImportMapping) -> Sheet:
    """The file of a table, which lies beside the mapping."""
    columns, data = mapping.tables[table], mapping.data
    return Sheet(
        mapping.folder / columns["file"],
        [*table_fields(columns).values()],
        encoding=data["encoding"],
        delimiter=data["delimiter"],
    )


def read_tables(
    sheets: dict[str, Sheet],
    mapping: ImportMapping,
    formats: Formats,
    staging: Staging,
    refused: RefusedRows,
) -> SmallTables:
    """Check the rows of all tables; those of customers are staged, the others returned."""
    small: dict[str, list[Row]] = {"products": [], "owners": []}
    for table, sheet in sheets.items():
        fields = table_fields(mapping.tables[table])
        rows = _TableReader(table, fields, mapping, formats)
        seen: dict[str, int] = {}
        for line, cells in sheet.rows():
            try:
                row = rows.read(sheet.pick(cells))
                name = row["name"]
                if table == "customers":
                    before = staging.add_customer(line, name, row)
                else:
                    before = seen.setdefault(name.casefold(), line)
                    before = None if before == line else before
                if before is not None:
                    message = _("The name %(name)s stands on line %(line)s already.")
                    raise RowRefused("duplicate_name", message % {"name": name, "line": before})
                if table in small:
                    small[table].append(row)
            except RowRefused as refusal:
                refused.add(sheet.name, line, refusal, cells)
    return SmallTables(**small)


def table_fields(columns: dict[str, str]) -> dict[str, str]:
    return {field: column for field, column in columns.items() if field != "file"}


class _TableReader:
    def __init__(
        self, table: str, fields: dict[str, str], mapping: ImportMapping, formats: Formats
    ) -> None:
        self._table, self._fields, self._formats = table, list(fields), formats
        self._currency = mapping.currency
        names = {"name": NAMED_BY[table], "parent": "customer", "manager": "owner"}
        self._aliases = {f: mapping.aliases(f) | mapping.aliases(names.get(f, f)) for f in fields}

    def read(self, picked: tuple[Any, ...]) -> Row:
        cells = dict(zip(self._fields, picked, strict=True))
        row = {field: self._value(field, cell) for field, cell in cells.items()}
        if not row["name"]:
            raise RowRefused("missing_name", _("This row has no name."))
        return row

    def _value(self, field: str, cell: Any) -> Any:
        if field in ("price", "annual_revenue"):
            amount = self._formats.amount(cell, field)
            return None if amount is None else str(amount)
        if field == "employees":
            return self._count(cell, field)
        if field == "currency":
            return currency(cell, default=self._currency)
        value = text(cell, limit=self._limit(field), field=field)
        return self._aliases[field].get(value, value)

    def _limit(self, field: str) -> int:
        if field in ("name", "parent") and self._table != "owners":
            return 200
        return {"website": 200, "phone": 50}.get(field, LIMITS["owner"])

    def _count(self, cell: Any, field: str) -> int | None:
        number = self._formats.amount(cell, field)
        if number is None:
            return None
        if number % 1 or number > MOST_EMPLOYEES:
            message = _("%(field)s is not a whole number: %(value)s.")
            raise RowRefused("not_a_number", message % {"field": field, "value": cell})
        return int(number)


@transaction.atomic
def write_products(rows: Sequence[Row], refs: References, *, default_currency: str) -> None:
    """Upsert products by name.

    New ones are made with their price: what a product begins with was its price all the time.
    """
    told = {row["name"].casefold(): _told_of_product(row, default_currency) for row in rows}

    def make(name: str) -> Product:
        values = {"currency": default_currency} | _said(told[name.casefold()])
        return Product(name=name, **values)

    refs.products.ensure((row["name"] for row in rows), make)
    products = Product.objects.in_bulk([refs.products.pk(name) for name in told])
    changed = [
        product
        for name, values in told.items()
        if _set(product := products[refs.products.pk(name) or 0], values)
    ]
    if changed:
        Product.objects.bulk_update(changed, ["family", "price", "currency"], batch_size=CHUNK)


def _told_of_product(row: Row, default_currency: str) -> Row:
    price = _decimal(row.get("price"))
    currency = None if price is None else row.get("currency", default_currency)
    return {"family": row.get("family"), "price": price, "currency": currency}


@transaction.atomic
def write_owners(rows: Sequence[Row], refs: References) -> None:
    """Upsert people by name, with teams and managers.

    Who signs in already keeps role and team: a file must not widen what somebody sees.
    """
    managers = {row["manager"]: row.get("team", "") for row in rows if row.get("manager")}
    refs.teams.ensure(row.get("team", "") for row in rows)
    refs.people.ensure([row["name"] for row in rows] + list(managers))
    wanted = [(row["name"], row.get("team", ""), Role.REP) for row in rows]
    wanted += [(name, team, Role.MANAGER) for name, team in managers.items()]
    people = User.objects.in_bulk([refs.people.pk(name) for name, _team, _role in wanted])
    changed = {}
    for name, team, role in wanted:
        person = people[refs.people.pk(name) or 0]
        if person.is_active or person.email:
            continue
        values: Row = {"team_id": refs.teams.pk(team)}
        if role == Role.MANAGER:
            values["role"] = role
        if _set(person, values):
            changed[person.pk] = person
    if changed:
        User.objects.bulk_update(changed.values(), ["team", "role"], batch_size=CHUNK)


def write_customers(staging: Staging, refs: References, batch: ImportBatch) -> None:
    """Upsert customers by name, a chunk a transaction."""
    rows = staging.customers()
    while chunk := take(rows, CHUNK):
        with transaction.atomic():
            _write_customers(chunk, staging, refs, batch)


def make_customers(names: Iterable[str], staging: Staging, refs: References) -> None:
    """Make the customers that there are not yet, as old as their first deal."""
    missing = refs.customers.missing(names)
    first = staging.first_dates(missing) if missing else {}
    created = {key: instant_of(at) for key, at in first.items()}
    if missing:
        refs.customers.make(missing, created)


def _write_customers(
    rows: Sequence[Row], staging: Staging, refs: References, batch: ImportBatch
) -> None:
    make_customers(_names(rows), staging, refs)
    customers = Customer.objects.in_bulk([refs.customers.pk(row["name"]) for row in rows])
    changed, fields = [], set[str]()
    for row in rows:
        customer = customers[refs.customers.pk(row["name"]) or 0]
        if customer.name.casefold() != row["name"].casefold():
            # Merged into this one, whose facts somebody has chosen.
            continue
        values = {key: value for key, value in row.items() if key not in ("name", "parent")}
        if "annual_revenue" in values:
            values["annual_revenue"] = _decimal(values["annual_revenue"])
        parent = refs.customers.pk(row.get("parent", ""))
        values["parent_id"] = parent if parent != customer.pk else None
        if _set(customer, values):
            customer.version += customer.import_batch_id != batch.pk
            changed.append(customer)
            fields |= set(values)
    if changed:
        Customer.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=[
                *(f.removesuffix("_id") for f in sorted(fields)),
                *(field.name for field in derived_from(Customer, fields)),
                "version",
                "updated_at",
            ],
        )


def _names(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        yield row["name"]
        yield row.get("parent", "")


def _set(obj: Any, values: Row) -> bool:
    """Set what differs; an empty cell says nothing and leaves what is known."""
    changed = {key: value for key, value in _said(values).items() if getattr(obj, key) != value}
    for key, value in changed.items():
        setattr(obj, key, value)
    return bool(changed)


def _said(values: Row) -> Row:
    return {key: value for key, value in values.items() if value not in (None, "")}


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
