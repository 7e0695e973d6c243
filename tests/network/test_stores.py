"""A disk that is full while a file is written costs an error in words, and never the file that is sent again."""

import os
import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from events.attendance.models import EvidenceFile
from network.stores import CannotKeep, keep_new, keep_once

ROOM = 100_000
CONTENT = os.urandom(3 * ROOM)
WORDS = "The file could not be stored: File too large. Try again when that is mended."


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@contextmanager
def little_room():
    """The operating system refuses what goes beyond, in the middle of a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def stored(path):
    return Path(default_storage.path(path)).read_bytes()


def test_what_was_cut_off_is_stored_whole_when_it_is_sent_again():
    with little_room(), pytest.raises(CannotKeep) as refused:
        keep_once("pictures/ab/abc.png", CONTENT)
    assert (refused.value.code, str(refused.value)) == ("cannot_keep", WORDS)
    keep_once("pictures/ab/abc.png", CONTENT)
    assert stored("pictures/ab/abc.png") == CONTENT


def test_the_same_bytes_are_stored_once(store):
    keep_once("pictures/ab/abc.png", CONTENT)
    first = (store / "pictures/ab/abc.png").stat()
    keep_once("pictures/ab/abc.png", CONTENT)
    assert (store / "pictures/ab/abc.png").stat() == first
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["abc.png"]


def test_a_rows_file_that_was_cut_off_takes_no_room(store):
    file = EvidenceFile()
    with little_room(), pytest.raises(CannotKeep) as refused:
        keep_new(file.file, "secret.pdf", CONTENT)
    assert str(refused.value) == WORDS
    assert [path for path in store.rglob("*") if path.is_file()] == []
    keep_new(file.file, "secret.pdf", CONTENT)
    assert stored(file.file.name) == CONTENT


def test_a_store_that_is_away_is_said(settings, tmp_path):
    (tmp_path / "away").touch()
    settings.MEDIA_ROOT = tmp_path / "away"
    with pytest.raises(CannotKeep) as refused:
        keep_once("pictures/ab/abc.png", CONTENT)
    assert str(refused.value) == "The file could not be stored: Not a directory. Try again when that is mended."
