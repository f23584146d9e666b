"""What every noun of the API does the same way."""

from functools import partial
from typing import Any

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.api import idempotency
from core.api.etags import check_etag, check_version, etag_of, is_fresh
from core.api.filters import no_such_filter
from core.api.pagination import OpaqueCursorPagination
from core.api.schema import ApiSchema
from core.services.records import create_record, delete_record, update_record


def tagged(request: Request, data: Any) -> Response:
    """One document with its tag, or 304 where the caller has it already."""
    etag = etag_of(data)
    if is_fresh(request, etag):
        return Response(status=304, headers={"ETag": etag})
    return Response(data, headers={"ETag": etag})


class NoSuchAddress(APIView):
    """Everything under the API's root that is no resource, as a problem and not as a page."""

    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


class ApiViewSet(GenericViewSet[Any]):
    """A noun: ``get_queryset`` gives what the caller may see, ``write_scope`` who may change."""

    schema = ApiSchema()
    lookup_value_converter = "int"
    # What OPTIONS would say is in the OpenAPI document, and better.
    metadata_class = None
    read_scope = "read"
    write_scope = "write"
    is_versioned = False
    # A body with files is read as a stream; what it may hold, its service says.
    takes_files = False
    ordering: tuple[str, ...] = ("-id",)
    ordering_fields: tuple[str, ...] = ()

    def required_scope(self, method: str) -> str:
        return self.read_scope if method in SAFE_METHODS else self.write_scope

    @property
    def caller(self) -> Any:
        """Who asks: a user of ours, as the permission class lets nobody else in."""
        return self.request.user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS and not self.takes_files:
            # Reading the body here holds it to DATA_UPLOAD_MAX_MEMORY_SIZE; a stream is not.
            len(request._request.body)
        if request.method == "POST" and idempotency.HEADER in request.headers:
            self.post = partial(idempotency.once, self.post)  # type: ignore[has-type]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization"])
        response.headers.setdefault("Cache-Control", "private, no-cache")
        # Here, so that a repeated request is told the address too.
        if response.status_code in (201, 202):
            response.headers["Location"] = self.address_of(response.data["id"])
        return response

    def address_of(self, pk: int) -> str:
        """The address of what a POST has made."""
        address: str = self.reverse_action("detail", kwargs={"pk": pk})
        return address

    def get_object(self) -> Any:
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        self._refuse_unknown_parameters()
        return super().filter_queryset(queryset)

    def _refuse_unknown_parameters(self) -> None:
        known = set(getattr(getattr(self, "filterset_class", None), "base_filters", ()))
        known |= set(OpaqueCursorPagination.parameters)
        known |= {"format"} if len(self.get_renderers()) > 1 else set()
        unknown = [name for name in self.request.query_params if name not in known]
        if unknown:
            raise no_such_filter(unknown)

    def present(self, rows: list[Any]) -> None:
        """Bulk reads that the rows of an answer need together; none by default."""

    def represent(self, obj: Any) -> Any:
        self.present([obj])
        return self.read_serializer(obj).data

    def read_serializer(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["context"] = self.get_serializer_context()
        return self.serializer_class(*args, **kwargs)  # type: ignore[misc]

    def answer(self, obj: Any, *, status: int = 200) -> Response:
        """One object with its tag."""
        data = self.represent(obj)
        return Response(data, status=status, headers={"ETag": etag_of(data)})

    def reread(self, obj: Model) -> Any:
        """The object as the caller sees it, or as written where it went out of sight."""
        return self.get_queryset().filter(pk=obj.pk).first() or obj

    def check_precondition(self, obj: Any, *, required: bool = True) -> None:
        if self.is_versioned:
            check_version(self.request, obj.version, required=required)
        elif "If-Match" in self.request.headers:
            check_etag(self.request, etag_of(self.represent(obj)))


class Retrieving(ApiViewSet):
    def retrieve(self, request: Request, pk: int) -> Response:
        return tagged(request, self.represent(self.get_object()))


class Reading(Retrieving):
    """List and retrieve."""

    def list(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert rows is not None
        self.present(list(rows))
        return self.get_paginated_response(self.read_serializer(rows, many=True).data)


class Changing(Reading):
    """CRUD: a noun says how it is created, updated and deleted."""

    create_serializer_class: type[Any] | None = None

    def get_serializer_class(self) -> type[Any]:
        if self.action == "create" and self.create_serializer_class:
            return self.create_serializer_class
        return super().get_serializer_class()

    def create_object(self, fields: dict[str, Any]) -> Any:
        raise NotImplementedError

    def update_object(self, obj: Any, fields: dict[str, Any]) -> Any:
        raise NotImplementedError

    def delete_object(self, obj: Any) -> None:
        raise NotImplementedError

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        obj = self.create_object(serializer.validated_data)
        return self.answer(self.reread(obj), status=201)

    def update(self, request: Request, pk: int, *, partial: bool = False) -> Response:
        obj = self.get_object()
        self.check_precondition(obj)
        serializer = self.get_serializer(obj, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        self.update_object(obj, serializer.validated_data)
        return self.answer(self.reread(obj))

    def partial_update(self, request: Request, pk: int) -> Response:
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: int) -> Response:
        obj = self.get_object()
        self.check_precondition(obj)
        self.delete_object(obj)
        return Response(status=204)


class Archiving(Changing):
    """A noun whose DELETE archives: nothing of it is lost, and it can be taken back."""

    def restore_object(self, obj: Any) -> None:
        raise NotImplementedError

    def destroy(self, request: Request, pk: int) -> Response:
        obj = self.get_object()
        self.check_precondition(obj)
        self._put_away(obj)
        return Response(status=204)

    def _put_away(self, obj: Any) -> None:
        if obj.archived_at is None:
            self.delete_object(obj)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: int) -> Response:
        """Take a record out of lists and boards, as DELETE does; one that is out stays as it is."""
        obj = self.get_object()
        self.check_precondition(obj, required=False)
        self._put_away(obj)
        return self.answer(self.reread(obj))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: int) -> Response:
        """Take an archived record back into lists and boards; one that is there stays as it is.

        Archived records are listed by `?archived=true`.
        """
        obj = self.get_object()
        self.check_precondition(obj, required=False)
        self.restore_object(obj)
        return self.answer(self.reread(obj))


class PlainRecords(Changing):
    """A noun without rules beyond its fields; for all to read, for admins to change."""

    write_scope = "admin"

    def create_object(self, fields: dict[str, Any]) -> Any:
        return create_record(self.get_queryset().model, by=self.caller, **fields)

    def update_object(self, obj: Any, fields: dict[str, Any]) -> Any:
        return update_record(obj, by=self.caller, **fields)

    def delete_object(self, obj: Any) -> None:
        delete_record(obj, by=self.caller)
