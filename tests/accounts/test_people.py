import pytest

from accounts.models import ApiKey, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("persona", ["owner", "manager"])
def test_people_and_keys_are_for_admins_alone(company, as_user, persona):
    client = as_user(getattr(company, persona))
    for address in (
        "/people/",
        "/people/invite/",
        f"/people/{company.owner.pk}/",
        f"/people/{company.owner.pk}/claim/",
        "/people/keys/new/",
    ):
        assert client.get(address).status_code == 404, address
        assert client.post(address, {"name": "x"}).status_code == 404, address
    assert client.get("/django-admin/", follow=True).status_code == 404


def test_an_admin_changes_role_team_and_lock(company, as_user):
    data = {"name": "Zoe", "role": "manager", "team": company.team.pk}
    as_user(company.admin).post(f"/people/{company.stranger.pk}/", data)
    company.stranger.refresh_from_db()
    assert company.stranger.role == "manager"
    assert company.stranger.team == company.team
    assert not company.stranger.is_active


def test_admins_cannot_take_the_administration_from_themselves(company, as_user):
    data = {"name": "Ada", "role": "rep", "team": ""}
    response = as_user(company.admin).post(f"/people/{company.admin.pk}/", data)
    assert set(response.context["form"].errors) == {"role", "is_active"}
    assert User.objects.get(pk=company.admin.pk).is_admin


def test_a_key_is_shown_once_and_stops_when_revoked(company, as_user):
    client = as_user(company.admin)
    data = {"name": "ERP", "user": company.owner.pk, "scopes": ["read", "write"]}
    page = client.post("/people/keys/new/", data, follow=True).content.decode()
    row = ApiKey.objects.get()
    assert (row.user, row.scopes) == (company.owner, ["read", "write"])
    assert f">{row.prefix}" in page
    shown = page.split('user-select-all">')[1].split("<")[0]
    assert ApiKey.digest_of(shown) == row.digest
    assert shown not in client.get("/people/").content.decode()

    client.post(f"/people/keys/{row.pk}/revoke/")
    assert not ApiKey.objects.usable().exists()
    assert client.post(f"/people/keys/{row.pk}/revoke/").status_code == 404


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_key_needs_scopes_that_exist(company, as_user, scopes):
    data = {"name": "ERP", "user": company.owner.pk, "scopes": scopes}
    response = as_user(company.admin).post("/people/keys/new/", data)
    assert response.context["form"].errors["scopes"]
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "model",
    [
        "accounts/team",
        "crm/ladder",
        "crm/source",
        "crm/product",
        "pipeline/pipeline",
        "pipeline/lostreason",
        "core/exchangerate",
        "core/auditentry",
    ],
)
def test_admins_set_up_the_company_on_the_administration_site(company, pipeline, as_user, model):
    client = as_user(company.admin)
    assert client.get(f"/django-admin/{model}/").status_code == 200


def test_a_pipeline_made_by_hand_has_won_and_lost(company, as_user):
    from pipeline.models import Pipeline

    data = {
        "name": "Spare parts",
        "currency": "CNY",
        "order": 0,
        "is_active": "on",
        "stages-TOTAL_FORMS": 1,
        "stages-INITIAL_FORMS": 0,
        "stages-0-name": "Quoted",
        "stages-0-order": 1,
        "stages-0-part": "tracking",
    }
    as_user(company.admin).post("/django-admin/pipeline/pipeline/add/", data)
    stages = Pipeline.objects.get().stages.order_by("order")
    assert [stage.status for stage in stages] == ["open", "won", "lost"]
