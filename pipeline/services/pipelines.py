from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.services.records import Kept, delete_record
from crm.models import Ladder, PlanPart
from pipeline.models import Estimate, Pipeline, Stage


@transaction.atomic
def create_pipeline(
    name: str,
    *,
    currency: str,
    stages: Sequence[str],
    ladder: Ladder | None = None,
    won: str = "Won",
    lost: str = "Lost",
) -> Pipeline:
    """A pipeline with its open ``stages`` in order; won and lost are always there.

    The last open stage is closing, those before it are tracking.
    """
    pipeline = Pipeline.objects.create(name=name, currency=currency, ladder=ladder)
    rows = [
        Stage(
            pipeline=pipeline,
            name=stage,
            order=order,
            part=PlanPart.CLOSING if order == len(stages) else PlanPart.TRACKING,
        )
        for order, stage in enumerate(stages, start=1)
    ]
    end, part = len(stages) + 1, PlanPart.CLOSING
    rows.append(Stage(pipeline=pipeline, name=won, order=end, part=part, is_won=True))
    rows.append(Stage(pipeline=pipeline, name=lost, order=end + 1, part=part, is_lost=True))
    Stage.objects.bulk_create(rows)
    return pipeline


@transaction.atomic
def delete_pipeline(pipeline: Pipeline, *, by: User | None) -> None:
    """Delete a pipeline that no deal and no plan ever used, with its stages and its empty rates.

    Raises ProtectedError for any other, and nothing is deleted then.
    """
    pipeline.estimates.all().delete()
    pipeline.stages.all().delete()
    delete_record(pipeline, by=by)


def refuse_deletion_of_estimated(stage: Stage) -> None:
    """Raises Kept where an estimate names ``stage``: plans are solved from estimates."""
    estimates = Estimate.objects.filter(pipeline=stage.pipeline_id)
    for rows in estimates.values_list("payload__stages", flat=True).iterator(chunk_size=100):
        if any((row["kind"], row["stage"]) == ("opportunity", stage.pk) for row in rows):
            raise Kept(_("Rates have been computed with this stage; retire it instead."))
