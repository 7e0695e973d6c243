"""A centre's certificates carry its seal: one by one and in bulk, accepted by those who were not asked to be kind."""

import asyncio
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from django.core.files.storage import default_storage
from pyhanko.pdf_utils.misc import PdfReadError

from events.certificates.issuing import actions
from events.certificates.models import Certificate, Seal
from events.certificates.sealing import pades
from events.certificates.sealing.errors import CannotSeal, Unfit
from events.certificates.sealing.judging import judge
from events.certificates.sealing.keys import FileKey
from events.certificates.sealing.moulds import Mould
from events.certificates.sealing.sealer import sealer_of
from tests.events.certificates import seals
from tests.events.certificates.samples import facts, printed
from tests.events.certificates.seals import GOOD, NOW, PAGE, pdfsig, pyhanko
from tests.requirements import need

KINDS = ("rsa2048", "rsa3072", "p256", "p384")
RSA_KINDS = ("rsa2048", "rsa3072")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {}


def sealed_with(kind, pdf=PAGE):
    private = seals.key(kind)
    identity = seals.identity_with(private)
    return pades.seal(pdf, identity=identity, key=FileKey(private), at=NOW), identity, FileKey(private)


# --- One by one ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_pyhanko_and_poppler_accept_the_seal_of_every_kind_of_key(kind, tmp_path):
    need("pdfsig")
    pdf, identity, _key = sealed_with(kind)
    status = pyhanko(pdf, identity.certificate)
    assert (status.bottom_line, status.coverage.name, status.docmdp_ok, status.md_algorithm) == (
        True,
        "ENTIRE_FILE",
        True,
        "sha256",
    )
    assert pdfsig(pdf, tmp_path) == GOOD


def test_the_sealed_certificate_is_the_certificate_and_an_update_with_a_field_that_nobody_sees(tmp_path):
    need("pango", "qpdf", "pdfsig")
    plain = printed(facts())
    pdf, _identity, _key = sealed_with("rsa3072", plain)
    assert pdf.startswith(plain)
    with pikepdf.open(io.BytesIO(plain)) as before, pikepdf.open(io.BytesIO(pdf)) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert after.pdf_version == before.pdf_version == "1.7"
        assert "/Version" not in after.Root
        (field,) = after.Root.AcroForm.Fields
        assert (str(field.T), str(field.TU), int(field.F), [int(one) for one in field.Rect]) == (
            "Seal",
            "Electronic seal",
            4 | 128,
            [-9999] * 4,
        )
        value = field.V
        assert (str(value.Filter), str(value.SubFilter)) == ("/Adobe.PPKLite", "/ETSI.CAdES.detached")
        assert str(value.M) == f"D:{NOW:%Y%m%d%H%M%S}Z"
        assert int(value.Reference[0].TransformParams.P) == 1
        assert after.Root.Perms.DocMDP.objgen == value.objgen
    path = tmp_path / "sealed.pdf"
    path.write_bytes(pdf)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_stays_one_of_pdf_1_7_as_pdf_a_wants_it(kind):
    pdf, _identity, _key = sealed_with(kind)
    with pikepdf.open(io.BytesIO(pdf)) as read:
        assert read.Root.get("/Version", "/1.7") == "/1.7"
        assert set(read.Root.Extensions.keys()) == {"/ESIC"}


@pytest.mark.parametrize("place", [20, 300, -300, -40])
def test_one_changed_octet_is_refused_by_all_who_look(place, tmp_path):
    need("pdfsig")
    pdf, identity, _key = sealed_with("rsa2048")
    changed = bytearray(pdf)
    changed[place] ^= 1
    assert pdf != bytes(changed)
    assert GOOD[1] not in pdfsig(bytes(changed), tmp_path)
    try:
        accepted = pyhanko(bytes(changed), identity.certificate).bottom_line
    except (PdfReadError, ValueError):
        accepted = False  # it is no PDF any more
    assert accepted is False


def test_two_processes_make_the_same_octets_with_rsa(tmp_path):
    private = seals.key("rsa3072")
    own = seals.certificate(private)
    (tmp_path / "key.pem").write_bytes(private.private_bytes(seals.PEM, seals.PKCS8, seals.serialization.NoEncryption()))
    (tmp_path / "own.pem").write_text(seals.pem_of(own))
    (tmp_path / "page.pdf").write_bytes(PAGE)
    script = f"""
import hashlib, sys, json
from pathlib import Path
import django; django.setup()
from datetime import datetime
from events.certificates.sealing import pades
from events.certificates.sealing.identity import identity_from
from events.certificates.sealing.keys import FileKey, read_key
from events.certificates.sealing.moulds import Mould
folder = Path({str(tmp_path)!r})
key = FileKey(read_key((folder / "key.pem").read_bytes(), "", variable="", name="")[0])
identity = identity_from((folder / "own.pem").read_text())
pdf = pades.seal((folder / "page.pdf").read_bytes(), identity=identity, key=key, at=datetime.fromisoformat({NOW.isoformat()!r}))
print(json.dumps([hashlib.sha256(pdf).hexdigest(), Mould(identity, key).cms(bytes(32)).hex()]))
"""
    said = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", script],
                env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONHASHSEED": seed, "TZ": zone},
                cwd=ROOT,
                capture_output=True,
                check=True,
            ).stdout
        )
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert said[0] == said[1]


def test_a_file_is_sealed_also_where_a_loop_runs_already():
    async def within_a_loop():
        return sealed_with("p256")

    pdf, identity, _key = asyncio.run(within_a_loop())
    assert pyhanko(pdf, identity.certificate).bottom_line is True


# --- In bulk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RSA_KINDS)
def test_the_mould_gives_the_very_octets_that_pyhanko_gives(kind):
    pdf, identity, key = sealed_with(kind)
    contents, digest, _place = seals.contents_of(pdf)
    mould = Mould(identity, key)
    assert mould.cms(digest) == contents
    assert mould.size == len(contents)


@pytest.mark.parametrize("kind", KINDS)
def test_files_from_the_mould_are_accepted_one_as_the_other(kind, tmp_path):
    need("pdfsig")
    pdf, identity, key = sealed_with(kind)
    mould = Mould(identity, key)
    for round_ in range(4):
        other = pades.seal(PAGE, identity=identity, key=key, at=NOW + timedelta(seconds=round_))
        contents, digest, (start, end) = seals.contents_of(other)
        assert len(contents) >= mould.size
        filled = other[:start] + mould.cms(digest).hex().encode().ljust(end - start, b"0") + other[end:]
        assert pyhanko(filled, identity.certificate).bottom_line is True
        assert pdfsig(filled, tmp_path) == GOOD
        wrong = other[:start] + mould.cms(bytes(32)).hex().encode().ljust(end - start, b"0") + other[end:]
        assert pyhanko(wrong, identity.certificate).bottom_line is False
    assert pdf != filled


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_mould_signs_is_a_set_in_the_order_of_der_whatever_the_digest(kind):
    private = seals.key(kind)
    identity = seals.identity_with(private)
    mould = Mould(identity, FileKey(private))
    digests = [bytes([octet]) * 32 for octet in range(0, 256, 15)]
    for digest, der in zip(digests, mould.cms_of(digests), strict=True):
        assert len(der) <= mould.size
        (signer,) = cms.ContentInfo.load(der, strict=True)["content"]["signer_infos"]
        attributes = signer["signed_attrs"]
        assert [one["type"].native for one in attributes] == ["content_type", "message_digest", "signing_certificate_v2"]
        members = [one.dump() for one in attributes]
        assert members == sorted(members)
        assert attributes[1]["values"][0].native == digest
        assert identity.verify(signer["signature"].native, attributes.untag().dump())


@pytest.mark.django_db
def test_only_at_the_first_level_is_there_a_mould(centre):
    seal = seals.seal_with(seals.key("rsa2048"), centre=centre)
    assert isinstance(sealer_of(centre).mould(at=NOW), Mould)
    seal.level, seal.timestamp_url = Seal.Level.B_T, "http://tsa.example"
    seal.save()
    assert sealer_of(centre).mould(at=NOW) is None


# --- Whose seal ------------------------------------------------------------------------------------------------------


def test_a_centre_without_a_seal_uses_the_networks_and_none_seals_nothing(centre, other_centre):
    assert sealer_of(centre) is None
    networks = seals.seal_with(seals.key("rsa2048"), name="network.pem")
    own = seals.seal_with(seals.key("p256"), centre=centre)
    assert sealer_of(centre).seal == own
    assert sealer_of(other_centre).seal == networks
    own.retired_at = NOW
    own.save()
    assert sealer_of(centre).seal == networks


def test_an_issued_certificate_is_sealed_and_says_with_what(came, ana, olga, centre):
    need("pango")
    seal = seals.seal_with(seals.key("rsa3072"), centre=centre)
    certificate = actions.issue(registration=came(ana), by=olga)
    assert (certificate.seal, certificate.seal_level) == (seal, "B-B")
    with default_storage.open(certificate.file.name) as file:
        judgement = judge(file.read())
    assert (judgement.is_intact, judgement.seal, judgement.level, judgement.signer) == (True, seal, "B-B", "Testing house")
    assert judgement.signed_at == certificate.issued_at.replace(microsecond=0)


def test_with_a_broken_seal_nothing_is_issued_and_the_number_is_not_used_up(came, ana, olga, centre):
    need("pango")
    private = seals.key("rsa2048")
    seal = seals.seal_with(private, seals.certificate(private, days=(-20, -3)), centre=centre)
    with pytest.raises(Unfit) as caught:
        actions.issue(registration=came(ana), by=olga)
    day = NOW - timedelta(days=3)
    assert str(caught.value.message) == (
        f"The seal cannot be used. Its certificate “Testing house” expired on {day.day} {day:%B} {day.year}. No certificate is "
        "issued without its seal. Ask the administrator of the platform to mend it, then issue again."
    )
    assert Certificate.objects.count() == 0
    seal.chain = seals.pem_of(seals.certificate(private))
    seal.save()
    assert actions.issue(registration=came(ana), by=olga).serial == 1


# --- Seals that cannot work ------------------------------------------------------------------------------------------


def why_not(centre):
    with pytest.raises(CannotSeal) as caught:
        sealer_of(centre).apply(PAGE, at=NOW)
    return caught.value.code, str(caught.value.why)


def day(days):
    moment = NOW + timedelta(days=days)
    return f"{moment.day} {moment:%B} {moment.year}"


def chain_of(what):
    """The chains that do not work, and why."""
    private, other = seals.key("rsa2048"), seals.key("rsa2048", "other")
    server = seals.ExtendedKeyUsageOID.SERVER_AUTH
    root = seals.certificate(other, "Some root", ca=True)
    old = seals.certificate(other, "Some root", ca=True, days=(-90, -1))
    return {
        "expired": (
            [seals.certificate(private, days=(-9, -2))],
            f"Its certificate “Testing house” expired on {day(-2)}.",
        ),
        "not yet valid": (
            [seals.certificate(private, days=(5, 9))],
            f"Its certificate “Testing house” is valid only from {day(5)}.",
        ),
        "issuer expired": (
            [seals.certificate(private, issuer=(other, old)), old],
            f"Its certificate “Some root” expired on {day(-1)}.",
        ),
        "another key's": (
            [seals.certificate(other)],
            "Its key file “seal.pem” does not belong to its certificate “Testing house”.",
        ),
        "for encryption": (
            [seals.certificate(private, usage=("encrypt",))],
            "The certificate “Testing house” is not for sealing documents.",
        ),
        "for a web server": (
            [seals.certificate(private, extended=[server])],
            "The certificate “Testing house” is not for sealing documents.",
        ),
        "of another issuer": (
            [seals.certificate(private), root],
            "Its chain is broken: “Testing house” was not issued by “Some root”. Put each certificate before its issuer.",
        ),
        "too weak": (
            [seals.certificate(seals.key("rsa1024"))],
            "The RSA key of “Testing house” has to have 2048 to 8192 bits.",
        ),
        "ed25519": (
            [seals.certificate(seals.key("ed25519"))],
            "The key of “Testing house” is of a kind that not all PDF readers know. Use RSA, or the curve P-256 or P-384.",
        ),
        "a strange curve": (
            [seals.certificate(seals.key("k256"))],
            "The key of “Testing house” is of a kind that not all PDF readers know. Use RSA, or the curve P-256 or P-384.",
        ),
    }[what]


@pytest.mark.parametrize(
    "what",
    [
        *("expired", "not yet valid", "issuer expired", "another key's", "for encryption", "for a web server"),
        *("of another issuer", "too weak", "ed25519", "a strange curve"),
    ],
)
def test_a_certificate_that_is_unfit_is_refused_in_words(what, centre):
    chain, words = chain_of(what)
    seals.seal_with(seals.key("rsa2048"), *chain, centre=centre)
    assert why_not(centre) == ("seal_unfit", words)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("", "Its certificate cannot be read: it has to be in PEM form."),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None),
        ("x" * 70_000, "Its chain of certificates is too long."),
    ],
)
def test_a_chain_that_is_none_is_refused_in_words(chain, words, centre):
    seal = seals.seal_with(seals.key("rsa2048"), centre=centre)
    seal.chain = chain
    seal.save()
    assert why_not(centre) == ("seal_unfit", words or "Its certificate cannot be read: it has to be in PEM form.")


def test_a_certificate_that_expires_within_a_batch_seals_no_more(centre):
    private = seals.key("rsa2048")
    seals.seal_with(private, seals.certificate(private, days=(-1, 1)), centre=centre)
    sealer = sealer_of(centre)
    assert sealer.mould(at=NOW) is not None
    for again in (sealer.mould, lambda at: sealer.apply(PAGE, at=at)):
        with pytest.raises(Unfit):
            again(at=NOW + timedelta(days=2))


def test_a_passphrase_opens_the_key_and_a_wrong_one_does_not(centre, settings):
    private = seals.key("rsa2048")
    seal = seals.seal_with(private, centre=centre)
    seal.reference = seals.key_file(private, "locked.pem", passphrase="open sesame")
    seal.save()
    wrong = (
        "seal_unfit",
        "Its key file “locked.pem” cannot be opened: it is damaged, or the passphrase in SEAL_SECRET_AT_TEST is wrong.",
    )
    assert why_not(centre) == wrong
    settings.SEAL_SECRETS = {"AT_TEST": "open barley"}
    assert why_not(centre) == wrong
    settings.SEAL_SECRETS = {"AT_TEST": "open sesame"}
    assert sealer_of(centre).apply(PAGE, at=NOW).startswith(PAGE)


def test_a_key_file_that_is_missing_or_elsewhere_is_refused_in_words(centre, tmp_path):
    seal = seals.seal_with(seals.key("rsa2048"), centre=centre)
    (tmp_path / "outside.pem").write_bytes((tmp_path / "keys" / "seal.pem").read_bytes())
    (tmp_path / "keys" / "link.pem").symlink_to(tmp_path / "outside.pem")
    for name, words in (
        ("gone.pem", "Its key file “gone.pem” cannot be read."),
        ("../outside.pem", "Its key file “../outside.pem” is not below the folder of keys."),
        ("link.pem", "Its key file “link.pem” is not below the folder of keys."),
        (str(tmp_path / "outside.pem"), f"Its key file “{tmp_path / 'outside.pem'}” is not below the folder of keys."),
        (".", "Its key file “.” is not below the folder of keys."),
    ):
        seal.reference = name
        seal.save()
        assert why_not(centre) == ("seal_unfit", words)


def test_a_key_file_that_was_exchanged_is_loaded_anew(centre):
    private = seals.key("rsa2048")
    seals.seal_with(private, centre=centre)
    sealer_of(centre)
    seals.key_file(seals.key("rsa2048", "other"))
    assert why_not(centre) == ("seal_unfit", "Its key file “seal.pem” does not belong to its certificate “Testing house”.")
