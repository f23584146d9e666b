"""Sales history from files into a pipeline."""

from pipeline.services.importing.deals import ImportReport, import_deals
from pipeline.services.importing.mapping import ImportMapping, check_mapping, read_mapping
from pipeline.services.importing.refusals import ImportRefused

__all__ = [
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "check_mapping",
    "import_deals",
    "read_mapping",
]
