"""The people of the demonstration. None of them exists: their names and addresses say so."""

from dataclasses import dataclass

from network.journal import because
from network.models import Centre, Organisation, Person, Role

TEAM = "Demo competence centre team"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody one can sign in as. ``roles`` are pairs of a kind and a centre's code; the secretariat has no centre."""

    name: str
    part: str  # what one sees as this person
    country: str
    organisation: str
    kind: str
    position: str
    language: str
    timezone: str
    roles: tuple[tuple[str, str], ...] = ()

    @property
    def first_name(self) -> str:
        """The key by which the season calls them, such as ``ana``."""
        return self.name.split()[0].lower()

    @property
    def email(self) -> str:
        """ana.procurer@demo.example for Ana Procurer (demo)."""
        return ".".join(self.name.removesuffix(" (demo)").lower().split()) + "@demo.example"


_K = Organisation.Kind
_R = Role.Kind

PEOPLE = (
    DemoPerson(
        name="Ana Procurer (demo)",
        part="procurer of a city: finds, registers, attends",
        country="AT",
        organisation="City of Demo am See",
        kind=_K.LOCAL_AUTHORITY,
        position="Head of procurement",
        language="de",
        timezone="Europe/Vienna",
    ),
    DemoPerson(
        name="Ben Buyer (demo)",
        part="procurer of a hospital group",
        country="NL",
        organisation="Demo Hospitals Group",
        kind=_K.LOCAL_AUTHORITY,
        position="Senior buyer, medical technology",
        language="nl",
        timezone="Europe/Amsterdam",
    ),
    DemoPerson(
        name="Cleo Contracts (demo)",
        part="procurer of a transport utility",
        country="GR",
        organisation="Demo Metropolitan Transport",
        kind=_K.UTILITY,
        position="Contract manager",
        language="el",
        timezone="Europe/Athens",
    ),
    DemoPerson(
        name="Mia Member (demo)",
        part="member of UHM, Stockholm: sees what is for the network only",
        country="SE",
        organisation=TEAM,
        kind=_K.COMPETENCE_CENTRE,
        position="Adviser",
        language="sv",
        timezone="Europe/Stockholm",
        roles=((_R.MEMBER, "SE-UHM"),),
    ),
    DemoPerson(
        name="Olga Organiser (demo)",
        part="organiser of IÖB, Vienna: has a desk",
        country="AT",
        organisation=TEAM,
        kind=_K.COMPETENCE_CENTRE,
        position="Training officer",
        language="de",
        timezone="Europe/Vienna",
        roles=((_R.ORGANISER, "AT-IOEB"),),
    ),
    DemoPerson(
        name="Oscar Organiser (demo)",
        part="organiser of CDTI, Madrid, and Procure+i, Lisbon",
        country="ES",
        organisation=TEAM,
        kind=_K.COMPETENCE_CENTRE,
        position="Programme manager",
        language="es",
        timezone="Europe/Madrid",
        roles=((_R.ORGANISER, "ES-CDTI"), (_R.ORGANISER, "PT-PROCUREI")),
    ),
    DemoPerson(
        name="Carl Coordinator (demo)",
        part="coordinator of KOINNO: also appoints people",
        country="DE",
        organisation=TEAM,
        kind=_K.COMPETENCE_CENTRE,
        position="Head of the centre",
        language="de",
        timezone="Europe/Berlin",
        roles=((_R.COORDINATOR, "DE-KOINNO"),),
    ),
    DemoPerson(
        name="Sara Secretariat (demo)",
        part="secretariat of the network: may do everything",
        country="BE",
        organisation="Demo Network Secretariat",
        kind=_K.OTHER,
        position="Network secretary",
        language="en",
        timezone="Europe/Brussels",
        roles=((_R.SECRETARIAT, ""),),
    ),
)

# Those who fill the lists: name, country, organisation, kind, language, zone. Nobody is expected to sign in as them.
_CROWD = (
    ("Dana", "EE", "Demo Digital Agency", _K.CENTRAL_AUTHORITY, "et", "Europe/Tallinn"),
    ("Emil", "SE", "Demo Region North", _K.REGIONAL_AUTHORITY, "sv", "Europe/Stockholm"),
    ("Fiona", "IE", "Demo County Council", _K.LOCAL_AUTHORITY, "en", "Europe/Dublin"),
    ("Gino", "IT", "Demo Purchasing Body", _K.PURCHASING_BODY, "it", "Europe/Rome"),
    ("Helmi", "FI", "Demo Lakeside City", _K.LOCAL_AUTHORITY, "fi", "Europe/Helsinki"),
    ("Ivo", "PT", "Demo Ministry of Works", _K.CENTRAL_AUTHORITY, "pt", "Europe/Lisbon"),
    ("Jonas", "LT", "Demo University Hospital", _K.OTHER, "lt", "Europe/Vilnius"),
    ("Klara", "DE", "Demo Roads Authority", _K.CENTRAL_AUTHORITY, "de", "Europe/Berlin"),
    ("Lucas", "NL", "Demo Water Utility", _K.UTILITY, "nl", "Europe/Amsterdam"),
    ("Marta", "ES", "Demo Health Service", _K.REGIONAL_AUTHORITY, "es", "Europe/Madrid"),
    ("Nora", "SE", "Demo Coastal Town", _K.LOCAL_AUTHORITY, "sv", "Europe/Stockholm"),
    ("Pavlos", "GR", "Demo Island Ferries", _K.UTILITY, "el", "Europe/Athens"),
    ("Quentin", "FR", "Demo Métropole", _K.REGIONAL_AUTHORITY, "fr", "Europe/Paris"),
    ("Rita", "IT", "Demo Tram Company", _K.UTILITY, "it", "Europe/Rome"),
    ("Stefan", "BG", "Demo Ministry of Energy", _K.CENTRAL_AUTHORITY, "bg", "Europe/Sofia"),
    ("Zofia", "PL", "Demo City Hall", _K.LOCAL_AUTHORITY, "pl", "Europe/Warsaw"),
)
CROWD = tuple(
    DemoPerson(
        name=f"{name} Participant (demo)",
        part="participant",
        country=country,
        organisation=organisation,
        kind=kind,
        position="Procurement officer",
        language=language,
        timezone=timezone,
    )
    for name, country, organisation, kind, language, timezone in _CROWD
)


def load_people() -> dict[str, Person]:
    """All of them by first name (``ana``), made where they are missing, with their organisations and roles."""
    with because(by=None, reason="Demonstration"):
        return {demo.first_name: _load(demo) for demo in (*PEOPLE, *CROWD)}


def _load(demo: DemoPerson) -> Person:
    organisation, _new = Organisation.objects.get_or_create(
        name=demo.organisation, country=demo.country, defaults={"kind": demo.kind}
    )
    person = Person.objects.filter(email=demo.email).first() or Person.objects.create_user(
        demo.email,
        name=demo.name,
        organisation=organisation,
        position=demo.position,
        language=demo.language,
        timezone=demo.timezone,
    )
    for kind, code in demo.roles:
        centre = Centre.objects.get(code=code) if code else None
        Role.objects.get_or_create(person=person, kind=kind, centre=centre)
    return person
