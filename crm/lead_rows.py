"""What each row of somebody's table would become, before anything is written."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.users import UserQuerySet
from core.matching import name_key
from crm.duplicates import Asked, Duplicates, alike, same_customers
from crm.lead_columns import FIELDS, LABELS
from crm.lead_tables import LeadTable, TableRow
from crm.models import Contact, Customer, ImportedLead, Source

OF_CUSTOMER = ("external_id", "phone", "website", "region", "country", "industry", "note")
NOBODY_ELSE = Duplicates([], frozenset())


class Known:
    """Sources by name and people by email, looked up once for all rows."""

    def __init__(self, people: UserQuerySet) -> None:
        self._people = people

    @cached_property
    def sources(self) -> dict[str, Source]:
        return {row.name.casefold(): row for row in Source.objects.order_by("-pk")}

    @cached_property
    def owners(self) -> dict[str, User]:
        people = self._people.active().filter(email__isnull=False)
        return {str(row.email).casefold(): row for row in people}

    def source(self, name: str) -> Source | None:
        found = self.sources.get(name.casefold()) if name else None
        if name and found is None:
            raise ValidationError(_("There is no source %(name)s.") % {"name": name})
        return found

    def owner(self, email: str) -> User | None:
        found = self.owners.get(email.casefold()) if email else None
        if email and found is None:
            message = _("Nobody at work here has the email %(email)s.")
            raise ValidationError(message % {"email": email})
        return found


@dataclass(frozen=True)
class LeadFields:
    """What a row says of a new customer, and of the person there."""

    customer: dict[str, Any]
    contact: dict[str, Any] | None


def lead_fields(values: Mapping[str, str], known: Known) -> LeadFields:
    """What services take; raises ValidationError with a sentence for each thing that is wrong."""
    errors: list[str] = []
    fields: dict[str, Any] = {name: values.get(name, "") for name in OF_CUSTOMER}
    fields["external_id"] = fields["external_id"] or None
    fields["name"] = values.get("company") or values.get("name", "")
    for name, find in (("source", known.source), ("owner", known.owner)):
        try:
            fields[name] = find(values.get(name, ""))
        except ValidationError as error:
            errors += error.messages
    if not fields["name"]:
        errors.append(_("A company or a name is needed."))
    contact = _contact(values)
    errors += _wrong(Customer(**fields), OF_CUSTOMER, {})
    errors += _wrong(Customer(name=fields["name"]), ["name"], {"name": "company"})
    errors += _wrong(Contact(**contact), ["name", "email"], {}) if contact else []
    if errors:
        raise ValidationError(errors)
    return LeadFields(fields, contact)


def _contact(values: Mapping[str, str]) -> dict[str, Any] | None:
    name, email = values.get("name", ""), values.get("email", "")
    if not (name or email):
        return None
    return {"name": name or email, "email": email, "phone": values.get("phone", "")}


def _wrong(row: Any, names: Sequence[str], called: dict[str, str]) -> list[str]:
    """What is wrong with some of its fields, told by the names of columns."""
    others = {each.name for each in row._meta.fields} - set(names)
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        return [
            f"{capfirst(str(LABELS[called.get(name, name)]))}: {' '.join(messages)}"
            for name, messages in error.message_dict.items()
            if row._meta.get_field(name).value_from_object(row)
        ]
    return []


def key_of(row: TableRow) -> str:
    """What makes a row the same one again, whatever its columns are taken for."""
    cells = (" ".join(cell.split()) for cell in row.cells)
    return hashlib.sha256("\0".join(filter(None, cells)).encode()).hexdigest()


@dataclass(frozen=True)
class PlannedRow:
    """A row and what would become of it.

    ``left_out`` says why it makes no lead; ``may_be_taken`` where a person may take it in all the
    same, because it only seems to be here already.
    """

    line: int
    values: dict[str, str]
    key: str = ""
    errors: list[str] = field(default_factory=list)
    left_out: str = ""
    same: Duplicates = NOBODY_ELSE
    may_be_taken: bool = False
    is_taken: bool = False
    like: list[Any] = field(default_factory=list)

    @property
    def is_wanted(self) -> bool:
        return not self.errors and (not self.left_out or self.is_taken)


def plan_rows(
    table: LeadTable,
    columns: Mapping[str, int],
    *,
    user: User,
    source: str = "",
    also: Iterable[int] = (),
) -> list[PlannedRow]:
    """What each row would become. ``source`` is that of rows that name none, ``also`` are lines to
    be taken in though somebody like them is here."""
    known = Known(User.objects.visible_to(user))
    rows = [_checked(row, columns, known, source) for row in table.rows]
    return _without_repeats(_without_known(rows, user), set(also))


def _checked(row: TableRow, columns: Mapping[str, int], known: Known, source: str) -> PlannedRow:
    values = {name: row.cells[columns[name]] for name in FIELDS if name in columns}
    values["source"] = values.get("source") or source
    planned = PlannedRow(row.line, values, key_of(row))
    if row.error:
        return replace(planned, errors=[row.error])
    try:
        lead_fields(values, known)
    except ValidationError as error:
        return replace(planned, errors=error.messages)
    return planned


def _without_known(rows: list[PlannedRow], user: User) -> list[PlannedRow]:
    """Leave out what was imported before, and what is the same as somebody who is here."""
    imported = set(_in_parts(ImportedLead.objects, "key", {row.key for row in rows}))
    ids = {row.values.get("external_id", "") for row in rows} - {""}
    taken = set(_in_parts(Customer.objects, "external_id", ids))
    right = [row for row in rows if not row.errors]
    found = dict(
        zip((row.line for row in right), same_customers(user, [*map(_asked, right)]), strict=True)
    )
    return [_left_out(row, imported, taken, found.get(row.line, NOBODY_ELSE)) for row in rows]


def _in_parts(rows: Any, name: str, values: set[str], size: int = 500) -> Iterable[str]:
    every = sorted(values)
    for start in range(0, len(every), size):
        some = rows.filter(**{f"{name}__in": every[start : start + size]})
        yield from some.values_list(name, flat=True)


def _asked(row: PlannedRow) -> Asked:
    company = row.values.get("company") or row.values.get("name", "")
    told = {name: row.values.get(name, "") for name in ("phone", "website", "email")}
    return Asked(name=company, **told)


def _left_out(row: PlannedRow, imported: set[str], taken: set[str], same: Duplicates) -> PlannedRow:
    if row.errors:
        return row
    if row.key in imported:
        return replace(row, left_out=_("This row was imported before."))
    if row.values.get("external_id") in taken:
        return replace(row, left_out=_("The external id is there already."))
    if same:
        return replace(row, left_out=_("Perhaps here already"), same=same, may_be_taken=True)
    return row


def _without_repeats(rows: list[PlannedRow], also: set[int]) -> list[PlannedRow]:
    """Leave out what stands in the file already, further up."""
    lines: dict[str, int] = {}
    companies: dict[str, int] = {}
    planned = []
    for row in rows:
        company = name_key(row.values.get("company") or row.values.get("name", ""))
        first, twin = lines.get(row.key), companies.get(company)
        if row.errors or row.left_out:
            pass
        elif first is not None:
            row = replace(row, left_out=_("The same as line %(line)s.") % {"line": first})
        elif twin is not None:
            told = _("The same company as in line %(line)s.") % {"line": twin}
            row = replace(row, left_out=told, may_be_taken=True)
        row = replace(row, is_taken=row.may_be_taken and row.line in also)
        if not row.errors:
            lines.setdefault(row.key, row.line)
            companies.setdefault(company, row.line)
        planned.append(row)
    return planned


def with_likenesses(rows: Sequence[PlannedRow], user: User) -> list[PlannedRow]:
    """The rows, and for those that would be new whose name is like theirs: two queries each."""
    return [
        replace(row, like=alike(user, row.values.get("company", ""), [])) if row.is_wanted else row
        for row in rows
    ]
