"""Files that still name a stage which was merged into another since."""

import pytest

from pipeline.models import Opportunity, Stage, StageChange
from pipeline.services.pipelines import merge_stages, unmerge_stage

pytestmark = pytest.mark.django_db

LOG = [
    ("a", "Contacted", "2024-01-01"),
    ("a", "Offered", "2024-01-02"),
    ("b", "Contacted", "2024-01-01"),
    ("b", "Offered", "2024-01-03"),
    ("b", "Agreed", "2024-01-05"),
]


@pytest.fixture
def merged(importer):
    """The log, imported before "Offered" was merged into "Agreed"."""
    run(importer, *LOG)
    stage, into = (Stage.objects.get(name=name) for name in ("Offered", "Agreed"))
    return merge_stages(stage, into=into, by=None)


def run(importer, *log):
    deals = [{"id": deal} for deal in sorted({row[0] for row in log})]
    return importer.run(importer.deals(*deals), importer.history(*log))


def stands(external_id):
    deal = Opportunity.objects.get(external_id=external_id)
    return deal.stage.name, f"{deal.stage_entered_at:%m-%d}"


def test_the_stage_is_not_made_anew_and_takes_no_deal(importer, merged):
    names = list(Stage.objects.values_list("name", flat=True))
    run(importer, *LOG, ("c", "Offered", "2024-01-07"), ("d", "Contacted", "2024-01-08"))
    assert list(Stage.objects.values_list("name", flat=True)) == names
    assert not Opportunity.objects.filter(stage=merged).exists()
    assert stands("c")[0] == "Agreed"


def test_the_same_log_again_leaves_deals_and_what_was_told_of_them(importer, merged):
    known = set(StageChange.objects.live().filter(opportunity__external_id="a").values_list("pk"))
    before = stands("a"), stands("b")
    run(importer, *LOG)
    assert (stands("a"), stands("b")) == before
    live = StageChange.objects.live().filter(opportunity__external_id="a")
    assert set(live.values_list("pk")) == known
    again = run(importer, *LOG)
    assert (again.counts.created, again.counts.updated, again.counts.unchanged) == (0, 0, 2)


def test_a_longer_log_goes_on_from_the_stage_that_stayed(importer, merged):
    run(importer, *LOG, ("a", "Contacted", "2024-01-08"), ("a", "Offered", "2024-01-09"))
    assert stands("a") == ("Agreed", "01-08")


def test_a_dated_column_of_the_old_name_dates_the_other(importer, merged):
    row = {"id": "e", "created": "2024-02-01", "offered": "2024-02-03", "stage": "Offered"}
    importer.run_rows(row)
    assert stands("e") == ("Agreed", "02-02")


def test_a_dry_run_sees_the_same(importer, merged):
    report = importer.run(importer.deals({"id": "a"}), importer.history(*LOG[:2]), dry_run=True)
    assert report.counts.unchanged == 1


def test_taken_out_again_the_file_fills_it_as_before(importer, merged):
    run(importer, *LOG)
    unmerge_stage(merged, by=None)
    run(importer, *LOG)
    assert stands("a") == ("Offered", "01-01")
    assert stands("b") == ("Agreed", "01-04")
