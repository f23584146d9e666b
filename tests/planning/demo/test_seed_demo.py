"""The demo company as it stands in the database."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.conf import global_settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.forms.models import model_to_dict

from accounts.models import Role, User
from core import clock
from crm.campaign_figures import source_costs
from crm.models import (
    Activity,
    Campaign,
    CampaignMember,
    Customer,
    LadderPosition,
    LifecycleChange,
    LifecycleStage,
)
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.lifecycle import move_customer
from pipeline.models import Opportunity, StageChange
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    update_opportunity,
)
from planning.demo.amounts import prices_for
from planning.demo.company import BASE_REVENUE, PASSWORD, REPS
from planning.demo.deals import terms_of
from planning.demo.journal import Phase, Step
from planning.demo.moments import instant
from planning.demo.seeding import won_in
from planning.demo.simulation import simulate
from planning.models import JobRole, Plan

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def billion(django_db_setup, django_db_blocker):
    """The demo company, built once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("seed_demo", verbosity=0)
        yield simulate(REPS)
        transaction.set_rollback(True)


def test_the_three_log_ins_have_their_roles_and_the_printed_password(billion, settings):
    # The company was built with the hashers of the product, not with those of the tests.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    for who, role in (("admin", Role.ADMIN), ("manager", Role.MANAGER), ("rep", Role.REP)):
        user = User.objects.get(email=f"{who}@billion.example")
        assert user.role == role
        assert user.check_password(PASSWORD)


def test_the_manager_sees_every_rep_and_their_deals(billion):
    manager = User.objects.get(email="manager@billion.example")
    everything = Opportunity.objects.count()
    assert Opportunity.objects.visible_to(manager).count() == everything == len(billion.deals)
    assert Customer.objects.visible_to(manager).count() == len(billion.customers)


def test_the_rep_has_deals_in_every_open_stage_and_something_to_do_today(billion):
    rep, now = User.objects.get(email="rep@billion.example"), clock.now()
    deals = Opportunity.objects.open().filter(owner=rep)
    assert set(deals.values_list("stage__name", flat=True)) == {
        "Project",
        "Proposal",
        "Negotiation",
    }
    assert deals.count() >= 15
    mine = Activity.objects.filter(owner=rep).open()
    assert mine.due_before(now).count() >= 3
    evening = clock.day_start(clock.today() + timedelta(days=1))
    assert mine.filter(due_at__gte=now, due_at__lt=evening).count() >= 2


def test_the_plan_asks_for_four_times_the_base_year_and_is_solved(billion):
    plan = Plan.objects.get()
    revenue = won_in(plan.pipeline, 2001)
    assert revenue == pytest.approx(Decimal(BASE_REVENUE), rel=Decimal("0.001"))
    assert plan.target == Decimal("70400000.00")
    assert (plan.year, plan.currency, plan.confidence) == (2002, "CNY", 80)
    assert plan.status == Plan.Status.DRAFT
    assert plan.owner.email == "manager@billion.example"
    assert plan.estimate is not None
    assert plan.requirements.filter(month__year=2002).exists()


def test_the_clock_stands_on_the_first_morning_of_2002_and_nothing_is_later(billion, company_day):
    assert clock.now() == company_day("2002-01-01", 9)
    midnight = company_day("2002-01-01")
    assert not StageChange.objects.filter(at__gte=midnight).exists()
    assert not LifecycleChange.objects.filter(at__gte=midnight).exists()
    assert not Activity.objects.filter(created_at__gte=midnight).exists()


def test_what_a_lead_costs_differs_by_source_and_is_a_small_part_of_the_revenue(billion):
    rows = {
        row.source.name: row
        for row in source_costs(date(2001, 1, 1), date(2002, 1, 1)).rows
        if row.source
    }
    assert {name: round(row.per_lead.value, -1) for name, row in rows.items()} == {
        "Exhibitions": 420,
        "Cold calls": 260,
        "Web": 240,
        "Referrals": 150,
        "Trade magazines": 380,
    }
    assert sum(row.spent for row in rows.values()) < Decimal("0.05") * BASE_REVENUE
    assert not CampaignMember.objects.filter(added_at__gt=clock.now()).exists()
    assert not CampaignMember.objects.filter(responded_at__gt=clock.now()).exists()
    for row in CampaignMember.objects.order_by("pk")[::97]:
        row.full_clean()
    for row in Campaign.objects.all():
        row.full_clean()
    assert CampaignMember.objects.filter(status="declined").count() == 196


def test_a_second_run_changes_nothing(billion, capsys):
    before = (Customer.objects.count(), User.objects.count(), Plan.objects.count())
    call_command("seed_demo")
    assert "already" in capsys.readouterr().out
    assert before == (Customer.objects.count(), User.objects.count(), Plan.objects.count())


def test_names_are_unique_and_every_sampled_row_is_one_that_a_form_would_accept(billion):
    names = Customer.objects.values_list("name", flat=True)
    assert len(set(names)) == len(names)
    for model in (Customer, Opportunity, Activity):
        for row in model.objects.order_by("pk")[::97]:
            row.full_clean()


def test_what_the_reps_noted_is_what_their_role_is_typed_with(billion):
    """Less what nobody wrote down, and what is still to be done on stays that go on."""
    efforts = JobRole.objects.get().efforts.all()
    assert len(efforts) == 6
    for effort in efforts:
        measured = effort.measured
        assert measured["is_enough"]
        noted = measured["minutes"] / 60 / measured["entries"]
        assert noted == pytest.approx(effort.per_entry, rel=0.1, abs=0.1), effort
        assert not effort.is_measured
    about = Activity.objects.filter(opportunity__isnull=False)
    assert about.count() > 3000
    assert not about.exclude(opportunity__customer=F("customer")).exists()


def test_the_same_activities_are_written_on_every_database(billion):
    digest = hashlib.sha256()
    for row in Activity.objects.order_by("pk").values_list(
        "kind", "subject", "minutes", "done_at", "due_at", "owner__email", "opportunity__name"
    ):
        digest.update(repr([str(value) for value in row]).encode())
    assert digest.hexdigest()[:16] == "9cffedcc422e2c20"


def sampled(journal):
    """Customers whose histories differ in kind, and some taken evenly."""
    by_customer = {}
    for deal in journal.deals:
        by_customer.setdefault(deal.customer, []).append(deal)

    def first(holds):
        return next(p for p in range(len(journal.customers)) if holds(p, by_customer.get(p, [])))

    kinds = (
        lambda p, deals: any((Phase.LOST, Phase.PROPOSAL) in steps(d) for d in deals),
        lambda p, deals: any((Phase.NEGOTIATION, Phase.PROPOSAL) in steps(d) for d in deals),
        lambda p, deals: any(d.is_repeat and d.won_at for d in deals),
        lambda p, deals: any(d.currency == "USD" for d in deals),
        lambda p, deals: journal.customers[p].climbs[0].to is Step.QUALIFIED,
        lambda p, deals: len(deals) > 1 and journal.customers[p].step is Step.LOST,
        lambda p, deals: any(d.quotes[0].share is None and len(d.quotes) > 1 for d in deals),
        lambda p, deals: "deal_opened" in [c.cause for c in journal.customers[p].climbs[3:]],
    )
    evenly = range(0, len(journal.customers), len(journal.customers) // 25)
    places = sorted({*map(first, kinds), *evenly, *list(by_customer)[::60]})
    return [(place, by_customer.get(place, [])) for place in places]


def steps(deal):
    return [(a.to, b.to) for a, b in pairwise(deal.moves)]


def replay(journal, place, deals, original):
    """The same history, by the services, one act after the other at its own instant."""
    owner, told = original.owner, journal.customers[place]
    skip = ("id", "owner", "source", "parent", "import_batch", "version")
    fields = {k: v for k, v in model_to_dict(original).items() if k not in skip}
    fields |= {"owner": owner, "source": original.source, "created_at": instant(told.born)}
    clock.pin(instant(told.born))
    if told.climbs[0].to is Step.SUSPECT:
        copy = create_customer(by=owner, **fields)
    else:
        # As an import makes customers, who have not climbed any ladder.
        copy = Customer.objects.create(**fields)
    for contact in original.contacts.order_by("pk"):
        known = {k: getattr(contact, k) for k in ("name", "title", "email", "phone")}
        create_contact(copy, by=owner, **known)
    acts = [(c.at, 0, climb, (c, copy, owner)) for c in told.climbs[1:] if c.cause == "hand"]
    rows = original.opportunities.order_by("pk")
    for row, deal in zip(rows, deals, strict=True):
        acts += deal_acts(row, deal, prices_for(journal), copy, owner)
    for at, _, act, args in sorted(acts, key=lambda act: act[:2]):
        clock.pin(instant(at))
        act(*args)
    return copy


def climb(told, customer, owner):
    rungs = dict(zip(Step, LifecycleStage.objects.order_by("order"), strict=True))
    move_customer(customer, to=rungs[told.to], by=owner)


def deal_acts(row, deal, prices, customer, owner):
    terms, made = terms_of(deal, prices), []
    fields = {k: getattr(row, k) for k in ("name", "source", "product", "region", "currency")}
    fields |= {"amount": terms[0].amount, "expected_close": terms[0].expected_close}
    contact = customer.contacts.filter(is_primary=True).first()
    phases = dict(zip(Phase, row.pipeline.stages.all(), strict=True))
    moves = list(row.stage_changes.order_by("at", "pk"))

    def open_deal():
        common = {"customer": customer, "owner": owner, "contact": contact}
        made.append(create_opportunity(pipeline=row.pipeline, by=owner, **common, **fields))

    def change(now):
        update_opportunity(made[0], by=owner, amount=now.amount, expected_close=now.expected_close)

    def move(to, reason):
        move_opportunity(made[0], to=phases[to], by=owner, lost_reason=reason)

    acts = [(deal.moves[0].at, 1, open_deal, ())]
    acts += [(now.at, 2, change, (now,)) for now in terms[1:]]
    reasons = [move.lost_reason for move in moves]
    return acts + [
        (m.at, 3, move, (m.to, reason))
        for m, reason in zip(deal.moves[1:], reasons[1:], strict=True)
    ]


def portrait(customer):
    """Everything that is stored about a customer but keys and the real instants of recording."""

    def rows(queryset, *names):
        return list(queryset.order_by("pk").values_list(*names))

    said = ("name", "contact__name", "owner", "amount", "currency", "expected_close", "region")
    stands = ("pipeline", "stage", "created_at", "stage_entered_at", "closed_at", "lost_reason")
    deal_fields = (*said, *stands, "source", "product", "archived_at", "external_id", "version")
    deals = customer.opportunities.order_by("pk")
    history = ("at", "by", "voided_by", "from_stage", "to_stage")
    return {
        "fields": model_to_dict(customer, exclude=["id"]) | {"created_at": customer.created_at},
        "contacts": rows(customer.contacts, "name", "title", "email", "is_primary", "version"),
        "climbs": rows(customer.lifecycle_changes, *history, "ladder", "cause"),
        "position": rows(LadderPosition.objects.filter(customer=customer), "stage", "since"),
        "deals": rows(deals, *deal_fields),
        "moves": [rows(d.stage_changes, *history, "lost_reason", "pipeline") for d in deals],
        "amounts": [rows(d.amount_changes, "at", "by", "amount", "currency") for d in deals],
    }


def test_sampled_histories_are_what_the_services_would_have_made(billion):
    customers = list(Customer.objects.order_by("pk"))
    sample = sampled(billion)
    assert len(sample) > 40
    for place, deals in sample:
        original = customers[place]
        copy = replay(billion, place, deals, original)
        assert portrait(Customer.objects.get(pk=copy.pk)) == portrait(original)
