"""Templates: what a centre puts into the slots of a design, who may, and what is checked before it is kept."""

import base64
import io
import re
from datetime import datetime
from pathlib import PurePosixPath

import pikepdf
import pytest
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from events.certificates.content import pictures as kept
from events.certificates.content.facts import look_facts
from events.certificates.content.wording import put_into_words
from events.certificates.designs import actions, pictures, preview
from events.certificates.designs.forms import SALT, TemplateForm
from events.certificates.designs.sample import sample_facts
from events.certificates.designs.slots import Slots
from events.certificates.issuing import actions as issuing
from events.certificates.models import Certificate, CertificateTemplate, CertificateTerms
from events.paper.fonts import CannotPrint
from events.programme import actions as programme
from network.errors import Invalid, NotAllowed, Stale
from tests import factories
from tests.events.certificates.samples import LOGO, autograph
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def logo():
    return pictures.keep_anew(LOGO)


@pytest.fixture
def ours(centre, olga, logo):
    """A template of the centre with everything on it."""
    return actions.add_template(
        centre=centre,
        by=olga,
        slots=Slots(
            name="House style",
            design="frame",
            logo=logo,
            logo_text="Testing house",
            signature=pictures.keep_anew(autograph()),
            signatory="Dr. Edda Examiner",
            signatory_role="Head of the centre",
            wording={"en": {"closing": "Well done."}, "de": {"closing": "Gut gemacht.", "signatory_role": "Leiterin"}},
        ),
    )


def wrong(**slots):
    """What is wrong with these slots."""
    with pytest.raises(Invalid) as refused:
        actions.check(Slots(**{"name": "House style", **slots}).cleaned(), None)
    return refused.value.errors


# --- Saving ---------------------------------------------------------------------------------------------------------


def test_what_is_in_the_slots_stands_on_the_certificate_in_its_language(course, came, ana, olga, ours):
    actions.set_terms(event=course, template=ours, valid_months=24, by=olga)
    certificate = issuing.issue(registration=came(ana), by=olga, language="de")
    certificate.refresh_from_db()
    look = certificate.facts["look"]
    assert (look["design"], look["template"], look["version"]) == ("frame", ours.pk, 1)
    assert (look["signatory"], look["signatory_role"], look["closing"]) == ("Dr. Edda Examiner", "Leiterin", "Gut gemacht.")
    assert certificate.template == "frame/1"
    assert certificate.valid_until.isoformat() == certificate.facts["valid_until"]
    with certificate.file.open() as file, pikepdf.open(io.BytesIO(file.read())) as document:
        images = [str(key) for page in document.pages for key in page.Resources.get("/XObject", {})]
        assert len(images) >= 1


def test_a_change_is_a_new_version_and_no_change_is_none(course, came, ana, ben, olga, ours):
    actions.set_terms(event=course, template=ours, valid_months=None, by=olga)
    first = issuing.issue(registration=came(ana), by=olga)
    same = actions.change_template(template=ours, slots=Slots.of(ours), by=olga, version=1)
    assert same.version == 1
    slots = Slots(**{**vars(Slots.of(ours)), "design": "line"})
    after = actions.change_template(template=ours, slots=slots, by=olga, version=1)
    second = issuing.issue(registration=came(ben), by=olga)
    first.refresh_from_db()
    assert (after.version, after.changed_by) == (2, olga)
    assert [(one.template, one.facts["look"]["version"]) for one in (first, second)] == [("frame/1", 1), ("line/3", 2)]


def test_who_changed_it_from_an_old_version_is_told(olga, carl, ours):
    actions.change_template(template=ours, slots=Slots(name="New"), by=carl, version=1)
    with pytest.raises(Stale):
        actions.change_template(template=ours, slots=Slots(name="Newer"), by=olga, version=1)
    assert CertificateTemplate.objects.get().name == "New"


def test_organisers_make_those_of_their_centre_and_the_secretariat_those_of_the_network(centre, olga, otto, mia, sara, ours):
    for person, whose in ((otto, centre), (mia, centre), (olga, None)):
        with pytest.raises(NotAllowed):
            actions.add_template(centre=whose, slots=Slots(name="Mine"), by=person)
    for verb in (actions.retire_template, actions.take_back_template):
        with pytest.raises(NotAllowed):
            verb(template=ours, by=otto)
    with pytest.raises(NotAllowed):
        actions.change_template(template=ours, slots=Slots(name="Mine"), by=otto)
    assert actions.add_template(centre=None, slots=Slots(name="Network"), by=sara).centre is None


def test_a_name_is_used_once_in_a_centre(centre, other_centre, olga, otto, sara, ours):
    with pytest.raises(Invalid) as refused:
        actions.add_template(centre=centre, slots=Slots(name=" House  style"), by=olga)
    assert refused.value.errors == {"name": ["There is a template of this name already. Choose another name."]}
    actions.add_template(centre=other_centre, slots=Slots(name="House style"), by=otto)
    actions.add_template(centre=None, slots=Slots(name="House style"), by=sara)
    with pytest.raises(Invalid):
        actions.add_template(centre=None, slots=Slots(name="House style"), by=sara)
    assert CertificateTemplate.objects.filter(name="House style").count() == 3


def test_a_logo_without_words_and_a_signature_without_a_name_are_refused(logo):
    assert wrong(logo=logo, logo_text=" ") == {
        "logo_text": ["Say in words what the logo shows, such as the name of your centre. Who cannot see it hears this."]
    }
    assert wrong(signature=logo) == {"signatory": ["Say whose signature it is."]}


def test_a_character_without_a_glyph_is_refused_and_named_with_its_slot():
    errors = wrong(signatory="Dr. 你", wording={"de": {"closing": "Bravo 🎉"}})
    assert sorted(errors) == ["signatory", "wording.de.closing"]
    assert "U+4F60 CJK UNIFIED IDEOGRAPH-4F60" in errors["signatory"][0]
    assert "U+1F389 PARTY POPPER" in errors["wording.de.closing"][0]


def test_what_is_too_long_is_refused_with_the_limit():
    assert wrong(signatory="x" * 81, wording={"en": {"closing": "x" * 161}}) == {
        "signatory": ["Use at most 80 characters; there are 81."],
        "wording.en.closing": ["Use at most 160 characters; there are 161."],
    }


def test_a_design_a_language_and_a_slot_that_do_not_exist_are_refused():
    assert wrong(name="", design="baroque", wording={"xx": {"closing": "x"}, "en": {"opening": "x"}}) == {
        "name": ["Give the template a name, so that you know it again."],
        "design": ["Choose one of the designs."],
        "wording": ["Certificates are not written in “xx”.", "No design has a slot “opening”."],
    }


@pytest.mark.parametrize("design", ["line", "frame"])
def test_the_longest_texts_that_slots_take_fit_in_each_design(design, logo, centre, olga):
    words = "Wir danken Ihnen sehr für Ihre Mühe und Geduld "
    template = actions.add_template(
        centre=centre,
        by=olga,
        slots=Slots(
            name="Long",
            design=design,
            logo=logo,
            logo_text="x" * 160,
            signature=pictures.keep_anew(autograph()),
            signatory=(words * 3)[:80],
            signatory_role=(words * 3)[:100],
            wording={code: {"closing": (words * 4)[:160]} for code in ("en", "de")},
        ),
    )
    assert template.version == 1


# --- Choosing -------------------------------------------------------------------------------------------------------


def test_an_event_uses_templates_of_its_organisers_and_of_the_network(course, centre, other_centre, olga, otto, sara, ours):
    theirs = actions.add_template(centre=other_centre, slots=Slots(name="Theirs"), by=otto)
    everybodys = actions.add_template(centre=None, slots=Slots(name="Everybody’s"), by=sara)
    foreign = actions.add_template(centre=factories.CentreFactory(), slots=Slots(name="Foreign"), by=sara)
    for template, by in ((ours, olga), (theirs, otto), (everybodys, olga), (theirs, sara)):
        assert actions.set_terms(event=course, template=template, valid_months=None, by=by).template == template
    assert actions.set_terms(event=course, template=theirs, valid_months=6, by=olga).template == theirs  # as it is already
    for by in (olga, sara):
        with pytest.raises(Invalid) as refused:
            actions.set_terms(event=course, template=foreign, valid_months=None, by=by)
        assert refused.value.errors == {
            "template": [
                "Choose a template of the network, or of a centre that organises this event and for which you organise."
            ]
        }


def test_naming_a_centre_as_co_organiser_does_not_give_away_its_signature(course, client, other_centre, olga, otto, sara):
    theirs = actions.add_template(centre=other_centre, slots=Slots(name="Theirs"), by=otto)
    with pytest.raises(Invalid):
        actions.set_terms(event=course, template=theirs, valid_months=None, by=olga)
    page = f"/desk/events/{course.slug}/certificates/terms/"
    client.force_login(olga)
    assert "Theirs" not in client.get(page).content.decode()
    assert client.post(page, {"template": theirs.pk, "valid_months": ""}).status_code == 400
    assert CertificateTerms.objects.count() == 0


def test_a_retired_template_stays_where_it_is_used_and_is_not_chosen_anew(course, olga, ours):
    other = factories.EventFactory(organising_centre=ours.centre)
    actions.set_terms(event=course, template=ours, valid_months=None, by=olga)
    actions.retire_template(template=ours, by=olga)
    assert actions.set_terms(event=course, template=ours, valid_months=12, by=olga).valid_months == 12
    with pytest.raises(Invalid):
        actions.set_terms(event=other, template=ours, valid_months=None, by=olga)
    actions.take_back_template(template=ours, by=olga)
    actions.set_terms(event=other, template=ours, valid_months=None, by=olga)
    assert CertificateTerms.objects.count() == 2


def test_the_networks_usual_is_no_terms_at_all(course, olga, otto, ours):
    actions.set_terms(event=course, template=ours, valid_months=3, by=olga)
    assert actions.set_terms(event=course, template=None, valid_months=None, by=olga) is None
    assert CertificateTerms.objects.count() == 0
    assert look_facts(course, "en")["template"] is None
    for months in (0, 241):
        with pytest.raises(Invalid) as refused:
            actions.set_terms(event=course, template=None, valid_months=months, by=olga)
        assert list(refused.value.errors) == ["valid_months"]
    with pytest.raises(NotAllowed):
        actions.set_terms(
            event=factories.EventFactory(organising_centre=course.organising_centre), template=None, valid_months=3, by=otto
        )


# --- Pages ----------------------------------------------------------------------------------------------------------

NEW = "/desk/certificate-templates/new/"


def a_file(content, name="logo.svg"):
    return SimpleUploadedFile(name, content)


def test_an_organiser_makes_a_template_with_the_form(client, olga, centre):
    client.force_login(olga)
    said = {
        "centre": centre.slug,
        "name": "House style",
        "design": "frame",
        "logo": a_file(LOGO),
        "logo_text": "Testing house",
        "signatory": "Dr. Edda Examiner",
        "signatory_role": "Head",
        "signatory_role_de": "Leiterin",
        "closing_en": "Well done.",
    }
    answer = client.post(NEW, said)
    assert (answer.status_code, answer.url) == (302, "/desk/certificate-templates/")
    template = CertificateTemplate.objects.get()
    assert (template.centre, template.design, template.wording) == (
        centre,
        "frame",
        {"en": {"closing": "Well done."}, "de": {"signatory_role": "Leiterin"}},
    )
    assert PurePosixPath(template.logo.name).suffix == ".svg"
    assert template.signature.name == ""


def test_a_store_that_is_full_or_away_is_said_at_the_picture(client, olga, centre, settings, tmp_path):
    (tmp_path / "away").touch()
    settings.MEDIA_ROOT = tmp_path / "away"
    client.force_login(olga)
    shown = client.post(NEW, {"centre": centre.slug, "name": "House style", "logo": a_file(LOGO), "logo_text": "House"})
    assert (shown.status_code, shown.context["form"].errors["logo"]) == (
        400,
        ["The file could not be stored: Not a directory. Try again when that is mended."],
    )
    assert (shown.context["form"]["name"].value(), CertificateTemplate.objects.count()) == ("House style", 0)


def test_a_picture_that_was_uploaded_is_kept_when_something_else_is_wrong(client, olga, centre):
    client.force_login(olga)
    said = {"centre": centre.slug, "name": "", "design": "line", "logo": a_file(LOGO), "logo_text": "Testing house"}
    answer = client.post(NEW, said)
    assert answer.status_code == 400
    token = answer.context["form"].kept["logo"]
    assert f'<input type="hidden" name="logo_kept" value="{token}">' in answer.content.decode()
    again = {**said, "name": "House style", "logo_kept": token}
    del again["logo"]
    assert client.post(NEW, again).status_code == 302
    assert default_storage.exists(CertificateTemplate.objects.get().logo.name)


def test_a_path_that_we_did_not_sign_is_no_picture(client, olga, centre):
    client.force_login(olga)
    said = {"centre": centre.slug, "name": "House style", "design": "line", "logo_text": "x", "logo_kept": "../../etc/passwd"}
    assert client.post(NEW, said).status_code == 302
    assert CertificateTemplate.objects.get().logo.name == ""


def test_a_picture_can_be_taken_away(client, olga, ours):
    client.force_login(olga)
    address = reverse("desk_certificate_template", args=[ours.pk])
    kept_pictures = client.get(address).context["form"].kept
    said = {"name": "House style", "design": "line", "logo_kept": kept_pictures["logo"], "logo_removed": "on", "version": 1}
    assert client.post(address, said).status_code == 302
    ours.refresh_from_db()
    assert (ours.logo.name, ours.signature.name, ours.version) == ("", "", 2)


def test_what_is_wrong_is_said_at_its_field(client, olga, centre):
    client.force_login(olga)
    said = {"centre": centre.slug, "name": "x", "design": "line", "logo": a_file(b"<svg"), "closing_de": "🎉"}
    form = client.post(NEW, said).context["form"]
    assert form.errors["logo"] == ["This SVG is broken: it cannot be read as XML."]
    form = client.post(NEW, {**said, "logo": ""}).context["form"]
    assert list(form.errors) == ["closing_de"]


def test_the_preview_is_a_picture_of_what_is_typed_and_stores_no_template(client, olga, centre, settings):
    client.force_login(olga)
    said = {"centre": centre.slug, "name": "", "design": "frame", "logo": a_file(LOGO), "language": "de", "kind": "winner"}
    answer = client.post("/desk/certificate-templates/preview/", said)
    page = answer.content.decode()
    content = base64.b64decode(page.partition("data:image/png;base64,")[2].partition('"')[0])
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (1100, 778)
    assert 'id="logo-picture" hx-swap-oob="true"' in page
    assert CertificateTemplate.objects.count() == 0
    assert client.get(NEW)["Content-Security-Policy"].count("img-src 'self' data:") == 1


def test_without_scripts_a_button_shows_the_preview_or_the_file(client, olga, centre):
    client.force_login(olga)
    said = {"centre": centre.slug, "name": "", "design": "frame"}
    assert 'src="data:image/png;base64,' in client.post(NEW, {**said, "do": "preview"}).content.decode()
    file = client.post(NEW, {**said, "do": "pdf"})
    assert (file["Content-Type"], file.content[:5]) == ("application/pdf", b"%PDF-")


def test_the_preview_says_why_it_shows_nothing(client, olga, centre):
    client.force_login(olga)
    answer = client.post("/desk/certificate-templates/preview/", {"centre": centre.slug, "signatory": "你", "design": "line"})
    assert "cannot be printed" in answer.content.decode()


def test_previews_are_counted(client, olga, centre, settings):
    client.force_login(olga)
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "certificate-preview": "1/hour"},
    }
    said = {"centre": centre.slug, "design": "line"}
    pages = [client.post("/desk/certificate-templates/preview/", said).content.decode() for _time in range(2)]
    assert ["data:image" in page for page in pages] == [True, False]
    assert "The next one is possible in" in pages[1]


def test_saving_is_counted_with_the_previews_and_keeps_what_was_typed(client, olga, centre, settings, logo):
    client.force_login(olga)
    rates = {**settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "certificate-preview": "1/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    said = {"centre": centre.slug, "name": "First", "design": "line"}
    assert client.post(NEW, said).status_code == 302
    form = TemplateForm(olga)
    form.paths = {"logo": logo}
    more = {"name": "Second", "logo_kept": form.kept["logo"], "signature": a_file(autograph(), "me.png")}
    answer = client.post(NEW, {**said, **more})
    page = answer.content.decode()
    assert (answer.status_code, int(answer["Retry-After"]) > 3000) == (429, True)
    assert page.count("That was saved and shown very often.") == 1
    (kept_still,) = re.findall(r'name="logo_kept" value="(.*?)"', page)
    assert (page.count('value="Second"'), signing.loads(kept_still, salt=SALT)) == (1, logo)
    assert [template.name for template in CertificateTemplate.objects.all()] == ["First"]


def test_a_sample_of_a_certificate_of_achievement_tells_of_an_assessment(ours):
    words = put_into_words(sample_facts(ours, language="en", kind=Certificate.Kind.ACHIEVEMENT))
    said = f"Passed on {words.issued}, assessed by {ours.centre.name}"
    assert (words.assessment, words.assessed) == ("Written test", said)


def test_who_waits_too_long_for_the_printer_is_told(ours, monkeypatch):
    import threading

    from events.paper.pdf import printing

    monkeypatch.setattr(preview, "PATIENCE", 0.01)
    taken, done = threading.Event(), threading.Event()

    def print_for_long():
        with printing:
            taken.set()
            done.wait(600)

    other = threading.Thread(target=print_for_long)
    other.start()
    assert taken.wait(600)
    try:
        with pytest.raises(preview.Busy):
            preview.as_file(sample_facts(ours, language="en"))
    finally:
        done.set()
        other.join()


def test_programs_ask_the_database_as_often_for_three_templates_as_for_one(client, olga, centre):
    client.force_login(olga)
    CertificateTemplate.objects.create(centre=centre, name="Template 1")
    for_one = count_queries(client, "/api/v1/certificate-templates/")
    for number in (2, 3):
        CertificateTemplate.objects.create(centre=centre, name=f"Template {number}")
    assert count_queries(client, "/api/v1/certificate-templates/") == for_one
    assert len(client.get("/api/v1/certificate-templates/").json()) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_as_for_three(count, client, olga, centre, django_assert_num_queries):
    for number in range(count):
        CertificateTemplate.objects.create(centre=centre, name=f"Template {number}")
    client.force_login(olga)
    client.get("/desk/certificate-templates/")
    with django_assert_num_queries(6):
        page = client.get("/desk/certificate-templates/").content.decode()
    assert page.count("<tr>") == count + 1


def test_the_event_chooses_on_its_page(client, olga, course, ours):
    client.force_login(olga)
    address = f"/desk/events/{course.slug}/certificates/terms/"
    answer = client.post(address, {"template": ours.pk, "valid_months": "36"})
    assert (answer.status_code, answer.url) == (302, f"/desk/events/{course.slug}/certificates/")
    terms = CertificateTerms.objects.get()
    assert (terms.template, terms.valid_months) == (ours, 36)
    assert client.post(address, {"valid_months": "0"}).context["form"].errors == {
        "valid_months": ["Ensure this value is greater than or equal to 1."]
    }


# --- Kept pictures --------------------------------------------------------------------------------------------------


def test_a_lost_or_exchanged_picture_stops_the_certificate(course, came, ana, olga, ours):
    actions.set_terms(event=course, template=ours, valid_months=None, by=olga)
    registration = came(ana)
    path = ours.logo.name
    kept.read.cache_clear()
    with default_storage.open(path, "wb") as file:
        file.write(LOGO + b" ")
    with pytest.raises(CannotPrint) as lost:
        issuing.issue(registration=registration, by=olga)
    assert lost.value.code == "lost_picture"
    default_storage.delete(path)
    with pytest.raises(CannotPrint):
        issuing.issue(registration=registration, by=olga)
    assert registration.certificates.count() == 0


def test_the_same_picture_is_kept_once(logo):
    assert pictures.keep_anew(LOGO) == logo
    folder = PurePosixPath(logo).parent
    assert default_storage.listdir(str(folder))[1] == [PurePosixPath(logo).name]


# --- API ------------------------------------------------------------------------------------------------------------


def test_a_program_makes_changes_and_retires_a_template(api, olga, centre):
    api.force_authenticate(olga)
    said = {
        "centre": centre.slug,
        "name": "House style",
        "logo": base64.b64encode(LOGO).decode(),
        "logo_text": "Testing house",
        "wording": {"de": {"closing": "Gut gemacht."}},
    }
    made = api.post("/api/v1/certificate-templates/", said)
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.json() == {
        "id": key,
        "centre": centre.slug,
        "name": "House style",
        "design": "line",
        "has_logo": True,
        "logo_text": "Testing house",
        "has_signature": False,
        "signatory": "",
        "signatory_role": "",
        "wording": {"de": {"closing": "Gut gemacht."}},
        "version": 1,
        "changed_at": made.json()["changed_at"],
        "is_retired": False,
    }
    address = f"/api/v1/certificate-templates/{key}/"
    after = api.patch(address, {"design": "frame", "logo": "", "version": 1, "is_retired": True}).json()
    assert (after["design"], after["has_logo"], after["version"], after["is_retired"]) == ("frame", False, 2, True)
    stale = api.patch(address, {"design": "line", "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert api.get(f"{address}sample/?language=de").content[:5] == b"%PDF-"


def test_a_program_is_told_what_is_wrong_with_a_picture_and_a_text(api, olga, centre):
    api.force_authenticate(olga)
    said = {"centre": centre.slug, "name": "N", "logo": "x", "signature": base64.b64encode(b"<svg").decode()}
    errors = api.post("/api/v1/certificate-templates/", said).json()["errors"]
    assert errors == {
        "logo": ["This is not base64."],
        "signature": ["This SVG is broken: it cannot be read as XML."],
    }


def test_a_program_settles_what_an_event_uses(api, olga, course, ours):
    api.force_authenticate(olga)
    address = f"/api/v1/events/{course.slug}/certificate-terms/"
    assert api.get(address).json() == {"template": None, "valid_months": None}
    settled = {"template": ours.pk, "valid_months": 36}
    assert (api.post(address, settled).json(), api.get(address).json()) == (settled, settled)
    assert api.post(address, {"template": None, "valid_months": None}).json() == {"template": None, "valid_months": None}


def test_a_clone_looks_as_its_source_and_gives_nobodys_signature_away(course, other_centre, olga, otto, ours):
    theirs = actions.add_template(centre=other_centre, slots=Slots(name="Theirs"), by=otto)
    looks = []
    for template, months, by in ((ours, 24, olga), (theirs, 6, otto), (theirs, None, otto)):
        actions.set_terms(event=course, template=template, valid_months=months, by=by)
        cloned = programme.clone(event=course, starts=datetime(2027, 9, 13, 9), by=olga)
        looks.append(CertificateTerms.objects.filter(event=cloned).values_list("template", "valid_months").first())
    actions.set_terms(event=course, template=None, valid_months=None, by=olga)
    assert looks == [(ours.pk, 24), (None, 6), None]
    assert not CertificateTerms.objects.filter(event=programme.clone(event=course, starts=datetime(2027, 9, 13, 9), by=olga))
