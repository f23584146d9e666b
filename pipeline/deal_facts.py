"""What deals say of themselves: whose they are, what is listed for them, which are put away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from core.bulk import read_columns
from core.db import Microseconds
from pipeline.amounts import UNKNOWN, Told, currency_letters, money, told_of
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
    """What deals themselves say, one row each: subject int64[n], sorted; customer (0 for none) and
    archived_at int64[n] (0 where they are not); ``listed`` are the prices of their products."""

    subject: Ints
    customer: Ints
    archived_at: Ints
    listed: Told

    def archive_at(self, as_of: int) -> Archive:
        """Who was archived before ``as_of`` (microseconds)."""
        gone = (self.archived_at > 0) & (self.archived_at < as_of)
        return Archive(self.subject[gone], self.archived_at[gone])


def read_facts(deals: QuerySet[Opportunity], subject: Ints) -> Facts:
    """Of the ``deals`` in ``subject`` (sorted), with one query."""
    rows = deals.order_by("pk").values_list(
        "pk",
        Coalesce("customer_id", 0),
        Coalesce(Microseconds(F("archived_at")), 0),
        money("product__price"),
        currency_letters("product__currency"),
    )
    deal, customer, archived_at, price, currency = read_columns(rows, "iiifi")
    priced = price != UNKNOWN
    always, ever = np.full((2, int(priced.sum())), [[0], [NEVER]])
    listed = told_of(subject, deal[priced], always, always, ever, price[priced], currency[priced])
    known, (customers, gone) = np.isin(deal, subject), np.zeros((2, len(subject)), np.int64)
    place = np.searchsorted(subject, deal[known])
    customers[place], gone[place] = customer[known], archived_at[known]
    return Facts(subject, customers, gone, listed)


def archive_of(records: QuerySet[Any], as_of: datetime) -> Archive:
    """Those of ``records``, of deals or customers, that were archived before ``as_of``."""
    archived = records.filter(archived_at__lt=as_of).order_by("pk")
    return Archive(*read_columns(archived.values_list("pk", Microseconds(F("archived_at"))), "ii"))
