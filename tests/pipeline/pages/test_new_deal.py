import pytest

from core import clock
from crm.models import Customer, Product
from pipeline.models import Opportunity

NEW = "/deals/new/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def typed(pipeline):
    return {"customer_name": "Hengda Foods", "amount": "120000", "pipeline": pipeline.pk}


def test_customer_and_amount_are_enough(as_user, company, customer, typed):
    answer = as_user(company.owner).post(NEW, typed, headers=HTMX)
    deal = Opportunity.objects.get()
    assert answer["HX-Redirect"] == f"/deals/{deal.pk}/"
    assert (deal.customer, deal.owner, deal.name) == (customer, company.owner, "Hengda Foods")
    assert (deal.stage.name, deal.currency, deal.created_at) == ("Qualified", "CNY", clock.now())


@pytest.mark.parametrize(("text", "amount"), [("38万", 380_000), ("1.2 M", 1_200_000)])
def test_an_amount_is_read_as_people_write_it(as_user, company, customer, typed, text, amount):
    as_user(company.owner).post(NEW, typed | {"amount": text}, headers=HTMX)
    assert Opportunity.objects.get().amount == amount


def test_the_name_follows_product_and_customer(as_user, company, customer, typed):
    product = Product.objects.create(name="Filling line", currency="CNY")
    as_user(company.owner).post(NEW, typed | {"product": product.pk})
    assert Opportunity.objects.get().name == "Filling line · Hengda Foods"


def test_the_name_is_the_customer_s_and_not_how_it_was_typed(as_user, company, customer, typed):
    as_user(company.owner).post(NEW, typed | {"customer_name": "hengda foods"})
    as_user(company.owner).post(NEW, typed | {"customer_name": "Hen", "customer": customer.pk})
    assert {deal.name for deal in Opportunity.objects.all()} == {"Hengda Foods"}


def test_a_new_customer_is_made_only_where_asked_for(as_user, company, today, typed):
    client = as_user(company.owner)
    answer = client.post(NEW, typed, headers=HTMX)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "There is no customer of this name" in page
    assert 'value="120000"' in page
    assert not Customer.objects.exists()
    client.post(NEW, typed | {"create_customer": "true"}, headers=HTMX)
    deal = Opportunity.objects.get()
    assert (deal.customer.name, deal.customer.owner) == ("Hengda Foods", company.owner)


def test_a_refused_deal_leaves_no_customer_behind(as_user, company, today, typed):
    wrong = typed | {"create_customer": "true", "amount": "-5"}
    answer = as_user(company.owner).post(NEW, wrong, headers=HTMX)
    assert answer.status_code == 422
    assert "Write an amount" in answer.content.decode()
    assert not Customer.objects.exists()


def test_the_customers_of_strangers_are_neither_offered_nor_taken(
    as_user, company, customer, typed
):
    client = as_user(company.stranger)
    page = client.get("/customers/choices/?customer_name=heng", headers=HTMX).content.decode()
    assert "Hengda Foods" not in page
    assert client.post(NEW, typed | {"customer": customer.pk}).status_code == 422


def test_customers_are_offered_while_typing_with_a_new_one_last(as_user, company, customer):
    page = (
        as_user(company.owner)
        .get("/customers/choices/?customer_name=heng", headers=HTMX)
        .content.decode()
    )
    assert page.index("Hengda Foods") < page.index("data-create")


def test_a_deal_added_from_the_board_returns_to_it(as_user, company, customer, typed):
    headers = HTMX | {"HX-Current-URL": "http://testserver/deals/?owner=3"}
    answer = as_user(company.owner).post(NEW, typed, headers=headers)
    assert answer["HX-Redirect"] == "/deals/?owner=3"


def test_a_customer_named_in_the_address_is_filled_in(as_user, company, customer, pipeline):
    page = as_user(company.owner).get(f"{NEW}?customer={customer.pk}").content.decode()
    assert 'value="Hengda Foods"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "abc"},
        {"amount": "9" * 40},
        {"expected_close": "soon"},
        {"currency": "yuan"},
        {"product": "x"},
        {"pipeline": "x"},
        {"name": "x" * 201},
        {"customer_name": "a\x00b"},
        {"customer": "99999999999999999999999999"},
        {"stage": "7777"},
    ],
)
def test_bad_input_is_refused_beside_the_field_or_ignored(as_user, company, customer, typed, wrong):
    answer = as_user(company.owner).post(NEW, typed | wrong, headers=HTMX)
    assert answer.status_code in (204, 422)
    if answer.status_code == 422:
        assert "invalid-feedback" in answer.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_without_a_pipeline_the_form_says_what_is_missing(as_user, company, headers):
    answer = as_user(company.owner).get(NEW, headers=headers)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "There is no pipeline yet" in page
    assert 'name="customer_name"' not in page
