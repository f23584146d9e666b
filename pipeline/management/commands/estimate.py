import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.api.fields import FIRST_YEAR, LAST_YEAR
from core.money import MissingExchangeRate
from pipeline.estimation import HalfLife
from pipeline.models import Estimate, Pipeline
from pipeline.segment_documents import document_for
from pipeline.segmenting import FIELDS, UnknownField
from pipeline.services.estimates import FutureAsOf, given_half_life, refresh
from pipeline.services.rebuild import OvertakenError
from pipeline.services.segments import refresh_segment

MOST_DAYS = 36_525
"""A century."""


class Command(BaseCommand):
    help = "Compute the rates of a pipeline now and print them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pipeline", metavar="NAME", help="default: the first one")
        parser.add_argument("--as-of", metavar="DATE")
        parser.add_argument(
            "--segment", metavar="FIELD", help=f"{', '.join(FIELDS)}, or two of them: team,source"
        )
        parser.add_argument("--half-life", metavar="DAYS or none", help="default: chosen")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        pipeline = find_pipeline(options["pipeline"])
        estimate = estimate_as_of(
            pipeline,
            options["as_of"],
            half_life=_half_life(options["half_life"]),
            segment=options["segment"] or "",
        )
        document = document_for(estimate, None)
        if options["json"]:
            self.stdout.write(json.dumps(document))
            return
        self._print_table(pipeline, document)
        for line in segment_lines(document) if estimate.segment else ():
            self.stdout.write(line)

    def _print_table(self, pipeline: Pipeline, document: dict[str, Any]) -> None:
        self.stdout.write(
            f"{pipeline.name}, as of {document['as_of']}, {document['subjects']} subjects"
        )
        head = "entered advanced back lost open   rate   80 % band    success   80 % band"
        self.stdout.write(f"{'stage':<20} {head}")
        for row in document["stages"]:
            counts = (row[key] for key in ("entered", "advanced", "moved_back", "lost", "open"))
            self.stdout.write(
                "{:<20} {:>7} {:>8} {:>4} {:>4} {:>4}   {}   {}".format(
                    row["name"][:20], *counts, _band(row["promotion"]), _band(row["success"])
                )
            )
        if document["undated"]:
            self.stdout.write(f"undated: {document['undated']}")


def _half_life(text: str | None) -> HalfLife | None:
    """What was asked for: days, ``none``, or nothing to have it chosen."""
    if text is None:
        return None
    if text == "none":
        return given_half_life(None)
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 1.0 <= days <= MOST_DAYS:
        raise CommandError(f"--half-life is a number of days from 1 on, or none, not {text!r}.")
    return given_half_life(days)


def estimate_as_of(
    pipeline: Pipeline, day: str | None, *, half_life: HalfLife | None = None, segment: str = ""
) -> Estimate:
    """The estimate as of the first instant of ``day``, or of now; by ``segment`` where given."""
    try:
        # Parsed here and not by argparse, whose exit code says a misuse and not a refusal.
        as_of = clock.day_start(date.fromisoformat(day)) if day else None
        if as_of is not None and not FIRST_YEAR <= as_of.year <= LAST_YEAR:
            raise ValueError(day)
    except ValueError as error:
        raise CommandError(f"--as-of is a day such as 2025-12-31, not {day!r}.") from error
    try:
        if segment:
            return refresh_segment(pipeline, segment, as_of=as_of, half_life=half_life)
        return refresh(pipeline, as_of=as_of, half_life=half_life)
    except (MissingExchangeRate, FutureAsOf, UnknownField, OvertakenError) as error:
        raise CommandError(str(error)) from error


def find_pipeline(name: str | None) -> Pipeline:
    """The pipeline of that name, or the first there is."""
    pipelines = Pipeline.objects.all()
    found = pipelines.filter(name=name).first() if name else pipelines.first()
    if found is None:
        names = ", ".join(pipelines.values_list("name", flat=True)) or "none yet"
        raise CommandError(f"No pipeline is called {name!r}; there are: {names}.")
    return found


def segment_lines(document: dict[str, Any]) -> Iterator[str]:
    """A table for each stage, then what stands out."""
    if document["refused"]:
        yield document["refused"]
        return
    head = f"{'n':>7}   {'rate':>6}   80 % band       success   80 % band         value"
    for stage in document["stages"]:
        yield f"\n{stage['name']}"
        yield f"{'segment':<28} {head}"
        yield from (_segment_line(row) for row in stage["segments"])
    yield "\n* too few: the rate of all"
    if document["left_out"]:
        yield f"in segments too small and too many to show: {document['left_out']} deals"
    if document.get("customers_left_out"):
        left_out = document["customers_left_out"]
        yield f"in segments too small and too many to show: {left_out} customers"
    if document["one_in"] > 1:
        yield f"from one deal in {document['one_in']}"
    if (document.get("customers_one_in") or 1) > 1:
        yield f"from one customer in {document['customers_one_in']}"
    yield from (finding["text"] for finding in document["standing_out"])


def _segment_line(row: dict[str, Any]) -> str:
    promotion, success = row["promotion"], row["success"]
    value = success["value_rate"]
    return "{:<28} {:>7.0f}   {}{}   {}{}   {}{}".format(
        row["label"][:28],
        promotion["n_eff"] or 0,
        _band(promotion),
        _mark(promotion["rate"], promotion["pooled"]),
        _band(success),
        _mark(success["rate"], success["pooled"]),
        f"{'–':>6}" if value is None else f"{value:6.1%}",
        _mark(value, success["value_pooled"]),
    )


def _mark(rate: float | None, is_pooled: bool) -> str:
    return "*" if is_pooled and rate is not None else " "


def _band(rate: dict[str, Any]) -> str:
    if rate["rate"] is None:
        return f"{'–':>6}   {'':<11}"
    return f"{rate['rate']:6.1%}  ({rate['low80']:5.1%}–{rate['high80']:5.1%})"
