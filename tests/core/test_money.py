from datetime import date
from decimal import Decimal

import pytest

from core.models import ExchangeRate
from core.money import MissingExchangeRate, convert

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rates():
    ExchangeRate.objects.create(base="USD", quote="CNY", date="2001-01-01", rate=Decimal("8.28"))
    ExchangeRate.objects.create(base="USD", quote="CNY", date="2001-07-01", rate=Decimal("8.27"))


def test_the_rate_of_the_day_is_the_last_one_before_it():
    assert convert(Decimal(100), "USD", "CNY", on=date(2001, 6, 30)) == Decimal("828.00")
    assert convert(Decimal(100), "USD", "CNY", on=date(2001, 7, 1)) == Decimal("827.00")


def test_a_rate_serves_both_directions():
    assert convert(Decimal("827"), "CNY", "USD", on=date(2001, 8, 1)) == pytest.approx(100)


@pytest.mark.parametrize(("base", "day"), [("EUR", date(2001, 7, 1)), ("USD", date(2000, 12, 31))])
def test_a_missing_rate_is_an_error_and_never_one(base, day):
    with pytest.raises(MissingExchangeRate, match=base):
        convert(Decimal(1), base, "CNY", on=day)
