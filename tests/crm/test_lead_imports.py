"""Leads from a file by the page: looked at first, made by a worker, taken back by Undo."""

import codecs

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from core.models import DirtyFlag, ImportBatch
from crm.models import Customer, Lead, LeadImport, Source
from crm.services.activities import log_activity
from crm.services.assignment_rules import create_rule
from crm.services.contacts import create_contact
from crm.services.customers import create_customer
from crm.services.lead_imports import run_flagged
from crm.services.leads import create_lead
from pipeline.services.opportunities import create_opportunity

pytestmark = pytest.mark.django_db

HEADER = "Company,Contact person,E-mail,Phone,Source,Region,Notes\n"
FAIR = (
    HEADER
    + "Harbin Dairy,Zhao Min,zhao@dairy.example,0451 888 1234,fair,North,Wants a filler\n"
    + "大连食品,孙丽,sun@dl.example,,,,\n"
)


@pytest.fixture
def fair(company, ladder):
    return Source.objects.create(name="Fair")


@pytest.fixture
def send(company, fair, as_user):
    """Send a file as the manager; the answer."""

    def post(text, *, do="", name="fair.csv", by=None, **data):
        content = text if isinstance(text, bytes) else text.encode()
        file = SimpleUploadedFile(name, content, "text/csv")
        body = {"file": file, "do": do} | data
        return as_user(by or company.manager).post(
            "/inbox/import/", body, headers={"HX-Request": "true"}
        )

    return post


@pytest.fixture
def work():
    """Do what the worker is asked for."""

    def run():
        for name in DirtyFlag.objects.filter(name__startswith="leads:").values_list("name"):
            run_flagged(name[0])

    return run


@pytest.fixture
def bring_in(send, work):
    """Import a file; the import when the worker is done."""

    def run(text, **data):
        assert "being made" in send(text, do="import", **data).content.decode()
        work()
        return LeadImport.objects.select_related("batch").latest("pk")

    return run


def verdicts(answer):
    """Of each row of the file: its line, whether it comes in, and why not."""
    rows = answer.context["preview"].rows
    return [(row.line, row.is_wanted, " ".join(row.errors) or row.left_out) for row in rows]


def test_a_row_is_a_lead_with_the_person_there_and_the_rules_assign_it(company, bring_in, fair):
    create_rule(by=None, name="All", how="person", person=company.teammate)
    found = bring_in(FAIR)
    assert (found.batch.state, found.batch.created) == ("done", 2)
    lead = Lead.objects.get(customer__name="Harbin Dairy")
    customer = lead.customer
    assert (customer.owner, customer.source) == (company.teammate, fair)
    assert (customer.region, customer.note) == ("North", "Wants a filler")
    person = customer.contacts.get()
    told = (person.name, person.email, person.phone)
    assert told == ("Zhao Min", "zhao@dairy.example", "0451 888 1234")
    assert customer.import_batch == found.batch


def test_looking_at_a_file_writes_nothing_and_tells_what_is_wrong_beside_each_row(send):
    text = (
        HEADER
        + "Harbin Dairy,,,,Fair,,\n"
        + "Fuzhou Tea,Li Na,li na at tea,,Fair,,\n"
        + ",,nobody@x.example,,,,\n"
        + "Suzhou Soy,,,,Radio,,\n"
        + "Long,,,,,,,,,\n"
        + "Longer,,,,,,,too much\n"
    )
    answer = send(text)
    assert verdicts(answer) == [
        (2, True, ""),
        (3, False, "Email: Enter a valid email address."),
        (4, False, "A company or a name is needed."),
        (5, False, "There is no source Radio."),
        (6, True, ""),
        (7, False, "This row has more cells than the header."),
    ]
    page = answer.content.decode()
    assert "6 rows:" in page
    assert "Import 2 leads" in page
    assert not Lead.objects.exists()
    assert not ImportBatch.objects.exists()


def test_customers_that_are_here_are_named_and_left_out_unless_somebody_takes_them(
    company, send, bring_in
):
    create_customer(by=None, owner=company.owner, name="Harbin Dairy Co. Ltd")
    create_customer(by=None, owner=company.stranger, name="Lotus", phone="+86 755 1234 5678")
    by_mail = create_customer(by=None, owner=company.owner, name="Old name")
    create_contact(by_mail, by=None, name="Hu", email="HU@soy.example")
    text = (
        HEADER
        + "HARBIN DAIRY,,,,,,\n"
        + "Lotus Pumps,,,0755 1234 5678,,,\n"
        + "Suzhou Soy,Hu,hu@soy.example,,,,\n"
        + "New one,,,,,,\n"
        + "New One Ltd,Another person,,,,,\n"
        + "New one,,,,,,\n"
    )
    answer = send(text)
    assert [wanted for _line, wanted, _why in verdicts(answer)] == [False] * 3 + [True] + [
        False
    ] * 2
    page = answer.content.decode()
    assert "Harbin Dairy Co. Ltd</a>" in page
    assert "the same name" in page
    assert "a contact with this email" in page
    assert "Lotus</a>" not in page, "a stranger's customer is told of without its name"
    assert "A customer of a colleague:" in page
    assert "The same company as in line 5." in page
    assert "The same as line 5." in page

    found = bring_in(text, also=["2", "7"])
    made = Lead.objects.order_by("pk").values_list("customer__name", flat=True)
    assert list(made) == ["HARBIN DAIRY", "New one"], "what stands in the file twice comes once"
    assert (found.batch.created, found.batch.unchanged) == (2, 4)


def test_the_same_file_twice_makes_nothing_new_even_where_all_is_taken(send, bring_in):
    bring_in(FAIR)
    columns = {"column_company": "1", "header": send(FAIR).context["preview"].columns.signature}
    for answer in (send(FAIR, **columns), send(FAIR.replace("\n", ",,\n"))):
        assert {why for _line, _wanted, why in verdicts(answer)} == {
            "This row was imported before."
        }
    again = send(FAIR, do="import", also=["2", "3"])
    assert {why for _line, _wanted, why in verdicts(again)} == {"This row was imported before."}
    assert "disabled" in again.content.decode()
    assert Lead.objects.count() == 2
    assert LeadImport.objects.count() == 1


def test_two_who_import_the_same_file_at_the_same_time_make_each_lead_once(company, send, work):
    send(FAIR, do="import")
    send(FAIR, do="import", by=company.admin)
    work()
    assert Lead.objects.count() == 2
    first, second = LeadImport.objects.order_by("pk").select_related("batch")
    assert (first.batch.created, second.batch.created, second.batch.unchanged) == (2, 0, 2)
    assert [reason for _line, reason in second.left_out] == ["This row was imported before."] * 2


def test_undo_archives_the_leads_but_those_somebody_works_on_and_the_file_may_come_again(
    company, bring_in, send, work, as_user
):
    found = bring_in(FAIR)
    busy = Customer.objects.get(name="大连食品")
    log_activity(busy, by=company.owner, kind="call", subject="Called")
    client, address = as_user(company.manager), f"/inbox/import/{found.pk}/"
    page = client.post(f"{address}take-back/", headers={"HX-Request": "true"}).content.decode()
    assert "are being taken back" in page
    work()
    page = client.get(address).content.decode()
    assert "1 lead is taken back" in page
    assert "1 stays" in page
    assert list(Lead.objects.current().values_list("customer__name", flat=True)) == ["大连食品"]
    again = verdicts(send(FAIR))
    assert again == [(2, True, ""), (3, False, "This row was imported before.")]
    twice = client.post(f"{address}take-back/", follow=True).content.decode()
    assert "was taken back already" in twice


def test_undo_leaves_a_lead_that_has_a_deal_by_now(company, bring_in, pipeline, work, as_user):
    found = bring_in(FAIR)
    busy = Customer.objects.get(name="大连食品")
    create_opportunity(pipeline=pipeline, by=company.owner, name="Filler", customer=busy)
    as_user(company.manager).post(f"/inbox/import/{found.pk}/take-back/")
    work()
    assert list(Lead.objects.current().values_list("customer__name", flat=True)) == ["大连食品"]
    assert busy.opportunities.current().count() == 1


def test_an_import_that_a_crash_cut_off_goes_on_where_it_was(company, send, work):
    send(FAIR, do="import")
    found = LeadImport.objects.get()
    good = found.rows
    found.rows = [good[0], {**good[1], "values": None}]
    found.save()
    with pytest.raises(AttributeError):
        work()
    assert Lead.objects.count() == 1
    LeadImport.objects.update(rows=good)
    DirtyFlag.objects.update(not_before="2001-01-01T00:00:00Z")
    work()
    assert Lead.objects.count() == 2
    found.batch.refresh_from_db()
    assert (found.batch.state, found.batch.created) == ("done", 2)


def test_the_command_takes_an_import_of_leads_back_too(bring_in, capsys):
    found = bring_in(FAIR)
    call_command("undo_import", found.batch_id)
    assert "leads archived 2, still here 0" in capsys.readouterr().out
    assert not Lead.objects.current().exists()


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (FAIR.encode("utf-8-sig"), ""),
        (codecs.BOM_UTF16_LE + FAIR.encode("utf-16-le"), ""),
        (FAIR.encode("gb18030"), "gb18030"),
        (FAIR.replace(",", ";").replace("\n", "\r\n").encode(), ""),
        (FAIR.replace(",", "\t").encode(), ""),
    ],
)
def test_any_usual_way_of_saving_a_table_is_read(send, content, encoding):
    rows = send(content, encoding=encoding).context["preview"].rows
    assert [row.values["company"] for row in rows] == ["Harbin Dairy", "大连食品"]
    assert rows[0].values["email"] == "zhao@dairy.example"


def test_a_western_file_of_excel_is_read_as_such_unless_another_encoding_is_chosen(send):
    text = "Company\nMüller Söhne\n"
    assert send(text.encode("cp1252")).context["preview"].rows[0].values["company"] == (
        "Müller Söhne"
    )
    refused = send(text.encode("cp1252"), encoding="utf-8-sig").content.decode()
    assert "choose another encoding" in refused


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "This file is empty."),
        (b"Company\n", "no rows under its header"),
        (b"\n\n", "The first line must name the columns"),
        (b"Company\nA\x00B\n", "This is no CSV file"),
        (b"Company\n" + b"A\n" * 2001, "2001 rows; up to 2000"),
        (b"Company\n" + b"A" * (5 * 2**20), "up to 5 MB"),
    ],
)
def test_what_is_no_table_of_leads_is_refused_as_a_whole(send, content, told):
    answer = send(content, do="import")
    assert told in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_columns_are_matched_by_their_headings_in_either_language_and_can_be_changed(send):
    header = "公司名称,联系人,邮箱,手机,来源,地区,备注,Remark\n"
    row = "A,B,b@x.example,1,,North,N,Other\n"
    preview = send(header + row).context["preview"]
    assert preview.columns.columns() == {
        "company": 0,
        "name": 1,
        "email": 2,
        "phone": 3,
        "source": 4,
        "region": 5,
        "note": 6,
    }
    data = {"header": preview.columns.signature, "column_company": "0", "column_note": "7"}
    changed = send(header + row, **data).context["preview"]
    assert changed.rows[0].values == {"company": "A", "note": "Other", "source": ""}
    # Another file has other columns; what was chosen for the last one does not hold.
    other = send("Name,Web\nA,a.example\n", **data).context["preview"]
    assert other.columns.columns() == {"company": 0, "website": 1}


def test_what_was_chosen_for_a_header_holds_for_the_next_file_that_has_it(send, bring_in):
    text = "Wer,Wo\nA,Nord\n"
    preview = send(text).context["preview"]
    assert preview.columns.columns() == {}
    data = {"header": preview.columns.signature, "column_company": "0", "column_region": "1"}
    bring_in(text, **data)
    other = send("Wer,Wo\nB,West\n").context["preview"]
    assert other.columns.columns() == {"company": 0, "region": 1}


def test_one_source_can_be_said_for_all_rows_that_name_none(fair, bring_in):
    web = Source.objects.create(name="Web")
    bring_in(FAIR, source=str(web.pk))
    sources = Lead.objects.order_by("pk").values_list("customer__source__name", flat=True)
    assert list(sources) == ["Fair", "Web"]


def test_leads_are_imported_by_managers_and_admins_alone(company, bring_in, as_user):
    assert as_user(company.owner).get("/inbox/import/").status_code == 404
    assert "Import leads" not in as_user(company.owner).get("/inbox/").content.decode()
    assert "Import leads" in as_user(company.manager).get("/inbox/").content.decode()
    found = bring_in(FAIR, by=company.admin)
    address = f"/inbox/import/{found.pk}/"
    assert as_user(company.admin).get(address).status_code == 200
    assert as_user(company.manager).get(address).status_code == 404
    assert as_user(company.manager).post(f"{address}take-back/").status_code == 404


def test_the_last_imports_stand_in_the_dialog_to_be_undone(company, bring_in, as_user):
    found = bring_in(FAIR)
    page = as_user(company.manager).get("/inbox/import/").content.decode()
    assert "fair.csv" in page
    assert f"/inbox/import/{found.pk}/take-back/" in page


def test_looking_costs_the_same_however_long_the_file(send, django_assert_max_num_queries):
    for n in range(3):
        create_lead(by=None, name=f"Here {n}")
    rows = "".join(f"Firm {n},,,,,,\n" for n in range(300))
    send(HEADER + rows)
    with django_assert_max_num_queries(30):
        send(HEADER + rows)


def test_an_import_that_is_still_running_is_not_taken_back(company, send):
    from crm.services.lead_imports import request_take_back

    send(FAIR, do="import")
    with pytest.raises(ValidationError, match="still running"):
        request_take_back(LeadImport.objects.get(), by=company.manager)
