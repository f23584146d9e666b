"""A person's own word on a deal's chance: kept, and never rewritten."""

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from core import clock
from core.models import AuditEntry
from core.services.versions import StaleVersion
from pipeline.models import Opportunity, OwnProbability
from pipeline.services.opportunities import create_opportunity, move_opportunity
from pipeline.services.probabilities import set_own_probability


@pytest.fixture
def deal(company, pipeline, today):
    return create_opportunity(pipeline=pipeline, by=company.owner, name="Line", owner=company.owner)


def standing(deal):
    row = deal.own_probabilities.order_by("id").last()
    return row.probability if row else None


def test_every_word_is_kept_and_the_last_one_holds(deal, company):
    set_own_probability(deal, 0.6, by=company.owner)
    set_own_probability(deal, 0.3, by=company.manager)
    set_own_probability(deal, None, by=company.manager)
    said = deal.own_probabilities.values_list("probability", "by__name")
    assert list(said) == [(0.6, "Li"), (0.3, "Mei"), (None, "Mei")]
    told = AuditEntry.objects.filter(action="set_own_probability").order_by("id")
    assert [entry.changes["own_probability"] for entry in told] == [
        [None, 0.6],
        [0.6, 0.3],
        [0.3, None],
    ]


def test_the_same_word_again_is_no_news(deal, company):
    assert set_own_probability(deal, None, by=company.owner) is None
    set_own_probability(deal, 0.6, by=company.owner)
    version = deal.version
    assert set_own_probability(deal, 0.6, by=company.owner) is None
    assert (deal.own_probabilities.count(), deal.version) == (1, version)


@pytest.mark.parametrize("wrong", [-0.01, 1.01, float("nan"), float("inf")])
def test_what_is_no_share_is_refused(deal, company, wrong):
    with pytest.raises(ValidationError):
        set_own_probability(deal, wrong, by=company.owner)
    assert not OwnProbability.objects.exists()


def test_the_database_itself_refuses_what_is_no_share(deal, company):
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnProbability.objects.create(
            opportunity=deal, pipeline=deal.pipeline, probability=1.5, at=clock.now()
        )


def test_what_was_said_is_never_rewritten(deal, company):
    set_own_probability(deal, 0.6, by=company.owner)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        deal.own_probabilities.update(probability=0.9)
    with pytest.raises(TypeError):
        deal.own_probabilities.all().delete()
    assert standing(deal) == 0.6


def test_a_closed_deal_takes_no_more_words(deal, stages, company):
    set_own_probability(deal, 0.6, by=company.owner)
    move_opportunity(deal, to=stages["Won"], by=company.owner)
    with pytest.raises(ValidationError):
        set_own_probability(deal, 0.99, by=company.owner)
    assert standing(deal) == 0.6


def test_two_people_at_once_do_not_overwrite_each_other_unseen(deal, company):
    seen = Opportunity.objects.get(pk=deal.pk)
    set_own_probability(deal, 0.6, by=company.owner)
    with pytest.raises(StaleVersion):
        set_own_probability(seen, 0.2, by=company.manager)
    assert standing(deal) == 0.6
