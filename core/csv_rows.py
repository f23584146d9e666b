"""Rows of CSV text, where a stray quote costs its own line and not those after it."""

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any


class Unclosed(tuple[str]):
    """A line without form, as it stands in the file: the quotes of its row do not close."""

    __slots__ = ()


class _Lines:
    """Lines that can be read anew; ``taken`` are those since the last row."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.are_over = False

    def feed(self) -> Iterator[str]:
        taken, again = self.taken, self._again
        while True:
            line = again.popleft() if again else next(self._lines, None)
            if line is None:
                self.are_over = True
                return
            taken.append(line)
            yield line

    def put_back(self) -> str:
        """Keep the first of the lines taken and put back the others."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.are_over = False
        return first


def csv_rows(
    lines: Iterator[str], delimiter: str, fits: Callable[[Sequence[Any]], bool]
) -> Iterator[tuple[int, Sequence[Any]]]:
    """The number of the first line and the cells of each row; ``lines`` keep their line ends.

    A row of several lines must be written strictly right and have the cells that ``fits`` wants.
    Of any other the first line is given as ``Unclosed``, and the rest is read anew.
    """
    tape = _Lines(lines)
    reader = csv.reader(tape.feed(), delimiter=delimiter)
    number = 1
    while True:
        tape.taken.clear()
        cells: Sequence[Any] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            pass
        # Only a row with an open quote asks for a line after the last one.
        is_right = cells is not None and not tape.are_over
        if is_right and len(tape.taken) > 1:
            is_right = fits(cells or ()) and _is_strict(tape.taken, delimiter)
        if cells is not None and is_right:
            yield number, cells
            number += len(tape.taken)
        else:
            yield number, Unclosed((tape.put_back().rstrip("\r\n"),))
            number += 1
            reader = csv.reader(tape.feed(), delimiter=delimiter)


def _is_strict(lines: Sequence[str], delimiter: str) -> bool:
    """Whether the quotes that hold the lines together stand at the ends of cells."""
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False
