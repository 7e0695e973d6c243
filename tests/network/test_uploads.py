"""Uploads are bounded while they arrive: a file that is too large costs neither memory nor disk, and is told clearly."""

import io
import tempfile
import tracemalloc

import pytest
from django.core.files.uploadhandler import load_handler
from django.http.multipartparser import MultiPartParser
from django.test import RequestFactory

from network.uploads import TooLargeFile

MEGABYTE = 2**20


class Form(io.RawIOBase):
    """A multipart form whose files are made while they are read, so that the test itself needs no memory for them."""

    def __init__(self, *sizes):
        self.parts = [b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\nHello\r\n']
        for number, size in enumerate(sizes):
            head = f'--b\r\nContent-Disposition: form-data; name="file{number}"; filename="{number}.pdf"\r\n'
            self.parts += [head.encode() + b"Content-Type: application/pdf\r\n\r\n", size, b"\r\n"]
        self.parts.append(b"--b--\r\n")
        self.length = sum(part if isinstance(part, int) else len(part) for part in self.parts)

    def readable(self):
        return True

    def read(self, size=-1):
        found = b""
        while self.parts and (size < 0 or len(found) < size):
            room = 10**9 if size < 0 else size - len(found)
            part = self.parts.pop(0)
            if isinstance(part, int):
                found += b"x" * min(part, room)
                left = part - room
                if left > 0:
                    self.parts.insert(0, left)
            else:
                found += part[:room]
                if part[room:]:
                    self.parts.insert(0, part[room:])
        return found


def received(settings, *sizes):
    """The fields and files as a view gets them."""
    form = Form(*sizes)
    meta = {"CONTENT_TYPE": "multipart/form-data; boundary=b", "CONTENT_LENGTH": form.length}
    request = RequestFactory().get("/")
    handlers = [load_handler(name, request) for name in settings.FILE_UPLOAD_HANDLERS]
    return MultiPartParser(meta, form, handlers, "utf-8").parse()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where temporary files are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_of_forty_megabytes_nothing_is_kept_but_all_that_was_typed(settings, folder):
    tracemalloc.start()
    fields, files = received(settings, 40 * MEGABYTE)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    file = files["file0"]
    assert isinstance(file, TooLargeFile)
    assert (file.name, file.size, file.read()) == ("0.pdf", 40 * MEGABYTE, b"")
    assert fields["note"] == "Hello"
    assert peak < 8 * MEGABYTE
    assert list(folder.iterdir()) == []


def test_what_is_small_enough_arrives_whole(settings):
    _fields, files = received(settings, 3, 4 * MEGABYTE)
    assert [(file.size, len(file.read())) for file in files.values()] == [(3, 3), (4 * MEGABYTE, 4 * MEGABYTE)]
    for file in files.values():
        file.close()


def test_many_files_are_bounded_together(settings):
    _fields, files = received(settings, *[9 * MEGABYTE] * 4)
    assert [isinstance(file, TooLargeFile) for file in files.values()] == [False, False, True, True]
    for file in files.values():
        file.close()


def test_one_byte_decides(settings):
    settings.UPLOAD_MOST_BYTES = 1000
    _fields, files = received(settings, 1000, 1001)
    assert [isinstance(file, TooLargeFile) for file in files.values()] == [False, True]
    files["file0"].close()


def test_a_form_that_breaks_off_leaves_nothing(settings, folder):
    form = Form(4 * MEGABYTE)
    form.parts[2:] = [MEGABYTE]
    request = RequestFactory().get("/")
    handlers = [load_handler(name, request) for name in settings.FILE_UPLOAD_HANDLERS]
    meta = {"CONTENT_TYPE": "multipart/form-data; boundary=b", "CONTENT_LENGTH": form.length}
    _fields, files = MultiPartParser(meta, form, handlers, "utf-8").parse()
    for file in files.values():
        file.close()
    assert list(folder.iterdir()) == []
