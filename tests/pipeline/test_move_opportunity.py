"""A deal's way through its pipeline, through the services that pages and API share."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core import clock
from core.models import AuditEntry, DirtyFlag
from core.services.versions import StaleVersion
from crm.models import LadderPosition, LifecycleChange
from pipeline.models import LostReason, Opportunity, StageChange
from pipeline.services.opportunities import (
    create_opportunity,
    move_opportunity,
    undo_move,
    update_opportunity,
)


@pytest.fixture
def deal(company, pipeline, customer):
    return create_opportunity(
        pipeline=pipeline, by=company.owner, name="Filling line", customer=customer, amount=380_000
    )


def standing_of(customer):
    return LadderPosition.objects.select_related("stage").get(customer=customer).stage.name


def test_a_move_leaves_history_audit_and_a_dirty_flag(deal, stages, company):
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)

    deal.refresh_from_db()
    assert deal.stage == stages["Proposal"]
    assert [c.to_stage.name for c in deal.stage_changes.all()] == ["Qualified", "Proposal"]
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.actor, entry.changes) == (
        "move",
        company.owner,
        {"stage": ["Qualified", "Proposal"]},
    )
    flag = DirtyFlag.objects.get(name=f"estimates:{deal.pipeline_id}")
    assert flag.requested_seq > flag.done_seq


def test_the_first_deal_and_the_win_move_the_customer_up(deal, stages, company, customer):
    assert standing_of(customer) == "Prospect"
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    assert standing_of(customer) == "Customer"
    causes = LifecycleChange.objects.filter(customer=customer).values_list("cause", flat=True)
    assert list(causes) == ["hand", "deal_opened", "deal_won"]


def test_a_deal_told_only_once_it_is_won_moves_the_customer_up(company, pipeline, customer, stages):
    create_opportunity(
        pipeline=pipeline,
        by=company.owner,
        name="Spare parts",
        customer=customer,
        stage=stages["Won"],
    )
    assert standing_of(customer) == "Customer"


def test_undoing_a_win_restores_deal_and_customer(deal, stages, company, customer):
    before = deal.stage_entered_at
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    undo_move(deal, by=company.owner)

    deal.refresh_from_db()
    assert (deal.stage, deal.stage_entered_at, deal.closed_at) == (
        stages["Qualified"],
        before,
        None,
    )
    assert standing_of(customer) == "Prospect"
    assert StageChange.objects.live().filter(opportunity=deal).count() == 1
    assert StageChange.objects.filter(opportunity=deal).count() == 2


def test_the_first_stage_cannot_be_undone(deal, company):
    with pytest.raises(ValidationError, match="no move to undo"):
        undo_move(deal, by=company.owner)


def test_a_loss_asks_for_its_reason(deal, stages, company):
    reason = LostReason.objects.create(name="Price")
    with pytest.raises(ValidationError) as refused:
        move_opportunity(deal, to=stages["Lost"], by=company.owner)
    assert "lost_reason" in refused.value.message_dict

    move_opportunity(deal, to=stages["Lost"], by=company.owner, lost_reason=reason)
    deal.refresh_from_db()
    assert (deal.status, deal.lost_reason) == ("lost", reason)
    assert deal.closed_at is not None


def test_reopening_clears_the_closing(deal, stages, company):
    move_opportunity(deal, to=stages["Lost"], by=company.owner)
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    deal.refresh_from_db()
    assert (deal.status, deal.closed_at, deal.lost_reason) == ("open", None, None)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_move_before_the_last_or_in_the_future_is_refused(deal, stages, company, days):
    with pytest.raises(ValidationError) as refused:
        move_opportunity(
            deal,
            to=stages["Proposal"],
            by=company.owner,
            at=deal.stage_entered_at + timedelta(days=days),
        )
    assert "at" in refused.value.message_dict
    assert deal.stage_changes.count() == 1


def test_of_two_people_moving_the_same_deal_one_is_told(deal, stages, company):
    other_window = Opportunity.objects.get(pk=deal.pk)
    move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    with pytest.raises(StaleVersion):
        move_opportunity(other_window, to=stages["Negotiation"], by=company.teammate)
    assert deal.stage_changes.count() == 2


def test_a_refused_move_writes_nothing(deal, stages, company, customer):
    other_window = Opportunity.objects.get(pk=deal.pk)
    update_opportunity(deal, by=company.owner, name="Filling line, large")
    with pytest.raises(StaleVersion):
        move_opportunity(other_window, to=stages["Won"], by=company.owner)
    assert standing_of(customer) == "Prospect"
    assert AuditEntry.objects.filter(object_type="pipeline.opportunity", action="move").count() == 0


def test_amounts_keep_their_history(deal, company):
    update_opportunity(deal, by=company.owner, amount=350_000)
    amounts = list(deal.amount_changes.values_list("amount", flat=True))
    assert amounts == [380_000, 350_000]


def test_a_negative_amount_is_refused_beside_its_field(pipeline, company):
    with pytest.raises(ValidationError) as refused:
        create_opportunity(pipeline=pipeline, by=company.owner, name="x", amount=-1)
    assert "negative" in str(refused.value)
    assert not Opportunity.objects.exists()


def test_history_refuses_change_and_deletion(deal):
    row = deal.stage_changes.get()
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(TypeError):
        StageChange.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        StageChange.objects.filter(pk=row.pk).update(at=clock.now() - timedelta(days=9))


def test_a_stage_of_another_pipeline_is_refused(deal, company):
    from pipeline.services.pipelines import create_pipeline

    foreign = create_pipeline("Service", currency="CNY", stages=["Asked"]).stages.first()
    with pytest.raises(ValidationError) as refused:
        move_opportunity(deal, to=foreign, by=company.owner)
    assert "stage" in refused.value.message_dict
