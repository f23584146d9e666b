"""What higher apps may listen to."""

from django.dispatch import Signal

# change: LifecycleChange, in the transaction that wrote or withdrew it.
customer_moved = Signal()
# activity: Activity, in the transaction that changed it.
activity_changed = Signal()
# customer, by: in the transaction that takes a customer out of lists.
customer_archived = Signal()
# customer, by, since: likewise when it is taken back; since is when it was archived.
customer_restored = Signal()
