import pytest


def test_one_box_over_customers_contacts_and_deals(api, ids):
    answer = api.owner.get("/api/v1/search/?q=acme")
    assert answer.status_code == 200
    hit, like_it = answer.json()["results"]
    assert like_it["id"] == ids["twin"]
    assert (hit["kind"], hit["id"], hit["name"]) == ("customer", ids["customer"], "Acme")
    assert hit["url"] == f"/customers/{ids['customer']}/"
    [deal] = api.owner.get("/api/v1/search/?q=line 1&limit=5").json()["results"]
    assert (deal["kind"], deal["id"]) == ("opportunity", ids["deal"])
    assert api.stranger.get("/api/v1/search/?q=acme").json()["results"] == []


@pytest.mark.parametrize(
    "query", ["", "?q=", "?q=a&limit=0", "?q=a&limit=99", "?q=a&x=1", "?q=%00"]
)
def test_bad_questions_are_problems(api, problem, query):
    problem(api.owner.get(f"/api/v1/search/{query}"), 400)
