from django_filters import CharFilter, ChoiceFilter, NumberFilter

from core.api.filters import Filters, IdFilter
from planning.models import Plan


class PlanFilter(Filters):
    q = CharFilter(field_name="name", lookup_expr="icontains")
    year = NumberFilter(field_name="year", min_value=0, max_value=9999, decimal_places=0)
    pipeline = IdFilter(field_name="pipeline_id")
    team = IdFilter(field_name="team_id")
    status = ChoiceFilter(field_name="status", choices=Plan.Status.choices)
