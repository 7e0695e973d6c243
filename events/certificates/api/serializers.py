"""How certificates look over HTTP."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from events.certificates.content.standing import STANDINGS, disclosed_name, standing_of
from events.certificates.models import Certificate
from events.certificates.sealing.judging import Judgement

LINE_STATES = ["valid", "revoked", "due", "not-earned", "cannot-print", "not-over"]


class _StateField(serializers.ChoiceField):
    """The state, computed from the whole certificate."""

    def __init__(self) -> None:
        super().__init__(choices=STANDINGS, source="*", read_only=True)

    def to_representation(self, value: Any) -> Any:
        return standing_of(value)


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
    kind = serializers.ChoiceField(choices=Certificate.Kind.choices)
    name = serializers.SerializerMethodField(
        help_text="The holder’s: whole, in initials, or empty, as they chose. An empty one can be compared: see `compare`."
    )
    title = serializers.CharField(source="facts.event.title", help_text="Of the event.")
    event_kind = serializers.CharField(source="facts.event.kind")
    format = serializers.CharField(source="facts.event.format")
    languages = serializers.ListField(child=serializers.CharField(), source="facts.event.languages")
    starts = serializers.CharField(
        source="facts.event.starts", help_text="ISO 8601, event’s own offset; a date for whole days."
    )
    ends = serializers.CharField(source="facts.event.ends")
    timezone = serializers.CharField(source="facts.event.timezone")
    minutes_attended = serializers.IntegerField(source="facts.attendance.minutes_attended", allow_null=True)
    minutes = serializers.IntegerField(source="facts.attendance.minutes", allow_null=True, help_text="Of the whole event.")
    sessions_attended = serializers.IntegerField(source="facts.attendance.sessions_attended", allow_null=True)
    sessions = serializers.IntegerField(source="facts.attendance.sessions", allow_null=True)
    subject = serializers.CharField(
        source="facts.recognition.subject", allow_null=True, help_text="For what, where it is not about attendance."
    )
    assessment = serializers.CharField(
        source="facts.assessed.method", allow_null=True, help_text="How the outcomes were assessed; null: they were not."
    )
    competences = CompetenceTaughtSerializer(many=True, source="facts.competences")
    learning_outcomes = serializers.ListField(child=serializers.CharField(), source="facts.outcomes")
    organiser = serializers.CharField(source="facts.organiser.name")
    country = serializers.CharField(source="facts.organiser.country", help_text="As the EU writes it: EL for Greece.")
    language = serializers.CharField()
    issued_at = serializers.DateTimeField()
    valid_until = serializers.DateField(allow_null=True, help_text="The last day on which it is valid; null: for ever.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of the PDF.")

    def get_name(self, certificate: Certificate) -> str:
        """As much as the holder lets those know who have the number."""
        return disclosed_name(certificate)


class CertificateSerializer(VerdictSerializer):
    """A certificate, for its holder and for who runs its event."""

    event = serializers.SlugField(source="facts.event.slug")
    registration = serializers.IntegerField(source="registration_id", allow_null=True)
    disclosure = serializers.ChoiceField(
        choices=Certificate.Disclosure.choices, help_text="How much of the name who checks it is told."
    )
    seal_level = serializers.CharField(help_text="PAdES level of the file’s seal; empty: unsealed.")
    replaces = serializers.SerializerMethodField(help_text="Number of the older certificate that it replaces.")
    replaced_by = serializers.SerializerMethodField(help_text="Number of the newer certificate that replaces it.")
    verify = _AddressField("verify", help_text="The public page that says whether it is valid.")
    file = _AddressField("api-certificate-file", help_text="The PDF.")

    def get_name(self, certificate: Certificate) -> str:
        """The whole name: who may read this may read the file."""
        return str(certificate.facts["holder"]["name"])

    def get_replaces(self, certificate: Certificate) -> str | None:
        """The older one's number."""
        return certificate.replaces.number if certificate.replaces else None

    def get_replaced_by(self, certificate: Certificate) -> str | None:
        """The newer one's number."""
        newer = getattr(certificate, "replaced_by", None)
        return newer.number if newer else None


class IssueSerializer(serializers.Serializer[Any]):
    """On which ground (a registration or a recognition), and in which language."""

    registration = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    recognition = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True, default=None)
    kind = serializers.ChoiceField(
        choices=[(kind.value, kind.label) for kind in Certificate.OF_REGISTRATIONS],
        default=Certificate.Kind.ATTENDANCE.value,
        help_text="Of a registration: attendance, or achievement where an assessment was passed.",
    )
    language = serializers.CharField(required=False, allow_blank=True, default="", max_length=8, help_text="Else the person’s.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One ground, not none and not two."""
        if (attrs["registration"] is None) == (attrs["recognition"] is None):
            raise serializers.ValidationError({"registration": "Name a registration or a recognition."})
        return attrs


class DisclosureSerializer(serializers.Serializer[Any]):
    """What those are told who check it."""

    disclosure = serializers.ChoiceField(choices=Certificate.Disclosure.choices)


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


class RegisterLineSerializer(serializers.Serializer[Any]):
    """One certificate in the register of an event, issued or possible."""

    kind = serializers.ChoiceField(choices=Certificate.Kind.choices, source="ground.kind")
    registration = serializers.IntegerField(source="ground.registration.pk", allow_null=True)
    recognition = serializers.IntegerField(source="ground.recognition.pk", allow_null=True)
    name = serializers.CharField(source="ground.holder")
    standing = serializers.ChoiceField(choices=LINE_STATES, source="state")
    why_not = serializers.CharField(help_text="Why there is none, or no new one for an outdated one, in your language.")
    number = serializers.CharField(source="certificate.number", default=None, allow_null=True)
    outdated = serializers.BooleanField(help_text="Name or attendance changed after it was issued.")


class RegisterSerializer(serializers.Serializer[Any]):
    """The register of an event."""

    progress = ProgressSerializer()
    register = RegisterLineSerializer(many=True)


class AskedSerializer(serializers.Serializer[Any]):
    """What was asked for."""

    asked_for = serializers.IntegerField(help_text="How many are due.")
    progress = ProgressSerializer()


class NameInput(serializers.Serializer[Any]):
    """What somebody believes the holder to be called."""

    name = serializers.CharField(max_length=160, help_text="Surname or whole name; capitals and accents do not matter.")


class MatchSerializer(serializers.Serializer[Any]):
    """Whether it is."""

    matches = serializers.BooleanField()


class CertificateFileInput(serializers.Serializer[Any]):
    """A certificate’s file."""

    file = serializers.FileField(help_text="The PDF. It is read for this answer only.")


class SealSerializer(serializers.Serializer[Any]):
    """What is known about the seal of a file."""

    is_readable = serializers.BooleanField(help_text="False: damaged, or too elaborate to be judged.")
    is_sealed = serializers.BooleanField()
    is_intact = serializers.BooleanField(help_text="The signature holds and covers the whole file: nothing was added.")
    is_ours = serializers.SerializerMethodField(help_text="Made with a seal of the network or of one of its centres.")
    signer = serializers.CharField(help_text="Subject of the sealing certificate.")
    signed_at = serializers.DateTimeField(allow_null=True)
    level = serializers.CharField()
    is_trusted = serializers.BooleanField(allow_null=True, help_text="Null: this site was told of no roots to trust.")

    def get_is_ours(self, judgement: Judgement) -> bool:
        """Whether the seal is in our register."""
        return judgement.seal is not None


class FileVerdictSerializer(serializers.Serializer[Any]):
    """What is known about a file."""

    sha256 = serializers.CharField()
    certificate = VerdictSerializer(
        source="verdict.certificate", allow_null=True, help_text="Whose original file it is; null: nobody’s."
    )
    seal = SealSerializer()
