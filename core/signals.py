from django.dispatch import Signal

# A dirty flag's work failed with a KnownError, for the first time since it was done last. Sent
# with ``flag`` and ``error``.
computation_failed = Signal()
# A letter could not be sent after many attempts. Sent with ``mail``.
mail_given_up = Signal()
