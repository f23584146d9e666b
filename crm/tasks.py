from celery import shared_task

from crm.services.files import sweep_orphans
from crm.services.lead_imports import run_flagged
from crm.services.reminders import fire_due, plan_missing


@shared_task(name="crm.tasks.sweep_files")
def sweep_files() -> None:
    """Drop contents of files that no row names."""
    sweep_orphans()


@shared_task(name="crm.tasks.fire_reminders", expires=50)
def fire_reminders() -> None:
    """Tell people of what is due."""
    fire_due()


@shared_task(name="crm.tasks.plan_reminders", expires=600)
def plan_reminders() -> None:
    """Give what came without a reminder, as by an import, its own."""
    plan_missing()


@shared_task(name="crm.tasks.import_leads")
def import_leads(flag: str) -> None:
    """Make the leads of the file that ``flag`` names, or take them back."""
    run_flagged(flag)
