"""A mapping that is not right is refused with all that is wrong in it."""

import pytest

from pipeline.services.importing import ImportRefused, read_mapping
from pipeline.services.pipelines import create_pipeline

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stagemap": {}}, "stagemap: This key is not known."),
        ({"deals": {"external_id": "id", "entered": {"Dreamt": "d"}}}, "deals.entered: Dreamt"),
        ({"deals": {"name": "id"}}, "deals.external_id: This field is required."),
        ({"deals": {"external_id": "id", "colour": "c"}}, "deals.colour: This key is not known."),
        ({"deals": {"external_id": 7.5, "name": []}}, "deals.name: Not a valid string."),
        ({"history": {"external_id": "id"}}, "history.at: This field is required."),
        ({"stage_map": {"x": "Dreamt"}}, "stage_map: Dreamt is none of the stages"),
        ({"stages": []}, "stages: "),
        ({"stages": ["Offered", "Won"]}, "stages: Won and lost are always there"),
        ({"stages": ["Offered", "offered"]}, "stages: A stage is named twice."),
        ({"amount_known_from": "always"}, "amount_known_from: "),
        ({"time_zone": "Mars/Olympus"}, "time_zone: This time zone is not known."),
        ({"encoding": "runes"}, "encoding: This encoding is not known."),
        ({"currency": "Euro"}, "currency: "),
        ({"tables": {"products": {"name": "n"}}}, "tables.products.file: This field is required."),
        ({"tables": {"planets": {}}}, "tables.planets: This key is not known."),
    ],
)
def test_faults_are_named_by_their_place(importer, change, said):
    importer.mapping |= change
    with pytest.raises(ImportRefused) as refusal:
        importer.run_rows({"id": "a"})
    assert said in str(refusal.value)


def test_a_mapping_that_is_not_json_is_refused(tmp_path):
    path = tmp_path / "mapping.json"
    with pytest.raises(ImportRefused, match="cannot be read"):
        read_mapping(path)
    path.write_text('{"pipeline": ')
    with pytest.raises(ImportRefused, match="is not JSON"):
        read_mapping(path)
    path.write_text("[1]")
    with pytest.raises(ImportRefused, match="is not right"):
        read_mapping(path)


def test_an_open_stage_cannot_be_an_end_of_the_pipeline(importer):
    create_pipeline("Sales", currency="EUR", stages=["Contacted"], won="Agreed")
    with pytest.raises(ImportRefused, match="Agreed is no open stage of the pipeline Sales"):
        importer.run_rows({"id": "a"})


def test_a_history_that_the_mapping_does_not_describe_is_refused(importer):
    del importer.mapping["history"]
    with pytest.raises(ImportRefused, match="does not say what the columns of the history are"):
        importer.run(importer.deals({"id": "a"}), importer.history())
