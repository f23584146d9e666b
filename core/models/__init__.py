"""What every app leans on."""

from core.models.audit import AuditEntry
from core.models.clock import BusinessClock
from core.models.dirty import DirtyFlag
from core.models.exchange_rates import ExchangeRate
from core.models.idempotency import IdempotencyKey
from core.models.imports import ImportBatch
from core.models.jobs import Job
from core.models.mails import Mail
from core.models.notices import Notice

__all__ = [
    "AuditEntry",
    "BusinessClock",
    "DirtyFlag",
    "ExchangeRate",
    "IdempotencyKey",
    "ImportBatch",
    "Job",
    "Mail",
    "Notice",
]
