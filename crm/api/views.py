from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api.viewsets import Archiving, PlainRecords, Reading
from crm.api import filters, serializers
from crm.api.merge_serializers import CustomerMergeSerializer, MergeRequestSerializer
from crm.api.merges import MergedAway
from crm.duplicates import possible_duplicates
from crm.merge_reads import survivor_of
from crm.models import (
    Contact,
    Customer,
    Ladder,
    LifecycleChange,
    LifecycleStage,
    Product,
    Source,
)
from crm.models.customers import CustomerQuerySet
from crm.services.contacts import archive_contact, create_contact, restore_contact, update_contact
from crm.services.customers import (
    archive_customer,
    create_customer,
    restore_customer,
    update_customer,
)
from crm.services.leads import create_lead
from crm.services.lifecycle import move_customer
from crm.services.merges import check_may_merge, merge_customers


class CustomerViewSet(Archiving):
    """Companies we sell to, or might. DELETE archives, `restore/` takes back.

    Whom no `owner` is named for is the caller's; with `assign` it is a new lead, which the rules
    assign, and which waits in `leads/` for its first response.
    """

    queryset = Customer.objects.all()
    serializer_class = serializers.CustomerSerializer
    create_serializer_class = serializers.CustomerCreateSerializer
    filterset_class = filters.CustomerFilter
    is_versioned = True
    ordering = ("name",)
    ordering_fields = ("name", "created_at", "updated_at", "employees", "annual_revenue")

    def get_queryset(self) -> CustomerQuerySet:
        rows = Customer.objects.visible_to(self.caller).prefetch_related("positions")
        archived = "archived" in self.request.query_params
        return rows.current() if self.action == "list" and not archived else rows

    def get_object(self) -> Customer:
        """Raises MergedAway, which says who it is now, for one that was merged."""
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            survivor = survivor_of(self.caller, self.kwargs["pk"])
            raise Http404 if survivor is None else MergedAway(survivor)
        return found

    def create_object(self, fields: dict[str, Any]) -> Customer:
        if fields.pop("assign", False):
            return create_lead(by=self.caller, **fields).customer
        fields.setdefault("owner", self.caller)
        return create_customer(by=self.caller, **fields)

    def update_object(self, obj: Customer, fields: dict[str, Any]) -> None:
        update_customer(obj, by=self.caller, **fields)

    def delete_object(self, obj: Customer) -> None:
        archive_customer(obj, by=self.caller)

    def restore_object(self, obj: Customer) -> None:
        restore_customer(obj, by=self.caller)

    @extend_schema(
        request=serializers.CustomerUpsertSerializer,
        responses={
            200: serializers.CustomerSerializer,
            201: OpenApiResponse(serializers.CustomerSerializer, "Made anew."),
        },
    )
    @action(detail=False, methods=["post"])
    def upsert(self, request: Request) -> Response:
        """Create the customer of an external id, or update the one that has it."""
        external_id = request.data.get("external_id") if isinstance(request.data, dict) else None
        existing, is_former = None, False
        if isinstance(external_id, str) and "\0" not in external_id:
            existing = self.get_queryset().with_external_id(external_id.strip()).first()
            is_former = existing is not None and existing.external_id != external_id.strip()
        serializer = serializers.CustomerUpsertSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        if existing is None:
            fields.setdefault("name", "")
            return self.answer(self.reread(self.create_object(fields)), status=201)
        if is_former:
            # The id is that of a customer merged into this one, which keeps its own.
            fields.pop("external_id")
        for name in ("created_at", "assign"):
            fields.pop(name, None)
        self.update_object(existing, fields)
        return self.answer(self.reread(existing))

    @extend_schema(
        parameters=[serializers.DuplicateQuerySerializer],
        responses=serializers.DuplicatesSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def duplicates(self, request: Request) -> Response:
        """Customers that one of this name, telephone or website may already be.

        Creating is never refused for it. A customer the caller may not see is told of without
        details.
        """
        asked = serializers.DuplicateQuerySerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        found = possible_duplicates(self.caller, **asked.validated_data)
        data = {"seen": found.seen, "unseen": sorted(found.unseen)}
        return Response(serializers.DuplicatesSerializer(data).data)

    @extend_schema(
        request=serializers.CustomerMoveSerializer, responses=serializers.CustomerSerializer
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Move a customer to a stage of a ladder, now or at an instant since its last move."""
        customer = self.get_object()
        self.check_precondition(customer, required=False)
        serializer = serializers.CustomerMoveSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        fields = serializer.validated_data
        move_customer(
            customer,
            to=fields["stage"],
            at=fields.get("at"),
            by=self.caller,
            cause=LifecycleChange.Cause.API if request.auth else LifecycleChange.Cause.HAND,
        )
        return self.answer(self.reread(customer))

    @extend_schema(
        request=MergeRequestSerializer,
        responses={201: OpenApiResponse(CustomerMergeSerializer, "They are one now.")},
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: int) -> Response:
        """Let another customer be this one, with everything that belongs to it.

        Its address answers 410 from then on. Within 24 hours `customer-merges/{id}/undo/` parts
        the two again. Reps may merge customers that are both their own.
        """
        survivor = self.get_object()
        self.check_precondition(survivor, required=False)
        asked = MergeRequestSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        other, fields = asked.validated_data["other"], asked.validated_data.get("fields", {})
        check_may_merge(self.caller, (survivor, other))
        merge = merge_customers(survivor, other, by=self.caller, fields=fields)
        data = CustomerMergeSerializer(merge, context=self.get_serializer_context()).data
        return Response(data, status=201)

    def address_of(self, pk: int) -> str:
        if self.action == "merge":
            return reverse("customermerge-detail", kwargs={"pk": pk})
        return super().address_of(pk)


class ContactViewSet(Archiving):
    """People at customers. DELETE archives, `restore/` takes back."""

    queryset = Contact.objects.all()
    serializer_class = serializers.ContactSerializer
    filterset_class = filters.ContactFilter
    is_versioned = True
    ordering = ("name",)
    ordering_fields = ("name",)

    def get_queryset(self) -> QuerySet[Contact]:
        rows = Contact.objects.visible_to(self.caller)
        archived = "archived" in self.request.query_params
        return rows.current() if self.action == "list" and not archived else rows

    def create_object(self, fields: dict[str, Any]) -> Contact:
        return create_contact(fields.pop("customer"), by=self.caller, **fields)

    def update_object(self, obj: Contact, fields: dict[str, Any]) -> None:
        update_contact(obj, by=self.caller, **fields)

    def delete_object(self, obj: Contact) -> None:
        archive_contact(obj, by=self.caller)

    def restore_object(self, obj: Contact) -> None:
        restore_contact(obj, by=self.caller)


class ProductViewSet(PlainRecords):
    """What we sell."""

    queryset = Product.objects.all()
    serializer_class = serializers.ProductSerializer
    filterset_class = filters.ProductFilter
    ordering = ("name",)
    ordering_fields = ("name", "family", "price")


class SourceViewSet(PlainRecords):
    """The channels that customers and deals come through."""

    queryset = Source.objects.all()
    serializer_class = serializers.SourceSerializer
    filterset_class = filters.SourceFilter
    ordering = ("name",)
    ordering_fields = ("name",)


class LadderViewSet(PlainRecords):
    """The sequences of lifecycle stages that customers climb."""

    queryset = Ladder.objects.all()
    serializer_class = serializers.LadderSerializer
    ordering = ("name",)
    ordering_fields = ("name",)


class LifecycleStageViewSet(PlainRecords):
    """The steps of the ladders."""

    queryset = LifecycleStage.objects.all()
    serializer_class = serializers.LifecycleStageSerializer
    filterset_class = filters.LifecycleStageFilter
    ordering = ("order",)
    ordering_fields = ("order", "name")


class LifecycleChangeViewSet(Reading):
    """The history of customers on ladders; append-only, corrections void rows."""

    queryset = LifecycleChange.objects.all()
    serializer_class = serializers.LifecycleChangeSerializer
    filterset_class = filters.LifecycleChangeFilter
    ordering = ("-at",)
    ordering_fields = ("at", "recorded_at")

    def get_queryset(self) -> QuerySet[LifecycleChange]:
        visible = Customer.objects.visible_to(self.caller)
        return LifecycleChange.objects.filter(customer__in=visible.values("pk"))
