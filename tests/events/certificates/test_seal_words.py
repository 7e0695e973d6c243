"""What is said about seals: in plain words, with the standard's term beside them."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from events.certificates.content.seal_words import SEAL_WORDS, words_of_seal
from events.certificates.models import Certificate, Seal
from events.certificates.sealing.sealer import sealer_of
from tests.events.certificates import seals


def test_every_level_has_words_of_its_own():
    assert {level: words.term for level, words in SEAL_WORDS.items()} == dict(Seal.Level.choices)
    assert len({str(words.name) for words in SEAL_WORDS.values()} | {str(words.meaning) for words in SEAL_WORDS.values()}) == 8
    assert words_of_seal("") is None


def test_the_register_says_how_each_is_sealed_and_explains_it_once(client, olga, anas):
    client.force_login(olga)
    plain = client.get("/desk/certificates/").content.decode()
    Certificate.objects.update(seal_level="B-T")
    page = client.get("/desk/certificates/").content.decode()
    assert [text.count("Sealed with a time stamp") for text in (plain, page)] == [1, 2]
    assert page.count("PAdES is the European standard") == 1


@pytest.mark.parametrize(
    ("is_ours", "is_whole", "explained"),
    [(True, True, 1), (False, True, 0), (False, False, 0)],
    ids=["ours", "whole", "broken"],
)
def test_only_of_what_was_issued_it_is_said_what_its_seal_proves(
    client, centre, anas, settings, tmp_path, is_ours, is_whole, explained
):
    """Anybody can seal a file with a key and a clock of their own: the words of a level say nothing true about that."""
    settings.KEYS_DIR, settings.SEAL_SECRETS = tmp_path / "keys", {}
    seals.seal_with(seals.key("rsa2048"), centre=centre)
    pdf = sealer_of(centre).apply(seals.PAGE, at=seals.NOW)
    pdf = pdf if is_whole else pdf.replace(b"/MediaBox", b"/MediaBoy", 1)
    if is_ours:
        Certificate.objects.filter(pk=anas.pk).update(sha256=hashlib.sha256(pdf).hexdigest())
    page = client.post("/verify/file/", {"file": SimpleUploadedFile("a.pdf", pdf)}).content.decode()
    assert page.count("PAdES B-B: a level of the European standard for seals in PDF files") == 1
    assert page.count("Sealed. The file shows who sealed it, and that nothing was changed since.") == explained
