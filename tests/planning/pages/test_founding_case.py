"""Where the demo company is not installed there is no founding case."""

import pytest

pytestmark = pytest.mark.django_db


def test_without_the_demo_company_the_page_does_not_exist(as_user, company, plan):
    client = as_user(company.manager)
    assert client.get("/plans/founding/").status_code == 404
    for page in ("/plans/", f"/plans/{plan.pk}/"):
        assert "/plans/founding/" not in client.get(page).content.decode()
