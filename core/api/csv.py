"""Answers as CSV, for spreadsheets: `?format=csv` where a view lists this renderer."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.renderers import BaseRenderer, JSONRenderer

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel takes the file for one in the alphabet of its own country."""

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvRenderer(BaseRenderer):
    """The flat rows that ``view.csv_rows(data)`` makes of an answer, columns from their keys.

    The rows are dicts of plain values; a row may have keys that others lack. Problems are told as
    they are everywhere.
    """

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        context = renderer_context or {}
        response = context["response"]
        if response.exception:
            return bytes(JSONRenderer().render(data))
        if data is None:
            return b""
        view = context["view"]
        response.headers.setdefault("Content-Disposition", f'attachment; filename="{_name(view)}"')
        return csv_text(view.csv_rows(data)).encode()


class _Line:
    """What a csv writer writes to; it gives every line back rather than to keep it."""

    def write(self, line: str) -> str:
        return line


def streamed_csv(
    rows: Iterable[Mapping[str, Any]], *, name: str, most: int
) -> StreamingHttpResponse:
    """``rows`` of the same keys, sent while they are read; past ``most`` the last line says so."""
    return StreamingHttpResponse(
        _lines(rows, most),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterable[Mapping[str, Any]], most: int) -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield BYTE_ORDER_MARK
    for place, row in enumerate(rows):
        if place == 0:
            yield writer.writerow([cell(column) for column in row])
        if place == most:
            yield writer.writerow([_("There are more than these %(n)d rows.") % {"n": most}])
            return
        yield writer.writerow([cell(value) for value in row.values()])


def _name(view: Any) -> str:
    """The file's name: the noun and what was asked of it."""
    asked = view.action if view.action not in (None, "list", "retrieve") else ""
    return "-".join(part for part in (view.basename, asked) if part) + ".csv"


def csv_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """``rows`` under a line of their keys, in the order in which they first come up."""
    found = list(rows)
    columns = list(dict.fromkeys(key for row in found for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if columns:
        writer.writerow([cell(column) for column in columns])
    writer.writerows([cell(row.get(column)) for column in columns] for row in found)
    return BYTE_ORDER_MARK + out.getvalue()


def cell(value: Any) -> str:
    """As text; one that a spreadsheet would compute is led by an apostrophe, so that it does not.

    Where the rule is from: OWASP, "CSV Injection".
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    # float() also reads "-inf" and "+1_0", which a spreadsheet takes for text or a formula.
    if "_" in text or not text.strip()[-1:].isdigit():
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True
