"""Certificate templates over HTTP, and which one an event uses."""

import base64
import binascii
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import Throttled
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED
from rest_framework.viewsets import ViewSet

from events.certificates.api.parts import SLUG, PDFRenderer
from events.certificates.content.facts import terms_of
from events.certificates.designs import actions, pictures, preview, queries
from events.certificates.designs.sample import sample_facts
from events.certificates.designs.slots import Slots
from events.certificates.models import CertificateTemplate
from events.programme.models import Event
from events.registrations.api.registrations import ID, visible_event
from network.api.endpoints import person_of, read
from network.api.permissions import SignedIn
from network.api.schema import problems
from network.api.throttling import seconds_to_wait
from network.errors import Invalid
from network.models import Centre
from network.rules import require

PICTURES = ("logo", "signature")
OF_TEMPLATE = OpenApiParameter("id", OpenApiTypes.INT, OpenApiParameter.PATH, description="A template.")
PICTURE = "A PNG, JPEG, WebP or SVG in base64. It is made anew; an empty text takes it away."


class WordsSerializer(serializers.Serializer[Any]):
    """Words in one language. What is missing is left out, or is as said for all languages."""

    signatory_role = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    closing = serializers.CharField(
        required=False, allow_blank=True, max_length=1000, help_text="A sentence before the signature."
    )


class TemplateSlotsSerializer(serializers.Serializer[Any]):
    """What a template is to have in its slots. What cannot be printed, does not fit or breaks conformance is refused (400)."""

    name = serializers.CharField(max_length=80)
    design = serializers.ChoiceField(choices=CertificateTemplate.Design.choices, required=False)
    logo = serializers.CharField(required=False, allow_blank=True, help_text=PICTURE)
    logo_text = serializers.CharField(required=False, allow_blank=True, max_length=1000, help_text="The logo in words.")
    signature = serializers.CharField(required=False, allow_blank=True, help_text=PICTURE)
    signatory = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    signatory_role = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    wording = serializers.DictField(
        child=WordsSerializer(), required=False, help_text='Words by language code, such as `{"de": {"closing": "…"}}`.'
    )


class NewTemplateSerializer(TemplateSlotsSerializer):
    """A template to make."""

    centre = serializers.SlugRelatedField[Centre](
        slug_field="slug", queryset=Centre.objects.all(), allow_null=True, help_text="The centre’s slug; null: the network."
    )


class TemplateChangesSerializer(TemplateSlotsSerializer):
    """What is to be changed of a template."""

    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="The version that the change starts from; another one: 409."
    )
    is_retired = serializers.BooleanField(required=False, help_text="Retired: it can no longer be chosen.")


class TemplateSerializer(serializers.ModelSerializer[CertificateTemplate]):
    """A template as it is."""

    centre = serializers.SlugRelatedField[Centre](slug_field="slug", read_only=True, help_text="Null: the whole network.")
    has_logo = serializers.SerializerMethodField()
    has_signature = serializers.SerializerMethodField()
    wording = serializers.DictField(child=WordsSerializer(), read_only=True)
    is_retired = serializers.SerializerMethodField()

    class Meta:
        model = CertificateTemplate
        fields = (
            *("id", "centre", "name", "design", "has_logo", "logo_text", "has_signature", "signatory", "signatory_role"),
            *("wording", "version", "changed_at", "is_retired"),
        )
        read_only_fields = fields

    def get_has_logo(self, template: CertificateTemplate) -> bool:
        """Whether there is a picture."""
        return bool(template.logo)

    def get_has_signature(self, template: CertificateTemplate) -> bool:
        """Whether there is a picture."""
        return bool(template.signature)

    def get_is_retired(self, template: CertificateTemplate) -> bool:
        """Whether it can no longer be chosen."""
        return template.retired_at is not None


class CertificateTermsSerializer(serializers.Serializer[Any]):
    """How an event’s certificates look, and for how long they are valid."""

    template = serializers.PrimaryKeyRelatedField[CertificateTemplate](
        queryset=CertificateTemplate.objects.all(), allow_null=True, help_text="A template’s id; null: the network’s design."
    )
    valid_months = serializers.IntegerField(min_value=1, max_value=240, allow_null=True, help_text="Null: for ever.")


class CertificateTemplates(ViewSet):
    """Templates of certificates: the network’s, and those of the centres that one organises for."""

    permission_classes = [SignedIn]
    lookup_url_kwarg = "id"
    lookup_value_regex = ID

    def _template(self, request: Request, id: str) -> CertificateTemplate:
        found = queries.visible_to(person_of(request)).filter(pk=id).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(
        operation_id="certificate_templates_list",
        summary="Templates",
        responses={200: TemplateSerializer(many=True), **problems(403)},
    )
    def list(self, request: Request) -> Response:
        """All that one may see; there are few."""
        require(request.user, "network.use_desk")
        return Response(TemplateSerializer(queries.in_order(queries.visible_to(person_of(request))), many=True).data)

    @extend_schema(
        operation_id="certificate_templates_retrieve",
        summary="One template",
        parameters=[OF_TEMPLATE],
        responses={200: TemplateSerializer, **problems(403, 404)},
    )
    def retrieve(self, request: Request, id: str) -> Response:
        """As it is now."""
        require(request.user, "network.use_desk")
        return Response(TemplateSerializer(self._template(request, id)).data)

    @extend_schema(
        operation_id="certificate_templates_create",
        summary="Make a template",
        description="It is printed for trial in all languages, and refused if the files would break PDF/A or PDF/UA.",
        request=NewTemplateSerializer,
        responses={201: TemplateSerializer, **problems(403)},
    )
    def create(self, request: Request) -> Response:
        """A new one."""
        require(request.user, "network.use_desk")
        said = read(NewTemplateSerializer, request)
        centre = said.pop("centre")
        require(request.user, actions.CHANGE, centre)  # before a picture is kept
        _require_allowance(request)
        slots = replace(Slots(name=""), **_with_pictures(said))
        made = actions.add_template(centre=centre, slots=slots, by=person_of(request))
        return Response(TemplateSerializer(made).data, status=HTTP_201_CREATED)

    @extend_schema(
        operation_id="certificate_templates_update",
        summary="Change a template",
        description="A new version, for certificates that are issued from now on. Those that were issued stay as they are.",
        parameters=[OF_TEMPLATE],
        request=TemplateChangesSerializer,
        responses={200: TemplateSerializer, **problems(403, 404, 409)},
    )
    def partial_update(self, request: Request, id: str) -> Response:
        """Other slots; retire it, or take it back."""
        require(request.user, "network.use_desk")
        template, by = self._template(request, id), person_of(request)
        require(by, actions.CHANGE, template.centre)
        said = read(TemplateChangesSerializer, request, partial=True)
        version, is_retired = said.pop("version", None), said.pop("is_retired", None)
        if said:
            _require_allowance(request)
            slots = replace(Slots.of(template), **_with_pictures(said))
            template = actions.change_template(template=template, slots=slots, by=by, version=version)
        if is_retired is not None:
            template = (actions.retire_template if is_retired else actions.take_back_template)(template=template, by=by)
        return Response(TemplateSerializer(template).data)

    @extend_schema(
        operation_id="certificate_templates_sample",
        summary="A sample",
        parameters=[
            OF_TEMPLATE,
            OpenApiParameter(
                "language",
                OpenApiTypes.STR,
                enum=[code for code, _name in settings.LANGUAGES],
                description="In which language; else English.",
            ),
        ],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **problems(403, 404, 409, 429)},
    )
    @action(detail=True, renderer_classes=[PDFRenderer, JSONRenderer])
    def sample(self, request: Request, id: str) -> HttpResponseBase:
        """A certificate of nobody, as a file."""
        require(request.user, "network.use_desk")
        template = self._template(request, id)
        asked = request.query_params.get("language", "")
        language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        _require_allowance(request)
        return HttpResponse(preview.as_file(sample_facts(template, language=language)), content_type="application/pdf")


class EventCertificateTerms(ViewSet):
    """How the certificates of an event look, and for how long they are valid."""

    permission_classes = [SignedIn]

    def _event(self, request: Request, slug: str) -> Event:
        event = visible_event(request, slug)
        require(request.user, "events.issue_certificates", event)
        return event

    @extend_schema(
        operation_id="events_certificate_terms_retrieve",
        summary="Template and validity",
        parameters=[SLUG],
        responses={200: forced_singular_serializer(CertificateTermsSerializer), **problems(403)},  # type: ignore[no-untyped-call]
    )
    def list(self, request: Request, slug: str) -> Response:
        """What is settled."""
        return self._said(self._event(request, slug))

    @extend_schema(
        operation_id="events_certificate_terms_update",
        summary="Settle template and validity",
        description="It holds for certificates that are issued from now on.",
        parameters=[SLUG],
        request=CertificateTermsSerializer,
        responses={200: CertificateTermsSerializer, **problems(403)},
    )
    def create(self, request: Request, slug: str) -> Response:
        """Settle both."""
        event = self._event(request, slug)
        actions.set_terms(event=event, by=person_of(request), **read(CertificateTermsSerializer, request))
        return self._said(event)

    def _said(self, event: Event) -> Response:
        terms = terms_of(event)
        return Response(
            {"template": terms.template_id if terms else None, "valid_months": terms.valid_months if terms else None}
        )


def _require_allowance(request: Request) -> None:
    """Count what prints, together with the previews of the desk’s pages."""
    if wait := seconds_to_wait(request._request, "certificate-preview"):  # noqa: SLF001 - the pages count theirs with it
        raise Throttled(wait)


def _with_pictures(said: dict[str, Any]) -> dict[str, Any]:
    """The slots with the paths of pictures instead of their content. Raises Invalid."""
    found, errors = dict(said), {}
    for name in PICTURES:
        if not said.get(name):
            continue
        try:
            found[name] = pictures.keep_anew(base64.b64decode(said[name], validate=True))
        except (binascii.Error, ValueError):
            errors[name] = [_("This is not base64.")]
        except Invalid as error:
            errors[name] = error.errors[""]
    if errors:
        raise Invalid(errors)
    return found
