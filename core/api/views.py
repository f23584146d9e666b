"""The API of what every app leans on: exchange rates, imports and jobs."""

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, DateFilter

from core.api.filters import Filters
from core.api.serializers import ExchangeRateSerializer, ImportSerializer, JobSerializer
from core.api.viewsets import PlainRecords, Reading, Retrieving
from core.models import ExchangeRate, ImportBatch, Job


class ExchangeRateFilter(Filters):
    base = CharFilter()
    quote = CharFilter()
    date_from = DateFilter(field_name="date", lookup_expr="gte")
    date_to = DateFilter(field_name="date", lookup_expr="lte")


class ExchangeRateViewSet(PlainRecords):
    """What one unit of a currency costs in another from a day on."""

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilter
    ordering = ("-date",)
    ordering_fields = ("date", "base", "quote")


class ImportFilter(Filters):
    kind = CharFilter()
    state = ChoiceFilter(choices=ImportBatch.State.choices)


class ImportViewSet(Reading):
    """Runs of imports: what they read, made and refused."""

    queryset = ImportBatch.objects.all()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    read_scope = "admin"
    ordering_fields = ("created_at",)


class JobViewSet(Retrieving):
    """Long work that somebody waits for; the caller's own, an admin sees all."""

    queryset = Job.objects.all()
    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.visible_to(self.caller)
