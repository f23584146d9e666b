"""On a phone each part is one tap away, or two."""

import re

import pytest

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="([^"]+)"')
REP = ["/", "/inbox/", "/customers/", "/deals/", "/funnel/"]
MANAGER = [*REP, "/plans/", "/playbook/"]


@pytest.fixture
def tabbar(client):
    def read(user):
        client.force_login(user)
        page = client.get("/customers/").content.decode()
        return page.split('<nav class="tabbar"')[1].split("</nav>")[0]

    return read


def test_what_fits_has_a_tab_of_its_own(company, tabbar):
    bar = tabbar(company.owner)
    assert LINK.findall(bar) == REP
    assert "More" not in bar


@pytest.mark.parametrize(
    ("who", "parts"), [("manager", MANAGER), ("admin", [*MANAGER, "/people/"])]
)
def test_what_does_not_fit_is_under_more(company, tabbar, who, parts):
    tabs, more = tabbar(getattr(company, who)).split("<button")
    assert LINK.findall(tabs) == ["/", "/customers/", "/deals/", "/funnel/"]
    assert sorted(LINK.findall(tabs + more)) == sorted([*parts, "/me/"])
    assert "More" in more
    assert 'aria-expanded="false"' in more
