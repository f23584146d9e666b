"""What may be kept with a customer, by its content, and who gets it back."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from crm.models import File
from crm.services.files import keep_file, sweep_orphans

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7\n1 0 obj"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def archive(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, text in parts.items():
            file.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def workbook():
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def upload(name, content):
    return SimpleUploadedFile(name, content, content_type="text/html")


GOOD = {
    "offer.pdf": (PDF, "application/pdf"),
    "photo.PNG": (PNG, "image/png"),
    "photo.jpg": (b"\xff\xd8\xff\xe1\0\x10Exif" + bytes(20), "image/jpeg"),
    "prices.csv": (b"name,amount\nA,5\n", "text/csv"),
    "报价.csv": ("名称,金额\n灌装线,5\n".encode("gb18030"), "text/csv"),
    "notes.txt": ("你好".encode("utf-16"), "text/plain"),
    "mail.eml": (b"From: a@b.c\nSubject: x\n\n<html>hi", "message/rfc822"),
    "old.xls": (OLE, "application/vnd.ms-excel"),
    "list.xlsx": (
        workbook(),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "all.zip": (archive(a="x"), "application/zip"),
}
BAD = {
    "page.html": b"<!doctype html><html>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "run.exe": b"MZ\x90\0" + bytes(100),
    "offer.pdf": b"MZ\x90\0" + bytes(100),
    "page.txt": b" \n<script>alert(1)</script>",
    "drawn.csv": b"\xef\xbb\xbf<svg><script>1</script></svg>",
    "wide.txt": "<html>".encode("utf-16"),
    "run.txt": b"#!/bin/sh\nrm -rf /",
    "photo.png": PDF,
    "pdf.txt": PDF,
    "binary.csv": b"a,b\0c",
    "list.xlsx": archive(a="x"),
    "bare.docx": archive(word__document="x"),
    "cut.zip": b"PK\x03\x04" + bytes(50),
    "empty.txt": b"",
    "noending": b"text",
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_kept_under_what_its_content_is(company, hengda, name):
    content, content_type = GOOD[name]
    file = keep_file(upload(name, content), by=company.owner, customer=hengda)
    assert (file.name, file.content_type, file.size) == (name, content_type, len(content))
    assert len(file.sha256) == 64
    assert name not in file.content.name
    assert file.content.read() == content


@pytest.mark.parametrize("name", BAD)
def test_what_runs_or_is_not_what_its_name_says_is_refused(company, hengda, name):
    with pytest.raises(ValidationError) as refused:
        keep_file(upload(name, BAD[name]), by=company.owner, customer=hengda)
    assert "file" in refused.value.message_dict
    assert not File.objects.exists()


def test_office_files_with_macros_are_refused(company, hengda):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for part in ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"):
            file.writestr(part, "x")
    with pytest.raises(ValidationError):
        keep_file(upload("a.docx", out.getvalue()), by=company.owner, customer=hengda)


def test_limits_come_from_the_settings(company, hengda, settings):
    settings.MAX_FILE_BYTES = 2**20
    with pytest.raises(ValidationError, match="larger than 1 MB"):
        keep_file(upload("a.txt", b"x" * (2**20 + 1)), by=company.owner, customer=hengda)
    settings.ALLOWED_FILES = ["pdf"]
    with pytest.raises(ValidationError, match="not taken"):
        keep_file(upload("a.txt", b"x"), by=company.owner, customer=hengda)


def test_a_path_in_a_name_leads_nowhere(company, hengda):
    file = keep_file(upload("x.txt", b"x"), by=company.owner, customer=hengda)
    assert Path(file.content.path).is_relative_to(default_storage.path("attached"))
    odd = upload("x.txt", b"x")
    odd._name = "C:\\..\\evil\nname.txt"
    assert keep_file(odd, by=company.owner, customer=hengda).name == "evilname.txt"


def test_several_are_uploaded_at_once_and_the_refused_ones_are_named(company, hengda, as_user):
    files = [upload("offer.pdf", PDF), upload("bad.exe", b"MZ"), upload("a.txt", b"x")]
    client, address = as_user(company.owner), f"/files/customers/{hengda.pk}/upload/"
    answer = client.post(address, {"file": files}, headers=HTMX)
    assert answer.status_code == 422
    assert "bad.exe" in answer.content.decode()
    assert hengda.files.count() == 2
    assert "Choose a file first" in client.post(address, {}, headers=HTMX).content.decode()
    assert "offer.pdf" in client.get(f"/customers/{hengda.pk}/").content.decode()


def test_it_is_served_as_an_attachment_to_those_who_see_its_customer(company, hengda, as_user):
    file = keep_file(upload("报价.pdf", PDF), by=company.owner, customer=hengda)
    answer = as_user(company.teammate).get(f"/files/{file.pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["X-Frame-Options"] == "DENY"
    assert as_user(company.stranger).get(f"/files/{file.pk}/").status_code == 404
    assert as_user(company.stranger).post(f"/files/{file.pk}/archive/").status_code == 404


def test_a_file_is_archived_and_taken_back(company, hengda, as_user):
    file = keep_file(upload("a.txt", b"x"), by=company.owner, customer=hengda)
    client = as_user(company.owner)
    shown = client.post(f"/files/{file.pk}/archive/", headers=HTMX)
    assert f"/files/{file.pk}/restore/" in shown["HX-Trigger"]
    assert "1 archived file" in shown.content.decode()
    client.post(f"/files/{file.pk}/restore/")
    file.refresh_from_db()
    assert file.archived_at is None


def test_the_sweep_drops_old_contents_without_a_row_alone(company, hengda):
    kept = keep_file(upload("a.txt", b"x"), by=company.owner, customer=hengda)
    lost = keep_file(upload("b.txt", b"x"), by=company.owner, customer=hengda)
    File.objects.filter(pk=lost.pk).delete()
    assert sweep_orphans() == 0
    assert sweep_orphans(at=timezone.now() + timedelta(days=2)) >= 1
    assert Path(kept.content.path).exists()
    assert not Path(lost.content.path).exists()
