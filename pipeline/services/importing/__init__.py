"""Sales history and purchases from files."""

from pipeline.services.importing.deals import import_deals
from pipeline.services.importing.mapping import ImportMapping, check_mapping, read_mapping
from pipeline.services.importing.purchases import import_purchases
from pipeline.services.importing.refusals import ImportRefused
from pipeline.services.importing.runs import ImportReport

__all__ = [
    "ImportMapping",
    "ImportRefused",
    "ImportReport",
    "check_mapping",
    "import_deals",
    "import_purchases",
    "read_mapping",
]
