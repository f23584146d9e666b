"""Leads that come at the same instant, over real connections."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User
from crm.models import Lead
from crm.services.assignment_rules import create_rule
from crm.services.leads import create_lead, take_lead
from tests.crm.test_customer_race import at_once

ROUNDS = 6

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="only on PostgreSQL"),
]


def owners():
    return sorted(Lead.objects.values_list("customer__owner__name", flat=True))


@pytest.mark.parametrize("how", ["load", "turns"])
def test_two_leads_at_once_go_to_two_people(company, ladder, how):
    create_rule(by=None, name="Team", how=how, team=company.sub_team)
    for i in range(ROUNDS):
        errors = at_once(
            lambda: create_lead(by=None, name=f"One {i}"),
            lambda: create_lead(by=None, name=f"Two {i}"),
        )
        assert errors == []
        assert owners() == ["Li"] * (i + 1) + ["Wu"] * (i + 1)


def test_one_of_two_takes_the_lead(company, ladder):
    for i in range(ROUNDS):
        lead = create_lead(by=None, name=f"Lead {i}")
        errors = at_once(
            *(
                lambda pk=person.pk: take_lead(
                    Lead.objects.get(pk=lead.pk), by=User.objects.get(pk=pk)
                )
                for person in (company.owner, company.teammate)
            )
        )
        assert [type(error) for error in errors] == [ValidationError]
