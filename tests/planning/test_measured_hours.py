"""Hours by role and stage from logged activities, against a slow count of rows."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.models import DirtyFlag
from crm.models import Activity, Customer, LifecycleChange, LifecycleStage
from crm.services.activities import log_activity, update_activity
from crm.services.customers import create_customer
from pipeline.models import Opportunity, StageChange
from pipeline.services.pipelines import create_pipeline
from planning.engine.hours import FIRST_DAYS, MONTH_DAYS
from planning.measured_hours import WINDOW, measured_by_role
from planning.models import JobRole, Staff, StageEffort
from planning.services.hours import flag_name, measure, measure_flagged
from planning.services.means import create_role
from tests.histories import write_climb, write_history

DAY = timedelta(days=1)


@pytest.fixture
def now(company_day, db):
    clock.pin(company_day("2002-01-01"))
    return clock.now()


@pytest.fixture
def climbing(pipeline):
    """The ladder of the pipeline with an end for those who are lost."""
    return LifecycleStage.objects.create(
        ladder=pipeline.ladder, name="Lost", order=9, part="acquisition", is_lost=True
    )


@pytest.fixture
def roles(company, now):
    """Engineers, and Wu who was one for half of the year and sells now."""
    engineer = create_role(by=company.manager, name="Engineer", hours_per_day=6)
    seller = create_role(by=company.manager, name="Seller", hours_per_day=6)
    start, half = clock.today() - timedelta(days=900), clock.today() - timedelta(days=180)
    Staff.objects.create(role=engineer, user=company.owner, begins=start)
    Staff.objects.create(role=engineer, user=company.teammate, begins=start, ends=half)
    Staff.objects.create(role=seller, user=company.teammate, begins=half + DAY)
    return engineer, seller


def write_all(pipeline, company, now, *, seed, works=900):
    """Deals with and without customers, customers on the ladder, and work at random: on deals, on
    customers, at the very instants of moves, without minutes, before the year, by a stranger."""
    start = now - timedelta(days=560)
    write_climb(pipeline, start=start, days=560, customers=120, handed_over=0.6, won=0.4, seed=seed)
    write_history(pipeline, start=start, days=560, deals=60, seed=seed)
    rng = np.random.default_rng(seed)
    customers = list(Customer.objects.order_by("pk"))
    for deal in Opportunity.objects.filter(customer=None):
        deal.customer = customers[int(rng.integers(len(customers)))]
        deal.save(update_fields=["customer"])
    deals = list(Opportunity.objects.select_related("customer").order_by("pk"))
    moves = list(StageChange.objects.values_list("at", flat=True)) + list(
        LifecycleChange.objects.values_list("at", flat=True)
    )
    people = [company.owner, company.teammate, company.stranger, None]
    rows = []
    for _each in range(works):
        at = start + timedelta(seconds=int(rng.integers(0, 560 * 86_400)))
        if rng.random() < 0.2:
            at = moves[int(rng.integers(len(moves)))]
        about = {"customer": customers[int(rng.integers(len(customers)))]}
        if rng.random() < 0.5:
            deal = deals[int(rng.integers(len(deals)))]
            about = {"customer": deal.customer, "opportunity": deal}
            if rng.random() < 0.4:
                changes = list(deal.stage_changes.values_list("at", flat=True))
                at = changes[int(rng.integers(len(changes)))]
        rows.append(
            Activity(
                **about,
                owner=people[int(rng.choice(4, p=[0.5, 0.4, 0.05, 0.05]))],
                kind="call",
                subject="x",
                created_at=at,
                done_at=None if rng.random() < 0.05 else at,
                minutes=None if rng.random() < 0.1 else int(rng.integers(0, 200)),
            )
        )
    Activity.objects.bulk_create(rows)


def slow(pipeline, role, as_of):
    """{(kind, stage): [activities, minutes at entry, minutes later, entries, days, subjects]}."""
    work = []
    for each in Activity.objects.exclude(minutes=None).exclude(owner=None).exclude(done_at=None):
        if as_of - WINDOW <= each.done_at < as_of and role_of(each) == role:
            work.append(each)
    since = min((each.done_at for each in work), default=as_of)
    found = {}
    stays = list(slow_stays(pipeline, as_of))
    for kind, _subject, stage, entered, left in stays:
        cell = found.setdefault((kind, stage), [0, 0, 0, 0, 0.0, set()])
        if left >= since and entered < as_of:
            cell[3] += entered >= since
            cell[4] += max((min(left, as_of) - max(entered, since)) / DAY, 0)
    for each in work:
        kind = "opportunity" if each.opportunity_id else "customer"
        subject = each.opportunity_id or each.customer_id
        for of, whose, stage, entered, left in stays:
            if (of, whose) == (kind, subject) and entered <= each.done_at <= left:
                cell = found[kind, stage]
                is_early = entered >= since and each.done_at - entered <= FIRST_DAYS * DAY
                cell[0] += 1
                cell[1 if is_early else 2] += each.minutes
                cell[5].add(subject)
                break
    return found


def role_of(activity):
    day = clock.timezone.localtime(activity.done_at, clock.company_zone()).date()
    held = [
        row.role
        for row in Staff.objects.filter(user=activity.owner_id, plan=None).order_by("begins")
        if row.begins <= day and (row.ends is None or day <= row.ends)
    ]
    return held[-1] if held else None


def slow_stays(pipeline, as_of):
    """(kind, subject, stage, entered, left), each subject's in order."""
    for deal in Opportunity.objects.all():
        moves = list(deal.stage_changes.filter(at__lt=as_of).order_by("at", "pk"))
        for move, after in zip(moves, [*moves[1:], None], strict=False):
            if move.to_stage.is_open:
                left = after.at if after else as_of
                yield "opportunity", deal.pk, move.to_stage_id, move.at, left
    for customer in Customer.objects.all():
        firsts = [d.stage_changes.order_by("at")[0].at for d in customer.opportunities.all()]
        first_deal = min(firsts, default=as_of)
        moves = list(customer.lifecycle_changes.filter(at__lt=as_of).order_by("at", "pk"))
        for move, after in zip(moves, [*moves[1:], None], strict=False):
            left = min(after.at if after else as_of, first_deal)
            if not move.to_stage.is_lost and move.at < first_deal:
                yield "customer", customer.pk, move.to_stage_id, move.at, left
        before = [move.to_stage for move in moves if move.at < first_deal]
        if firsts and before and not before[-1].hands_over:
            # Who opens a deal from elsewhere passes the stage that hands over in that instant.
            handing = customer.lifecycle_changes.first().ladder.stages.get(hands_over=True)
            yield "customer", customer.pk, handing.pk, first_deal, first_deal


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_measured_hours_are_those_of_a_count_row_by_row(
    seed, pipeline, company, climbing, roles, now
):
    write_all(pipeline, company, now, seed=seed)
    found = measured_by_role(pipeline, as_of=now)
    told = 0
    for role in roles:
        expected = slow(pipeline, role, now)
        for row, document in found[role.pk].items():
            acts, early, later, entries, days, who = expected.get(row, [0, 0, 0, 0, 0.0, set()])
            assert document["activities"] == acts, row
            assert document["minutes"] == early + later
            assert document["entries"] == entries, row
            assert document["subjects"] == len(who)
            assert document["months"] == pytest.approx(days / MONTH_DAYS)
            if entries:
                assert document["per_entry"]["hours"] == pytest.approx(early / 60 / entries)
            if days:
                months = days / MONTH_DAYS
                assert document["per_month"]["hours"] == pytest.approx(later / 60 / months)
                in_all = (early + later) / 60 / months
                assert document["per_month_in_all"]["hours"] == pytest.approx(in_all)
            told += acts
    assert told > 50


def test_reading_more_takes_no_more_queries(pipeline, company, climbing, roles, now):
    def queries():
        with CaptureQueriesContext(connection) as few:
            measured_by_role(pipeline, as_of=now)
        return len(few)

    write_all(pipeline, company, now, seed=1, works=20)
    before = queries()
    Activity.objects.bulk_create(
        Activity(
            customer=customer,
            owner=company.owner,
            kind="call",
            subject="x",
            minutes=5,
            created_at=now - DAY,
            done_at=now - DAY,
        )
        for customer in Customer.objects.all()
    )
    assert queries() == before


def test_measuring_twice_changes_nothing_and_leaves_typed_hours(
    pipeline, stages, company, climbing, roles, now
):
    write_all(pipeline, company, now, seed=4)
    typed = StageEffort.objects.create(
        role=roles[0], pipeline_stage=stages["Qualified"], per_entry=3
    )
    measure(pipeline)
    once = list(StageEffort.objects.order_by("pk").values())
    measure(pipeline)
    assert list(StageEffort.objects.order_by("pk").values()) == once
    typed.refresh_from_db()
    assert typed.per_entry == 3
    assert typed.measured["activities"] > 0
    assert typed.hours == (3, 0)
    Activity.objects.all().delete()
    measure(pipeline)
    assert [effort.pk for effort in StageEffort.objects.all()] == [typed.pk]


def test_few_subjects_are_not_enough_to_be_used(pipeline, stages, company, climbing, roles, now):
    write_all(pipeline, company, now, seed=4, works=60)
    StageEffort.objects.create(
        role=roles[0], pipeline_stage=stages["Negotiation"], per_entry=3, is_measured=True
    )
    measure(pipeline)
    few = StageEffort.objects.get(pipeline_stage=stages["Negotiation"], role=roles[0])
    assert not (few.measured or {}).get("is_enough")
    assert few.hours == (3, 0)


def test_logging_time_asks_for_a_measurement_and_the_worker_does_it_once(
    pipeline, company, climbing, roles, now
):
    write_all(pipeline, company, now, seed=4)
    customer = create_customer(by=company.owner, name="New", owner=company.owner)
    DirtyFlag.objects.all().delete()
    silent = log_activity(customer, by=company.owner, kind="call", subject="x")
    name = flag_name(pipeline.pk)
    assert not DirtyFlag.objects.filter(name=name).exists()
    update_activity(silent, by=company.owner, minutes=30)
    assert DirtyFlag.objects.filter(name=name).exists()
    DirtyFlag.objects.filter(name=name).update(not_before=now - DAY)
    measure_flagged(name)
    flag = DirtyFlag.objects.get(name=name)
    assert flag.requested_seq == flag.done_seq
    assert JobRole.objects.get(pk=roles[0].pk).efforts.filter(measured__isnull=False).exists()


def test_an_activity_that_is_deleted_is_measured_without(pipeline, company, climbing, roles, now):
    customer = create_customer(by=company.owner, name="New", owner=company.owner)
    done = log_activity(customer, by=company.owner, kind="call", subject="x", minutes=5)
    DirtyFlag.objects.all().delete()
    done.delete()
    assert DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).exists()


@pytest.mark.parametrize("back", [{"done_at": None}, {"done_at": None, "minutes": None}])
def test_an_activity_that_is_open_again_is_measured_without(
    pipeline, company, climbing, roles, now, back
):
    customer = create_customer(by=company.owner, name="New", owner=company.owner)
    done = log_activity(customer, by=company.owner, kind="call", subject="x", minutes=5)
    DirtyFlag.objects.all().delete()
    update_activity(done, by=company.owner, **back)
    assert DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).exists()


def test_a_ladder_of_several_pipelines_is_measured_by_each_and_plans_use_their_own(
    pipeline, company, climbing, roles, now
):
    write_all(pipeline, company, now, seed=1)
    second = create_pipeline("Service", currency="CNY", stages=["Asked"], ladder=pipeline.ladder)
    for each in (pipeline, second, second):
        measure(each, as_of=now)
    told = [effort for effort in roles[0].efforts.all() if effort.lifecycle_stage_id]
    assert told
    own = {
        (e.pk, pk): e.measured_by_pipeline.get(str(pk))
        for e in told
        for pk in (pipeline.pk, second.pk)
    }
    assert all(effort.measured == own[effort.pk, pipeline.pk] for effort in told)
    # Nobody has a deal in the second: there the customers stay on the ladder.
    minutes = {
        pk: sum(document["minutes"] for (_e, of), document in own.items() if of == pk and document)
        for pk in (pipeline.pk, second.pk)
    }
    assert minutes[second.pk] > minutes[pipeline.pk] > 0
    effort = max(told, key=lambda each: (own[each.pk, second.pk] or {}).get("subjects", 0))
    effort.is_measured = True
    for pk in (pipeline.pk, second.pk):
        if (own[effort.pk, pk] or {}).get("is_enough"):
            assert effort.hours_in(pk)[0] == own[effort.pk, pk]["per_entry"]["hours"]
    assert own[effort.pk, second.pk]["is_enough"]


def test_a_plan_counts_the_hours_of_its_own_pipeline(plan, role, stage):
    document = {"is_enough": True, "per_entry": {"hours": 5.0}, "per_month": {"hours": 0.0}}
    first = plan.pipeline.ladder.stages.first()
    effort = StageEffort(role=role, lifecycle_stage=first, is_measured=True, measured=document)
    effort.measured_by_pipeline = {str(plan.pipeline_id): document | {"per_entry": {"hours": 9.0}}}
    assert effort.hours_in(plan.pipeline_id) == (9.0, 0.0)
    assert effort.hours_in(plan.pipeline_id + 1) == effort.hours == (5.0, 0.0)
    assert effort.uses_measured_in(plan.pipeline_id)
