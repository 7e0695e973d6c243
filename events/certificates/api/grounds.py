"""What certificates stand on besides attendance, over HTTP: results of assessments, and parts that people had in an event."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from events.certificates.api.parts import SLUG
from events.certificates.grounds import assessing, recognising
from events.certificates.grounds.assessing import Result
from events.certificates.grounds.recognising import Part
from events.certificates.grounds.suggesting import suggestions_of
from events.certificates.models import Assessment, Recognition
from events.programme.models import Event
from events.registrations.api.registrations import ID, visible_event
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.rules import require

OF_REGISTRATION = OpenApiParameter("registration", OpenApiTypes.INT, OpenApiParameter.PATH, description="A registration.")
OF_RECOGNITION = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="A recognition.")
MOST_AT_ONCE = 1000


class AssessmentSerializer(serializers.Serializer[Any]):
    """What came of the assessment of one participant."""

    registration = serializers.IntegerField(source="registration_id", min_value=1, max_value=2**53)
    method = serializers.ChoiceField(choices=Assessment.Method.choices)
    passed = serializers.BooleanField(help_text="Without this there is no certificate of achievement.")
    grade = serializers.CharField(required=False, allow_blank=True, max_length=60)
    assessed_on = serializers.DateField()
    assessor = serializers.CharField(max_length=160, help_text="Who examined; it stands on the certificate.")
    supervised = serializers.BooleanField(required=False, help_text="With the identity checked.")


class AssessmentsInput(serializers.Serializer[Any]):
    """Results of many participants."""

    results = AssessmentSerializer(many=True, max_length=MOST_AT_ONCE)  # type: ignore[call-arg]


class AssessmentsResult(serializers.Serializer[Any]):
    """What it came to."""

    changed = serializers.IntegerField(help_text="How many results were not there like this before.")


class PartSerializer(serializers.Serializer[Any]):
    """What somebody did at an event besides attending it."""

    kind = serializers.ChoiceField(choices=Recognition.Kind.choices)
    name = serializers.CharField(max_length=160, help_text="A person, or the authority that hosted or won.")
    affiliation = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Their organisation.")
    subject = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="The title of the talk, the category and the entry."
    )
    minutes = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=60_000)
    language = serializers.CharField(
        required=False, allow_blank=True, max_length=8, help_text="Of the certificate; empty: the person’s, else English."
    )


class RecognitionSerializer(PartSerializer):
    """A part that is recorded: the ground of one certificate."""

    id = serializers.IntegerField()
    has_account = serializers.BooleanField(help_text="They are told of the certificate, and find it on their page.")


class Assessments(ViewSet):
    """Results of assessments at an event that one runs."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "registration"
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_assessments_list",
        parameters=[SLUG],
        responses={200: AssessmentSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """The results that are recorded, without pages."""
        event = _event(request, slug)
        found = Assessment.objects.filter(registration__event=event).order_by("registration")
        return Response(AssessmentSerializer(found, many=True).data)

    @extend_schema(
        operation_id="events_assessments_record",
        parameters=[SLUG],
        request=AssessmentsInput,
        responses={200: AssessmentsResult, **problems(409)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Record results, of one participant or many: all or none. One that is there is replaced."""
        event = _event(request, slug)
        results = [
            Result(
                **{**{name: said[name] for name in said if name != "registration_id"}, "registration": said["registration_id"]}
            )
            for said in read(AssessmentsInput, request)["results"]
        ]
        changed, _gone = assessing.record_assessments(event=event, results=results, by=person_of(request))
        return Response({"changed": changed})

    @extend_schema(
        operation_id="events_assessments_take_back",
        parameters=[SLUG, OF_REGISTRATION],
        responses={204: None, **problems(403, 409)},
    )
    def destroy(self, request: Request, slug: str, registration: str) -> Response:
        """Take a result back. Taking back what is not there changes nothing."""
        event = _event(request, slug)
        assessing.record_assessments(event=event, results=[], taken_back=[int(registration)], by=person_of(request))
        return Response(status=204)


class Recognitions(ViewSet):
    """Who spoke, taught, hosted, was a finalist or won at an event that one runs."""

    permission_classes = [SignedIn]
    lookup_value_regex = ID

    @extend_schema(
        operation_id="events_recognitions_list",
        parameters=[SLUG],
        responses={200: RecognitionSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request, slug: str) -> Response:
        """Those that are recorded, without pages."""
        found = Recognition.objects.filter(event=_event(request, slug))
        return Response([_shown(one) for one in found])

    @extend_schema(
        operation_id="events_recognitions_record",
        parameters=[SLUG],
        request=PartSerializer,
        responses={201: RecognitionSerializer},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Record one. The certificate follows once the event is over."""
        event = _event(request, slug)
        part = Part(**read(PartSerializer, request))
        return Response(_shown(recognising.recognise(event=event, part=part, by=person_of(request))), status=201)

    @extend_schema(
        operation_id="events_recognitions_change",
        parameters=[SLUG, OF_RECOGNITION],
        request=PartSerializer,
        responses={200: RecognitionSerializer, **problems(409)},
    )
    def update(self, request: Request, slug: str, pk: str) -> Response:
        """State one anew. Its kind stays once a certificate was issued, which is then called out of date."""
        found = _recognition(_event(request, slug), pk)
        part = Part(**read(PartSerializer, request), person=found.person)
        return Response(_shown(recognising.change_recognition(recognition=found, part=part, by=person_of(request))))

    @extend_schema(
        operation_id="events_recognitions_remove",
        parameters=[SLUG, OF_RECOGNITION],
        responses={204: None, **problems(403, 409)},
    )
    def destroy(self, request: Request, slug: str, pk: str) -> Response:
        """Remove one, as long as no certificate was ever issued on it."""
        recognising.remove_recognition(recognition=_recognition(_event(request, slug), pk), by=person_of(request))
        return Response(status=204)

    @extend_schema(
        operation_id="events_recognitions_suggestions",
        parameters=[SLUG],
        responses={200: PartSerializer(many=True), **problems(403)},
    )
    @action(detail=False)
    def suggestions(self, request: Request, slug: str) -> Response:
        """Whom the programme names and who is not recorded yet: speakers, trainers, the host of a visit."""
        parts = [suggestion.part for suggestion in suggestions_of(_event(request, slug))]
        return Response(PartSerializer(parts, many=True).data)


def _event(request: Request, slug: str) -> Event:
    event = visible_event(request, slug)
    require(request.user, "events.issue_certificates", event)
    return event


def _recognition(event: Event, key: str) -> Recognition:
    found = Recognition.objects.filter(event=event, pk=int(key)).select_related("person").first()
    if found is None:
        raise Http404
    found.event = event
    return found


def _shown(recognition: Recognition) -> dict[str, Any]:
    said = {
        name: getattr(recognition, name) for name in ("id", "kind", "name", "affiliation", "subject", "minutes", "language")
    }
    return dict(RecognitionSerializer({**said, "has_account": recognition.person_id is not None}).data)
