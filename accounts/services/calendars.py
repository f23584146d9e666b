from django.conf import settings
from django.urls import reverse

from accounts.models import CalendarAddress, User
from accounts.models.calendars import new_key


def calendar_url(address: CalendarAddress) -> str:
    return f"{settings.SITE_URL}{reverse('crm:calendar', args=[address.token])}"


def address_of(user: User) -> CalendarAddress:
    """The address of a person's calendar, made when it is first asked for."""
    return CalendarAddress.objects.get_or_create(user=user)[0]


def renew_address(user: User) -> CalendarAddress:
    """A new address; the one before it no longer opens."""
    fresh = {"key": new_key(), "digest": "", "changed_at": None}
    return CalendarAddress.objects.update_or_create(user=user, defaults=fresh)[0]
