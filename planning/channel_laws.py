"""How the leads of a source differ from all: a law of their own for each channel."""

from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.models import Estimate
from planning.engine import FunnelLaw
from planning.engine.law_changes import with_promotions
from planning.funnel_law import Floats, KnownFunnel

SOURCE = "source"


def rates_by_source(estimate: Estimate) -> Estimate | None:
    """The newest rates by source that knew no more than ``estimate``."""
    return Estimate.objects.latest_for(estimate.pipeline, as_of=estimate.as_of, segment=SOURCE)


def law_of_source(
    funnel: KnownFunnel, law: FunnelLaw, by_source: Estimate, source: int
) -> FunnelLaw:
    """``law`` at the promotion rates of the leads of a source, pooled as its estimate says.

    New leads alone: nothing comes by itself.
    """
    alone = replace(law, direct_per_month=None)
    return with_promotions(alone, promotion_ratio(funnel, by_source.payload, source))


def promotion_ratio(funnel: KnownFunnel, payload: dict[str, Any], source: int) -> Floats:
    """float[S]: promotion rate of a source over that of all, 1 where it is not known apart."""
    ratio = np.ones(len(funnel.rows))
    places = [i for i, each in enumerate(payload["segments"]) if each["values"] == [source]]
    if not places:
        return ratio
    stages = {(stage["kind"], stage["stage"]): stage for stage in payload["stages"]}
    for s, row in enumerate(funnel.rows):
        stage = stages.get(row)
        if stage is None:
            continue
        whole, own = stage["promotion"]["rate"], stage["segments"][places[0]]["promotion"]["rate"]
        if whole and own is not None:
            ratio[s] = own / whole
    return ratio
