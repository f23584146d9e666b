"""Files of customers and of deals alike."""

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from core.services.once import digest_of, made_once
from crm.models import Customer, File
from crm.models.files import FileQuerySet
from crm.services.files import Upload, keep_file
from pipeline.models import DealFile, Opportunity

Subject = Customer | Opportunity


def visible_files(user: User) -> FileQuerySet:
    """Files of customers and deals that ``user`` may see."""
    deals = Q(deal_link__opportunity__in=Opportunity.objects.visible_to(user).values("pk"))
    customers = Q(customer__in=Customer.objects.visible_to(user).values("pk"))
    rows = File.objects.filter(customers | deals)
    return rows.select_related("uploaded_by", "deal_link")


def files_of(subject: Subject) -> FileQuerySet:
    rows = File.objects.select_related("uploaded_by")
    if isinstance(subject, Opportunity):
        return rows.filter(deal_link__opportunity=subject)
    return rows.filter(customer=subject)


def subject_of(file: File) -> Subject:
    """The customer or deal that a file is kept with."""
    return file.customer or file.deal_link.opportunity


def attach_once(subject: Subject, upload: Upload, *, by: User, key: str) -> File:
    """Keep a file, or give the one that was kept when it was sent under ``key`` before.

    Without a key it is kept in any case.
    """
    if key:
        key = f"{key}:{digest_of(upload)}"
    return made_once(File, lambda: attach(subject, upload, by=by), by=by, key=key)


@transaction.atomic
def attach(subject: Subject, upload: object, *, by: User | None) -> File:
    """Keep an uploaded file with a customer or deal."""
    if not isinstance(subject, Opportunity):
        return keep_file(upload, by=by, customer=subject)  # type: ignore[arg-type]
    file = keep_file(upload, by=by)  # type: ignore[arg-type]
    DealFile.objects.create(file=file, opportunity=subject)
    return file
