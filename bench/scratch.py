"""A database of a benchmark's own, and how long something takes in it."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

SHARED_DATA = Path(
    os.environ.get("SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


@contextmanager
def scratch_database() -> Iterator[str]:
    """An empty, migrated database on SQLite, or on the server of ``DATABASE_URL``; its vendor.

    Must be entered before anything of Django is imported.
    """
    with scratch_environment(os.environ.get("DATABASE_URL", "")) as environment:
        os.environ |= environment
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        try:
            call_command("migrate", verbosity=0)
            yield connection.vendor
        finally:
            connection.close()


@contextmanager
def scratch_environment(server: str) -> Iterator[dict[str, str]]:
    """The environment of processes that work in an empty database, on ``server`` (a URL) or on
    SQLite where there is none. The database is dropped in the end."""
    name = f"stepwise_bench_{os.getpid()}"
    settings = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    with tempfile.TemporaryDirectory() as folder:
        settings["DATA_DIR"] = folder
        if not server:
            yield settings
            return
        _on_server(server, f'CREATE DATABASE "{name}"')
        try:
            yield settings | {"DATABASE_URL": urlunsplit(urlsplit(server)._replace(path=name))}
        finally:
            _on_server(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _on_server(server: str, statement: str) -> None:
    import psycopg2

    connection = psycopg2.connect(server)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


def seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """Median wall-clock seconds of ``runs`` runs, after one that does not count."""
    work()
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows under their head, columns aligned."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
