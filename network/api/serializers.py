"""How the ground floor looks over HTTP: types in, types out, no decisions."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_countries import countries
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from network.models import AccessToken, Centre, Competence, JoinRequest, Organisation, Person, Role, Sector
from network.vocabulary import LANGUAGES, eu_country_code, iso_country_code

FIELDS_OF_A_CENTRE = ["name", "short_name", "city", "website", "languages", "timezone", "status", "relation"]
DOUBTFUL = [*FIELDS_OF_A_CENTRE, "country", "active_from", "active_until", "successor", "organisations"]


@extend_schema_field({"type": "string", "pattern": "^[A-Z]{2}$", "example": "AT"})
class CountryField(serializers.Field[str, str, str, Any]):
    """A country by its ISO 3166-1 code; EL, as the EU writes Greece, is understood too."""

    default_error_messages = {"unknown": "“{code}” is not a country code. Use ISO 3166-1 alpha-2, such as AT."}

    def to_internal_value(self, data: Any) -> str:
        """The ISO code."""
        code = iso_country_code(data) if isinstance(data, str) else ""
        if code not in countries:
            self.fail("unknown", code=data)
        return code

    def to_representation(self, value: Any) -> str:
        """The ISO code."""
        return str(getattr(value, "code", value))


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    """An organisation: a public buyer, a body behind a centre, a supplier, a university."""

    country = CountryField()

    class Meta:
        model = Organisation
        fields = ["id", "name", "kind", "country", "city", "website"]
        read_only_fields = ["website"]
        # The action answers a name that is known with the organisation that has it.
        validators: list[Any] = []
        extra_kwargs = {"name": {"min_length": 1}}


class CentreSerializer(serializers.ModelSerializer[Centre]):
    """A competence centre. It is never deleted: it ends, and may have a successor."""

    country = CountryField(read_only=True)
    country_eu = serializers.SerializerMethodField(help_text="The country as the EU writes it: EL for Greece.")
    languages = serializers.ListField(child=serializers.ChoiceField(choices=LANGUAGES))
    successor = serializers.SlugRelatedField[Centre](slug_field="slug", read_only=True, allow_null=True)
    organisations = OrganisationSerializer(many=True, read_only=True)
    unconfirmed = serializers.ListField(
        child=serializers.CharField(), help_text="Names of facts above that no source confirms yet."
    )

    class Meta:
        model = Centre
        fields = [
            "code",
            "slug",
            "country",
            "country_eu",
            *FIELDS_OF_A_CENTRE,
            "active_from",
            "active_until",
            "successor",
            "organisations",
            "unconfirmed",
        ]

    def get_country_eu(self, centre: Centre) -> str:
        """EL for Greece, else the ISO code."""
        return eu_country_code(centre.country.code)


class CentreChanges(serializers.ModelSerializer[Centre]):
    """Public facts of a centre that its coordinator may change. What is not stated stays."""

    languages = serializers.ListField(child=serializers.ChoiceField(choices=LANGUAGES), max_length=20)
    unconfirmed = serializers.ListField(child=serializers.ChoiceField(choices=DOUBTFUL), max_length=20)
    organisations = serializers.PrimaryKeyRelatedField(queryset=Organisation.objects.all(), many=True)

    class Meta:
        model = Centre
        fields = ["name", "short_name", "city", "website", "languages", "timezone", "status", "organisations", "unconfirmed"]


class SectorSerializer(serializers.ModelSerializer[Sector]):
    """A field of public buying, with the CPV divisions that belong to it."""

    name = serializers.SerializerMethodField()
    cpv_divisions = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Sector
        fields = ["slug", "name", "cpv_divisions"]

    def get_name(self, sector: Sector) -> str:
        """The name in the reader's language."""
        return str(sector)


class CompetenceSerializer(serializers.ModelSerializer[Competence]):
    """One of the 30 competences of ProcurCompEU."""

    name = serializers.SerializerMethodField()
    cluster_name = serializers.CharField(source="get_cluster_display")

    class Meta:
        model = Competence
        fields = ["code", "number", "cluster", "cluster_name", "name"]

    def get_name(self, competence: Competence) -> str:
        """The name in the reader's language."""
        return str(competence).removeprefix(f"{competence.code} ")


class RoleSerializer(serializers.ModelSerializer[Role]):
    """What somebody may do, at one centre or (secretariat) in the whole network."""

    email = serializers.EmailField(source="person.email")
    name = serializers.CharField(source="person.name")
    centre = serializers.SlugRelatedField[Centre](slug_field="slug", read_only=True, allow_null=True)
    since = serializers.DateTimeField(source="created_at")

    class Meta:
        model = Role
        fields = ["id", "email", "name", "kind", "centre", "since"]


class RoleInput(serializers.Serializer[Any]):
    """Whom to appoint as what, where."""

    email = serializers.EmailField(max_length=254)
    kind = serializers.ChoiceField(choices=Role.Kind.choices)
    centre = serializers.SlugRelatedField(
        slug_field="slug", queryset=Centre.objects.all(), required=False, allow_null=True, help_text="None for the secretariat."
    )


class MeSerializer(serializers.ModelSerializer[Person]):
    """The person signed in."""

    organisation = OrganisationSerializer(read_only=True, allow_null=True)
    roles = RoleSerializer(many=True, read_only=True)

    class Meta:
        model = Person
        fields = ["email", "name", "position", "organisation", "language", "timezone", "roles"]


class MeChanges(serializers.ModelSerializer[Person]):
    """What one may change about oneself. What is not stated stays."""

    organisation = serializers.PrimaryKeyRelatedField(queryset=Organisation.objects.all(), allow_null=True)

    class Meta:
        model = Person
        fields = ["name", "position", "organisation", "language", "timezone"]
        extra_kwargs = {"name": {"allow_blank": False}}


class TokenSerializer(serializers.ModelSerializer[AccessToken]):
    """An access token, without its text: that is shown once, when it is made."""

    class Meta:
        model = AccessToken
        fields = ["id", "name", "hint", "scope", "created_at", "expires_at", "revoked_at", "last_used_at"]


class NewTokenSerializer(TokenSerializer):
    """A token that has just been made, with its text."""

    token = serializers.CharField(help_text="The text to send as Bearer token. It is shown this once.")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class TokenInput(serializers.Serializer[Any]):
    """A token to make."""

    name = serializers.CharField(max_length=80)
    scope = serializers.ChoiceField(choices=AccessToken.Scope.choices, default=AccessToken.Scope.READ)
    expires_at = serializers.DateTimeField(required=False, help_text="A year from now at most; 90 days if it is left out.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ninety days where nothing is said."""
        attrs.setdefault("expires_at", timezone.now() + timedelta(days=90))
        return attrs


class JoinRequestSerializer(serializers.ModelSerializer[JoinRequest]):
    """A country's wish to join the network."""

    country = CountryField()

    class Meta:
        model = JoinRequest
        fields = ["id", "country", "organisation", "contact", "email", "message", "created_at", "answered_at"]
        read_only_fields = ["created_at", "answered_at"]
