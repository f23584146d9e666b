import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.api.throttling import ApiKeyRateThrottle
from accounts.services.api_keys import create_api_key, revoke_api_key
from accounts.services.invitations import invite_user
from core.models import ExchangeRate, ImportBatch, Job
from core.services.notices import notify
from crm.models import Activity, Product, Source
from crm.services.activities import log_activity
from crm.services.assignment_rules import create_rule
from crm.services.campaigns import add_member, plan_campaign, start_campaign
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.files import keep_file
from crm.services.leads import create_lead
from crm.services.merges import merge_customers
from crm.services.plays import write_play
from crm.services.purchases import record_purchase
from pipeline.models import Backtest, Estimate, HandOver, LostReason
from pipeline.services.opportunities import create_opportunity
from pipeline.services.pipelines import create_pipeline
from planning.models import Channel, Holiday, JobRole, Plan, Staff


@pytest.fixture(autouse=True)
def no_requests_counted(settings, monkeypatch):
    monkeypatch.setattr(ApiKeyRateThrottle, "THROTTLE_RATES", {"api_key": None})
    # Nobody signs in with a password here, and the real hasher is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


# Shared, because every handler of its own would list all static files once more.
HANDLER = APIClient().handler


def new_client():
    client = APIClient()
    client.handler = HANDLER
    return client


def client_of(user, *scopes):
    """A client with a key of ``user``; with all scopes where none are given."""
    _row, key = create_api_key(user, scopes=scopes or ["read", "write", "plan", "admin"])
    client = new_client()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


@pytest.fixture
def api(company):
    """A client for each persona, all scopes on every key unless its name says otherwise."""
    people = ("admin", "manager", "owner", "teammate", "stranger")
    clients = {name: client_of(getattr(company, name)) for name in people}
    clients["reader"] = client_of(company.owner, "read")
    clients["nobody"] = new_client()
    row, key = create_api_key(company.owner, scopes=["read", "write"])
    revoke_api_key(row)
    clients["revoked"] = new_client()
    clients["revoked"].credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return SimpleNamespace(**clients)


@pytest.fixture
def customer(company, ladder):
    return create_customer(by=company.owner, owner=company.owner, name="Acme", external_id="A-1")


@pytest.fixture
def deal(company, pipeline, customer):
    return create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        customer=customer,
        name="Line 1",
        amount=1000,
        external_id="D-1",
        created_at=timezone.now() - timedelta(days=30),
    )


@pytest.fixture
def ids(company, customer, deal, ladder, pipeline, stages):
    """One row of every noun; what belongs to somebody belongs to the owner."""
    service = create_pipeline("Repairs", currency="CNY", stages=["Asked"])
    estimate = Estimate.objects.create(
        pipeline=service,
        as_of="2026-01-01T00:00:00Z",
        method={},
        inputs_hash="",
        subjects=0,
        payload={"stages": [], "join": None},
        law={},
    )
    Backtest.objects.create(
        pipeline=service,
        as_of="2026-01-01T00:00:00Z",
        deals=0,
        document={
            "unit": "15_days",
            "horizon": None,
            "origins": [],
            "enough": False,
            "missing": [{"code": "wins", "has": 0, "needs": 30}],
            "wins": None,
            "value": None,
            "value_refused": None,
            "reliability": [],
            "dispersion": 0.3,
        },
    )
    rate = ExchangeRate.objects.create(base="USD", quote="CNY", date="2026-01-01", rate=7)
    hall, role = Source.objects.create(name="Hall"), JobRole.objects.create(name="Seller")
    campaign = plan_campaign(
        by=company.manager, name="Mail", source=hall, starts_on="2026-01-01", currency="CNY"
    )
    start_campaign(campaign, by=company.manager)
    year = {"year": 2030, "pipeline": pipeline, "target": 10, "currency": "CNY"}
    plan = Plan.objects.create(name="Year", **year)
    rows = {
        "campaign": campaign,
        "member": add_member(campaign, customer, by=company.manager),
        "other": create_customer(by=company.owner, owner=company.owner, name="Other"),
        "customer": customer,
        "twin": create_customer(by=company.owner, owner=company.owner, name="Acme Ltd"),
        "merge": merge_customers(
            *(create_customer(by=None, owner=company.owner, name="Twice") for _ in range(2)),
            by=company.owner,
        ),
        "deal": deal,
        "lead": create_lead(by=company.owner, owner=company.owner, name="Lead"),
        "rule": create_rule(by=None, name="All", how="load", team=company.sub_team),
        "ladder": ladder,
        "pipeline": pipeline,
        "service": service,
        "estimate": estimate,
        "contact": create_contact(customer, by=company.owner, name="Ann"),
        "activity": log_activity(
            customer, by=company.owner, kind=Activity.Kind.CALL, subject="Called"
        ),
        "planned": log_activity(
            customer,
            by=company.owner,
            kind=Activity.Kind.TASK,
            subject="Offer",
            due_at=timezone.now() + timedelta(days=2),
        ),
        "notice": notify(company.owner, "hello"),
        "purchase": record_purchase(customer, by=company.owner, amount=5, currency="CNY"),
        "product": Product.objects.create(name="Line", currency="CNY"),
        "source": Source.objects.create(name="Web"),
        "hall": hall,
        "fair": Source.objects.create(name="Fairs"),
        "role": role,
        "role_alone": JobRole.objects.create(name="Caller"),
        "person": Staff.objects.create(role=role, begins="2026-01-01"),
        "channel": Channel.objects.create(source=hall),
        "holiday": Holiday.objects.create(day="2026-05-01", name="Labour Day"),
        "lost_reason": LostReason.objects.create(name="Price"),
        "suspect": ladder.stages.get(name="Suspect"),
        "qualified": stages["Qualified"],
        "proposal": stages["Proposal"],
        "file": keep_file(
            SimpleUploadedFile("note.txt", b"Called them."), by=company.owner, customer=customer
        ),
        "play": write_play(stages["Qualified"], by=None, advice="Ring."),
        "team": company.team,
        "user": company.owner,
        "mate": company.teammate,
        "invited": invite_user(
            email="di@y.example",
            name="Di",
            role="rep",
            team=company.team,
            by=company.admin,
            base_url="http://x",
        ).user,
        "hand_over": HandOver.objects.create(
            giver=company.owner, by=company.manager, at=timezone.now()
        ),
        "rate": rate,
        "lifecycle_change": customer.lifecycle_changes.first(),
        "stage_change": deal.stage_changes.first(),
        "batch": ImportBatch.objects.create(kind="deals", file_name="a.csv"),
        "job": Job.objects.create(kind="estimates", requested_by=company.owner),
        "plan": plan,
        "plan_scenario": Plan.objects.create(name="Other", scenario_of=plan, **year),
    }
    rows["hire"] = Staff.objects.create(role=role, begins="2030-01-01", plan=plan)
    return {name: row.pk for name, row in rows.items()} | {"table": "summary"}


@pytest.fixture
def problem():
    """Check that an answer is a problem document, and give it."""

    def check(response, status, kind=None):
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        document = json.loads(response.content)
        assert document["status"] == status
        assert document["title"]
        assert document["detail"]
        if kind:
            assert document["type"] == f"/problems/{kind}"
        return document

    return check


@pytest.fixture
def pointers():
    return lambda document: {error["pointer"] for error in document["errors"]}
