from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter

from accounts.models import Role, User
from core.api.filters import BooleanFilter, Filters, IdFilter


class UserFilter(Filters):
    q = CharFilter(method="matching", label="Text in name or email.")
    email = CharFilter(field_name="email", lookup_expr="iexact")
    role = ChoiceFilter(field_name="role", choices=Role.choices)
    team = IdFilter(field_name="team_id")
    is_active = BooleanFilter(field_name="is_active")

    def matching(self, rows: QuerySet[User], name: str, text: str) -> QuerySet[User]:
        return rows.filter(Q(name__icontains=text) | Q(email__icontains=text))


class TeamFilter(Filters):
    parent = IdFilter(field_name="parent_id")
