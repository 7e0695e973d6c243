"""Somebody shows us a file, any file: what we say about its seal, and what it cannot do to us."""

import io
import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from datetime import timedelta

import pytest
from django.core.cache import cache
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from events.certificates.sealing import judging, outside, pades
from events.certificates.sealing.judging import UNREADABLE, Busy, Judgement, judge
from events.certificates.sealing.keys import FileKey
from events.certificates.sealing.sealer import sealer_of
from tests.events.certificates import seals
from tests.events.certificates.samples import facts, printed
from tests.events.certificates.seals import NOW, PAGE
from tests.requirements import need


@pytest.fixture(autouse=True)
def _keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    settings.SEAL_SECRETS = {}


@pytest.fixture
def seal(centre):
    return seals.seal_with(seals.key("rsa2048"), centre=centre)


@pytest.fixture(autouse=True)
def _nothing_is_known_yet():
    cache.clear()


@pytest.fixture
def sealed(seal, centre):
    return sealer_of(centre).apply(PAGE, at=NOW)


def good(seal):
    return Judgement(
        is_sealed=True, is_intact=True, seal=seal, signer="Testing house", signed_at=NOW, level="B-B", is_trusted=None
    )


def spoilt(seal):
    return Judgement(is_sealed=True, is_intact=False, seal=seal, signer="Testing house", signed_at=NOW, level="B-B")


def test_our_seal_is_known_also_after_it_was_retired_and_after_it_expired(sealed, seal):
    assert judge(sealed) == good(seal)
    private = seals.key("rsa2048")
    seals.seal_with(private, seals.certificate(private, days=(-2, 2)), name="networks.pem")
    seal.retired_at = NOW
    seal.save()
    assert judge(sealed) == good(seal)


def test_a_changed_octet_is_seen(sealed, seal):
    changed = bytearray(sealed)
    changed[sealed.index(b"/MediaBox")] = ord(" ")
    judgement = judge(bytes(changed))
    assert judgement.is_intact is False
    changed = bytearray(sealed)
    changed[sealed.index(b"/M (D") + 12] ^= 1  # the time of sealing
    assert judge(bytes(changed)).is_intact is False


def appended(pdf, change):
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def test_an_update_after_the_seal_is_seen(sealed, seal):
    def new_title(writer):
        writer.root["/Lang"] = pades.generic.TextStringObject("xx")
        writer.update_root()

    assert judge(appended(sealed, new_title)) == spoilt(seal)


def test_anything_behind_the_end_is_seen(sealed, seal):
    for more in (b"\n", b"%", b"\n%%EOF\n", bytes(100)):
        assert judge(sealed + more) in {spoilt(seal), UNREADABLE}


def test_a_second_signature_over_ours_is_a_change(sealed, seal):
    stranger = seals.key("p256", "stranger")
    signer = pades.Signer(seals.identity_with(stranger), FileKey(stranger))
    # pyHanko itself would not sign where nothing may change, so the permission is overlooked.
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    meta = signers.PdfSignatureMetadata(field_name="Second", md_algorithm="sha256")
    pdf_signer = signers.PdfSigner(meta, signer)
    pdf_signer._enforce_certification_constraints = lambda _reader: None
    assert judge(pdf_signer.sign_pdf(writer).getvalue()) == spoilt(seal)


def test_a_strangers_seal_is_a_strangers_though_it_has_our_name(seal):
    stranger = seals.key("rsa2048", "stranger")
    identity = seals.identity_with(stranger)
    pdf = pades.seal(PAGE, identity=identity, key=FileKey(stranger), at=NOW)
    assert judge(pdf) == good(None)


def test_our_certificate_with_a_strangers_key_is_no_seal(seal, centre):
    identity = seals.Identity(seals.x509.load_pem_x509_certificate(seal.chain.encode()))
    pdf = pades.seal(PAGE, identity=identity, key=FileKey(seals.key("rsa2048", "stranger")), at=NOW)
    assert judge(pdf) == spoilt(seal)


def test_whether_it_is_trusted_is_said_where_we_were_told_whom_to_trust(centre, settings, tmp_path, sealed, seal):
    authority, private = seals.key("rsa2048", "authority"), seals.key("p256")
    root = seals.certificate(authority, "Root of trust", ca=True)
    own = seals.certificate(private, "Sealing house", issuer=(authority, root))
    pdf = pades.seal(PAGE, identity=seals.Identity(own, (root,)), key=FileKey(private), at=NOW)
    assert judge(pdf).is_trusted is None
    (tmp_path / "roots.pem").write_text(seals.pem_of(root))
    settings.SEAL_TRUSTED_ROOTS = str(tmp_path / "roots.pem")
    assert (judge(pdf).is_trusted, judge(sealed).is_trusted) == (True, False)
    settings.SEAL_TRUSTED_ROOTS = str(tmp_path / "gone.pem")
    assert judge(pdf).is_trusted is None


def test_a_certificate_that_has_expired_since_did_not_expire_backwards(db, settings, tmp_path):
    authority, private = seals.key("rsa2048", "authority"), seals.key("p256")
    root = seals.certificate(authority, "Root of trust", ca=True, days=(-900, 900))
    own = seals.certificate(private, "Sealing house", issuer=(authority, root), days=(-800, -400))
    (tmp_path / "roots.pem").write_text(seals.pem_of(root))
    settings.SEAL_TRUSTED_ROOTS = str(tmp_path / "roots.pem")
    then = NOW - timedelta(days=730)
    pdf = pades.seal(PAGE, identity=seals.Identity(own, (root,)), key=FileKey(private), at=then)
    judgement = judge(pdf)
    assert (judgement.is_intact, judgement.is_trusted, judgement.signed_at) == (True, True, then)


# --- Any file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"rubbish",
        b"%PDF-1.7\n",
        b"%PDF-1.7\ntrailer << /Root 1 0 R >>\n%/ByteRange\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.7\n" + b"[" * 200_000,
        bytes(range(256)) * 400,
        b"MZ" + bytes(5000),
    ],
)
def test_rubbish_cannot_be_judged(rubbish, db):
    assert judge(rubbish) == UNREADABLE


def test_a_file_cut_anywhere_is_no_seal_that_holds(sealed):
    for end in range(200, len(sealed), len(sealed) // 7):
        judgement = judge(sealed[:end])
        assert judgement.is_intact is False


def test_a_certificate_without_a_seal_is_without_one(db):
    need("pango")
    assert judge(PAGE) == Judgement()
    assert judge(printed(facts())) == Judgement()


def test_a_huge_file_is_not_looked_at(db, monkeypatch):
    monkeypatch.setattr(judging.subprocess, "run", None)
    assert judge(b"%PDF-1.7\n" + bytes(outside.LARGEST_FILE)) == UNREADABLE


@pytest.mark.parametrize(
    "more",
    [
        b"1 0 obj\nendobj\n" * outside.MOST_OBJECTS,
        b"endstream\n" * outside.MOST_OBJECTS,
        b"startxref\n0\n" * outside.MOST_ENDS,
        b"/ByteRange" * outside.MOST_SIGNATURES,
    ],
    ids=["objects", "streams", "ends", "signatures"],
)
def test_what_no_certificate_is_like_costs_nothing(sealed, more, monkeypatch):
    assert outside.kind_of(sealed) == "sealed"
    monkeypatch.setattr(judging.subprocess, "run", None)
    assert judge(sealed + more + more + b"%%EOF\n") == UNREADABLE


def bomb(octets):
    """A file whose catalogue is in an object stream that unpacks to so many octets."""
    catalogue = b"1 0 << /Type /Catalog /Pages 3 0 R /AcroForm << /Fields [] /SigFlags 3 >> >>"
    packed = zlib.compress(catalogue + b" " * octets, 9)
    head = b"%PDF-1.7\n"
    stream = b"2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        len(packed),
        packed,
    )
    places = struct.pack(">BIBBIBBIBBIB", 0, 0, 255, 2, 2, 0, 1, len(head), 0, 1, len(head) + len(stream), 0)
    table = b"3 0 obj\n<< /Type /XRef /Size 4 /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        len(places),
        places,
    )
    return head + stream + table + b"startxref\n%d\n%%%%EOF\n" % (len(head) + len(stream))


def test_a_bomb_does_not_go_off_here(db):
    signed = b"% /ByteRange\n"  # or nothing would be unpacked at all
    assert judge(bomb(0) + signed) == Judgement()  # without its charge it is a file like others
    assert judge(bomb(300_000_000) + signed) == UNREADABLE
    assert judge(bomb(300_000_000)) == Judgement()


def test_a_ring_of_references_ends(db):
    body = [b"%PDF-1.7\n"]
    offsets = []
    for number, content in enumerate(
        (
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm 3 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>",
            b"<< /Fields [4 0 R] /SigFlags 3 >>",
            b"<< /T (a) /Kids [4 0 R] /Parent 4 0 R >>",
        ),
        start=1,
    ):
        offsets.append(sum(map(len, body)))
        body.append(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = sum(map(len, body))
    body.append(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    body.append(b"trailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF\n%%/ByteRange\n" % start)
    began = time.monotonic()
    assert judge(b"".join(body)).is_intact is False
    assert time.monotonic() - began < judging.MOST_SECONDS


def test_one_that_uses_up_its_time_is_given_up_and_known_for_an_hour(sealed, monkeypatch):
    endless = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    really = subprocess.run
    started = []

    def run(_command, **options):
        started.append(1)
        return really([sys.executable, "-c", endless], **options)

    monkeypatch.setattr(judging.subprocess, "run", run)
    assert (judge(sealed), judge(sealed), len(started)) == (UNREADABLE, UNREADABLE, 1)


def test_where_the_machine_is_too_busy_nothing_is_said_of_the_file(sealed, seal, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(judging, "MOST_SECONDS", 0.01)
        with pytest.raises(Busy):
            judge(sealed)
    assert judge(sealed) == good(seal)


def test_a_strangers_file_is_looked_at_each_time_and_ours_once_an_hour(sealed, seal, monkeypatch):
    started = []
    really = judging._look

    def look(pdf):
        started.append(1)
        return really(pdf)

    monkeypatch.setattr(judging, "_look", look)
    assert (judge(sealed), judge(sealed), len(started)) == (good(seal), good(seal), 2)
    assert (judge(sealed, is_ours=True), judge(sealed, is_ours=True), len(started)) == (good(seal), good(seal), 3)


def test_one_at_a_time_and_one_more_waits_for_a_moment(sealed, seal, monkeypatch):
    monkeypatch.setattr(judging, "_place", threading.BoundedSemaphore(1))
    monkeypatch.setattr(judging, "_bench", threading.BoundedSemaphore(1))
    with judging._place:
        with pytest.raises(Busy):
            judge(sealed)  # of a genuine file nothing wrong is said, and the thread is soon free for others
        with judging._bench, pytest.raises(Busy):
            judge(sealed)
        assert judge(sealed, is_ours=True) == good(seal)
    assert judge(sealed) == good(seal)


def test_each_visitor_has_one_place_and_gives_it_back(sealed, seal):
    with judging._a_place("192.0.2.1"):
        pass
    with judging._a_place("192.0.2.1"), pytest.raises(Busy):
        judge(sealed, visitor="192.0.2.1")
    assert judge(sealed, visitor="192.0.2.1") == good(seal)


def test_the_process_apart_has_none_of_our_secrets(sealed, monkeypatch):
    seen = {}
    run = judging.subprocess.run

    def watched(*arguments, **options):
        seen.update(options["env"])
        return run(*arguments, **options)

    monkeypatch.setattr(judging.subprocess, "run", watched)
    judge(sealed)
    assert seen.keys() == {"PYTHONPATH", "PATH", "PYTHONIOENCODING"}
    assert "SECRET_KEY" in os.environ
