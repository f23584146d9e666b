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
# customers: two keys, in the transaction that merges or parts them, before anything is locked.
customers_locking = Signal()
# merge: CustomerMerge, in the transaction that wrote or undid it, when all is written.
customers_merged = Signal()
customers_parted = Signal()
# merge: asked of those who know why it cannot be undone; each answers with a list of sentences.
merge_hindered = Signal()
