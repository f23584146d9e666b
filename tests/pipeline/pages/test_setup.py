"""What an admin does to stages on the administration site."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crm.models import LifecycleStage
from crm.services.customers import create_customer
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity
from pipeline.services.pipelines import merge_stages


@pytest.fixture
def stage_page(client, company, pipeline, stages):
    """What an admin's page of the pipeline answers to changes of stages, the first one's if not
    said otherwise, and of the pipeline itself."""
    client.force_login(company.admin)

    def send(minutes=None, others=None, **change):
        names = {stage.pk: name for name, stage in stages.items()}
        changes = {"Qualified": change} | (others or {})
        rows = pipeline.stages.order_by("order")
        fields = {"name": pipeline.name, "currency": "CNY", "order": 0, "is_active": "on"}
        fields |= {} if minutes is None else {"misclick_minutes": minutes}
        fields |= {"stages-TOTAL_FORMS": len(rows), "stages-INITIAL_FORMS": len(rows)}
        for place, row in enumerate(rows):
            shown = {"id": row.pk, "pipeline": pipeline.pk, "name": row.name, "part": row.part}
            shown |= {"order": row.order, "is_won": row.is_won or "", "is_lost": row.is_lost or ""}
            shown |= {"merge_into": row.merged_into_id or ""}
            shown |= changes.get(names[row.pk], {})
            fields |= {f"stages-{place}-{name}": value for name, value in shown.items()}
        return client.post(reverse("admin:pipeline_pipeline_change", args=[pipeline.pk]), fields)

    return send


def test_an_admin_renames_a_stage_and_retires_one_without_deals(stage_page, stages, requested):
    assert stage_page(name="First").status_code == 302
    assert requested()
    retired = {"retired_at_0": "2026-01-01", "retired_at_1": "00:00:00"}
    assert stage_page(**retired).status_code == 302
    stages["Qualified"].refresh_from_db()
    assert stages["Qualified"].retired_at


def test_an_admin_is_told_why_a_stage_stays(stage_page, pipeline, stages):
    refresh(pipeline)
    answer = stage_page(DELETE="on")
    assert answer.status_code == 200
    assert "retire it instead" in answer.content.decode()
    assert pipeline.stages.filter(pk=stages["Qualified"].pk).exists()


def test_an_admin_is_told_why_a_stage_with_deals_is_not_retired(
    stage_page, pipeline, stages, company
):
    create_opportunity(pipeline=pipeline, by=company.owner, name="Line")
    answer = stage_page(retired_at_0="2026-01-01", retired_at_1="00:00:00")
    assert "Open deals stand in this stage" in answer.content.decode()
    stages["Qualified"].refresh_from_db()
    assert stages["Qualified"].retired_at is None


def test_an_admin_merges_a_stage_and_takes_it_out_again(stage_page, stages, company, pipeline):
    deal = create_opportunity(pipeline=pipeline, by=company.owner, name="Line")
    assert stage_page(merge_into=stages["Proposal"].pk).status_code == 302
    qualified = pipeline.stages.get(name="Qualified")
    assert (qualified.merged_into, qualified.retired_at is None) == (stages["Proposal"], False)
    deal.refresh_from_db()
    assert deal.stage == stages["Proposal"]
    left = timezone.localtime(qualified.retired_at)
    kept = {"retired_at_0": f"{left:%Y-%m-%d}", "retired_at_1": f"{left:%H:%M:%S}"}
    assert stage_page(name="First", **kept).status_code == 302
    assert pipeline.stages.get(name="First").merged_into == stages["Proposal"]
    assert stage_page(merge_into="", **kept).status_code == 302
    qualified.refresh_from_db()
    assert (qualified.merged_into, qualified.retired_at) == (None, None)
    deal.refresh_from_db()
    assert deal.stage == qualified


def test_the_page_shows_what_a_stage_was_merged_into(client, company, pipeline, stages):
    client.force_login(company.admin)
    for name in ("Qualified", "Proposal"):
        merge_stages(stages[name], into=stages["Negotiation"], by=company.admin)
    page = client.get(reverse("admin:pipeline_pipeline_change", args=[pipeline.pk]))
    forms = {form.instance.name: form for form in page.context["inline_admin_formsets"][0].formset}
    offered = forms["Qualified"].fields["merge_into"].queryset
    assert forms["Qualified"]["merge_into"].value() == stages["Negotiation"].pk
    assert list(offered) == [stages["Negotiation"]]
    assert not forms["Won"].fields["merge_into"].queryset.exists()


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"Proposal": {"retired_at_0": "2026-01-01", "retired_at_1": "00:00:00"}}, "no longer"),
        ({"Proposal": {"DELETE": "on"}}, "one after the other"),
        ({"Proposal": {"merge_into": "Negotiation"}}, "one after the other"),
    ],
)
def test_a_stage_is_not_merged_into_one_that_goes_at_the_same_time(
    stage_page, stages, others, said
):
    into = others["Proposal"].get("merge_into")
    others = {"Proposal": others["Proposal"] | ({"merge_into": stages[into].pk} if into else {})}
    answer = stage_page(merge_into=stages["Proposal"].pk, others=others)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not any(stage.retired_at for stage in stages["Won"].pipeline.stages.all())


def test_a_stage_is_not_moved_from_one_merge_to_another_at_once(stage_page, stages, company):
    left = timezone.localtime(
        merge_stages(stages["Qualified"], into=stages["Proposal"], by=company.admin).retired_at
    )
    kept = {"retired_at_0": f"{left:%Y-%m-%d}", "retired_at_1": f"{left:%H:%M:%S}"}
    answer = stage_page(merge_into=stages["Negotiation"].pk, **kept)
    assert "merged into another already" in answer.content.decode()
    answer = stage_page()
    assert "take it out of there first" in answer.content.decode()


def test_an_admin_sets_the_minutes_of_a_slip(stage_page, pipeline, requested):
    assert stage_page(minutes="0").status_code == 302
    pipeline.refresh_from_db()
    assert pipeline.misclick_minutes == 0
    assert requested()
    assert stage_page(minutes="").status_code == 302
    pipeline.refresh_from_db()
    assert pipeline.misclick_minutes == 5
    assert stage_page(minutes="1441").status_code == 200


@pytest.fixture
def ladder_page(client, company, ladder):
    """What an admin's page of the ladder answers to a change of a step."""
    client.force_login(company.admin)

    def send(step, **change):
        rows = ladder.stages.order_by("order")
        fields = {"name": ladder.name, "is_default": "on"}
        fields |= {"stages-TOTAL_FORMS": len(rows), "stages-INITIAL_FORMS": len(rows)}
        for place, row in enumerate(rows):
            shown = {"id": row.pk, "ladder": ladder.pk, "name": row.name, "order": row.order}
            shown |= {"part": row.part, "reached_by": row.reached_by}
            shown |= {"hands_over": "on"} if row.hands_over else {}
            shown |= change if row.name == step else {}
            fields |= {f"stages-{place}-{name}": value for name, value in shown.items()}
        return client.post(reverse("admin:crm_ladder_change", args=[ladder.pk]), fields)

    return send


def test_a_step_that_rates_name_is_kept_and_an_admin_is_told_why(
    ladder_page, pipeline, ladder, company
):
    create_customer(by=company.admin, name="Acme")
    step = ladder.stages.create(name="Lead", order=0, part="nurturing")
    refresh(pipeline)
    answer = ladder_page("Lead", DELETE="on")
    assert "do not delete it" in answer.content.decode()
    assert LifecycleStage.objects.filter(pk=step.pk).exists()
    assert ladder_page("Lead", name="Contact").status_code == 302


def test_a_step_with_customers_is_kept_as_ever(ladder_page, company, ladder):
    create_customer(by=company.admin, name="Acme")
    assert ladder_page("Suspect", DELETE="on").status_code == 200
    assert ladder.stages.filter(name="Suspect").exists()


def test_a_step_that_nothing_names_is_deleted(ladder_page, pipeline, ladder, company):
    create_customer(by=company.admin, name="Acme")
    refresh(pipeline)
    ladder.stages.create(name="Lead", order=0, part="nurturing")
    assert ladder_page("Lead", DELETE="on").status_code == 302
    assert not ladder.stages.filter(name="Lead").exists()
