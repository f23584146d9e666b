"""What higher apps may listen to."""

from django.dispatch import Signal

# change: StageChange, in the transaction that wrote or withdrew it.
opportunity_moved = Signal()
# estimate: Estimate, just written.
estimate_written = Signal()
