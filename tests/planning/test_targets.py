"""A target in parts: every split adds up to the whole, to the cent, whatever happens to it."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.models import AuditEntry
from core.services.versions import StaleVersion
from crm.models import Source
from pipeline.models import Opportunity
from planning.models import Plan
from planning.segments import entries_last_year, won_last_year
from planning.services.plans import create_plan, update_plan
from planning.services.targets import set_target_parts, split_target
from planning.solving import plan_months
from planning.targets import (
    all_parts,
    candidates,
    season_of_history,
    stored_parts,
    target_by_month,
    visible_parts,
)


@pytest.fixture
def plan(pipeline, company, company_day):
    """A plan that nothing is solved for: what is said of its target does not need it."""
    clock.pin(company_day("2002-01-01"))
    return create_plan(
        by=company.manager,
        name="Growth",
        year=2002,
        pipeline=pipeline,
        target=Decimal(60_000_000),
        currency="CNY",
    )


def months(total, weights=(1,) * 12):
    whole = sum(weights)
    return {str(i + 1): Decimal(total) * w / whole for i, w in enumerate(weights)}


def set_parts(plan, by, dimension, **parts):
    amounts = {name.removeprefix("p"): Decimal(amount) for name, amount in parts.items()}
    set_target_parts(plan, by=by, dimension=dimension, parts=amounts)


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [("14999999.99", "¥0.01 of the target of ¥60,000,000 is still"), ("15000002", "¥2 more than")],
)
def test_parts_that_do_not_make_up_the_target_are_refused_by_how_much(
    plan, company, amount, sentence
):
    with pytest.raises(ValidationError, match=sentence):
        set_parts(plan, company.manager, "region", North="45000000", South=amount)
    assert stored_parts(plan, "region") == {}
    assert Plan.objects.get(pk=plan.pk).version == 1


def test_setting_parts_raises_the_version_and_leaves_one_audit_row(plan, company):
    set_parts(plan, company.manager, "region", North="45000000", South="15000000")
    set_parts(plan, company.manager, "region", North="45000000", South="15000000")
    assert (plan.version, Plan.objects.get(pk=plan.pk).version) == (2, 2)
    entry = AuditEntry.objects.filter(action="update").get()
    assert entry.actor == company.manager
    assert (
        entry.changes["target_parts"][1] == "region North: 45000000.00; region South: 15000000.00"
    )


def test_a_split_made_on_an_older_plan_is_refused(plan, company):
    old = Plan.objects.get(pk=plan.pk)
    update_plan(plan, by=company.admin, name="Theirs")
    with pytest.raises(StaleVersion):
        set_parts(old, company.manager, "region", North="60000000")
    assert stored_parts(plan, "region") == {}


def test_months_make_the_quarters_and_quarters_keep_the_season_of_the_months(plan, company):
    season = (1, 2, 3, 4, 4, 4, 0, 0, 0, 6, 3, 3)
    parts = months(60_000_000, season)
    set_target_parts(plan, by=company.manager, dimension="month", parts=parts)
    assert list(stored_parts(plan, "quarter").values()) == [12_000_000, 24_000_000, 0, 24_000_000]
    set_parts(plan, company.manager, "quarter", p1="30000000", p2="0", p3="0.01", p4="29999999.99")
    found = list(stored_parts(plan, "month").values())
    assert found[:3] == [5_000_000, 10_000_000, 15_000_000]
    assert sum(found[6:9]) == Decimal("0.01")
    assert sum(found) == plan.target
    set_target_parts(plan, by=company.manager, dimension="quarter", parts={})
    assert all_parts(plan) == {}


def test_quarters_without_months_take_the_season_of_the_last_year(estimate, plan, company):
    set_parts(plan, company.manager, "quarter", p1="60000000")
    history = season_of_history(plan)
    found = stored_parts(plan, "month")
    assert float(found["1"] / found["2"]) == pytest.approx(history[0] / history[1], rel=1e-6)
    assert found["4"] == 0


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        ("month", "13"),
        ("month", "01"),
        ("month", ""),
        ("quarter", "5"),
        ("quarter", "x"),
        ("team", "9" * 30),
        ("team", "x"),
        ("source", "999"),
        ("product", "-1"),
        ("region", "x" * 101),
        ("colour", "1"),
    ],
)
def test_a_part_that_does_not_exist_is_refused(plan, company, dimension, value):
    with pytest.raises(ValidationError):
        set_target_parts(
            plan, by=company.admin, dimension=dimension, parts={value: Decimal(60_000_000)}
        )


def test_a_part_is_not_negative_and_has_no_more_than_cents(plan, company):
    for one, other in (("-1", "60000001"), ("0.001", "59999999.999")):
        with pytest.raises(ValidationError):
            set_parts(plan, company.admin, "region", North=one, South=other)


def test_a_changed_target_takes_all_its_parts_along(plan, company):
    north = str(company.sub_team.pk)
    set_parts(plan, company.admin, "team", **{f"p{north}": "20000000", "p": "40000000"})
    set_target_parts(plan, by=company.admin, dimension="month", parts=months(60_000_000))
    update_plan(plan, by=company.manager, target=Decimal("100.01"))
    parts = all_parts(plan)
    assert {name: sum(found.values()) for name, found in parts.items()} == dict.fromkeys(
        ("team", "month", "quarter"), Decimal("100.01")
    )
    assert parts["team"] == {north: Decimal("33.34"), "": Decimal("66.67")}
    newest = AuditEntry.objects.order_by("-pk").first()
    assert set(newest.changes) == {"target", "target_parts"}


amount = st.decimals(0, 10**11, places=2)


@given(st.lists(amount, min_size=12, max_size=12), st.lists(amount, min_size=1, max_size=4))
@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_split_adds_up_to_the_cent_through_changes_of_the_target(
    plan, company, parts, targets
):
    by = company.admin
    plan = Plan.objects.get(pk=plan.pk)
    for dimension in ("month", "region"):
        set_target_parts(plan, by=by, dimension=dimension, parts={})
    update_plan(plan, by=by, target=sum(parts))
    amounts = {str(i + 1): part for i, part in enumerate(parts)}
    set_target_parts(plan, by=by, dimension="month", parts=amounts)
    set_target_parts(plan, by=by, dimension="region", parts=amounts)
    for target in targets:
        update_plan(plan, by=by, target=target)
        found = all_parts(plan)
        assert {sum(parts.values()) for parts in found.values()} == {target}
        by_month, quarters = list(found["month"].values()), list(found["quarter"].values())
        assert quarters == [sum(by_month[3 * q : 3 * q + 3]) for q in range(4)]
        set_target_parts(plan, by=by, dimension="quarter", parts=found["quarter"])
        assert sum(stored_parts(plan, "month").values()) == target


def test_a_manager_hands_out_what_other_teams_leave_and_never_sees_how(plan, company):
    service, north = str(company.other_team.pk), str(company.sub_team.pk)
    set_parts(plan, company.admin, "team", **{f"p{service}": "10000000", "p": "50000000"})
    seen = visible_parts("team", stored_parts(plan, "team"), company.manager)
    assert (seen.parts, seen.elsewhere) == ({"": 50_000_000}, 10_000_000)
    with pytest.raises(ValidationError, match="no such part"):
        set_parts(plan, company.manager, "team", **{f"p{service}": "60000000"})
    with pytest.raises(ValidationError, match="¥10,000,000 more than"):
        set_parts(plan, company.manager, "team", **{f"p{north}": "60000000"})
    evenly = split_target(plan, "team", {north: 1, "": 1}, by=company.manager)
    assert evenly == {north: 25_000_000, "": 25_000_000}
    set_target_parts(plan, by=company.manager, dimension="team", parts=evenly)
    assert stored_parts(plan, "team")[service] == 10_000_000
    assert service not in {c.value for c in candidates(plan, "team", company.manager)}
    assert service in {c.value for c in candidates(plan, "team", company.admin)}


@given(
    st.decimals(0, 10**15, places=2) | st.integers(0, 10**15).map(Decimal),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=20),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_target_handed_out_in_round_amounts_adds_up_to_the_cent(plan, company, target, weights):
    plan.target = target
    by_value = {str(i): weight for i, weight in enumerate(weights)}
    parts = split_target(plan, "region", by_value, by=company.admin)
    assert sum(parts.values()) == target
    total = sum(weights) or 1
    fine = max(target / len(weights) / 1000, Decimal("0.01"))
    for value, weight in by_value.items():
        assert total == 1 or abs(parts[value] - target * weight / total) <= fine


def test_amounts_handed_out_are_as_round_as_the_target(plan, company):
    thirds = split_target(plan, "region", {"N": 1, "S": 2}, by=company.admin)
    assert thirds == {"N": 20_000_000, "S": 40_000_000}
    sevenths = split_target(plan, "region", dict.fromkeys("ABCDEFG", 1), by=company.admin)
    assert set(sevenths.values()) == {8_571_000, 8_572_000}


@pytest.fixture
def sold(plan, company, stages, company_day):
    """A million won by the owner in the spring by the web, half of it by a stranger in autumn."""
    web = Source.objects.create(name="Web")
    for owner, total, source, day in (
        (company.owner, 1_000_000, web, "2001-03-05"),
        (company.stranger, 500_000, None, "2001-10-05"),
        (company.owner, 9_000_000, web, "2000-12-31"),
    ):
        Opportunity.objects.create(
            name="D",
            owner=owner,
            pipeline=plan.pipeline,
            stage=stages["Won"],
            amount=total,
            currency="CNY",
            source=source,
            created_at=company_day("2000-01-01"),
            closed_at=company_day(day),
        )
    return web


def test_the_last_year_by_segment_is_of_the_deals_that_one_may_see(plan, company, sold):
    north, service = str(company.sub_team.pk), str(company.other_team.pk)
    everything = {north: 1_000_000, service: 500_000}
    assert won_last_year(plan, "team", seen_by=company.admin) == everything
    assert won_last_year(plan, "team", seen_by=company.manager) == {north: 1_000_000}
    assert won_last_year(plan, "source", seen_by=company.admin) == {str(sold.pk): 1e6, "": 5e5}
    assert won_last_year(plan, "product", seen_by=company.manager) == {"": 1_000_000}


def test_the_last_year_is_read_with_a_fixed_number_of_queries(
    plan, company, sold, django_assert_num_queries
):
    company.manager.team_ids  # noqa: B018  (read once a request)
    # One more for the business clock.
    with django_assert_num_queries(2):
        won_last_year(plan, "team", seen_by=company.manager)
    with django_assert_num_queries(3):
        entries_last_year(plan, "team")


def test_a_teams_plan_is_handed_out_within_the_team(plan, company, sold):
    Plan.objects.filter(pk=plan.pk).update(team=company.other_team)
    plan = Plan.objects.get(pk=plan.pk)
    assert won_last_year(plan, "source", seen_by=company.admin) == {"": 500_000}
    values = {c.value for c in candidates(plan, "team", company.admin)}
    assert values == {str(company.other_team.pk), ""}


def test_months_are_those_of_the_fiscal_year(estimate, plan, company, settings):
    settings.FISCAL_YEAR_START = 4
    season = season_of_history(plan)
    settings.FISCAL_YEAR_START = 1
    assert season_of_history(plan) == season[9:] + season[:9]
    settings.FISCAL_YEAR_START = 4
    names = [c.name for c in candidates(plan, "month", company.manager)]
    assert (names[0], names[-1]) == ("Apr 2002", "Mar 2003")
    assert plan_months(2002)[0].month == 4
    assert [c.name for c in candidates(plan, "quarter", company.manager)][0].endswith("Apr to Jun")


def test_the_chart_of_a_target_typed_but_not_saved_scales_the_months(plan, company):
    assert target_by_month(plan) is None
    set_target_parts(plan, by=company.admin, dimension="month", parts=months(60_000_000))
    plan.target = Decimal("120000000.05")
    by_month = target_by_month(plan)
    assert sum(by_month) == plan.target
    assert by_month[11] == 10_000_000


def test_a_part_whose_team_is_gone_keeps_its_amount_and_says_so(plan, company):
    source = Source.objects.create(name="Fair")
    set_parts(plan, company.admin, "source", **{f"p{source.pk}": "60000000"})
    source.delete()
    found = {c.value: c.name for c in candidates(plan, "source", company.admin)}
    assert "no longer there" in found.values()
    update_plan(plan, by=company.admin, target=Decimal(5))
    assert sum(stored_parts(plan, "source").values()) == 5
