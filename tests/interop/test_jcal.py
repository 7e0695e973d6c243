"""Our jCal is what ical.js, the parser of Thunderbird and Nextcloud, makes of the calendar."""

import json
import subprocess

import pytest

from tests.interop.conftest import HERE
from tests.interop.test_ical_js import a_season
from tests.requirements import need

pytestmark = [pytest.mark.django_db, pytest.mark.node]


def with_types(component):
    """ical.js's jCal, where NAME and COLOR are of unknown type: RFC 7986 §5.1 and §5.9 say that they are text."""
    name, properties, components = component
    known = [[one[0], one[1], "text", *one[3:]] if one[0] in {"name", "color"} else one for one in properties]
    return [name, known, [with_types(part) for part in components]]


@pytest.mark.parametrize("feed", ["network", "network.de", "kind-visit"])
def test_every_calendar_is_the_same_to_ical_js_and_to_us(client, centre, ana, feed):
    need("node", "ical.js")
    a_season(centre, ana)
    calendar = client.get(f"/calendars/{feed}.ics").content
    done = subprocess.run(["node", HERE / "jcal.mjs"], input=calendar, capture_output=True, check=True, timeout=120)
    ours = client.get(f"/calendars/{feed}.json").json()
    assert ours == with_types(json.loads(done.stdout))
    assert sum(component[0] == "vevent" for component in ours[2]) > 10
