"""What higher apps may listen to."""

from django.dispatch import Signal

# user: User, in the transaction that changed when and how they are reminded, or their time zone.
reminding_changed = Signal()
