"""Forms about people. Validation only; the writes are services."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth import forms as auth_forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import RemindBefore, Role, Team, User
from accounts.models.api_keys import Scope
from core.forms import NOTHING

__all__ = [
    "ApiKeyForm",
    "ClaimForm",
    "InviteForm",
    "PasswordChangeForm",
    "PersonForm",
    "ProfileForm",
    "SetPasswordForm",
]

PERSON_NAME = pgettext_lazy("person", "name")


class WeakPasswordFirst(auth_forms.SetPasswordMixin):  # type: ignore[type-arg]
    """Says what is wrong with a password beside the field that it was first typed into."""

    def validate_password_for_user(
        self,
        user: Any,
        password_field_name: str = "new_password1",  # noqa: S107  (a field's name)
    ) -> None:
        super().validate_password_for_user(user, "new_password1")


class SetPasswordForm(WeakPasswordFirst, auth_forms.SetPasswordForm):  # type: ignore[type-arg]
    pass


class PasswordChangeForm(WeakPasswordFirst, auth_forms.PasswordChangeForm):
    pass


def role_choices() -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in Role.choices]


def time_zone_choices() -> list[tuple[str, str]]:
    company = settings.COMPANY_TIME_ZONE
    zones = sorted(name for name in available_timezones() if "/" in name)
    first = ("", _("The company's (%(zone)s)") % {"zone": company})
    return [first, *((name, name.replace("_", " ")) for name in zones)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(label=_("time zone"), required=False, choices=time_zone_choices)

    class Meta:
        model = User
        fields = [
            *("name", "language", "theme", "time_zone"),
            *("remind_before", "reminder_emails"),
        ]
        labels = {"name": PERSON_NAME}
        help_texts = {"remind_before": _("Of what has no hour: at nine on the day.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        remind: Any = self.fields["remind_before"]
        remind.choices = [(value, capfirst(str(label))) for value, label in RemindBefore.choices]
        languages = [("", capfirst(_("as the browser says"))), *settings.LANGUAGES]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        theme: Any = self.fields["theme"]
        theme.choices = [(value, capfirst(label)) for value, label in theme.choices]


class EmailForm(forms.Form):
    email = forms.EmailField(label=_("email"), max_length=254)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody has this email already."))
        return email


class InviteForm(EmailForm):
    name = forms.CharField(label=PERSON_NAME, max_length=100)
    role = forms.ChoiceField(label=_("role"), choices=role_choices, initial=Role.REP)
    team = forms.ModelChoiceField(
        Team.objects.all(), label=_("team"), required=False, empty_label=NOTHING
    )

    field_order = ["name", "email", "role", "team"]


class ClaimForm(EmailForm):
    """The email of somebody whom an import named."""


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ["name", "role", "team", "is_active"]
        labels = {"name": PERSON_NAME}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_self = by.pk == self.instance.pk
        self.fields["role"].choices = role_choices  # type: ignore[attr-defined]
        self.fields["team"].empty_label = NOTHING  # type: ignore[attr-defined]
        if not self.instance.email:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.is_self:
            return cleaned
        if cleaned.get("role") not in (None, Role.ADMIN):
            self.add_error("role", _("You cannot take the administration from yourself."))
        if cleaned.get("is_active") is False:
            self.add_error("is_active", _("You cannot lock yourself out."))
        return cleaned


class ApiKeyForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label=_("acts for"))
    name = forms.CharField(label=_("name"), max_length=100, help_text=_("What it is used by."))
    scopes = forms.MultipleChoiceField(
        label=_("permissions"),
        choices=Scope.choices,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ["name", "user", "scopes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.active()  # type: ignore[attr-defined]
