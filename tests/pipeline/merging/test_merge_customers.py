"""Two customers merged into one: what the survivor has then, and who may merge them."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from core import clock
from crm.duplicates import possible_duplicates
from crm.merging.relations import APART, moving_fields, pointing_fields
from crm.models import (
    Activity,
    CampaignMember,
    Contact,
    Customer,
    CustomerTick,
    Lead,
    LifecycleChange,
    Purchase,
    Source,
)
from crm.services.activities import log_activity
from crm.services.campaigns import add_member, plan_campaign
from crm.services.contacts import create_contact
from crm.services.customers import (
    archive_customer,
    create_customer,
    restore_customer,
    update_customer,
)
from crm.services.lifecycle import move_customer
from crm.services.merges import check_may_merge, merge_customers, undo_merge
from crm.services.purchases import record_purchase
from pipeline.models import Opportunity
from pipeline.services.opportunities import create_opportunity, move_opportunity
from tests.pipeline.test_ladder_cube import assert_same, from_nothing, kept


def test_no_relation_to_customers_is_forgotten():
    """Whatever points at customers goes over, but for what is put together in its own way; and
    what may be there once only has a rule of its own (crm.merging.pairs)."""
    every, moving = set(pointing_fields()), set(moving_fields())
    assert {field.model for field in every - moving} == set(APART)
    ruled = {CampaignMember, CustomerTick, Contact, Lead}
    for field in moving:
        once = [
            rule
            for rule in field.model._meta.constraints
            if field.name in getattr(rule, "fields", ())
        ]
        assert field.model in ruled or not (once or field.unique), field
    assert {field.model._meta.label for field in moving} == {
        "crm.Activity",
        "crm.CampaignMember",
        "crm.Contact",
        "crm.Customer",
        "crm.CustomerTick",
        "crm.File",
        "crm.Lead",
        "crm.Purchase",
        "pipeline.Opportunity",
    }


def move(customer, step, day):
    clock.pin(day)
    return move_customer(
        customer, to=customer.positions.get().ladder.stages.get(name=step), by=None, at=day
    )


def climbed(customer):
    rows = LifecycleChange.objects.live().filter(customer=customer).order_by("at", "pk")
    return [(row.to_stage.name, f"{row.at:%m-%d}") for row in rows]


def test_each_stage_counts_from_the_earlier_entry_and_the_further_stage_stays(twins, company_day):
    one, other = twins
    move(other, "Lead", company_day("2001-02-01", 9))
    move(one, "Lead", company_day("2001-03-01", 9))
    move(other, "Prospect", company_day("2001-05-01", 9))
    move(other, "Given up", company_day("2001-06-01", 9))
    merge = merge_customers(one, other, by=None)
    assert climbed(one) == [
        ("Suspect", "12-31"),
        ("Lead", "02-01"),
        ("Prospect", "05-01"),
        ("Lead", "06-01"),
    ]
    assert one.positions.get().stage.name == "Lead"
    assert climbed(other) == []
    undo_merge(merge, by=None)
    assert climbed(one) == [("Suspect", "12-31"), ("Lead", "03-01")]
    assert [step for step, _day in climbed(other)] == ["Suspect", "Lead", "Prospect", "Given up"]


def test_what_belonged_to_either_belongs_to_the_survivor(twins, company, pipeline):
    one, other = twins
    deal = create_opportunity(pipeline=pipeline, by=company.owner, name="Line", customer=other)
    create_contact(one, by=None, name="Wang")
    create_contact(other, by=None, name="Zhang")
    log_activity(other, by=company.owner, kind="call", subject="Line", opportunity=deal)
    merge_customers(one, other, by=company.owner)
    deal.refresh_from_db()
    assert deal.customer == one
    assert [each.name for each in one.contacts.filter(is_primary=True)] == ["Wang"]
    assert Activity.objects.get().customer == one
    assert one.positions.get().stage.name == "Prospect"


def test_a_campaign_keeps_the_answer_that_tells_more_and_gives_it_back(twins, company):
    one, other = twins
    source = Source.objects.create(name="Fair")
    campaign = plan_campaign(
        name="Fair", source=source, starts_on=clock.today(), currency="CNY", by=None
    )
    add_member(campaign, one, by=None)
    add_member(campaign, other, by=None, status="responded")
    merge = merge_customers(one, other, by=None)
    assert [(m.customer, m.status) for m in campaign.members.all()] == [(one, "responded")]
    undo_merge(merge, by=None)
    assert {(m.customer, m.status) for m in campaign.members.all()} == {
        (one, "invited"),
        (other, "responded"),
    }


def test_chosen_fields_stay_and_empty_ones_are_filled(twins):
    one, other = twins
    update_customer(one, by=None, region="North", note="Old")
    update_customer(other, by=None, region="South", phone="021 5555", note="New", external_id="E7")
    merge = merge_customers(one, other, by=None, fields={"name": "other"})
    one.refresh_from_db()
    assert (one.name, one.region, one.phone) == ("Hengda Foods Ltd", "North", "021 5555")
    assert (one.note, one.external_id) == ("Old\n\nNew", "E7")
    update_customer(one, by=None, region="West")
    undo_merge(merge, by=None)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.name, one.region, one.phone, one.external_id) == ("Hengda", "West", "", None)
    assert (other.external_id, other.archived_at, other.merged_into) == ("E7", None, None)
    assert other.search_key.strip().endswith("e7")


@pytest.mark.parametrize("fields", [{"nme": "this"}, {"name": "both"}, {"note": "neither"}])
def test_a_field_or_choice_that_does_not_exist_is_refused(twins, fields):
    with pytest.raises(ValidationError):
        merge_customers(*twins, by=None, fields=fields)


def test_the_merged_one_is_out_of_lists_and_of_what_is_similar(twins, company):
    one, other = twins
    merge_customers(one, other, by=None)
    assert list(Customer.objects.visible_to(company.admin)) == [one]
    assert not possible_duplicates(company.admin, name="Hengda Foods Ltd").unseen
    seen = possible_duplicates(company.admin, name="Hengda").seen
    assert [each.customer for each in seen] == [one]


def test_a_company_never_comes_to_stand_above_itself(twins):
    one, other = twins
    update_customer(one, by=None, parent=other)
    branch = create_customer(by=None, name="Branch", parent=other)
    merge = merge_customers(one, other, by=None)
    one.refresh_from_db()
    branch.refresh_from_db()
    assert (one.parent, branch.parent) == (None, one)
    undo_merge(merge, by=None)
    one.refresh_from_db()
    branch.refresh_from_db()
    assert (one.parent, branch.parent) == (other, other)


def test_archived_or_merged_customers_are_not_merged(twins):
    one, other = twins
    archive_customer(other, by=None)
    with pytest.raises(ValidationError, match="archived"):
        merge_customers(one, other, by=None)
    restore_customer(other, by=None)
    merge_customers(one, other, by=None)
    with pytest.raises(ValidationError, match="already"):
        merge_customers(one, Customer.objects.get(pk=other.pk), by=None)
    with pytest.raises(ValidationError, match="itself"):
        merge_customers(one, one, by=None)


def test_a_rep_merges_own_customers_alone_and_a_manager_what_is_seen(twins, company):
    check_may_merge(company.owner, twins)
    check_may_merge(company.manager, twins)
    with pytest.raises(PermissionDenied):
        check_may_merge(company.teammate, twins)


def test_what_is_written_for_a_merged_customer_belongs_to_the_survivor(twins, pipeline, stages):
    """By somebody who read it before the merge."""
    one, other = twins
    stale = Customer.objects.get(pk=other.pk)
    merge_customers(one, other, by=None)
    create_contact(stale, by=None, name="Zhang")
    record_purchase(stale, by=None, amount=7, currency="CNY")
    deal = create_opportunity(pipeline=pipeline, by=None, name="Line", customer=stale)
    assert Contact.objects.get().customer == Purchase.objects.get().customer == one
    assert Opportunity.objects.get().customer == one
    assert one.positions.get().stage.name == "Prospect"
    with pytest.raises(ValidationError, match="merged"):
        move_customer(stale, to=pipeline.ladder.stages.get(name="Lead"), by=None)
    deal = Opportunity.objects.get(pk=deal.pk)
    move_opportunity(deal, to=stages["Won"], by=None)
    assert one.positions.get().stage.name == "Customer"
    assert_same(kept(pipeline), from_nothing(pipeline))
