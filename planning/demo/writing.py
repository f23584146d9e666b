"""Writes a branch's journal in bulk: the rows that the services would have made, one by one."""

import numpy as np

from accounts.models import User
from crm.models import Activity
from planning.demo.activities import activities_of
from planning.demo.amounts import prices_for
from planning.demo.customers import write_contacts, write_customers
from planning.demo.deals import write_deals
from planning.demo.founding import Company
from planning.demo.journal import Journal
from planning.demo.names import FirmNames

CHUNK = 500


def write_branch(
    company: Company,
    journal: Journal,
    reps: list[User],
    names: FirmNames,
    rng: np.random.Generator,
) -> None:
    """Customers, contacts, moves, deals and activities; ``rng`` draws what no rate depends on."""
    customers = write_customers(company, journal, reps, names, rng)
    contacts = write_contacts(customers, rng)
    deals = write_deals(company, journal, customers, contacts, prices_for(journal))
    Activity.objects.bulk_create(activities_of(journal, customers, deals, rng), CHUNK)
