"""What the base of customers brought by month, first purchases apart."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.models import ExchangeRate
from core.money import MissingExchangeRate
from crm.models import Customer, Purchase
from crm.repeat_business import repeat_business

pytestmark = pytest.mark.django_db


@pytest.fixture
def buy(company_day):
    """Customer ``name`` buys on a day, as an import would tell it."""

    def bought(name, day, amount=None, currency="CNY", hour=0, **fields):
        at = company_day(day, hour)
        found = Customer.objects.filter(name=name).first()
        customer = found or Customer.objects.create(name=name, created_at=at)
        return Purchase.objects.create(
            customer=customer, at=at, amount=amount, currency=currency, **fields
        )

    return bought


def test_first_purchases_are_apart_and_the_base_grows_by_them(buy, company_day):
    buy("A", "2001-01-10", 100)
    buy("A", "2001-02-03", 30)
    buy("B", "2001-02-20", 50)
    buy("A", "2001-03-01", 20)
    buy("B", "2001-03-02", 10)
    buy("A", "2001-04-01", 999)  # the month of as_of is not whole
    found = repeat_business(months=3, as_of=company_day("2001-04-02"))
    rows = [(m.month, m.base, m.repeat, m.repeat_amount, m.first) for m in found.months]
    assert rows == [
        (date(2001, 1, 1), 0, 0, 0, 1),
        (date(2001, 2, 1), 1, 1, 30, 1),
        (date(2001, 3, 1), 2, 2, 30, 0),
    ]
    assert [m.first_amount for m in found.months] == [100, 50, 0]
    assert found.months[0].per_customer is None
    assert found.months[2].amount_per_customer == 15
    assert (found.customer_months, found.per_customer, found.amount_per_customer) == (3, 1, 20)


def test_what_is_bought_on_one_day_is_one_purchase_and_none_of_it_repeats_the_other(
    buy, company_day
):
    buy("A", "2001-01-10", 100, hour=9)
    buy("A", "2001-01-10", 50, hour=15)
    buy("A", "2001-01-31", 7, hour=23)
    (month,) = repeat_business(months=1, as_of=company_day("2001-02-01")).months
    assert (month.first, month.first_amount, month.repeat, month.repeat_amount) == (1, 150, 1, 7)


def test_who_bought_before_the_months_belongs_to_the_base(buy, company_day):
    buy("A", "1999-05-01", 1)
    (month,) = repeat_business(months=1, as_of=company_day("2001-02-01")).months
    assert (month.base, month.repeat) == (1, 0)


def test_amounts_are_summed_at_the_rate_of_their_day_and_a_missing_one_is_an_error(
    buy, company_day
):
    buy("A", "2001-01-01", 1)
    buy("A", "2001-01-10", 10, "USD")
    buy("A", "2001-01-20", 10, "USD")
    as_of = company_day("2001-02-01")
    with pytest.raises(MissingExchangeRate):
        repeat_business(months=1, as_of=as_of)
    for day, rate in (("2001-01-01", 8), ("2001-01-15", 7)):
        ExchangeRate.objects.create(base="USD", quote="CNY", date=day, rate=rate)
    assert repeat_business(months=1, as_of=as_of).months[0].repeat_amount == 150


def test_what_was_archived_or_told_later_is_not_counted(buy, company_day):
    at = company_day("2001-02-01")
    buy("A", "2001-01-01", 1)
    buy("A", "2001-01-02", 1, archived_at=at)
    late = buy("A", "2001-01-03", 5, known_from=at + timedelta(days=9))
    assert repeat_business(months=1, as_of=at).months[0].repeat == 0
    later = repeat_business(months=1, as_of=late.known_from + timedelta(days=1))
    assert later.months[0].repeat == 1


def test_an_amount_that_nobody_told_is_counted_beside(buy, company_day):
    buy("A", "2001-01-01", 1)
    buy("A", "2001-01-02")
    (month,) = repeat_business(months=1, as_of=company_day("2001-02-01")).months
    assert (month.repeat, month.repeat_amount, month.unpriced) == (1, 0, 1)


def test_nothing_bought_is_no_average(company_day, db):
    found = repeat_business(months=2, as_of=company_day("2001-02-01"))
    assert (len(found.months), found.per_customer, found.amount_per_customer) == (2, None, None)


def test_it_costs_the_same_number_of_queries_whatever_there_is(
    buy, company_day, django_assert_num_queries
):
    for n in range(20):
        buy(f"C{n}", f"2001-01-{n + 1:02}", Decimal(n))
        buy(f"C{n}", f"2001-02-{n + 1:02}", Decimal(n))
    with django_assert_num_queries(2):
        repeat_business(months=12, as_of=company_day("2001-03-01"))
