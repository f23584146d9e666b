"""Who works here."""

from accounts.models.api_keys import ApiKey
from accounts.models.calendars import CalendarAddress
from accounts.models.invitations import Invitation
from accounts.models.reminding import RemindBefore
from accounts.models.teams import Team
from accounts.models.users import Role, User

__all__ = ["ApiKey", "CalendarAddress", "Invitation", "RemindBefore", "Role", "Team", "User"]
