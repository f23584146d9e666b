"""What deals say of themselves: whose they are, what they are about, which are put away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from core.bulk import read_columns
from core.db import Microseconds
from pipeline.estimation import NEVER
from pipeline.estimation.arrays import Ints
from pipeline.models import Opportunity


@dataclass(frozen=True)
class Archive:
    """Who was archived before ``as_of``, and when: subject int64[n], sorted, at int64[n]."""

    subject: Ints
    at: Ints

    def watched_until(self, subject: Ints) -> Ints:
        """int64[m]: instant from which nobody looks at each ``subject``, NEVER where one does."""
        if not len(self.subject):
            return np.full(len(subject), NEVER)
        place = np.minimum(np.searchsorted(self.subject, subject), len(self.subject) - 1)
        return np.where(self.subject[place] == subject, self.at[place], NEVER)


@dataclass(frozen=True)
class Facts:
    """What deals themselves say, one row each: subject int64[n], sorted; customer and product
    (0 for none) and archived_at int64[n] (0 where they are not)."""

    subject: Ints
    customer: Ints
    product: Ints
    archived_at: Ints

    def archive_at(self, as_of: int) -> Archive:
        """Who was archived before ``as_of`` (microseconds)."""
        gone = (self.archived_at > 0) & (self.archived_at < as_of)
        return Archive(self.subject[gone], self.archived_at[gone])


def read_facts(deals: QuerySet[Opportunity], subject: Ints) -> Facts:
    """Of the ``deals`` in ``subject`` (sorted), with one query."""
    rows = deals.order_by("pk").values_list(
        "pk",
        Coalesce("customer_id", 0),
        Coalesce("product_id", 0),
        Coalesce(Microseconds(F("archived_at")), 0),
    )
    deal, *columns = read_columns(rows, "iiii")
    known, found = np.isin(deal, subject), np.zeros((3, len(subject)), np.int64)
    found[:, np.searchsorted(subject, deal[known])] = [column[known] for column in columns]
    return Facts(subject, *found)


def archive_of(records: QuerySet[Any], as_of: datetime) -> Archive:
    """Those of ``records``, of deals or customers, that were archived before ``as_of``."""
    archived = records.filter(archived_at__lt=as_of).order_by("pk")
    return Archive(*read_columns(archived.values_list("pk", Microseconds(F("archived_at"))), "ii"))
