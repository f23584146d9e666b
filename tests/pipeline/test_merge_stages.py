"""Two stages become one: their history counts together, nothing of it is rewritten or lost."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import AuditEntry, DirtyFlag
from core.services.versions import StaleVersion
from pipeline.filter_forms import ListFilterForm
from pipeline.models import Opportunity, Stage, StageChange
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import (
    archive_opportunity,
    create_opportunity,
    move_opportunity,
    restore_opportunity,
    undo_move,
    update_opportunity,
)
from pipeline.services.pipelines import create_pipeline, merge_stages, unmerge_stage
from pipeline.services.requests import flag_name


@pytest.fixture
def merge(stages, company, company_day):
    """Merge by names, in 2002."""

    def names(stage, into):
        clock.pin(company_day("2002-01-01"))
        return merge_stages(stages[stage], into=stages[into], by=company.admin)

    return names


def rows(pipeline):
    return {row["name"]: row for row in refresh(pipeline).payload["stages"]}


def counts(row):
    return tuple(row[name] for name in ("entered", "advanced", "moved_back", "lost", "open"))


def standing(deal):
    deal.refresh_from_db()
    return deal.stage.name, f"{deal.stage_entered_at.astimezone(clock.company_zone()):%m-%d}"


def test_the_history_of_both_counts_for_the_one_that_stays(walk, pipeline, merge):
    walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21"))
    walk("03-01", ("Proposal", "03-11"), ("Won", "04-01"))
    walk("03-01", ("Negotiation", "03-11"), ("Lost", "04-01"))
    merge("Proposal", "Negotiation")
    found = rows(pipeline)
    assert "Proposal" not in found
    assert counts(found["Negotiation"]) == (3, 1, 0, 1, 1)
    assert counts(found["Qualified"]) == (3, 3, 0, 0, 0)


def test_a_stay_in_both_is_one_from_the_first_entry_on(walk, pipeline, merge):
    before = walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21"))
    after = walk(
        "03-01",
        ("Negotiation", "03-05"),
        ("Qualified", "03-08"),
        ("Negotiation", "03-12"),
        ("Proposal", "03-25"),
    )
    merge("Proposal", "Negotiation")
    assert standing(before) == ("Negotiation", "03-11")
    assert standing(after) == ("Negotiation", "03-12")
    assert counts(rows(pipeline)["Negotiation"]) == (3, 0, 1, 0, 2)


def test_no_history_is_rewritten(walk, merge):
    walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21"))
    told = list(StageChange.objects.order_by("pk").values())
    merge("Proposal", "Negotiation")
    assert list(StageChange.objects.order_by("pk").values()) == told


def test_a_moved_deal_has_a_new_version_and_a_line_in_the_audit(walk, company, merge):
    moved, elsewhere = walk("03-01", ("Proposal", "03-11")), walk("03-01")
    merge("Proposal", "Negotiation")
    with pytest.raises(StaleVersion):
        update_opportunity(moved, by=company.owner, name="Old view")
    update_opportunity(elsewhere, by=company.owner, name="Still as seen")
    entry = AuditEntry.objects.get(object_id=moved.pk, action="merge_stage")
    assert entry.changes == {"stage": ["Proposal", "Negotiation"]}
    assert entry.actor == company.admin
    assert not AuditEntry.objects.filter(object_id=elsewhere.pk, action="merge_stage").exists()


def test_an_archived_deal_can_be_restored_after_its_stage_was_merged(walk, company, merge):
    deal = archive_opportunity(walk("03-01", ("Proposal", "03-11")), by=company.admin)
    merge("Proposal", "Negotiation")
    deal.refresh_from_db()
    restore_opportunity(deal, by=company.admin)
    assert standing(deal) == ("Negotiation", "03-11")


def test_a_deal_that_nobody_dated_goes_along_undated(pipeline, stages, merge):
    deal = Opportunity.objects.create(
        pipeline=pipeline, stage=stages["Proposal"], name="?", currency="CNY"
    )
    merge("Proposal", "Negotiation")
    deal.refresh_from_db()
    assert (deal.stage.name, deal.stage_entered_at) == ("Negotiation", None)


def test_taken_out_again_all_is_as_it_was(walk, pipeline, stages, company, merge, company_day):
    deals = [
        walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21")),
        walk("03-01", ("Negotiation", "03-11"), ("Proposal", "03-21")),
        walk("03-01", ("Proposal", "03-11"), ("Won", "04-01")),
    ]
    clock.pin(company_day("2002-01-01"))
    stood, rates = [standing(deal) for deal in deals], rows(pipeline)
    merge("Proposal", "Negotiation")
    assert rows(pipeline) != rates
    stage = unmerge_stage(stages["Proposal"], by=company.admin)
    assert (stage.merged_into, stage.retired_at) == (None, None)
    assert [standing(deal) for deal in deals] == stood
    assert rows(pipeline) == rates


def test_what_was_merged_before_follows(walk, pipeline, stages, company, merge):
    deal = walk("03-01", ("Proposal", "03-11"))
    merge("Qualified", "Proposal")
    merge("Proposal", "Negotiation")
    assert {s.name for s in stages["Negotiation"].merged.all()} == {"Qualified", "Proposal"}
    assert standing(deal) == ("Negotiation", "03-01")
    unmerge_stage(stages["Proposal"], by=company.admin)
    assert standing(deal) == ("Proposal", "03-11")
    assert stages["Negotiation"].merged.get().name == "Qualified"


@pytest.mark.parametrize("pair", ["Proposal Proposal", "Won Lost", "Proposal Won", "Lost Proposal"])
def test_itself_won_and_lost_are_not_merged(merge, pair):
    with pytest.raises(ValidationError) as refused:
        merge(*pair.split())
    assert list(refused.value.message_dict) == ["into"]


def test_a_stage_is_merged_once_into_one_in_use_of_its_pipeline(stages, company, merge):
    other = create_pipeline("Repairs", currency="CNY", stages=["Asked"]).stages.get(name="Asked")
    merge("Proposal", "Negotiation")
    for stage, into in (
        (stages["Qualified"], other),
        (stages["Qualified"], stages["Proposal"]),
        (stages["Proposal"], stages["Qualified"]),
    ):
        with pytest.raises(ValidationError):
            merge_stages(stage, into=into, by=company.admin)
    with pytest.raises(ValidationError):
        unmerge_stage(stages["Qualified"], by=company.admin)


def test_the_database_holds_that_a_merged_stage_is_out_of_use(stages, merge):
    merge("Proposal", "Negotiation")
    proposal = Stage.objects.filter(pk=stages["Proposal"].pk)
    for wrong in ({"retired_at": None}, {"merged_into": stages["Proposal"]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            proposal.update(**wrong)
    with pytest.raises(ProtectedError):
        stages["Negotiation"].delete()


def test_merging_asks_for_new_rates(pipeline, stages, company, merge):
    def asked():
        return bool(DirtyFlag.objects.filter(name=flag_name(pipeline.pk)).delete()[0])

    asked()
    merge("Proposal", "Negotiation")
    assert asked()
    unmerge_stage(stages["Proposal"], by=company.admin)
    assert asked()


def test_a_move_taken_back_leads_to_where_the_merged_stage_went(walk, company, merge):
    deal = walk(
        "03-01",
        ("Proposal", "03-11"),
        ("Negotiation", "03-21"),
        ("Won", "04-01"),
    )
    merge("Proposal", "Negotiation")
    deal.refresh_from_db()
    undo_move(deal, by=company.admin)
    assert standing(deal) == ("Negotiation", "03-11")
    assert deal.closed_at is None


def test_a_deal_goes_on_from_the_stage_it_was_merged_into(walk, pipeline, stages, company, merge):
    deal = walk("03-01", ("Proposal", "03-11"))
    merge("Proposal", "Negotiation")
    deal.refresh_from_db()
    assert move_opportunity(deal, to=stages["Negotiation"], by=company.admin) is None
    with pytest.raises(ValidationError):
        move_opportunity(deal, to=Stage.objects.get(name="Proposal"), by=company.admin)
    move_opportunity(deal, to=stages["Won"], by=company.admin)
    assert counts(rows(pipeline)["Negotiation"]) == (1, 1, 0, 0, 0)


def test_a_move_begun_before_the_merge_is_refused_after_it(walk, stages, company, merge):
    deal = walk("03-01")
    merge("Proposal", "Negotiation")
    assert stages["Proposal"].retired_at is None  # as the mover saw it
    with pytest.raises(ValidationError):
        move_opportunity(deal, to=stages["Proposal"], by=company.owner)
    with pytest.raises(ValidationError):
        create_opportunity(
            pipeline=stages["Won"].pipeline, stage=stages["Proposal"], by=None, name="Line"
        )


def test_no_move_is_told_from_before_the_last_one_within_a_merged_stay(
    walk, stages, company, merge, company_day
):
    deal = walk("03-01", ("Proposal", "03-11"), ("Negotiation", "03-21"))
    merge("Proposal", "Negotiation")
    deal.refresh_from_db()
    told = {"to": stages["Won"], "by": company.admin}
    with pytest.raises(ValidationError, match="before the last move"):
        move_opportunity(deal, at=company_day("2001-03-15"), **told)
    assert move_opportunity(deal, at=company_day("2001-03-22"), **told)


def test_pages_offer_no_merged_stage(client, walk, pipeline, stages, company, merge):
    deal = walk("03-01")
    merge("Proposal", "Negotiation")
    client.force_login(company.admin)
    addresses = [reverse("pipeline:board"), reverse("pipeline:opportunity", args=[deal.pk])]
    for page in (client.get(address).content.decode() for address in addresses):
        assert "Negotiation" in page
        assert "Proposal" not in page
    offered = (
        ListFilterForm(user=company.admin, pipeline=pipeline, stages=pipeline.stages.all())
        .fields["stage"]
        .queryset
    )
    assert stages["Proposal"] not in offered


def test_the_number_of_queries_does_not_grow_with_the_deals(walk, stages, company):
    def merging():
        with CaptureQueriesContext(connection) as queries:
            merge_stages(stages["Proposal"], into=stages["Negotiation"], by=company.admin)
        unmerge_stage(stages["Proposal"], by=company.admin)
        return len(queries)

    walk("03-01", ("Proposal", "03-11"))
    few = merging()
    for _deal in range(7):
        walk("03-01", ("Proposal", "03-11"))
    assert merging() == few
