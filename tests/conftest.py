"""The people in our stories, and the clients they use."""

import hypothesis
import pytest
from django.core.cache import cache
from django.utils import timezone, translation
from rest_framework.test import APIClient

from network import later
from network.models import Role
from tests import factories

pytest_plugins = ["tests.requirements"]

# An example is right or wrong; how long it takes is the machine's affair.
hypothesis.settings.register_profile("unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _as_if_nothing_had_been():
    """What an earlier story kept is gone, whose rows may have had the same keys; so are its reader's language and zone."""
    cache.clear()
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(scope="session", autouse=True)
def api_has_been_asked():
    """Tests call the API’s endpoints by their names, which are known once somebody has asked it."""
    later.make_known()


@pytest.fixture
def centre(db):
    """The centre that most stories are about."""
    return factories.CentreFactory(code="AT-TEST", short_name="Test AT", country="AT")


@pytest.fixture
def other_centre(db):
    return factories.CentreFactory(code="DE-TEST", short_name="Test DE", country="DE", timezone="Europe/Berlin")


@pytest.fixture
def ana(db):
    """A procurer."""
    return factories.PersonFactory(name="Ana Procurer", email="ana.procurer@demo.example")


@pytest.fixture
def ben(db):
    """A second procurer."""
    return factories.PersonFactory(name="Ben Buyer", email="ben.buyer@demo.example")


@pytest.fixture
def cleo(db):
    """A third procurer."""
    return factories.PersonFactory(name="Cleo Contracts", email="cleo.contracts@demo.example")


@pytest.fixture
def olga(centre):
    """An organiser of the centre."""
    person = factories.PersonFactory(name="Olga Organiser", email="olga.organiser@demo.example")
    factories.appoint(person, Role.Kind.ORGANISER, centre)
    return person


@pytest.fixture
def carl(centre):
    """The coordinator of the centre."""
    person = factories.PersonFactory(name="Carl Coordinator", email="carl.coordinator@demo.example")
    factories.appoint(person, Role.Kind.COORDINATOR, centre)
    return person


@pytest.fixture
def otto(other_centre):
    """An organiser of another centre."""
    person = factories.PersonFactory(name="Otto Other", email="otto.other@demo.example")
    factories.appoint(person, Role.Kind.ORGANISER, other_centre)
    return person


@pytest.fixture
def mia(centre):
    """A member of the centre, who organises nothing."""
    person = factories.PersonFactory(name="Mia Member", email="mia.member@demo.example")
    factories.appoint(person, Role.Kind.MEMBER, centre)
    return person


@pytest.fixture
def sara(db):
    """The secretariat."""
    person = factories.PersonFactory(name="Sara Secretariat", email="sara.secretariat@demo.example")
    factories.appoint(person, Role.Kind.SECRETARIAT)
    return person


@pytest.fixture
def training(centre):
    """A published training of the centre with 20 places."""
    return factories.EventFactory(organising_centre=centre, title="Market dialogue in practice", slug="market-dialogue")


@pytest.fixture
def api():
    """An API client; ``api.force_authenticate(person)`` signs somebody in."""
    return APIClient()
