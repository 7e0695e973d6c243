"""The certificates of an event that one runs."""

from django.http import Http404, HttpResponseBase
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.certificates import queries
from events.certificates.api.parts import SLUG, ZIPRenderer
from events.certificates.api.serializers import AskedSerializer, RegisterSerializer
from events.certificates.issuing import actions
from events.certificates.register.archive import archive_name, archive_response, of_event
from events.programme.models import Event
from events.programme.queries import visible_to as events_visible_to
from network.api.endpoints import person_of
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.rules import require

# An address that ends like a list's, and answers with one thing.
ONE_REGISTER = forced_singular_serializer(RegisterSerializer)  # type: ignore[no-untyped-call]


class EventCertificates(ViewSet):
    """The certificates of an event that one runs."""

    permission_classes = [SignedIn]

    def _event(self, request: Request, slug: str) -> Event:
        events = events_visible_to(request.user).select_related("organising_centre", "venue", "funding")
        event = events.filter(slug=slug).first()
        if event is None:
            raise Http404
        require(request.user, "events.issue_certificates", event)
        return event

    @extend_schema(
        operation_id="events_certificates_register",
        summary="Register and progress",
        description="Everybody with a confirmed registration or a certificate, and how far issuing is.",
        parameters=[SLUG],
        responses={200: ONE_REGISTER, **problems(403)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """The register."""
        event = self._event(request, slug)
        lines = queries.register_of(event)
        return Response(RegisterSerializer({"progress": queries.summed_up(event, lines), "register": lines}).data)

    @extend_schema(
        operation_id="events_certificates_issue_all",
        summary="Issue all that are due",
        description="A worker issues them one after the other; GET shows the progress. Asking again resumes, never repeats.",
        parameters=[SLUG],
        request=None,
        responses={202: AskedSerializer},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Ask for all."""
        event = self._event(request, slug)
        due = actions.issue_all(event=event, by=person_of(request))
        return Response(AskedSerializer({"asked_for": due, "progress": queries.progress_of(event)}).data, status=202)

    @extend_schema(
        operation_id="events_certificates_archive",
        summary="All valid certificates as a ZIP",
        description="With `register.csv`, which lists the revoked ones too.",
        parameters=[SLUG],
        responses={(200, "application/zip"): OpenApiTypes.BINARY, **problems(403)},
    )
    @action(detail=False, renderer_classes=[ZIPRenderer, JSONRenderer])
    def archive(self, request: Request, slug: str) -> HttpResponseBase:
        """The files."""
        event = self._event(request, slug)
        return archive_response(of_event(event), archive_name(event))
