"""Leads from a CSV file, such as a fair's list: each lands in the inbox as if it was typed."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from crm.models import Customer, Source
from crm.services.leads import create_lead

TEXTS = ("external_id", "name", "phone", "website", "region", "country", "industry", "note")
COLUMNS = (*TEXTS, "source", "owner")


class LeadFileRefused(Exception):
    """The file as a whole cannot be read, with the reason for people."""


@dataclass
class LeadFileReport:
    """``refused`` are line numbers with the reason; ``known`` had an external id that is there."""

    made: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def import_leads(lines: Iterable[str], *, by: User | None) -> LeadFileReport:
    """A new lead for each row under a header of `COLUMNS`, each in a transaction of its own.

    The rules assign who has no ``owner`` (an email). Repeating a file makes nothing new where its
    rows have external ids. Raises LeadFileRefused for a header without ``name`` or with other
    columns.
    """
    rows = csv.DictReader(lines)
    header = [str(name).strip() for name in rows.fieldnames or ()]
    if "name" not in header or not set(header) <= set(COLUMNS):
        message = _("The header needs a column name, and may have: %(columns)s.")
        raise LeadFileRefused(message % {"columns": ", ".join(COLUMNS)})
    rows.fieldnames = header
    report = LeadFileReport()
    for row in rows:
        try:
            _take(row, report, by=by)
        except ValidationError as error:
            report.refused.append((rows.line_num, " ".join(error.messages)))
    return report


def _take(row: dict[str, Any], report: LeadFileReport, *, by: User | None) -> None:
    if None in row:
        raise ValidationError(_("This row has more cells than the header."))
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    fields: dict[str, Any] = {name: values[name] for name in TEXTS}
    fields["external_id"] = fields["external_id"] or None
    if (
        fields["external_id"]
        and Customer.objects.filter(external_id=fields["external_id"]).exists()
    ):
        report.known += 1
        return
    fields["source"], fields["owner"] = _source(values["source"]), _owner(values["owner"])
    create_lead(by=by, **fields)
    report.made += 1


def _source(name: str) -> Source | None:
    found = Source.objects.filter(name__iexact=name).first() if name else None
    if name and found is None:
        raise ValidationError(_("There is no source %(name)s.") % {"name": name})
    return found


def _owner(email: str) -> User | None:
    found = User.objects.active().filter(email__iexact=email).first() if email else None
    if email and found is None:
        raise ValidationError(_("Nobody at work here has the email %(email)s.") % {"email": email})
    return found
