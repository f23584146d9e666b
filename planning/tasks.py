from celery import shared_task


@shared_task(name="planning.tasks.measure_hours")
def measure_hours(flag: str) -> None:
    """Measure the hours by stage of the pipeline that ``flag`` names, if that is due."""
    from planning.services.hours import measure_flagged

    measure_flagged(flag)
