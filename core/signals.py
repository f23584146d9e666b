from django.dispatch import Signal

# A dirty flag's work failed with a KnownError, for the first time since it was done last. Sent
# with ``flag`` and ``error``.
computation_failed = Signal()
