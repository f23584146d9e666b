"""Small histories, written by hand or drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st

from pipeline.estimation import DAY, Moves, StageList

SMALL = StageList.of(("A", "B", "C"))


def moves_of(rows):
    """Moves from (subject, stage, day) rows, in their order."""
    subject, stage, day = zip(*rows, strict=True) if rows else ((), (), ())
    at = [round(d * DAY) for d in day]
    return Moves(np.array(subject, np.int64), np.array(stage, np.int32), np.array(at, np.int64))


def path(subject, *steps):
    """Rows of one subject: path(7, "A", 0, "won", 12) enters A on day 0 and is won on day 12."""
    return [
        (subject, SMALL.names.index(name), day)
        for name, day in zip(steps[::2], steps[1::2], strict=True)
    ]


@st.composite
def random_rows(draw, subjects=12, stages=5, days=60):
    """Rows (subject, stage, day) sorted by subject and day; any order of stages may occur."""
    steps = st.tuples(
        st.integers(0, subjects - 1), st.integers(0, stages - 1), st.integers(0, 4 * days)
    )
    rows = draw(st.lists(steps, max_size=60))
    return [(s, k, q / 4) for s, k, q in sorted(rows, key=lambda row: (row[0], row[2]))]
