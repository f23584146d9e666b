"""What higher apps may listen to."""

from django.dispatch import Signal

# change: LifecycleChange, in the transaction that wrote or withdrew it.
customer_moved = Signal()
# activity: Activity, in the transaction that changed it; changes, {field: [from, to]}, where it was
# there before.
activity_changed = Signal()
# customer, by: in the transaction that takes a customer out of lists.
customer_archived = Signal()
# customer, by, since: likewise when it is taken back; since is when it was archived.
customer_restored = Signal()
# customers: keys, before they are locked together with what belongs to them: who locks rows of
# theirs does so now (docs/decisions/0020).
customers_locking = Signal()
# customer, before, by, along: in the transaction that gave it from the owner ``before`` to that of
# now. Who gives something along writes it down in ``along``, {noun: ids}.
customer_given = Signal()
# The same once all went along; who can take it back answers with the address for that.
customer_handed = Signal()
# merge: CustomerMerge, in the transaction that wrote or undid it, when all is written.
customers_merged = Signal()
customers_parted = Signal()
# merge: asked of those who know why it cannot be undone; each answers with a list of sentences.
merge_hindered = Signal()
