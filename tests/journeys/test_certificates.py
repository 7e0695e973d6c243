"""A certificate in the hands of others: its file is compared in the browser, and sent only if one wants its seal judged."""

import hashlib
import re

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from events.certificates.models import Recognition
from tests import factories
from tests.events.certificates.samples import stored
from tests.journeys.conftest import too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORIGINAL = b"%PDF-1.7 sample"  # what ``stored`` keeps


@pytest.fixture
def certificate(settings, tmp_path, centre, ana):
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()
    event = factories.EventFactory(organising_centre=centre, slug="market-dialogue", title="Market dialogue in practice")
    return stored(factories.RegistrationFactory(event=event, person=ana, state="confirmed"))


def pdf(content=ORIGINAL):
    return {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": content}


def sent(page):
    """The bodies that a page sends."""
    bodies = []
    page.on("request", lambda request: bodies.append(request.post_data_buffer) if request.method == "POST" else None)
    return bodies


def test_the_file_is_compared_without_being_sent(certificate, open_browser):
    page = open_browser(width=360)
    bodies = sent(page)
    page.goto(certificate.get_absolute_url())
    result = page.locator("[data-result]")
    page.get_by_label("The PDF file").set_input_files(pdf())
    expect(result).to_have_text("This file is the original, byte for byte.")
    page.get_by_label("The PDF file").set_input_files(pdf(ORIGINAL + b" changed"))
    expect(result).to_have_text("This is not the original file: it was changed, or it is another one.")
    assert bodies == []


def test_the_file_that_was_chosen_last_is_told_whichever_is_read_first(certificate, open_browser):
    page = open_browser()
    page.add_init_script("""
        const read = File.prototype.arrayBuffer, digest = crypto.subtle.digest.bind(crypto.subtle);
        const go = new Promise((done) => { window.readLarge = done; });
        File.prototype.arrayBuffer = async function () { if (this.size > 50) await go; return read.call(this); };
        crypto.subtle.digest = async (...what) => { const sum = await digest(...what); window.sums = (window.sums ?? 0) + 1; return sum; };
    """)
    page.goto(certificate.get_absolute_url())
    result = page.locator("[data-result]")
    page.get_by_label("The PDF file").set_input_files(pdf(ORIGINAL + b" changed" * 10))
    page.get_by_label("The PDF file").set_input_files(pdf())
    expect(result).to_have_text("This file is the original, byte for byte.")
    page.evaluate("() => window.readLarge()")
    page.wait_for_function("window.sums === 2")
    expect(result).to_have_text("This file is the original, byte for byte.")


def test_a_file_leads_to_its_certificate(certificate, open_browser):
    page = open_browser()
    bodies = sent(page)
    page.goto("/verify/")
    page.get_by_label("The PDF file").set_input_files(pdf())
    expect(page.get_by_text("The file is the original, byte for byte.", exact=True)).to_be_visible()
    assert page.url.endswith(f"/verify/?sha256={hashlib.sha256(ORIGINAL).hexdigest()}")
    page.goto("/verify/")
    page.get_by_label("The PDF file").set_input_files(pdf(b"%PDF-1.7 another"))
    expect(page.get_by_text("We never issued this file as it is.")).to_be_visible()
    assert bodies == []


def test_a_file_is_dropped_on_the_page(certificate, open_browser):
    page = open_browser()
    page.goto(certificate.get_absolute_url())
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.items.add(new File([text], "certificate.pdf", {type: "application/pdf"}));
            document.querySelector("form[data-verify-file]").dispatchEvent(
                new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        ORIGINAL.decode(),
    )
    expect(page.locator("[data-result]")).to_have_text("This file is the original, byte for byte.")


def test_a_file_that_is_not_known_stays_chosen_to_have_its_seal_checked(certificate, open_browser):
    page = open_browser(width=360)
    page.goto("/verify/")
    page.get_by_label("The PDF file").set_input_files(pdf(b"%PDF-1.7 another"))
    expect(page.locator("[data-result]")).to_contain_text("We never issued this file as it is.")
    page.get_by_role("button", name="Send it and check its seal").click()
    expect(page.get_by_role("heading", name="What we know about the file")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_file_is_sent_to_have_its_seal_judged(certificate, open_browser, scripts):
    page = open_browser(scripts=scripts)
    page.goto(certificate.get_absolute_url())
    page.get_by_label("The PDF file").set_input_files(pdf())
    page.get_by_role("button", name="Send it and check its seal").click()
    expect(page.get_by_role("heading", name="What we know about the file")).to_be_visible()
    expect(page.get_by_text("The file is the original, byte for byte.", exact=True)).to_be_visible()
    expect(page.get_by_text("It could not be judged")).to_be_visible()  # the sample is no real PDF


def test_the_holder_hides_the_name_and_a_reader_compares_it(certificate, open_browser, ana):
    page = open_browser(ana, width=360)
    page.goto("/my/certificates/")
    page.get_by_text("For other programs, and who sees your name").click()
    page.get_by_label("Nothing: who asks types my surname").check()
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page.get_by_text("From now on, who checks it is told:")).to_be_visible()
    reader = open_browser()
    reader.goto(certificate.get_absolute_url())
    expect(reader.get_by_role("heading", name="Certificate of attendance")).to_be_visible()
    assert "Procurer" not in reader.content()
    reader.get_by_label("Surname of the holder").fill("procurer")
    reader.get_by_role("button", name="Compare").click()
    expect(reader.get_by_text("Yes, this is the name on the certificate.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_these_pages(certificate, open_browser, ana, olga, scheme):
    need("axe")
    Recognition.objects.create(event=certificate.event, kind="speaking", name="Sven Speaker", subject="Talking to the market")
    desk = f"/desk/events/{certificate.event.slug}/certificates/"
    findings = {}
    for person, address in (
        (None, certificate.get_absolute_url()),
        (None, f"/verify/?sha256={'0' * 64}"),
        (ana, "/my/certificates/"),
        (olga, "/desk/certificates/"),
        (olga, desk),
    ):
        page = open_browser(person, scheme=scheme, judge=True, width=360)
        page.goto(address)
        if found := violations(page):
            findings[address] = found
        if sideways := too_wide(page):
            findings[f"{address} sideways"] = sideways
    assert findings == {}
