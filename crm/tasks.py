from celery import shared_task

from crm.services.files import sweep_orphans


@shared_task(name="crm.tasks.sweep_files")
def sweep_files() -> None:
    """Drop contents of files that no row names."""
    sweep_orphans()
