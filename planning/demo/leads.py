"""The last leads from the website, and the rules that gave each region's to its team."""

from datetime import timedelta

from accounts.models import User
from crm.models import AssignmentRule, Customer, Lead, Source
from crm.response_time import due_dates, response_target
from crm.services.assignment_rules import create_rule
from crm.services.leads import settle_lead
from planning.demo.founding import Company
from planning.demo.moments import plan_start

DAYS = 30
MOST = 60
FROM = "Web"
REGIONS = ("North China", "East China", "South China")


def write_leads(company: Company, by: User) -> None:
    """Customers who are there already: what was done with them since answers them."""
    web = next(source for source in company.sources if source.name == FROM)
    for region in REGIONS:
        create_rule(
            by=by,
            name=f"{FROM}, {region}",
            sources=[web],
            regions=[region],
            how=AssignmentRule.How.LOAD,
            team=company.teams[region],
        )
    leads = Lead.objects.bulk_create(_lead(customer) for customer in _last_of(web))
    for lead in leads:
        settle_lead(lead)


def _last_of(source: Source) -> list[Customer]:
    came = Customer.objects.filter(
        source=source, created_at__gte=plan_start() - timedelta(days=DAYS)
    )
    return list(came.order_by("-created_at", "pk")[:MOST])


def _lead(customer: Customer) -> Lead:
    warn_at, due_at = due_dates(customer.created_at, response_target())
    return Lead(
        customer=customer,
        arrived_at=customer.created_at,
        warn_at=warn_at,
        due_at=due_at,
        assigned_at=customer.created_at,
    )
