"""Every stay that was asked about as one CSV, sent while its rows are read."""

import csv
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from accounts.models import User
from core.api.csv import BYTE_ORDER_MARK, cell
from core.templatetags.figures import number
from pipeline.behind import AT_ONCE, Stay, visible_stays
from pipeline.questions import Question
from pipeline.stay_rows import StayRow, stay_rows

MOST_ROWS = 100_000

Document = dict[str, Any]


class _Line:
    """What a csv writer writes to; it gives every line back rather than to keep it."""

    def write(self, line: str) -> str:
        return line


def stays_csv(
    question: Question, user: User, document_of: Callable[[StayRow], Document], *, name: str
) -> StreamingHttpResponse:
    """All that ``user`` may see, in their order; where that is cut, the last row says so.

    The stays are found before anything is sent, so that what is wrong with them is still answered
    as a problem. Raises MissingExchangeRate.
    """
    stays = list(islice(visible_stays(question, user), MOST_ROWS + 1))
    return StreamingHttpResponse(
        _lines(question, stays, document_of),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(
    question: Question, stays: Sequence[Stay], document_of: Callable[[StayRow], Document]
) -> Iterator[str]:
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield BYTE_ORDER_MARK
    columns: list[str] = []
    for row in _rows(question, stays[:MOST_ROWS]):
        document = document_of(row)
        if not columns:
            columns = list(document)
            yield writer.writerow(columns)
        yield writer.writerow([cell(document[column]) for column in columns])
    if len(stays) > MOST_ROWS:
        yield writer.writerow([_cut()])


def _rows(question: Question, stays: Sequence[Stay]) -> Iterator[StayRow]:
    for begin in range(0, len(stays), AT_ONCE):
        yield from stay_rows(question, stays[begin : begin + AT_ONCE])


def _cut() -> str:
    text = _("There are more than these %(n)s rows: ask for a part of them, as by period of entry.")
    return text % {"n": number(MOST_ROWS)}
