import pytest

from crm.services.customers import create_customer


@pytest.fixture
def as_user(client):
    """A client signed in as somebody."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def hengda(company, ladder):
    """A customer of the owner, whose team shares its records."""
    return create_customer(by=company.owner, name="Hengda Foods", owner=company.owner)
