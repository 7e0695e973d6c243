"""Every language of the interface is whole: nothing is missing, nothing is doubtful, and what is compiled is what is written."""

import os
import re
import shutil
import subprocess
import sys

import polib
import pytest
from django.conf import settings

from tests.requirements import need

pytestmark = pytest.mark.once

TRANSLATED = [code for code, _name in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}|</?\w+[^>]*>")


def catalogue(language, kind="po"):
    path = str(settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / f"django.{kind}")
    return polib.pofile(path) if kind == "po" else polib.mofile(path)


def texts(entry):
    """Pairs of what is asked and what is answered."""
    if entry.msgid_plural:
        forms = entry.msgstr_plural
        return [(entry.msgid_plural, text) for text in forms.values()]
    return [(entry.msgid, entry.msgstr)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language):
    left = [entry.msgid for entry in catalogue(language) if not entry.translated() or entry.fuzzy]
    assert left == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_tags_survive_translation(language):
    lost = []
    for entry in catalogue(language):
        for asked, answered in texts(entry):
            if not set(PLACEHOLDER.findall(answered)) <= set(PLACEHOLDER.findall(asked)) or (
                not entry.msgid_plural and set(PLACEHOLDER.findall(answered)) != set(PLACEHOLDER.findall(asked))
            ):
                lost.append((asked, answered))
    assert lost == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language):
    written = {(entry.msgctxt, entry.msgid): texts(entry) for entry in catalogue(language)}
    compiled = {(entry.msgctxt, entry.msgid): texts(entry) for entry in catalogue(language, "mo") if entry.msgid}
    assert compiled == written


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_every_text_of_the_code(language, tmp_path):
    need("gettext")
    for folder in ("config", "events", "network", "templates", "locale"):
        shutil.copytree(settings.BASE_DIR / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(settings.BASE_DIR / "manage.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", language, "--no-obsolete", "--no-wrap"],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(tmp_path / f"locale/{language}/LC_MESSAGES/django.po"))}
    assert asked - {(entry.msgctxt, entry.msgid) for entry in catalogue(language)} == set()
