"""The administrator's side: commands that make and use seals, checks at the start, and a word to the coordinator in time."""

import stat
from datetime import timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command, get_commands
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.certificates.models import Seal
from events.certificates.sealing import checks
from events.certificates.sealing.judging import judge
from events.certificates.sealing.sealer import sealer_of
from events.certificates.sealing.work import seal_expires
from tests.events.certificates import seals
from tests.events.certificates.seals import NOW, PAGE


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {}


def said(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def refused(command, *arguments):
    with pytest.raises(CommandError) as caught:
        call_command(command, *arguments, stdout=StringIO())
    return str(caught.value)


# --- make_seal -------------------------------------------------------------------------------------------------------


def test_make_seal_makes_one_that_seals_and_says_what_it_is_worth(centre, settings, tmp_path):
    words = said("make_seal", "--centre", "at-test", "--days", "400")

    seal = Seal.objects.get()
    assert words == (
        "Certificates of Test AT are sealed from now on.\n"
        f"The key is in {tmp_path / 'keys'}/{seal.reference}. Keep a copy of it in a safe place.\n"
        "Only the user of this process may read it, but it is not locked. To lock it, set SEAL_SECRET_AT_TEST to a passphrase "
        "and run this command again.\n"
        "\n"
        "What it is worth: everybody can check that a certificate comes from the holder of this key and was not changed. It is an\n"
        'advanced electronic seal at most. The certificate vouches for itself, so PDF readers say "unknown" or "not trusted" beside\n'
        "the name, until somebody tells them to trust it. A qualified seal, which the law presumes to be genuine (eIDAS, Regulation\n"
        "910/2014, Article 35), needs a certificate and a device of a qualified trust service provider: see manage.py use_seal.\n"
    )
    path = tmp_path / "keys" / seal.reference
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    own = x509.load_pem_x509_certificate(seal.chain.encode())
    assert (own.public_key().key_size, (own.not_valid_after_utc - timezone.now()).days) == (3072, 399)
    assert {one.oid: one.value for one in own.subject} == {
        NameOID.COUNTRY_NAME: "AT",
        NameOID.ORGANIZATION_NAME: centre.name,
        NameOID.COMMON_NAME: centre.name,
    }
    usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_cert_sign) == (True, True, False)
    judgement = judge(sealer_of(centre).apply(PAGE, at=timezone.now()))
    assert (judgement.is_intact, judgement.seal, judgement.signer) == (True, seal, centre.name)
    assert LogEntry.objects.get_for_object(seal).get().additional_data == {"reason": "make_seal"}


def test_a_second_seal_retires_the_first_whose_certificates_stay_good(centre):
    said("make_seal", "--centre", "AT-TEST")
    first = Seal.objects.get()
    pdf = sealer_of(centre).apply(PAGE, at=timezone.now())
    said("make_seal", "--centre", "AT-TEST")
    first.refresh_from_db()
    assert first.retired_at is not None
    assert sealer_of(centre).seal != first
    assert (judge(pdf).seal, judge(pdf).is_intact) == (first, True)


def test_a_passphrase_in_the_environment_locks_the_key(db, settings, tmp_path):
    settings.SEAL_SECRETS = {"NETWORK": "open sesame"}
    words = said("make_seal", "--network")
    assert words.splitlines()[0] == "Certificates of centres without a seal of their own are sealed from now on."
    assert words.splitlines()[2] == (
        "It is locked with the passphrase in SEAL_SECRET_NETWORK, which web server and worker need, too."
    )
    (path,) = (tmp_path / "keys").iterdir()
    assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    settings.SEAL_SECRETS = {}
    assert [message.id for message in checks.seals_work(databases=["default"])] == ["seals.W003"]


def test_a_name_that_is_longer_than_certificates_take_is_cut_between_words(centre):
    centre.name = "Verein zur Förderung der innovationsfreundlichen öffentlichen Beschaffung in Österreich"
    centre.save()
    said("make_seal", "--centre", "AT-TEST")
    own = x509.load_pem_x509_certificate(Seal.objects.get().chain.encode())
    (name,) = own.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert name.value == "Verein zur Förderung der innovationsfreundlichen …"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--centre", "XX-NONE"), "No centre has the code XX-NONE. Known: AT-TEST."),
        (("--centre", "AT-TEST", "--days", "0"), "A certificate is valid for 1 to 3650 days."),
        (("--centre", "AT-TEST", "--days", "9999"), "A certificate is valid for 1 to 3650 days."),
        ((), "Error: one of the arguments --centre --network is required"),
    ],
)
def test_make_seal_refuses_in_words(arguments, words, centre, tmp_path):
    assert refused("make_seal", *arguments) == words
    assert Seal.objects.count() == 0
    assert not (tmp_path / "keys").exists()


def test_where_the_key_cannot_be_written_there_is_no_seal(centre, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.KEYS_DIR = tmp_path / "file"
    assert refused("make_seal", "--centre", "AT-TEST") == (f"Its key cannot be written to {tmp_path / 'file'} (File exists).")
    assert Seal.objects.count() == 0


def test_a_key_whose_seal_could_not_be_stored_is_not_left_behind(centre, tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise IntegrityError("full")

    monkeypatch.setattr(Seal, "save", full)
    assert refused("make_seal", "--centre", "AT-TEST") == (
        "Somebody else put a seal into use at the same moment. Look at it with list_seals."
    )
    assert list((tmp_path / "keys").iterdir()) == []


# --- use_seal --------------------------------------------------------------------------------------------------------


def test_use_seal_takes_a_pkcs12_file_with_its_chain_in_any_order(centre, settings, tmp_path):
    top, middle, private = seals.key("rsa2048", "top"), seals.key("p256", "middle"), seals.key("p256")
    root = seals.certificate(top, "Top", ca=True)
    between = seals.certificate(middle, "Middle", issuer=(top, root), ca=True)
    own = seals.certificate(private, "Sealing house", issuer=(middle, between))
    settings.SEAL_SECRETS = {"AT_TEST": "open sesame"}
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "bought.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(b"seal", private, own, [root, between], BestAvailableEncryption(b"open sesame"))
    )
    assert said("use_seal", "--centre", "AT-TEST", "--key-file", "bought.p12") == (
        "An empty page was sealed as B-B. In use from now on: Test AT: Key file bought.p12.\n"
    )
    assert Seal.objects.get().chain == seals.pem_of(own, between, root)
    assert judge(sealer_of(centre).apply(PAGE, at=NOW)).signer == "Sealing house"


def test_use_seal_at_a_level_with_time_stamps_tries_the_authority(centre, settings, tmp_path):
    with seals.running() as service:
        settings.SEAL_SERVICES_MAY_REACH = [service.host]
        url = seals.stamp_authority(service, seals.Authority(service, "authority of time"))
        own = seals.certificate(seals.key("rsa2048"))
        seals.key_file(seals.key("rsa2048"))
        (tmp_path / "chain.pem").write_text(seals.pem_of(own))
        arguments = (
            "use_seal",
            "--network",
            "--key-file",
            "seal.pem",
            "--chain",
            str(tmp_path / "chain.pem"),
            "--level",
            "B-T",
        )
        assert refused(*arguments) == "This level needs the address of a time-stamping authority."
        assert refused(*arguments, "--timestamps", f"{service.url}/none") == (
            "Its time-stamping authority gave no time stamp (404)."
        )
        assert Seal.objects.count() == 0
        said(*arguments, "--timestamps", url)
        seal = Seal.objects.get()
        assert (seal.centre, seal.level, seal.timestamp_url) == (None, "B-T", url)


def test_use_seal_takes_a_remote_key(centre, settings, tmp_path):
    settings.SEAL_SECRETS = {"AT_TEST": "let-me-in"}
    (tmp_path / "chain.pem").write_text(seals.pem_of(seals.certificate(seals.key("rsa2048"))))
    with seals.running() as service:
        settings.SEAL_SERVICES_MAY_REACH = [service.host]
        reference = seals.hash_signer(service, seals.key("rsa2048"))
        arguments = ("use_seal", "--centre", "AT-TEST", "--remote", reference)
        assert refused(*arguments) == "Say where the certificate and its chain are."
        said(*arguments, "--chain", str(tmp_path / "chain.pem"))
    assert (Seal.objects.get().kind, Seal.objects.get().reference) == ("remote", reference)


def test_where_the_trial_fails_the_former_seal_stays_in_use(centre, tmp_path):
    said("make_seal", "--centre", "AT-TEST")
    former = Seal.objects.get()
    seals.key_file(seals.key("rsa2048"), "other.pem")
    (tmp_path / "chain.pem").write_text(seals.pem_of(seals.certificate(seals.key("p256"))))
    arguments = ("use_seal", "--centre", "AT-TEST", "--key-file", "other.pem")
    assert refused(*arguments, "--chain", str(tmp_path / "chain.pem")) == (
        "Its key file “other.pem” does not belong to its certificate “Testing house”."
    )
    assert refused(*arguments) == "It has no certificate."
    assert refused(*arguments, "--chain", str(tmp_path / "gone.pem")).startswith("The chain cannot be read: ")
    assert refused("use_seal", "--centre", "AT-TEST", "--key-file", "gone.pem") == "Its key file “gone.pem” cannot be read."
    assert list(Seal.objects.filter(retired_at=None)) == [former]


def test_a_seal_can_be_retired_without_another(centre):
    said("make_seal", "--centre", "AT-TEST")
    seal = Seal.objects.get()
    assert said("use_seal", "--centre", "AT-TEST", "--none") == f"Retired: Test AT: Key file {seal.reference}.\n"
    assert said("use_seal", "--centre", "AT-TEST", "--none") == "There is no seal in use.\n"
    assert sealer_of(centre) is None


def test_a_centre_has_one_seal_in_use_and_the_network_one(centre, other_centre):
    for whose in (centre, other_centre, None):
        seals.seal_with(seals.key("rsa2048"), centre=whose, name="one.pem")
    with pytest.raises(IntegrityError, match="one_seal_in_use_per_centre"):
        seals.seal_with(seals.key("rsa2048"), centre=None, name="two.pem")


# --- list_seals ------------------------------------------------------------------------------------------------------


def test_list_seals_says_what_works_until_when(centre, other_centre):
    assert said("list_seals") == "There are none: certificates are issued unsealed. Make one with manage.py make_seal.\n"
    private = seals.key("rsa2048")
    seals.seal_with(private, centre=centre)
    seals.seal_with(
        private, seals.certificate(private, days=(-9, -1)), centre=other_centre, level="B-T", timestamp_url="http://tsa"
    )
    end, past = (NOW + timedelta(days=days) for days in (300, -1))
    lines = [
        f"AT-TEST; key-file seal.pem; B-B; until {end:%Y-%m-%d}; in use",
        (
            f"DE-TEST; key-file seal.pem; B-T with http://tsa; until {past:%Y-%m-%d}; DOES NOT WORK: Its certificate “Testing house” "
            f"expired on {past.day} {past:%B} {past.year}."
        ),
    ]
    assert said("list_seals").splitlines() == lines
    Seal.objects.filter(centre=centre).update(retired_at=NOW)
    assert said("list_seals").splitlines() == lines[1:]
    assert said("list_seals", "--all").splitlines() == [
        lines[0].replace("in use", f"retired on {NOW:%Y-%m-%d}"),
        lines[1],
    ]


def test_the_commands_are_there():
    assert {"list_seals", "make_seal", "use_seal"} <= get_commands().keys()


# --- Checks ----------------------------------------------------------------------------------------------------------


def test_checks_say_what_is_broken_and_what_expires_soon(centre, other_centre):
    private = seals.key("rsa2048")
    seals.seal_with(private, centre=centre)
    assert checks.seals_work(databases=["default"]) == []
    soon = seals.seal_with(private, seals.certificate(private, days=(-9, 20)), centre=other_centre)
    seals.seal_with(private, seals.certificate(seals.key("p256")), name="network.pem")
    end = NOW + timedelta(days=20)
    assert {(message.id, message.msg) for message in checks.seals_work(databases=["default"])} == {
        ("seals.W002", f"The seal of DE-TEST expires on {end:%Y-%m-%d}; then no certificate can be issued."),
        (
            "seals.W003",
            (
                "The seal of the network does not work. Its key file “network.pem” does not belong to its certificate "
                "“Testing house”."
            ),
        ),
    }
    assert checks.seals_work(databases=None) == []
    Seal.objects.exclude(pk=soon.pk).update(retired_at=NOW)
    assert len(checks.seals_work(databases=["default"])) == 1


def test_checks_look_at_files_that_the_settings_name_and_at_who_may_read_keys(settings, tmp_path):
    assert checks.settings_hold() == []
    settings.SEAL_TRUSTED_ROOTS = settings.SEAL_PKCS11_MODULE = str(tmp_path / "gone")
    name = seals.key_file(seals.key("rsa2048"))
    (tmp_path / "keys" / name).chmod(0o640)
    assert [(message.id, message.msg) for message in checks.settings_hold()] == [
        ("seals.E001", f"SEAL_TRUSTED_ROOTS names no list of certificates in PEM form: {tmp_path / 'gone'}"),
        ("seals.E002", f"SEAL_PKCS11_MODULE names no file: {tmp_path / 'gone'}"),
        ("seals.W001", f"Others than their owner may read keys: {tmp_path / 'keys' / name}"),
    ]


# --- The desk --------------------------------------------------------------------------------------------------------


def expiring(days, centre=None):
    private = seals.key("rsa2048")
    return seals.seal_with(private, seals.certificate(private, days=(-90, days)), centre=centre)


def test_the_coordinator_is_told_a_month_before_and_the_organiser_is_not_bothered(centre, carl, olga, sara, client):
    seal = expiring(20, centre)
    end = NOW + timedelta(days=20)
    words = (
        f"The electronic seal of Test AT expires on {end.day} {end:%B} {end.year}. Ask the administrator for a new one in time."
    )
    step = seal_expires(carl)
    assert (step.text, step.url, step.link) == (words, "/desk/certificates/", "See the certificates")
    assert (seal_expires(sara).text, seal_expires(olga)) == (words, None)
    client.force_login(carl)
    page = client.get("/desk/").content.decode()
    assert page.count(f'{words} <a href="/desk/certificates/">See the certificates</a>') == 1
    seal.retired_at = NOW
    seal.save()
    assert seal_expires(carl) is None


def test_a_seal_with_time_left_and_another_centres_are_no_matter(centre, other_centre, carl):
    expiring(40, centre)
    expiring(3, other_centre)
    expiring(3)
    assert seal_expires(carl) is None


def test_the_secretariat_hears_of_the_first_to_expire_and_of_the_networks(centre, other_centre, sara):
    expiring(12, centre)
    expiring(-2)
    end = NOW - timedelta(days=2)
    assert seal_expires(sara).text == (
        f"The electronic seal of the network expired on {end.day} {end:%B} {end.year}. Until there is a new one, nothing can be "
        "issued."
    )


def counted(person):
    with CaptureQueriesContext(connection) as queries:
        seal_expires(person)
    return len(queries)


def test_it_costs_one_query_and_none_who_coordinates_nowhere(centre, other_centre, carl, olga, sara):
    for person in (carl, olga, sara):
        assert len(person.held_roles) == 1
    expiring(3, centre)
    assert [counted(person) for person in (carl, olga, sara)] == [1, 0, 1]
    expiring(3, other_centre)
    expiring(3)
    assert [counted(person) for person in (carl, olga, sara)] == [1, 0, 1]
