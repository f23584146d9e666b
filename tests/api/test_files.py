"""Files over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.models import File

URL = "/api/v1/files/"


def offer(name="offer.txt", content=b"One line"):
    return SimpleUploadedFile(name, content)


def test_a_file_of_a_deal_is_uploaded_listed_and_downloaded(api, deal, customer):
    made = api.owner.post(URL, {"opportunity": deal.pk, "file": offer()}, format="multipart")
    assert made.status_code == 201, made.content
    document = made.json()
    assert (document["opportunity"], document["customer"]) == (deal.pk, None)
    assert document["content_type"] == "text/plain"
    assert [r["id"] for r in api.owner.get(f"{URL}?opportunity={deal.pk}").json()["results"]] == [
        document["id"]
    ]
    assert api.owner.get(f"{URL}?customer={customer.pk}").json()["results"] == []
    got = api.owner.get(f"{URL}{document['id']}/download/")
    assert b"".join(got.streaming_content) == b"One line"
    assert got["Content-Disposition"].startswith("attachment")
    assert api.stranger.get(f"{URL}{document['id']}/download/").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"file": None}, "#/file"),
        ({"file": offer("a.html", b"<html>")}, "#/file"),
        ({"customer": None}, "#/customer"),
    ],
)
def test_a_wrong_upload_is_refused_beside_the_field(
    api, customer, problem, pointers, body, pointer
):
    sent = {"customer": customer.pk, "file": offer()} | body
    sent = {name: value for name, value in sent.items() if value is not None}
    assert pointer in pointers(problem(api.owner.post(URL, sent, format="multipart"), 400))


def test_json_is_no_way_to_send_a_file(api, customer, problem):
    problem(api.owner.post(URL, {"customer": customer.pk}), 415)


def test_a_file_larger_than_other_bodies_may_be_is_taken(api, customer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = {"customer": customer.pk, "file": offer(content=b"x" * 5000)}
    assert api.owner.post(URL, body, format="multipart").status_code == 201


def test_an_upload_repeated_under_its_key_is_kept_once(api, customer):
    for _ in range(2):
        answer = api.owner.post(
            URL,
            {"customer": customer.pk, "file": offer()},
            format="multipart",
            headers={"Idempotency-Key": "k"},
        )
        assert answer.status_code == 201
    assert File.objects.count() == 1


def test_a_list_of_files_takes_a_fixed_number_of_queries(
    api, customer, deal, django_assert_max_num_queries
):
    for subject in ({"customer": customer.pk}, {"opportunity": deal.pk}) * 3:
        api.owner.post(URL, subject | {"file": offer()}, format="multipart")
    with django_assert_max_num_queries(4):
        assert len(api.owner.get(URL).json()["results"]) == 6
