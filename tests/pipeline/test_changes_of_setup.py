"""Whatever rates are made of asks for new ones when it changes, whoever writes it."""

import pytest
from django.urls import reverse

from core.models import DirtyFlag, ExchangeRate
from pipeline.services.estimates import refresh
from pipeline.services.opportunities import create_opportunity
from pipeline.services.pipelines import create_pipeline
from pipeline.services.requests import flag_name


@pytest.fixture
def requested(pipeline):
    """Whether anything since the last call asked for the pipeline's rates."""

    def asked():
        flags = DirtyFlag.objects.filter(name=flag_name(pipeline.pk))
        return bool(flags.delete()[0])

    asked()
    return asked


def test_a_changed_pipeline_asks_for_new_rates(pipeline, requested):
    pipeline.ladder = None
    pipeline.save()
    assert requested()


def test_a_new_renamed_or_deleted_stage_asks_for_new_rates(pipeline, requested):
    stage = pipeline.stages.create(name="Trial", order=9)
    assert requested()
    stage.name = "Test"
    stage.save()
    assert requested()
    stage.delete()
    assert requested()


def test_a_changed_ladder_asks_the_pipelines_it_leads_to(ladder, requested):
    ladder.name = "Climb"
    ladder.save()
    assert requested()
    step = ladder.stages.create(name="Lead", order=9, part="nurturing")
    assert requested()
    step.delete()
    assert requested()


def test_a_ladder_of_others_asks_for_nothing(pipeline, requested):
    from crm.models import Ladder

    other = Ladder.objects.create(name="Loyalty")
    other.stages.create(name="Fan", order=1, part="nurturing")
    assert not requested()


def test_an_exchange_rate_asks_for_new_rates(pipeline, requested):
    rate = ExchangeRate.objects.create(base="USD", quote="CNY", date="2026-01-01", rate=7)
    assert requested()
    rate.rate = 8
    rate.save()
    assert requested()
    rate.delete()
    assert requested()


def test_a_deleted_pipeline_leaves_nothing_to_compute(db):
    pipeline = create_pipeline("Mistake", currency="CNY", stages=["A"])
    pipeline.stages.all().delete()
    pipeline.delete()
    assert not DirtyFlag.objects.exists()


def test_a_rate_typed_by_an_admin_asks_for_new_rates(client, company, requested):
    client.force_login(company.admin)
    fields = {"base": "USD", "quote": "CNY", "date": "2026-01-01", "rate": "7"}
    assert client.post(reverse("admin:core_exchangerate_add"), fields).status_code == 302
    assert requested()


@pytest.fixture
def stage_page(client, company, pipeline, stages):
    """What an admin's page of the pipeline answers to a change of its first stage."""
    client.force_login(company.admin)

    def send(**change):
        rows = pipeline.stages.order_by("order")
        fields = {"name": pipeline.name, "currency": "CNY", "order": 0, "is_active": "on"}
        fields |= {"stages-TOTAL_FORMS": len(rows), "stages-INITIAL_FORMS": len(rows)}
        for place, row in enumerate(rows):
            shown = {"id": row.pk, "pipeline": pipeline.pk, "name": row.name, "part": row.part}
            shown |= {"order": row.order, "is_won": row.is_won or "", "is_lost": row.is_lost or ""}
            shown |= change if row == stages["Qualified"] else {}
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
