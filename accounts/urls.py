"""Addresses of people."""

from django.urls import path
from django.views.generic import RedirectView

from accounts.views import api_keys, people
from accounts.views.invitations import invitation
from accounts.views.profile import change_password, profile, renew_calendar
from accounts.views.unsubscribe import unsubscribe

app_name = "accounts"
to_profile = RedirectView.as_view(pattern_name="accounts:profile")

urlpatterns = [
    # me
    path("me/", profile, name="profile"),
    path("me/password/", change_password, name="change_password"),
    path("me/calendar/", renew_calendar, name="renew_calendar"),
    # administration
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:pk>/", people.edit_person, name="person"),
    path("people/<int:pk>/claim/", people.claim, name="claim"),
    path("people/<int:pk>/remind/", people.remind, name="remind"),
    path("people/keys/new/", api_keys.new_api_key, name="new_api_key"),
    path("people/keys/<int:pk>/revoke/", api_keys.revoke, name="revoke_api_key"),
    # reminders by email
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    # invitations
    path("invitations/<str:token>/", invitation, name="invitation"),
    # pages of the sign-in library whose work is done on "me"
    path("accounts/password/change/", to_profile),
    path("accounts/password/set/", to_profile),
    path("accounts/email/", to_profile),
]
