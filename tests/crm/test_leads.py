"""New leads: who gets them, how long they wait, and what counts as an answer."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from core import clock
from core.models import AuditEntry, Notice
from core.services.records import delete_record
from core.services.versions import StaleVersion
from crm.models import Activity, Customer, Lead, LeadState, Source
from crm.response_time import response_target
from crm.services.activities import (
    complete_activity,
    log_activity,
    take_back_activity,
    update_activity,
)
from crm.services.assignment_rules import (
    archive_rule,
    create_rule,
    current_rules,
    move_rule,
    restore_rule,
    update_rule,
)
from crm.services.customers import create_customer
from crm.services.leads import assign_lead, create_lead, put_back_lead, take_lead, update_target
from crm.services.merges import merge_customers, undo_merge
from planning.models import Holiday

pytestmark = pytest.mark.django_db


@pytest.fixture
def friday(company_day, db):
    """The clock stands at four on a Friday afternoon."""
    at = company_day("2026-03-06", hour=16)
    clock.pin(at)
    return at


@pytest.fixture
def arrive(company, ladder):
    count = iter(range(1, 1000))

    def lead(**fields):
        return create_lead(by=company.admin, **{"name": f"Lead {next(count)}"} | fields)

    return lead


@pytest.fixture
def web(db):
    return Source.objects.create(name="Web")


def to_team(company, how="load", **fields):
    return create_rule(by=None, name="Team", how=how, team=company.sub_team, **fields)


def to_person(person, name="Person", **fields):
    return create_rule(by=None, name=name, how="person", person=person, **fields)


def names(leads):
    return [lead.customer.owner and lead.customer.owner.name for lead in leads]


def call(lead, by, **fields):
    return log_activity(lead.customer, by=by, **{"kind": "call", "subject": "Called"} | fields)


def answered(lead):
    lead.refresh_from_db()
    return lead.first_response_at


def test_only_what_came_as_a_lead_is_one(company, ladder, friday):
    create_customer(by=company.owner, name="Old friend", owner=company.owner)
    assert not Lead.objects.exists()


def test_the_first_rule_that_fits_decides(company, arrive, web, friday):
    to_person(company.teammate, sources=[web], regions=["North ", "china"])
    to_person(company.owner, sources=[web])
    to_person(company.stranger, industries=["Food"])
    given = [
        arrive(source=web, region="NORTH"),
        arrive(source=web, country="China"),
        arrive(source=web, region="South"),
        arrive(industry="food"),
        arrive(region="North"),
    ]
    assert names(given) == ["Wu", "Wu", "Li", "Zoe", None]


def test_a_lead_goes_to_whoever_has_fewest_unanswered_ones(company, arrive, friday):
    to_team(company)
    leads = [arrive() for _ in range(3)]
    assert names(leads) == ["Li", "Wu", "Li"]
    call(leads[0], company.owner)
    call(leads[2], company.owner)
    assert names([arrive(), arrive(), arrive()]) == ["Li", "Wu", "Li"]


def test_in_turn_load_does_not_matter(company, arrive, friday):
    to_team(company, how="turns")
    first = arrive()
    call(first, company.owner)
    assert names([first, arrive(), arrive()]) == ["Li", "Wu", "Li"]


def test_who_left_gets_nothing_and_the_next_rule_decides(company, arrive, friday):
    company.teammate.is_active = False
    company.teammate.save()
    to_person(company.teammate)
    to_team(company)
    assert names([arrive(), arrive()]) == ["Li", "Li"]


def test_rules_are_ordered_archived_and_restored(company, arrive, friday):
    first = to_person(company.owner, "First")
    second = to_person(company.teammate, "Second")
    move_rule(second, up=True, by=company.manager)
    move_rule(second, up=True, by=company.manager)  # it is the first already
    assert [rule.name for rule in current_rules()] == ["Second", "First"]
    assert names([arrive()]) == ["Wu"]
    second.refresh_from_db()
    archive_rule(second, by=company.manager)
    assert names([arrive()]) == ["Li"]
    restore_rule(second, by=company.manager)
    assert names([arrive()]) == ["Wu"]
    first.version += 1
    with pytest.raises(StaleVersion):
        update_rule(first, by=company.manager, name="Third")


def test_a_rule_names_a_person_or_a_team(company, db):
    for wrong in ({}, {"person": company.owner, "team": company.team}):
        with pytest.raises(ValidationError):
            create_rule(by=None, name="Rule", how="load", **wrong)


def test_the_rule_is_recorded_and_the_new_owner_told(company, arrive, friday):
    rule = to_person(company.owner)
    lead = arrive()
    assert (lead.rule, lead.assigned_by, lead.assigned_at) == (rule, None, friday)
    entry = AuditEntry.objects.get(action="assign")
    assert entry.changes == {"owner": [None, "Li"], "rule": [None, "Person"]}
    notice = Notice.objects.get()
    assert (notice.user, notice.params) == (company.owner, {"customer": "Lead 1"})
    assert notice.url == f"/customers/{lead.customer_id}/"


def test_a_lead_with_an_owner_stays_with_the_owner(company, arrive, friday):
    to_person(company.teammate)
    assert names([arrive(owner=company.owner)]) == ["Li"]
    assert Notice.objects.get().user == company.owner


def test_who_shares_records_takes_what_nobody_has(company, arrive, friday):
    lead = arrive()
    seen = {
        person.name: Lead.objects.visible_to(person).exists()
        for person in (company.owner, company.stranger, company.manager, company.admin)
    }
    assert seen == {"Li": True, "Zoe": False, "Mei": True, "Ada": True}
    assert names([take_lead(lead, by=company.owner)]) == ["Li"]
    assert names([take_lead(lead, by=company.owner)]) == ["Li"]
    with pytest.raises(ValidationError, match="Li has this lead already"):
        take_lead(lead, by=company.teammate)
    assert not Lead.objects.visible_to(company.stranger).exists()
    put_back_lead(lead, by=company.owner)
    with pytest.raises(ValidationError, match="do not have"):
        put_back_lead(lead, by=company.owner)
    assert names([take_lead(lead, by=company.teammate)]) == ["Wu"]


def test_a_manager_gives_a_lead_to_somebody_at_work(company, arrive, friday):
    lead = arrive()
    assign_lead(lead, to=company.owner, by=company.manager)
    assert (names([lead]), lead.assigned_by) == (["Li"], company.manager)
    company.teammate.is_active = False
    with pytest.raises(ValidationError, match="works here no more"):
        assign_lead(lead, to=company.teammate, by=company.manager)
    assign_lead(lead, to=None, by=company.manager)
    assert (names([lead]), lead.assigned_at) == ([None], None)


def test_the_time_runs_in_working_hours_over_the_weekend(arrive, company_day, friday):
    lead = arrive()
    assert lead.due_at == company_day("2026-03-09", hour=11)
    assert lead.warn_at == company_day("2026-03-09", hour=10)
    states = {hour: lead.state(at=company_day("2026-03-09", hour=hour)) for hour in (9, 10, 11, 12)}
    assert states == {9: "waiting", 10: "due_soon", 11: "due_soon", 12: "overdue"}
    for hour, state in states.items():
        at = company_day("2026-03-09", hour=hour)
        found = [each for each in LeadState if Lead.objects.in_state(each, at=at).exists()]
        assert found == [state]


def test_the_holidays_of_the_plan_are_free(arrive, company_day, friday):
    Holiday.objects.create(day="2026-03-09", name="Day off")
    Holiday.objects.create(day="2026-03-07", name="Worked instead", is_workday=True)
    assert arrive().due_at == company_day("2026-03-07", hour=11)
    clock.pin(company_day("2026-03-07", hour=16))
    assert arrive().due_at == company_day("2026-03-10", hour=11)


def test_another_target_holds_for_what_comes_then(company, arrive, company_day, friday):
    before = arrive()
    update_target(response_target(), by=company.manager, hours=1)
    assert arrive().due_at == company_day("2026-03-06", hour=17)
    assert Lead.objects.get(pk=before.pk).due_at == company_day("2026-03-09", hour=11)
    with pytest.raises(ValidationError, match="ends after it begins"):
        update_target(response_target(), by=company.manager, closes_at="08:00")


def test_a_call_answers_and_a_note_or_a_plan_does_not(company, arrive, company_day, friday):
    lead = arrive(owner=company.owner)
    call(lead, company.owner, kind="note")
    call(lead, company.owner, kind="task", done_at=friday)
    planned = call(lead, company.owner, due_at=friday + timedelta(days=3))
    assert answered(lead) is None
    clock.pin(company_day("2026-03-09", hour=10))
    complete_activity(planned, by=company.owner)
    assert answered(lead) == company_day("2026-03-09", hour=10)
    assert (lead.responder, lead.response_minutes) == (company.owner, 180)
    assert lead.state(at=clock.now()) == LeadState.IN_TIME


def test_what_was_done_before_it_came_is_no_answer(company, arrive, friday):
    lead = arrive(owner=company.owner)
    call(lead, company.owner, done_at=friday - timedelta(minutes=1))
    assert answered(lead) is None


def test_a_late_answer_stays_late_and_a_later_call_changes_nothing(
    company, arrive, company_day, friday
):
    lead = arrive(owner=company.owner)
    for hour in (12, 13):
        clock.pin(company_day("2026-03-09", hour=hour))
        call(lead, company.owner)
    assert answered(lead) == company_day("2026-03-09", hour=12)
    assert lead.state(at=clock.now()) == LeadState.LATE
    assert list(Lead.objects.in_state("answered_late", at=clock.now())) == [lead]


@pytest.mark.parametrize(
    "how", ["taken back", "deleted", "reopened", "a note after all", "another's"]
)
def test_an_answer_that_is_withdrawn_is_none(company, arrive, hengda, friday, how):
    lead = arrive(owner=company.owner)
    activity = call(lead, company.owner)
    assert answered(lead) == friday
    if how == "taken back":
        take_back_activity(activity, by=company.owner)
    elif how == "deleted":
        delete_record(activity, by=company.owner)
    elif how == "reopened":
        update_activity(activity, by=company.owner, done_at=None)
    elif how == "a note after all":
        update_activity(activity, by=company.owner, kind="note")
    else:
        update_activity(activity, by=company.owner, customer=hengda)
    assert answered(lead) is None
    assert (lead.responder, lead.response_minutes) == (None, None)


def test_the_next_best_answer_counts_where_the_first_is_withdrawn(company, arrive, friday):
    lead = arrive(owner=company.owner)
    first = call(lead, company.owner)
    clock.pin(friday + timedelta(hours=1))
    call(lead, company.teammate, kind="email")
    take_back_activity(first, by=company.owner)
    assert answered(lead) == friday + timedelta(hours=1)
    assert lead.responder == company.teammate


def test_answers_that_are_deleted_at_once_are_none(company, arrive, friday):
    lead = arrive(owner=company.owner)
    call(lead, company.owner)
    call(lead, company.owner)
    Activity.objects.all().delete()
    assert answered(lead) is None


def test_a_wrong_lead_is_refused_beside_its_field(company, ladder):
    with pytest.raises(ValidationError) as refused:
        create_lead(by=company.owner, name="")
    assert "name" in refused.value.message_dict
    assert not Customer.objects.exists()


def test_of_two_merged_leads_the_earlier_stays_and_either_answers(company, arrive, friday):
    later = arrive(owner=company.owner)
    earlier = arrive(owner=company.owner, created_at=friday - timedelta(hours=2))
    activity = call(later, company.owner)
    merge = merge_customers(
        Customer.objects.get(pk=later.customer_id),
        Customer.objects.get(pk=earlier.customer_id),
        by=company.owner,
    )
    (left,) = Lead.objects.all()
    assert (left.pk, left.customer_id) == (earlier.pk, later.customer_id)
    assert (left.first_response_at, left.response_minutes) == (friday, 120)
    activity.delete()
    undo_merge(merge, by=company.owner)
    assert dict(Lead.objects.values_list("pk", "customer")) == {
        later.pk: later.customer_id,
        earlier.pk: earlier.customer_id,
    }
    assert answered(later) is None
    assert answered(earlier) is None


def test_parted_leads_have_their_own_answers_again(company, arrive, friday):
    first, second = arrive(owner=company.owner), arrive(owner=company.owner)
    call(second, company.owner)
    customers = [Customer.objects.get(pk=lead.customer_id) for lead in (first, second)]
    undo_merge(merge_customers(*customers, by=company.owner), by=company.owner)
    assert answered(first) is None
    assert answered(second) == friday


def test_who_adds_a_lead_that_no_rule_names_and_would_not_see_it_has_it(company, ladder, friday):
    lone = company.stranger
    assert create_lead(by=lone, name="Own find").customer.owner == lone
    assert create_lead(by=company.owner, name="For all").customer.owner is None
    to_team(company)
    assert create_lead(by=lone, name="For the team").customer.owner in (
        company.owner,
        company.teammate,
    )
