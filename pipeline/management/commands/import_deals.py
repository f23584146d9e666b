from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from tqdm import tqdm

from pipeline.services.importing import ImportRefused, ImportReport, import_deals, read_mapping

KINDS = {
    "customers": gettext_lazy("customers"),
    "products": gettext_lazy("products"),
    "people": gettext_lazy("people"),
    "teams": gettext_lazy("teams"),
}


class Command(BaseCommand):
    help = "Import deals and the log of their stages from CSV, gzipped CSV or Excel files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deals", type=Path, metavar="DEALS")
        parser.add_argument("history", type=Path, nargs="?", metavar="HISTORY")
        parser.add_argument("--mapping", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything and write nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # tqdm is silent where standard error is not a terminal.
        bar_format = "{l_bar}{bar}| {elapsed}<{remaining}"
        with tqdm(total=1.0, disable=None, leave=False, bar_format=bar_format) as bar:
            report = _import(options, progress=lambda share: _show(bar, share))
        for line in _lines(report, dry_run=options["dry_run"]):
            self.stdout.write(line)


def _import(options: dict[str, Any], *, progress: Callable[[float], None]) -> ImportReport:
    try:
        return import_deals(
            options["deals"],
            options["history"],
            mapping=read_mapping(options["mapping"]),
            dry_run=options["dry_run"],
            progress=progress,
        )
    except ImportRefused as refusal:
        raise CommandError(str(refusal)) from refusal


def _show(bar: "tqdm[Any]", share: float) -> None:
    bar.update(max(share - bar.n, 0.0))


def _lines(report: ImportReport, *, dry_run: bool) -> list[str]:
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
