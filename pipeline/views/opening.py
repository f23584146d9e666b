"""Addresses of the deals behind a number."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from pipeline.asking import NONE

Document = dict[str, Any]


def behind_url(**asked: Any) -> str:
    """Where the stays asked about are listed; of a stage all, until an outcome is added."""
    return f"{reverse('pipeline:behind')}?{urlencode(asked)}"


def stage_behind(document: Document, stage: Document, narrowed: Document | None) -> str:
    """Where the stays of a stage of ``document`` are listed, by what was known at its as-of.

    Empty where no address can name them.
    """
    sample = sample_of(document, stage["kind"])
    if narrowed is None or sample is None:
        return ""
    about = {"pipeline": document["pipeline"], "kind": stage["kind"], "stage": stage["stage"]}
    return behind_url(**about, as_of=document["as_of"], **narrowed, **sample)


def narrowed_to(document: Document, value: Any) -> Document | None:
    """What narrows stays to a segment of an estimate's document, as it has its ``value``.

    None where an address would be read otherwise: for a region that is called “none”.
    """
    fields = document["fields"]
    found = dict(zip(fields, value if len(fields) > 1 else [value], strict=True))
    if found.get("region") == NONE:
        return None
    return {name: NONE if each is None else each for name, each in found.items()}


def sample_of(document: Document, kind: str) -> Document | None:
    """Of a long history the deals that were looked at; None where customers were sampled, of
    whom a list has all."""
    if kind == "customer":
        return None if (document.get("customers_one_in") or 1) > 1 else {}
    one_in = document.get("one_in") or 1
    return {"one_in": one_in} if one_in > 1 else {}
