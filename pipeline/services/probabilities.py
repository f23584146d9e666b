from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.services import audit
from core.services.versions import save_versioned
from pipeline.models import Opportunity, OwnProbability


@transaction.atomic
def set_own_probability(
    deal: Opportunity, probability: float | None, *, by: User | None
) -> OwnProbability | None:
    """Hold the chance of a deal to be ``probability`` from now on; ``None`` takes it back.

    What the rates say stays as it is beside it. Returns ``None`` where it stands so already.
    Raises ValidationError for a closed deal or what is no share of 1, StaleVersion where somebody
    changed the deal meanwhile.
    """
    standing = deal.own_probabilities.live().order_by("-at", "-id").first()
    before = standing.probability if standing else None
    if probability == before:
        return None
    _check(deal, probability)
    # Nothing of the deal's own row changes, yet whoever saw it without this saw an older deal.
    save_versioned(deal, fields=())
    row = OwnProbability.objects.create(
        opportunity=deal,
        pipeline_id=deal.pipeline_id,
        probability=probability,
        at=clock.now(),
        by=by,
    )
    changes = {"own_probability": [before, probability]}
    audit.record("set_own_probability", deal, by=by, changes=changes, at=row.at)
    return row


def _check(deal: Opportunity, probability: float | None) -> None:
    if not deal.stage.is_open:
        raise ValidationError({"own_probability": _("This deal is closed already.")})
    if probability is not None and not 0.0 <= probability <= 1.0:
        raise ValidationError({"own_probability": _("A chance lies between 0 and 100 %.")})
