"""Which number of a plan is asked about: as a cell of its page, and as a query of the API."""

import re

from planning.explained import Asked

WHOLE = (
    "won",
    "revenue",
    "expected",
    "leads",
    "last",
    "p_target",
    "p80",
    "spend",
    "cost",
    "profit",
)

STAGE = re.compile(r"(?:s|of)(\d{1,4})-(\d{1,2})")
STAGE_YEAR = re.compile(r"(?:total|bar|of)-(\d{1,4})")
AMOUNT = re.compile(r"amount(\d{1,4})-(\d{1,2}|total)")
MONTH = re.compile(r"(won|revenue)-(\d{1,2})")
QUARTER = re.compile(r"(won|revenue)-q([1-4])")
OF_NAME = re.compile(r"(hours|channel)-(.+)-(\d{1,2}|total)", re.DOTALL)
LIMIT = re.compile(r"price-(\d{1,4})")
PART = re.compile(
    r"part-(team|source|region|product)-(?:s(\d{1,4})|won)-(\d{1,2}|total)-(.*)", re.DOTALL
)


def asked_of(cell: str) -> Asked | None:
    """The number that a cell of the page shows; None where no cell is called so."""
    if cell in WHOLE:
        return Asked(cell)
    if found := STAGE.fullmatch(cell):
        return Asked("entries", stage=int(found[1]), month=int(found[2]))
    if found := STAGE_YEAR.fullmatch(cell):
        return Asked("entries", stage=int(found[1]) - 1)
    if found := AMOUNT.fullmatch(cell):
        return Asked("amount", stage=int(found[1]), month=_month(found[2]))
    if found := MONTH.fullmatch(cell):
        return Asked(found[1], month=int(found[2]))
    if found := QUARTER.fullmatch(cell):
        return Asked(found[1], quarter=int(found[2]))
    if found := LIMIT.fullmatch(cell):
        return Asked("limit", place=int(found[1]))
    if found := OF_NAME.fullmatch(cell):
        return Asked(found[1], name=found[2], month=_month(found[3]))
    if found := PART.fullmatch(cell):
        about, stage = ("won", None) if found[2] is None else ("entries", int(found[2]))
        month = _month(found[3])
        return Asked(about, stage=stage, month=month, dimension=found[1], value=found[4])
    return None


def _month(text: str) -> int | None:
    return None if text == "total" else int(text)


def cell_of_whole(asked: Asked) -> str:
    """The cell with the plan's number of which the one asked about is a part."""
    if asked.about == "won":
        return "won" if asked.month is None else f"won-{asked.month}"
    stage = asked.stage or 0
    return f"total-{stage + 1}" if asked.month is None else f"s{stage}-{asked.month}"
