import pytest

from core.models import AuditEntry
from crm.models import Customer
from crm.services.customers import update_customer

pytestmark = pytest.mark.django_db


def form_of(customer, **changes):
    """What a browser sends for the edit form as it was opened."""
    sent = {
        name: getattr(customer, name) or ""
        for name in ("name", "region", "country", "industry", "website", "phone", "note")
    }
    return sent | {"owner": customer.owner_id, "version": customer.version} | changes


def test_a_new_customer_stands_on_the_first_step_and_belongs_to_whom_added_it(
    company, ladder, as_user
):
    data = {"name": "Lotus Tea", "owner": company.owner.pk}
    response = as_user(company.owner).post("/customers/new/", data)
    made = Customer.objects.get(name="Lotus Tea")
    assert response.url == f"/customers/{made.pk}/"
    assert made.owner == company.owner
    assert made.positions.get().stage.name == "Suspect"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "nul\x00byte"}, "name"),
        ({"owner": "999999999999999999999"}, "owner"),
        ({"phone": "1" * 51}, "phone"),
    ],
)
def test_bad_input_is_said_beside_the_field_and_kept(company, ladder, as_user, typed, field):
    data = {"name": "Lotus Tea", "region": "North", "owner": company.owner.pk} | typed
    response = as_user(company.owner).post("/customers/new/", data)
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert 'value="North"' in response.content.decode()
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed"), [("employees", "-3"), ("annual_revenue", "1e40"), ("employees", "many")]
)
def test_a_figure_that_is_none_is_refused(company, hengda, as_user, field, typed):
    data = form_of(hengda, **{field: typed})
    response = as_user(company.owner).post(f"/customers/{hengda.pk}/edit/", data)
    assert response.status_code == 200
    assert response.context["form"].errors[field]


def test_a_revenue_is_read_and_shown_as_people_write_it(company, hengda, as_user):
    client, address = as_user(company.owner), f"/customers/{hengda.pk}/edit/"
    client.post(address, form_of(hengda, annual_revenue="3.5亿"))
    hengda.refresh_from_db()
    assert hengda.annual_revenue == 350_000_000
    assert 'value="350,000,000"' in client.get(address).content.decode()


def test_an_edit_is_saved_and_written_into_the_audit(company, hengda, as_user):
    data = form_of(hengda, region="North")
    as_user(company.teammate).post(f"/customers/{hengda.pk}/edit/", data)
    hengda.refresh_from_db()
    assert hengda.region == "North"
    entry = AuditEntry.objects.filter(action="update").get()
    assert (entry.actor, entry.changes) == (company.teammate, {"region": ["", "North"]})
    assert "North" in as_user(company.owner).get(f"/customers/{hengda.pk}/").content.decode()


def test_a_stale_edit_keeps_what_was_typed_and_shows_the_others_change(company, hengda, as_user):
    stale = form_of(hengda, name="Hengda Food Group", phone="010")
    update_customer(hengda, by=company.teammate, phone="021", region="East")

    client = as_user(company.owner)
    response = client.post(f"/customers/{hengda.pk}/edit/", stale)
    page = response.content.decode()
    assert response.status_code == 200
    assert Customer.objects.get().name == "Hengda Foods"
    assert "Wu changed phone" in page
    form = response.context["form"]
    assert form["name"].value() == "Hengda Food Group"
    assert form["phone"].value() == "010"
    # Only the teammate touched the region: nothing of it may be lost by saving again.
    assert form["region"].value() == "East"

    again = {name: form[name].value() or "" for name in form.fields}
    assert client.post(f"/customers/{hengda.pk}/edit/", again).status_code == 302
    saved = Customer.objects.get()
    assert (saved.name, saved.phone, saved.region) == ("Hengda Food Group", "010", "East")


def test_whoever_gives_a_customer_away_comes_to_the_list(company, hengda, as_user):
    company.sub_team.shares_records = False
    company.sub_team.save()
    data = form_of(hengda, owner=company.teammate.pk)
    response = as_user(company.owner).post(f"/customers/{hengda.pk}/edit/", data)
    assert response.url == "/customers/"


def test_a_rep_cannot_give_a_customer_to_nobody_or_to_a_strangers_team(company, hengda, as_user):
    for owner in ("", company.stranger.pk):
        data = form_of(hengda, owner=owner)
        response = as_user(company.owner).post(f"/customers/{hengda.pk}/edit/", data)
        assert response.context["form"].errors["owner"]


def test_archiving_can_be_undone(company, hengda, as_user):
    client = as_user(company.owner)
    page = client.post(f"/customers/{hengda.pk}/archive/", follow=True).content.decode()
    assert f"/customers/{hengda.pk}/restore/" in page
    hengda.refresh_from_db()
    assert hengda.archived_at
    client.post(f"/customers/{hengda.pk}/restore/")
    hengda.refresh_from_db()
    assert hengda.archived_at is None
