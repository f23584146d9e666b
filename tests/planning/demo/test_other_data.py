"""The demo company is not mixed up with a company's own data."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from core import clock
from crm.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_customer(db):
    return Customer.objects.create(name="Ours", created_at=clock.now())


def test_an_installation_with_data_is_refused_and_left_alone(own_customer):
    with pytest.raises(CommandError, match="customers"):
        call_command("seed_demo")
    assert list(Customer.objects.all()) == [own_customer]
    assert not User.objects.exists()


def test_where_asked_to_fill_only_an_empty_installation_it_passes_over(own_customer, capsys):
    call_command("seed_demo", if_empty=True)
    assert "customers" in capsys.readouterr().out
    assert list(Customer.objects.all()) == [own_customer]
    assert not User.objects.exists()


def test_the_scale_must_be_a_whole_number_from_one(db):
    with pytest.raises(CommandError, match="scale"):
        call_command("seed_demo", scale=0)
    assert not Customer.objects.exists()
