"""How certificates look over HTTP."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from events.certificates.models import Certificate

STATES = ["valid", "revoked", "replaced"]
LINE_STATES = ["valid", "revoked", "due", "not-earned", "cannot-print", "not-over"]


def state_of(certificate: Certificate) -> str:
    """Valid, revoked, or replaced by a newer one."""
    if certificate.revoked_at is None:
        return "valid"
    return "replaced" if getattr(certificate, "replaced_by", None) else "revoked"


class _StateField(serializers.ChoiceField):
    """The state, computed from the whole certificate."""

    def __init__(self) -> None:
        super().__init__(choices=STATES, source="*", read_only=True)

    def to_representation(self, value: Any) -> Any:
        return state_of(value)


class _AddressField(serializers.URLField):
    """An absolute address that a certificate's number gives."""

    def __init__(self, view: str, **kwargs: Any) -> None:
        self.view = view
        super().__init__(source="number", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return settings.SITE_URL + reverse(self.view, args=[value])


class CompetenceTaughtSerializer(serializers.Serializer[Any]):
    """A competence of ProcurCompEU and the level (0 to 4) that the event aimed at."""

    code = serializers.CharField(help_text="Such as `C6`.")
    name = serializers.CharField()
    level = serializers.IntegerField(min_value=0, max_value=4)


class VerdictSerializer(serializers.Serializer[Any]):
    """What a certificate says, and whether it still holds. All of it was frozen when it was issued."""

    number = serializers.CharField()
    validity = _StateField()
    register_number = serializers.CharField(help_text="In the centre’s own register.")
    name = serializers.CharField(source="facts.holder.name")
    title = serializers.CharField(source="facts.event.title", help_text="Of the event.")
    kind = serializers.CharField(source="facts.event.kind")
    format = serializers.CharField(source="facts.event.format")
    languages = serializers.ListField(child=serializers.CharField(), source="facts.event.languages")
    starts = serializers.CharField(
        source="facts.event.starts", help_text="ISO 8601, event’s own offset; a date for whole days."
    )
    ends = serializers.CharField(source="facts.event.ends")
    timezone = serializers.CharField(source="facts.event.timezone")
    minutes_attended = serializers.IntegerField(source="facts.attendance.minutes_attended", allow_null=True)
    minutes = serializers.IntegerField(source="facts.attendance.minutes", allow_null=True, help_text="Of the whole event.")
    sessions_attended = serializers.IntegerField(source="facts.attendance.sessions_attended")
    sessions = serializers.IntegerField(source="facts.attendance.sessions")
    competences = CompetenceTaughtSerializer(many=True, source="facts.competences")
    learning_outcomes = serializers.ListField(child=serializers.CharField(), source="facts.outcomes")
    organiser = serializers.CharField(source="facts.organiser.name")
    country = serializers.CharField(source="facts.organiser.country", help_text="As the EU writes it: EL for Greece.")
    language = serializers.CharField()
    issued_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of the PDF.")


class CertificateSerializer(VerdictSerializer):
    """A certificate, for its holder and for who runs its event."""

    event = serializers.SlugField(source="facts.event.slug")
    registration = serializers.IntegerField(source="registration_id")
    replaces = serializers.SerializerMethodField(help_text="Number of the older certificate that it replaces.")
    replaced_by = serializers.SerializerMethodField(help_text="Number of the newer certificate that replaces it.")
    verify = _AddressField("verify", help_text="The public page that says whether it is valid.")
    file = _AddressField("api-certificate-file", help_text="The PDF.")

    def get_replaces(self, certificate: Certificate) -> str | None:
        """The older one's number."""
        return certificate.replaces.number if certificate.replaces else None

    def get_replaced_by(self, certificate: Certificate) -> str | None:
        """The newer one's number."""
        newer = getattr(certificate, "replaced_by", None)
        return newer.number if newer else None


class IssueSerializer(serializers.Serializer[Any]):
    """For whom, and in which language."""

    registration = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    language = serializers.CharField(required=False, allow_blank=True, default="", max_length=8, help_text="Else the person’s.")


class ReasonSerializer(serializers.Serializer[Any]):
    """Why; for the centre's register, never shown in public."""

    reason = serializers.CharField(max_length=300)


class ProgressSerializer(serializers.Serializer[Any]):
    """How far an event's certificates are."""

    valid = serializers.IntegerField()
    revoked = serializers.IntegerField()
    due = serializers.IntegerField(help_text="Earned and not issued yet.")
    impossible = serializers.IntegerField(help_text="Earned, but a text cannot be printed; the register says which.")
    running = serializers.BooleanField(help_text="Whether a worker is at it.")


class LineSerializer(serializers.Serializer[Any]):
    """One person in the register of an event."""

    registration = serializers.IntegerField(source="registration.pk")
    name = serializers.CharField(source="registration.person.name")
    standing = serializers.ChoiceField(choices=LINE_STATES, source="state")
    why_not = serializers.CharField(help_text="Why there is none, in your language.")
    number = serializers.CharField(source="certificate.number", default=None, allow_null=True)
    outdated = serializers.BooleanField(help_text="Name or attendance changed after it was issued.")


class RegisterSerializer(serializers.Serializer[Any]):
    """The register of an event."""

    progress = ProgressSerializer()
    register = LineSerializer(many=True)


class AskedSerializer(serializers.Serializer[Any]):
    """What was asked for."""

    asked_for = serializers.IntegerField(help_text="How many are due.")
    progress = ProgressSerializer()
