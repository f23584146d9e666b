"""Expressions that must mean the same on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F, Q

from core.db import AnyOf, Microseconds
from core.models import Notice
from core.services.notices import notify
from crm.models import Source

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("fraction", [0, 1, 499_999, 500_000, 999_499, 999_500, 999_999])
def test_an_instant_as_microseconds_is_exact(fraction, company):
    at = datetime(2001, 3, 4, 5, 6, 59, tzinfo=UTC) + timedelta(microseconds=fraction)
    notice = notify(company.owner, "x")
    Notice.objects.filter(pk=notice.pk).update(read_at=at)
    found = Notice.objects.values_list(Microseconds(F("read_at")), flat=True).get(pk=notice.pk)
    assert found == 983_682_419_000_000 + fraction


def test_one_of_many_numbers_is_one_parameter():
    rows = [Source.objects.create(name=str(number)) for number in range(5)]
    wanted = [rows[1].pk, rows[3].pk, 10**12]
    found = Source.objects.filter(Q(AnyOf(F("pk"), wanted)))
    assert set(found) == {rows[1], rows[3]}
    assert len(found.query.sql_with_params()[1]) == 1
    assert not Source.objects.filter(Q(AnyOf(F("pk"), []))).exists()
