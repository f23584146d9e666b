"""Leads from a CSV file, such as a fair's list: each lands in the inbox as if it was typed."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.models import ImportBatch
from crm.lead_rows import Known, lead_fields
from crm.lead_tables import LeadFileRefused
from crm.models import Customer, Lead
from crm.services.contacts import create_contact
from crm.services.leads import create_lead

TEXTS = ("external_id", "name", "phone", "website", "region", "country", "industry", "note")
COLUMNS = (*TEXTS, "source", "owner")


@dataclass
class LeadFileReport:
    """``refused`` are line numbers with the reason; ``known`` had an external id that is there."""

    made: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def make_lead(
    values: Mapping[str, str], known: Known, *, by: User | None, batch: ImportBatch | None = None
) -> Lead:
    """A new lead of what a row says, with the person there; the rules assign who has no owner.

    Raises ValidationError with the reasons for people.
    """
    fields = lead_fields(values, known)
    lead = create_lead(by=by, import_batch=batch, **fields.customer)
    if fields.contact:
        create_contact(lead.customer, by=by, **fields.contact)
    return lead


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
    report, known = LeadFileReport(), Known(User.objects.all())
    for row in rows:
        try:
            _take(row, report, known, by=by)
        except ValidationError as error:
            report.refused.append((rows.line_num, " ".join(error.messages)))
    return report


def _take(row: dict[str, Any], report: LeadFileReport, known: Known, *, by: User | None) -> None:
    if None in row:
        raise ValidationError(_("This row has more cells than the header."))
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    external_id = values["external_id"]
    if external_id and Customer.objects.filter(external_id=external_id).exists():
        report.known += 1
        return
    # Here the name is the company's; there is no column for people.
    make_lead(values | {"company": values.pop("name")}, known, by=by)
    report.made += 1
