"""What higher apps may listen to."""

from django.dispatch import Signal

# change: LifecycleChange, in the transaction that wrote or withdrew it.
customer_moved = Signal()
# activity: Activity, in the transaction that changed it.
activity_changed = Signal()
