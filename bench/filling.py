"""A large history in the database, as if the company had kept it there."""

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import django
import numpy as np
import pandas as pd

from bench.histories import KINDS, History
from pipeline.estimation.arrays import Bools, Ints

if TYPE_CHECKING:
    from pipeline.models import Pipeline

TEAMS = 6
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def fill_database(history: History, *, name: str) -> "Pipeline":
    """Migrate the database of the environment, and write a history into a new pipeline.

    Business time is pinned to the end of the history.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.core.management import call_command

    from core import clock
    from pipeline.services.pipelines import create_pipeline

    call_command("migrate", verbosity=0)
    open_stages = [history.stages.names[stage] for stage in history.stages.open]
    pipeline = create_pipeline(name, currency="CNY", stages=open_stages)
    write_history(history, pipeline)
    clock.pin(EPOCH + timedelta(microseconds=history.as_of))
    return pipeline


def write_history(history: History, pipeline: "Pipeline") -> None:
    """Write customers, deals, stage changes and amounts; the pipeline must have the stages of
    the history, and nothing else may write meanwhile."""
    from bench.bulk import analyze, write_rows
    from pipeline.models import AmountChange, Opportunity, StageChange

    ordered = pipeline.stages.order_by("is_lost", "is_won", "order")
    stages = np.array(ordered.values_list("pk", flat=True))
    deals = _deals(history, stages) | _vocabulary(history) | {"customer": _customers(history)}
    first = write_rows(Opportunity, _keyed(deals, pipeline=pipeline.pk, currency="CNY"))
    write_rows(StageChange, _keyed(_changes(history, stages, first), pipeline=pipeline.pk))
    amounts = _amounts(history, first)
    write_rows(AmountChange, _keyed(amounts, pipeline=pipeline.pk, currency="CNY"))
    analyze()


def _keyed(columns: dict[str, Any], **constants: Any) -> dict[str, Any]:
    return columns | constants


def _deals(history: History, stages: Ints) -> dict[str, Any]:
    moves = history.moves
    first = _is_first(moves.subject)
    last = np.append(first[1:], True)
    is_closed = np.isin(moves.stage[last], [history.stages.won, history.stages.lost])
    return {
        "name": np.char.add("Deal ", np.arange(1, history.deals + 1).astype(str)).astype(object),
        "stage": stages[moves.stage[last]],
        "amount": history.amount,
        "created_at": moves.at[first],
        "stage_entered_at": moves.at[last],
        "closed_at": pd.Series(moves.at[last]).astype("Int64").where(is_closed),
        "version": np.bincount(moves.subject),
    }


def _changes(history: History, stages: Ints, first_deal: int) -> dict[str, Any]:
    """In order of recording, which is that of the instants."""
    moves = history.moves
    before = pd.Series(np.roll(stages[moves.stage], 1)).astype("Int64")
    before = before.mask(_is_first(moves.subject))
    order = np.argsort(moves.at, kind="stable")
    return {
        "opportunity": first_deal + moves.subject[order],
        "from_stage": before.iloc[order].reset_index(drop=True),
        "to_stage": stages[moves.stage[order]],
        "at": moves.at[order],
    }


def _amounts(history: History, first_deal: int) -> dict[str, Any]:
    """What a deal was opened with, and what it is worth since its second move, if that differs."""
    moves = history.moves
    first = np.flatnonzero(_is_first(moves.subject))
    second = first + 1
    has_second = np.bincount(moves.subject) > 1
    revised = np.flatnonzero(has_second & (history.first_amount != history.amount))
    opened_with = np.where(has_second, history.first_amount, history.amount)
    at = np.concatenate([moves.at[first], moves.at[second[revised]]])
    order = np.argsort(at, kind="stable")
    return {
        "opportunity": first_deal + np.concatenate([np.arange(history.deals), revised])[order],
        "amount": np.concatenate([opened_with, history.amount[revised]])[order],
        "at": at[order],
    }


def _customers(history: History) -> Ints:
    """int64[n]: the customer of each deal, new as of the first of them."""
    from bench.bulk import write_rows
    from crm.models import Customer

    moves = history.moves
    known, first_deal, member = np.unique(history.customer, return_index=True, return_inverse=True)
    created = moves.at[_is_first(moves.subject)][first_deal]
    names = np.char.add("Customer ", known.astype(str)).astype(object)
    return write_rows(Customer, {"name": names, "created_at": created}) + member


def _vocabulary(history: History) -> dict[str, Any]:
    """Keys of owners, sources and products, and names of regions, one a deal."""
    from accounts.models import Team, User
    from crm.models import Product, Source

    teams = [_named(Team, f"Team {number}") for number in range(TEAMS)]
    owners = [
        User.objects.get_or_create(
            email=f"rep{code}@example.com",
            defaults={"name": f"Rep {code}", "team_id": teams[code % TEAMS]},
        )[0].pk
        for code in range(KINDS["owner"])
    ]
    sources = [_named(Source, f"Source {code}") for code in range(KINDS["source"])]
    products = [
        _named(Product, f"Product {code}", currency="CNY") for code in range(KINDS["product"])
    ]
    regions = np.array([f"Region {code}" for code in range(KINDS["region"])], dtype=object)
    return {
        "owner": np.array(owners)[history.owner],
        "source": np.array(sources)[history.source],
        "product": np.array(products)[history.product],
        "region": regions[history.region],
    }


def _named(model: Any, name: str, **fields: Any) -> int:
    found, _is_new = model.objects.get_or_create(name=name, defaults=fields)
    return int(found.pk)


def _is_first(subject: Ints) -> Bools:
    """bool[n]: moves that begin a deal."""
    return np.append(True, subject[1:] != subject[:-1])
