"""`manage.py load_network`: the network from its data files, once and again."""

import shutil
from datetime import date
from io import StringIO

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command

from network import queries
from network.data import names
from network.loading import DATA
from network.models import Centre, Competence, FundingProfile, Organisation, Sector
from network.vocabulary import eu_country_code


def load(**options):
    out = StringIO()
    call_command("load_network", stdout=out, **options)
    return out.getvalue().splitlines()


@pytest.fixture
def folder(tmp_path):
    """A copy of the data files, to spoil."""
    shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "data"


def spoil(folder, name, old, new):
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_network_is_loaded(db):
    assert load() == [
        "sector: 6 created, 0 updated, 0 unchanged",
        "competence: 30 created, 0 updated, 0 unchanged",
        "organisation: 19 created, 0 updated, 0 unchanged",
        "centre: 13 created, 0 updated, 0 unchanged",
        "fundingprofile: 1 created, 0 updated, 0 unchanged",
    ]
    assert {code: set(Sector.objects.get(slug=code).cpv_divisions) for code in ("ict", "energy")} == {
        "ict": {"30", "32", "48", "72"},
        "energy": {"09", "31", "65"},
    }


def test_loading_again_changes_and_journals_nothing(db):
    load()
    entries = LogEntry.objects.count()
    assert [line.partition(": ")[2].split(", ")[:2] for line in load(update=True)] == [["0 created", "0 updated"]] * 5
    assert LogEntry.objects.count() == entries


def test_centres_are_as_the_network_has_them(db):
    load()
    partners = Centre.objects.filter(relation="partner")
    assert partners.count() == 10
    assert set(partners.filter(status="established").values_list("country", flat=True)) == {"AT", "DE", "NL", "ES", "SE"}
    assert set(Centre.objects.filter(relation="associate").values_list("code", flat=True)) == {"FI-KEINO", "LT-MITA", "LT-IA"}
    assert [body.name for body in Centre.objects.get(code="PT-PROCUREI").organisations.all()] == ["ANI", "IMPIC"]
    assert Centre.objects.get(code="SE-UHM").organisations.count() == 2
    assert Centre.objects.get(code="FI-KEINO").organisations.count() == 5
    assert Centre.objects.get(code="FI-KEINO").active_until == date(2024, 9, 30)
    assert Centre.objects.get(code="LT-MITA").successor.code == "LT-IA"
    assert eu_country_code(Centre.objects.get(code="GR-GDPP").country.code) == "EL"
    assert Centre.objects.get(code="GR-GDPP").website == ""


def test_what_no_source_confirms_is_marked(db):
    load()
    assert Centre.objects.get(code="DE-KOINNO").unconfirmed == ["city", "website"]
    assert Centre.objects.get(code="IT-CONSIP").unconfirmed == []


def test_centres_that_ended_or_have_a_successor_are_not_active(db):
    load()
    gone = {"FI-KEINO", "LT-MITA"}
    codes = set(Centre.objects.values_list("code", flat=True))
    assert set(queries.active_centres(date(2026, 1, 1)).values_list("code", flat=True)) == codes - gone
    assert "FI-KEINO" in queries.active_centres(date(2024, 9, 30)).values_list("code", flat=True)


def test_the_grant_is_acknowledged_while_it_lasted(db):
    load()
    assert [profile.grant_number for profile in queries.current_funding(date(2022, 6, 30))] == ["780192"]
    assert list(queries.current_funding(date(2022, 7, 1))) == []
    assert FundingProfile.objects.get().active_from == date(2018, 1, 1)


def test_what_a_centre_has_changed_stays_unless_an_update_is_asked_for(db):
    load()
    Centre.objects.filter(code="AT-IOEB").update(city="Graz")
    load()
    assert Centre.objects.get(code="AT-IOEB").city == "Graz"
    load(update=True)
    assert Centre.objects.get(code="AT-IOEB").city == "Vienna"


def test_names_can_be_translated(db):
    load()
    assert [sector.name for sector in Sector.objects.all()] == names.SECTORS
    assert [competence.name for competence in Competence.objects.all()] == names.COMPETENCES


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("centres.csv", "Europe/Berlin", "Europe/Bärlin", "centres.csv, line 3: timezone: “Europe/Bärlin” is not a time zone"),
        ("centres.csv", "2024-09-30", "30.9.2024", "centres.csv, line 14: Invalid isoformat string"),
        ("centres.csv", ",LT-IA,", ",LT-XX,", "centres.csv, line 13: successor: no centre has the code LT-XX"),
        ("centres.csv", "ANI|IMPIC", "ANI|IMPEC", "centres.csv, line 11: organisations: “IMPEC” in PT is not in"),
        ("centres.csv", "city|website\n", "town\n", "centres.csv, line 3: unconfirmed: not a field of a centre: town"),
        ("procurcompeu.csv", "C30,performance", "C30,perfection", "procurcompeu.csv, line 31: cluster: Value 'perfection'"),
        ("sectors.csv", "ict,ICT", "ict,ICT,more", "sectors.csv, line 4: the number of values is not that of the heading"),
    ],
)
def test_a_faulty_row_is_named_and_nothing_is_loaded(db, folder, name, old, new, words):
    spoil(folder, name, old, new)
    with pytest.raises(CommandError) as caught:
        load(folder=folder)
    assert str(caught.value).startswith(f"Nothing was loaded. {words}")
    assert (Sector.objects.count(), Organisation.objects.count(), Centre.objects.count()) == (0, 0, 0)
