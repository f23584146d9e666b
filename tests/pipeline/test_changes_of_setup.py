"""Whatever rates are made of asks for new ones when it changes, whoever writes it."""

from django.urls import reverse

from core.models import DirtyFlag, ExchangeRate
from pipeline.services.pipelines import create_pipeline


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
