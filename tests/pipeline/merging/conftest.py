import pytest

from core import clock
from crm.services.customers import create_customer


@pytest.fixture
def ladder(ladder):
    """Suspect → Lead → Prospect (hands over) → Customer, and given up."""
    ladder.stages.filter(name="Customer").update(order=4)
    ladder.stages.filter(name="Prospect").update(order=3)
    ladder.stages.create(name="Lead", order=2, part="nurturing")
    ladder.stages.create(name="Given up", order=5, part="nurturing", is_lost=True)
    return ladder


@pytest.fixture
def twins(company, ladder, company_day):
    """Hengda and its double, both the owner's, of the beginning of 2001."""
    clock.pin(company_day("2001-01-01"))
    return tuple(
        create_customer(by=company.owner, name=name, owner=company.owner)
        for name in ("Hengda", "Hengda Foods Ltd")
    )
