"""Seals with a time stamp, and those that can be judged in twenty years: an authority, a list of revoked certificates, a clock."""

import asyncio
import io
import socket
import threading
from datetime import timedelta
from time import sleep

import pikepdf
import pytest
from asn1crypto import algos, crl, ocsp, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext

from events.certificates.issuing import actions
from events.certificates.models import Certificate, Seal
from events.certificates.sealing import reaching
from events.certificates.sealing.errors import CannotSeal
from events.certificates.sealing.judging import judge
from events.certificates.sealing.reaching import is_public
from events.certificates.sealing.sealer import sealer_of
from tests.events.certificates import seals
from tests.events.certificates.seals import DER, GOOD, NOW, PAGE, Authority, pdfsig
from tests.requirements import need


@pytest.fixture
def services(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {}
    with seals.running() as service:
        settings.SEAL_SERVICES_MAY_REACH = [service.host]
        yield service


@pytest.fixture
def world(services, settings, tmp_path, centre):
    """A centre whose seal an authority vouches for, and an authority that knows the time."""

    class World:
        of_seals = Authority(services, "authority of seals")
        of_time = Authority(services, "authority of time")
        private = seals.key("rsa2048", "seal")
        own = of_seals.issue(private, "Sealing house")
        tsa = seals.stamp_authority(services, of_time)

        @classmethod
        def seal(cls, level):
            return seals.seal_with(cls.private, cls.own, cls.of_seals.root, centre=centre, level=level, timestamp_url=cls.tsa)

    path = tmp_path / "roots.pem"
    path.write_text(seals.pem_of(World.of_time.root, World.of_seals.root))
    settings.SEAL_TRUSTED_ROOTS = str(path)
    return World


def why_not(centre):
    with pytest.raises(CannotSeal) as caught:
        sealer_of(centre).apply(PAGE, at=NOW)
    return caught.value.code, str(caught.value.why)


@pytest.mark.parametrize("level", ["B-T", "B-LT", "B-LTA"])
def test_every_level_is_what_it_says_and_all_readers_agree(level, world, centre, settings, tmp_path):
    need("pdfsig")
    seal = world.seal(level)
    by_our_clock = NOW - timedelta(days=1)
    pdf = sealer_of(centre).apply(PAGE, at=by_our_clock)

    assert pdf.startswith(PAGE)
    judgement = judge(pdf)
    assert (judgement.is_intact, judgement.level, judgement.seal, judgement.is_trusted) == (True, level, seal, True)
    assert judgement.signed_at >= NOW  # by the authority's clock
    settings.SEAL_TRUSTED_ROOTS = ""  # an authority that nobody trusts proves no time
    assert (judge(pdf).signed_at, judge(pdf).is_intact, judge(pdf).is_trusted) == (by_our_clock, True, None)
    if level == "B-LTA":
        assert pdfsig(pdf, tmp_path)[1] == GOOD[1]
    else:
        assert pdfsig(pdf, tmp_path) == GOOD
    status = seals.pyhanko(pdf, world.of_seals.root, world.of_time.root)
    assert (status.bottom_line, status.timestamp_validity.valid, status.timestamp_validity.trusted) == (True, True, True)
    with pikepdf.open(io.BytesIO(pdf)) as read:
        assert ("/DSS" in read.Root) is (level != "B-T")
        assert [str(field.T) for field in read.Root.AcroForm.Fields] == (["Seal", "SealTime"] if level == "B-LTA" else ["Seal"])
        assert read.pdf_version == "1.7"


def test_what_is_needed_in_years_is_in_the_file(world, centre):
    world.seal("B-LTA")
    pdf = sealer_of(centre).apply(PAGE, at=NOW)
    with pikepdf.open(io.BytesIO(pdf)) as read:
        kept = {bytes(one.read_bytes()) for one in read.Root.DSS.CRLs}
        certificates = {bytes(one.read_bytes()) for one in read.Root.DSS.Certs}
    lists = {asn1.issuer.human_friendly for asn1 in map(crl.CertificateList.load, kept)}
    assert lists == {"Common Name: authority of seals root", "Common Name: authority of time root"}
    assert certificates >= {one.public_bytes(DER) for one in (world.own, world.of_seals.root, world.of_time.root)}
    (stamp,) = PdfFileReader(io.BytesIO(pdf)).embedded_timestamp_signatures
    roots = [asn1_x509.Certificate.load(world.of_time.root.public_bytes(DER))]
    status = asyncio.run(async_validate_pdf_timestamp(stamp, ValidationContext(trust_roots=roots)))
    assert (status.intact, status.valid, status.trusted, status.coverage.name) == (True, True, True, "ENTIRE_FILE")


def test_an_authority_that_answers_about_single_certificates_is_asked(world, centre, tmp_path):
    own = world.of_seals.issue_answerable(world.private, "Sealing house")
    seals.seal_with(world.private, own, world.of_seals.root, centre=centre, level=Seal.Level.B_LT, timestamp_url=world.tsa)
    pdf = sealer_of(centre).apply(PAGE, at=NOW)
    assert (judge(pdf).level, judge(pdf).is_intact, judge(pdf).is_trusted) == ("B-LT", True, True)
    with pikepdf.open(io.BytesIO(pdf)) as read:
        (kept,) = (bytes(one.read_bytes()) for one in read.Root.DSS.OCSPs)
    about = ocsp.OCSPResponse.load(kept).response_data["responses"][0]
    assert about["cert_id"]["serial_number"].native == own.serial_number
    world.of_seals.revoked.append(own)
    code, words = why_not(centre)
    assert code == "seal_unfit"
    assert "revoked" in words


def test_a_seal_of_a_start_has_time_stamps_too(world, centre, settings):
    private = seals.key("rsa3072")
    seal = seals.seal_with(private, centre=centre, level="B-LT", timestamp_url=world.tsa)
    judgement = judge(sealer_of(centre).apply(PAGE, at=NOW))
    assert (judgement.is_intact, judgement.level, judgement.seal, judgement.is_trusted) == (True, "B-LT", seal, False)


def test_what_comes_after_the_last_time_stamp_spoils_it(world, centre):
    world.seal("B-LTA")
    pdf = sealer_of(centre).apply(PAGE, at=NOW)
    assert judge(pdf).is_intact is True
    assert judge(pdf + b"\n%\n").is_intact is False
    with pikepdf.open(io.BytesIO(pdf)) as read:
        first = int(read.Root.AcroForm.Fields[0].V.ByteRange[2]) + int(read.Root.AcroForm.Fields[0].V.ByteRange[3])
    assert (judge(pdf[:first]).level, judge(pdf[:first]).is_intact) == (
        "B-LT",
        True,
    )  # without the second revision it is a good file of less


def test_of_several_files_each_is_stamped(world, centre, services):
    world.seal("B-T")
    sealer = sealer_of(centre)
    first, second = (sealer.apply(PAGE, at=NOW) for _time in range(2))
    assert first != second
    asked = [body for path, body, _headers in services.asked if path == "/tsa"]
    assert len(asked) == 3  # once to learn how large a time stamp is
    assert len(set(asked)) == 3


# --- When it goes wrong ----------------------------------------------------------------------------------------------


def test_without_the_authority_nothing_is_issued_and_it_can_be_asked_again(world, centre, came, ana, olga, services):
    need("pango")
    world.seal("B-T")
    there = services.answers.pop("/tsa")
    with pytest.raises(CannotSeal) as caught:
        actions.issue(registration=came(ana), by=olga)
    assert (caught.value.code, str(caught.value.message)) == (
        "seal_unavailable",
        (
            "The seal cannot be made now. Its time-stamping authority gave no time stamp (404). No certificate is issued "
            "without its seal. Issue again in a few minutes."
        ),
    )
    assert Certificate.objects.count() == 0
    services.answers["/tsa"] = there
    certificate = actions.issue(registration=came(ana), by=olga)
    assert (certificate.serial, certificate.seal_level) == (1, "B-T")


def test_an_authority_that_is_not_there_is_said(world, centre, settings):
    seal = world.seal("B-T")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        settings.SEAL_SERVICES_MAY_REACH.append(f"127.0.0.1:{port}")
        seal.timestamp_url = f"http://127.0.0.1:{port}/"
        seal.save()
        assert why_not(centre) == (
            "seal_unavailable",
            "Its time-stamping authority did not answer (127.0.0.1: Connection refused).",
        )


NONSENSE = "The answer of its time-stamping authority is no time stamp."


def of_another_request(services, world):
    """An answer to what nobody asked: a stamp over something else."""
    authority = services.answers["/tsa"]
    other = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": bytes(32),
            },
            "nonce": 1,
            "cert_req": True,
        }
    ).dump()
    return lambda _body, headers: authority(other, headers)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, "application/timestamp-reply", b"rubbish"), NONSENSE),
        ((200, "application/timestamp-reply", b""), NONSENSE),
        ((200, "application/timestamp-reply", b"0\x80" + b"\x30\x80" * 50_000), NONSENSE),
        (
            (200, "application/timestamp-reply", bytes.fromhex("30053003020102")),
            "Its time-stamping authority refused to give a time stamp.",
        ),
        ((200, "text/html", b"<p>Sign in</p>"), "Its time-stamping authority gave no time stamp (200)."),
        ((503, "application/timestamp-reply", b""), "Its time-stamping authority gave no time stamp (503)."),
        (
            (200, "application/timestamp-reply", b"x" * 300_000),
            "Its time-stamping authority did not answer (127.0.0.1: the answer is too long).",
        ),
        (of_another_request, NONSENSE),
    ],
)
def test_an_authority_that_talks_nonsense_costs_an_error_and_no_certificate(answer, words, world, centre, services):
    world.seal("B-T")
    services.answers["/tsa"] = answer(services, world) if callable(answer) else (lambda *_asked: answer)
    assert why_not(centre) == ("seal_unavailable", words)


def test_a_time_stamp_that_is_wrongly_signed_is_noticed(world, centre, services):
    world.seal("B-T")
    authority = services.answers["/tsa"]

    def forged(body, headers):
        status, kind, said = authority(body, headers)
        return status, kind, said[:-1] + bytes([said[-1] ^ 1])

    services.answers["/tsa"] = forged
    assert why_not(centre) == (
        "seal_unavailable",
        "What its time-stamping authority gave is not a time stamp that holds.",
    )


def test_a_seal_whose_certificate_was_revoked_seals_no_more(world, centre):
    world.seal("B-LT")
    sealer_of(centre).apply(PAGE, at=NOW)
    world.of_seals.revoked.append(world.own)
    code, words = why_not(centre)
    assert code == "seal_unfit"
    assert words.startswith("One of its certificates, or of its time-stamping authority’s, could not be confirmed (")
    assert "revoked" in words


def test_without_the_list_of_the_revoked_there_is_no_long_term(world, centre, services):
    world.seal("B-LT")
    del services.answers["/authority-of-time.crl"]
    code, words = why_not(centre)
    assert code == "seal_unfit"
    assert words.startswith("One of its certificates, or of its time-stamping authority’s, could not be confirmed (")


def test_an_authority_whose_root_we_were_not_told_of_is_no_proof_for_years(world, centre, settings, tmp_path):
    world.seal("B-LT")
    (tmp_path / "others.pem").write_text(seals.pem_of(world.of_seals.root))
    settings.SEAL_TRUSTED_ROOTS = str(tmp_path / "others.pem")
    code, _words = why_not(centre)
    assert code == "seal_unfit"


# --- What is reached -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.1.1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "fe80::1"),
        *("fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "ff02::1", "nonsense"),
    ],
)
def test_what_is_private_is_not_public(address):
    assert is_public(address) is False


@pytest.mark.parametrize("address", ["9.9.9.9", "193.0.6.139", "2a00:1450:4001::1", "::ffff:9.9.9.9"])
def test_what_is_public_is(address):
    assert is_public(address) is True


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/", "127.0.0.1: not on the public internet, and not in SEAL_SERVICES_MAY_REACH"),
        ("http://localhost:9/", "localhost: not on the public internet, and not in SEAL_SERVICES_MAY_REACH"),
        ("https://9.9.9.9@127.0.0.1/", "this is no address of a service"),
        ("file:///etc/passwd", "this is no address of a service"),
        ("ldap://9.9.9.9/", "this is no address of a service"),
        ("http://9.9.9.9:99999/", "this is no address"),
        ("http://[::1/", "this is no address"),
        ("http://9.9.9.9/\r\nX: y", "this is no address of a service"),
        ("nonsense", "this is no address of a service"),
        ("", "this is no address of a service"),
    ],
)
def test_nothing_is_asked_at_an_address_that_is_none_or_private(url, words, settings):
    settings.SEAL_SERVICES_MAY_REACH = []
    with pytest.raises(reaching.Unreachable) as caught:
        reaching.ask(url)
    assert str(caught.value) == words


def test_what_is_secret_goes_over_tls_only():
    with pytest.raises(reaching.Unreachable) as caught:
        reaching.ask("http://9.9.9.9/", b"", in_secret=True)
    assert str(caught.value) == "9.9.9.9: only https will do"


def test_a_drip_of_octets_ends(settings, monkeypatch):
    monkeypatch.setattr(reaching, "WHOLE_SECONDS", 2.0)  # long enough to be connected
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings.SEAL_SERVICES_MAY_REACH = [f"127.0.0.1:{port}"]

        def drip():
            connection, _address = server.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"H")
                        sleep(0.02)
                except OSError:
                    pass

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        with pytest.raises(reaching.Unreachable):
            reaching.ask(f"http://127.0.0.1:{port}/")
        thread.join(120)
        assert not thread.is_alive()


def test_a_redirect_leads_nowhere(settings):
    with seals.running() as service:
        settings.SEAL_SERVICES_MAY_REACH = [service.host]
        service.answers["/"] = lambda *_asked: (302, "text/plain", b"")
        assert reaching.ask(service.url).status == 302
        assert len(service.asked) == 1


def test_levels_and_authorities_belong_together(centre, settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    with pytest.raises(Exception, match="a_time_stamp_needs_an_authority"):
        seals.seal_with(seals.key("rsa2048"), centre=centre, level=Seal.Level.B_T)
