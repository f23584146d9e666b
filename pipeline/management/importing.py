"""What the commands that import files have in common: their options and what they print."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tqdm import tqdm

from pipeline.services.importing import ImportRefused, ImportReport

KINDS = {
    "customers": gettext_lazy("customers"),
    "products": gettext_lazy("products"),
    "people": gettext_lazy("people"),
    "teams": gettext_lazy("teams"),
}

Run = Callable[[Callable[[float], None]], ImportReport]


def add_options(parser: CommandParser) -> None:
    parser.add_argument("--mapping", type=Path, required=True, metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="check everything and write nothing")


def run_import(run: Run) -> ImportReport:
    """``run`` told how to show its progress; raises CommandError where it is refused."""
    # tqdm is silent where standard error is not a terminal.
    bar_format = "{l_bar}{bar}| {elapsed}<{remaining}"
    with tqdm(total=1.0, disable=None, leave=False, bar_format=bar_format) as bar:
        try:
            return run(lambda share: _show(bar, share))
        except ImportRefused as refusal:
            raise CommandError(str(refusal)) from refusal


def lines_of(report: ImportReport, *, dry_run: bool) -> list[str]:
    counts = report.counts
    by_file = ", ".join(f"{name} {rows}" for name, rows in report.rows_read.items())
    lines = [_("dry run: nothing was written")] if dry_run else []
    lines.append(f"{_('rows read')} {sum(report.rows_read.values())} ({by_file})")
    told = {
        _("created"): counts.created,
        _("updated"): counts.updated,
        _("unchanged"): counts.unchanged,
        _("refused"): report.refused,
    }
    lines.append(", ".join(f"{word} {number}" for word, number in told.items()))
    if counts.undated:
        lines.append(f"{_('undated')} {counts.undated}")
    if report.made:
        made = ", ".join(f"{KINDS[kind]} {number}" for kind, number in report.made.items())
        lines.append(f"{_('also made')}: {made}")
    if report.refused_file:
        lines.append(f"{_('refused rows')}: {report.refused_file}")
    return lines


def _show(bar: "tqdm[Any]", share: float) -> None:
    bar.update(max(share - bar.n, 0.0))
