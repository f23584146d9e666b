"""Files that are looked at inside of the product: which, by whom, and under what policy."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.services.customers import archive_customer
from crm.services.files import archive_file, keep_file

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7\n1 0 obj"


@pytest.fixture
def keep(company, hengda):
    """Keeps a file with a customer of the owner; its address to look at it."""

    def kept(name, content):
        # What a browser says of the type counts for nothing.
        upload = SimpleUploadedFile(name, content, content_type="text/html")
        file = keep_file(upload, by=company.owner, customer=hengda)
        return file, f"/files/{file.pk}/preview/"

    return kept


def directives(answer):
    parts = answer["Content-Security-Policy"].split(";")
    return dict(part.strip().partition(" ")[::2] for part in parts)


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [("photo.png", PNG, "image/png"), ("报价.pdf", PDF, "application/pdf")],
)
def test_pictures_and_pdfs_are_shown_inline_and_framed_by_us_alone(
    company, keep, as_user, name, content, content_type
):
    _, address = keep(name, content)
    answer = as_user(company.teammate).get(address)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Cache-Control"] == "private, no-cache"


def test_the_policy_lets_a_file_be_shown_and_nothing_of_it_run(company, keep, as_user):
    client = as_user(company.owner)
    shown = {"default-src": "'none'", "style-src": "'unsafe-inline'", "frame-ancestors": "'self'"}
    picture = client.get(keep("photo.png", PNG)[1])
    assert directives(picture) == shown | {"sandbox": ""}
    pdf = client.get(keep("offer.pdf", PDF)[1])
    assert directives(pdf) == shown | {"object-src": "'self'"}


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.txt", b"An <b>offer"), ("mail.eml", b"From: a@b.c\n\n<html>hi"), ("a.csv", b"a,b\n")],
)
def test_what_is_neither_can_only_be_downloaded(company, keep, as_user, name, content):
    file, address = keep(name, content)
    client = as_user(company.owner)
    assert client.get(address).status_code == 404
    assert client.get(f"/files/{file.pk}/")["Content-Disposition"].startswith("attachment")
    assert address not in client.get(f"/customers/{file.customer_id}/").content.decode()


def test_whoever_may_download_a_file_may_look_at_it_and_nobody_else(company, keep, as_user):
    file, address = keep("offer.pdf", PDF)
    assert as_user(company.manager).get(address).status_code == 200
    assert as_user(company.stranger).get(address).status_code == 404
    archive_file(file, by=company.owner)
    archive_customer(file.customer, by=company.owner)
    for way in (address, f"/files/{file.pk}/"):
        assert as_user(company.teammate).get(way).status_code == 200
        assert as_user(company.stranger).get(way).status_code == 404


def test_a_visitor_who_is_not_signed_in_is_asked_to_be(client, keep):
    answer = client.get(keep("offer.pdf", PDF)[1])
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]
