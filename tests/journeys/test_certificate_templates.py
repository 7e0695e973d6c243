"""An organiser gives the centre's certificates a face, sees it while typing, and has an event use it."""

import re

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from events.certificates.designs import preview
from events.certificates.models import CertificateTemplate, CertificateTerms
from tests.events.certificates.samples import LOGO, autograph
from tests.journeys.conftest import too_wide, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOWN = re.compile("^data:image/png;base64,")


@pytest.fixture(autouse=True)
def _kept_files(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(preview, "PATIENCE", 60.0)  # a slow printer is not a busy one
    cache.clear()


def src(page):
    return page.get_by_alt_text("A sample certificate with what you typed").get_attribute("src")


def test_the_preview_follows_what_is_typed_and_the_picture_is_sent_once(open_browser, olga, centre):
    page = open_browser(olga, judge=True)
    page.goto("/desk/certificate-templates/")
    page.get_by_role("link", name="New template").click()
    picture = page.get_by_alt_text("A sample certificate with what you typed")
    expect(picture).to_have_attribute("src", SHOWN)
    plain = src(page)

    page.get_by_label("Name", exact=True).fill("House style")
    page.get_by_label("Frame: centred").check()
    expect(picture).not_to_have_attribute("src", plain)
    framed = src(page)

    page.locator("input[name=logo]").set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO})
    expect(page.get_by_label("Take the logo away")).to_be_visible()
    expect(picture).not_to_have_attribute("src", framed)
    assert page.locator("input[name=logo]").input_value() == ""
    page.get_by_label("The logo in words").fill("Testing house")
    page.get_by_label("Who signs").fill("Dr. Edda Examiner")
    page.locator("input[name=signature]").set_input_files(
        {"name": "signature.png", "mimeType": "image/png", "buffer": autograph()}
    )
    expect(page.get_by_label("Take the signature away")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Save the template").click()
    expect(page.get_by_text("is saved as version 1")).to_be_visible()
    template = CertificateTemplate.objects.get()
    assert (template.name, template.design, bool(template.logo), bool(template.signature)) == (
        "House style",
        "frame",
        True,
        True,
    )


def test_what_cannot_be_printed_is_said_where_the_preview_was(open_browser, olga, centre):
    page = open_browser(olga)
    page.goto("/desk/certificate-templates/new/")
    page.get_by_label("Who signs").fill("你")
    expect(page.get_by_text("the certificate’s fonts have no “你”")).to_be_visible()
    page.get_by_label("Who signs").fill("Dr. Edda Examiner")
    expect(page.get_by_alt_text("A sample certificate with what you typed")).to_have_attribute("src", SHOWN)


@pytest.mark.parametrize("width", [1280, 360])
def test_without_scripts_it_works_too(width, open_browser, olga, centre, training):
    page = open_browser(olga, scripts=False, width=width)
    page.goto("/desk/certificate-templates/new/")
    page.get_by_label("Name", exact=True).fill("House style")
    page.locator("input[name=logo]").set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO})
    page.get_by_role("button", name="Show the preview").click()
    expect(page.get_by_alt_text("A sample certificate with what you typed")).to_have_attribute("src", SHOWN)
    page.get_by_role("button", name="Save the template").click()
    expect(page.get_by_role("link", name="The logo in words: Say in words")).to_be_visible()
    page.get_by_label("The logo in words").fill("Testing house")
    page.get_by_role("button", name="Save the template").click()
    expect(page.get_by_text("is saved as version 1")).to_be_visible()
    assert too_wide(page) == 0

    page.goto(f"/desk/events/{training.slug}/certificates/terms/")
    page.get_by_label("Template").select_option(label="House style (Test AT)")
    page.get_by_label("Valid for how many months").fill("24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds for certificates that are issued from now on.")).to_be_visible()
    terms = CertificateTerms.objects.get()
    assert (terms.template.name, terms.valid_months) == ("House style", 24)
