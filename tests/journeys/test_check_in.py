"""At the door in a real browser: scanning with and without a network, two desks, the camera, and the code on the screen."""

import io
import re
import time
import uuid
from datetime import datetime, timedelta

import pytest
import segno
from django.core.cache import cache
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from events.attendance.checking import door
from events.attendance.checking.tickets import address_of, code_of
from events.attendance.models import AttendanceRecord, Scan
from events.registrations.links import self_service_path
from events.registrations.models import Registration
from network.code_words import ALPHABET
from tests import factories
from tests.journeys.conftest import PATIENCE, QUIET, Held, too_wide, violations
from tests.requirements import need

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def event(centre):
    cache.clear()
    return factories.EventFactory(
        organising_centre=centre, slug="today", title="Market dialogue", starts_at=timezone.now() - timedelta(hours=1)
    )


@pytest.fixture
def session(event):
    return event.sessions.get()


@pytest.fixture
def ana_comes(event, ana):
    return factories.RegistrationFactory(event=event, person=ana, state="confirmed")


@pytest.fixture
def ben_comes(event, ben):
    return factories.RegistrationFactory(event=event, person=ben, state="confirmed")


def desk(page, session):
    """Open the scanning page, and wait until it has the list and can be opened without a network."""
    page.goto(f"/desk/events/today/attendance/{session.pk}/scan/")
    page.locator("[data-scan][data-stays]").wait_for(state="attached")
    expect(page.locator("[data-list]")).to_contain_text("is on this device")


def type_code(page, registration):
    page.get_by_label("Ticket’s code").fill(code_of(registration.pk))
    page.get_by_label("Ticket’s code").press("Enter")


def panel(page):
    return page.locator("[data-result]")


def present():
    return sorted(AttendanceRecord.objects.values_list("registration__person__name", flat=True))


def test_a_ticket_is_checked_in_and_taken_back(open_browser, olga, session, ana_comes):
    page = open_browser(olga, judge=True)
    desk(page, session)
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Checked in")
    expect(panel(page)).to_contain_text(f"Ana Procurer{ana_comes.person.organisation}")
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    expect(panel(page)).to_contain_text(f"Ana Procurer{ana_comes.person.organisation}")
    assert present() == ["Ana Procurer"]
    assert violations(page) == []
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Already checked in at")
    page.get_by_role("button", name="Undo").click()
    expect(panel(page)).to_contain_text("Not checked in any more")
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert present() == []


def test_the_door_goes_on_without_a_network_and_sends_everything_once(open_browser, olga, session, ana_comes, ben_comes):
    page = open_browser(olga)
    desk(page, session)
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_have_text("Offline. Check-in goes on; search by name needs the network.")
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Ana Procurer")
    expect(panel(page)).to_contain_text("Kept on this device. It is sent when the network is back.")
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")

    page.on("dialog", lambda dialog: dialog.accept())  # "Leave this page?"
    page.reload()
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Already checked in at")
    type_code(page, ben_comes)
    expect(panel(page)).to_contain_text("Ben Buyer")
    expect(page.locator("[data-waiting]")).to_have_text("2 scans wait to be sent.")
    assert present() == []

    # The answer to the first sending is lost on the way: all is sent again.
    lost = []

    def lose(route):
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(timeout=PATIENCE).status)
            route.abort()
        else:
            route.continue_()

    page.context.route("**/scans/", lose)
    page.context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    expect(page.locator("[data-line]")).to_have_text("Online.")
    assert lost == [200]
    assert present() == ["Ana Procurer", "Ben Buyer"]
    assert Scan.objects.count() == 2


def test_two_desks_that_scanned_the_same_person_agree_in_the_end(open_browser, olga, carl, session, ana_comes):
    one, other = open_browser(olga), open_browser(carl)
    desk(one, session)
    desk(other, session)
    for page in (one, other):
        page.context.set_offline(True)
        expect(page.locator("[data-line]")).to_contain_text("Offline.")
    type_code(one, ana_comes)
    expect(one.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    type_code(other, ana_comes)
    other.get_by_role("button", name="Undo").click()
    expect(other.locator("[data-waiting]")).to_have_text("2 scans wait to be sent.")
    # The desk with the last word is first to have a network again.
    other.context.set_offline(False)
    expect(other.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    one.context.set_offline(False)
    expect(one.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert (present(), Scan.objects.count()) == ([], 3)


def noted(page):
    """The moment of the one scan that waits on the device."""
    (scan,) = page.evaluate("async () => CheckInStore.scans((await CheckInStore.lists())[0].session)")
    return datetime.fromisoformat(scan["at"])


def test_a_slow_line_does_not_move_a_clock_that_is_right(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    page.context.route("**/scans/", lambda route: (time.sleep(3), route.continue_()))
    desk(page, session)
    page.context.unroute("**/scans/")
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_contain_text("Offline.")
    before = timezone.now()
    type_code(page, ana_comes)
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    after = timezone.now()
    assert before - timedelta(milliseconds=1) <= noted(page) <= after  # a browser counts in milliseconds


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(hours=3)], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_is_put_right(open_browser, olga, session, ana_comes, wrong_by):
    page = open_browser(olga)
    shift = wrong_by / timedelta(milliseconds=1)
    page.add_init_script(f"const right = Date.now; Date.now = () => right() + {shift};")
    desk(page, session)
    before = timezone.now()
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Checked in")
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    expect(panel(page)).to_contain_text("Checked in")
    # Right as far as the line lets one know: here a request never takes an hour.
    assert before - timedelta(hours=1) < Scan.objects.get().at < timezone.now() + timedelta(hours=1)


def test_a_clock_that_was_put_right_stays_so_on_a_slow_line(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    page.add_init_script("const right = Date.now; Date.now = () => right() + 600_000;")
    desk(page, session)
    put_right = "async () => (await CheckInStore.lists())[0].offset"  # at most by the ten minutes; less by what a request takes
    by = page.evaluate(put_right)
    page.context.route("**/scans/", lambda route: (time.sleep(3), route.continue_()))
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Checked in")
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert -600_000 <= page.evaluate(put_right) <= by < 0


def test_who_undoes_a_check_in_has_the_last_word_though_another_clock_is_ahead(open_browser, olga, session, ana_comes):
    soon = timezone.now() + timedelta(hours=1)
    Scan.objects.create(session=session, registration=ana_comes, present=True, at=soon, received_at=soon, by=olga)
    AttendanceRecord.objects.create(
        session=session, registration=ana_comes, source="desk", checked_in_at=soon, recorded_by=olga
    )
    page = open_browser(olga)
    desk(page, session)
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_contain_text("Offline.")
    type_code(page, ana_comes)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    assert noted(page) > soon


def test_who_comes_while_the_list_is_renewed_is_sent_at_once(open_browser, olga, session, ana_comes, ben_comes):
    page = open_browser(olga)
    page.add_init_script(
        "const later = setTimeout; window.setTimeout = (what, wait, ...more) => wait < 60_000 ? later(what, wait, ...more) : 0;"
    )  # who waits for a minute waits for ever
    desk(page, session)
    lists = Held(page, "**/check-in-list/")
    type_code(page, ana_comes)
    lists.wait()
    type_code(page, ben_comes)
    expect(panel(page)).to_contain_text("Ben Buyer")
    lists.let_all_through()
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert present() == ["Ana Procurer", "Ben Buyer"]


def test_on_a_slow_line_the_last_word_is_the_last(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    desk(page, session)
    answers = Held(page, "**/scans/")
    type_code(page, ana_comes)
    page.get_by_role("button", name="Undo").click()
    expect(panel(page)).to_contain_text("Not checked in any more")
    answers.let_one_through()
    answers.wait()  # the next is sent when the first was read
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Checked in")
    answers.let_all_through()
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert (present(), Scan.objects.count()) == (["Ana Procurer"], 3)


def test_what_cannot_be_followed_is_told_when_the_network_is_back(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    desk(page, session)
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_contain_text("Offline.")
    type_code(page, ana_comes)
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    Registration.objects.update(state="cancelled")
    page.context.set_offline(False)
    why = "Ana Procurer has no confirmed place: the registration is “Cancelled”."
    expect(page.locator("[data-refused]")).to_contain_text(why)
    expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
    assert present() == []
    page.get_by_role("link", name="Back to the list of names").click()
    expect(page.get_by_role("region", name="Scans that could not be followed")).to_contain_text(why)


def test_the_device_keeps_nobodys_name_and_forgets_when_asked(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    desk(page, session)
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_contain_text("Offline.")
    type_code(page, ana_comes)
    expect(page.locator("[data-waiting]")).to_have_text("1 scan waits to be sent.")
    kept = page.evaluate("""async () => {
        const lists = await CheckInStore.lists(), scans = await CheckInStore.scans(lists[0].session);
        const texts = [];
        for (const name of await caches.keys()) for (const answer of await (await caches.open(name)).matchAll())
            texts.push(await answer.text());
        return JSON.stringify([lists, scans, texts, {...localStorage}]);
    }""")
    assert '"people"' in kept
    assert [word for word in ("Ana Procurer", "Procurer", ana_comes.person.email, code_of(ana_comes.pk)) if word in kept] == []
    assert code_of(ana_comes.pk).replace("-", "") not in kept
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_text("What this device keeps").click()
    page.get_by_role("button", name="Delete the list from this device").click()
    expect(panel(page)).to_contain_text("The list is deleted from this device.")
    assert asked == ["1 scan was not sent yet and would be lost. Delete the list and this scan all the same?"]
    assert page.evaluate("() => CheckInStore.lists()") == []


def test_without_any_script_a_typed_code_checks_in(open_browser, olga, session, ana_comes):
    page = open_browser(olga, scripts=False, width=360)
    page.goto(f"/desk/events/today/attendance/{session.pk}/scan/")
    page.get_by_label("Ticket’s code").fill(code_of(ana_comes.pk).lower())
    page.get_by_role("button", name="Check in").click()
    expect(panel(page)).to_contain_text("Checked in")
    expect(panel(page)).to_contain_text("Ana Procurer")
    assert present() == ["Ana Procurer"]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Ana Procurer is not checked in any more.")).to_be_visible()
    assert present() == []


def test_the_camera_reads_the_qr_code_of_a_ticket(live_server, chromium, olga, session, ana_comes, tmp_path, client):
    """Chromium plays a film instead of a camera; it has no BarcodeDetector on Linux, so our decoder reads it."""
    picture = Image.new("RGB", (640, 480), "#777")
    code = io.BytesIO()
    segno.make(address_of(ana_comes), error="m", micro=False).save(code, kind="png", scale=7, border=4)
    ticket = Image.open(code).convert("RGB").rotate(8, expand=True, fillcolor="#777")
    picture.paste(ticket, (150, 60))
    film = tmp_path / "ticket.mjpeg"
    frame = io.BytesIO()
    picture.save(frame, "JPEG", quality=90)
    film.write_bytes(frame.getvalue() * 2)

    client.force_login(olga)
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=[*QUIET, *flags], timeout=PATIENCE)
    try:
        context = browser.new_context(base_url=live_server.url, permissions=["camera"], locale="en-GB")
        context.set_default_timeout(PATIENCE)
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        desk(page, session)
        page.get_by_role("button", name="Scan with the camera").click()
        expect(panel(page)).to_contain_text("Ana Procurer")
        expect(panel(page)).to_contain_text("Checked in")
        expect(page.locator("[data-waiting]")).to_have_text("Nothing waits to be sent.")
        page.get_by_role("button", name="Stop the camera").click()
    finally:
        browser.close()
    assert (present(), Scan.objects.count()) == (["Ana Procurer"], 1)


def test_a_refused_camera_is_told_and_typing_works(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    desk(page, session)
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.locator("[data-camera-words]")).to_have_text(re.compile("The camera is not allowed|has no camera"))
    type_code(page, ana_comes)
    expect(panel(page)).to_contain_text("Ana Procurer")


def test_participants_check_in_with_the_code_on_the_screen(open_browser, olga, session, ana_comes, monkeypatch):
    monkeypatch.setattr(door, "SECONDS", 24 * 60 * 60)  # nobody knows how long it takes to judge three pages
    screen = open_browser(olga, judge=True)
    screen.goto(f"/desk/events/today/attendance/{session.pk}/screen/")
    assert violations(screen) == []
    screen.get_by_role("button", name="Open check-in with the code").click()
    letters = screen.locator(".screen-letters")
    expect(letters).to_have_text(re.compile(f"^[{ALPHABET}]{{3}} [{ALPHABET}]{{3}}$"))
    assert violations(screen) == []

    phone = open_browser(width=360, judge=True)
    phone.goto(self_service_path(ana_comes))
    assert violations(phone) == []
    phone.get_by_role("link", name="Check in").click()
    phone.get_by_label("Code on the screen").fill("000000")
    phone.get_by_role("button", name="Check in").click()
    expect(phone.locator(".error-summary")).to_contain_text("This is not the code that the screen shows now.")
    assert violations(phone) == []
    phone.get_by_label("Code on the screen").fill(letters.text_content().lower())
    phone.get_by_role("button", name="Check in").click()
    expect(phone.get_by_role("heading", name="You are checked in")).to_be_visible()
    assert violations(phone) == []
    assert AttendanceRecord.objects.get().source == "self"
    expect(screen.locator("#screen-code")).to_contain_text("1 of 1 are here.")


def test_the_screen_renews_its_code_without_scripts(open_browser, olga, session, monkeypatch):
    monkeypatch.setattr(door, "SECONDS", 3)
    door.open_door(session=session, by=olga)
    page = open_browser(olga, scripts=False)
    page.goto(f"/desk/events/today/attendance/{session.pk}/screen/")
    first = page.locator(".screen-letters").text_content()
    expect(page.locator(".screen-letters")).not_to_have_text(first)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_checking_in_scrolls_sideways_on_a_phone_or_has_barriers(
    open_browser, olga, session, ana_comes, scheme
):  # fmt: skip
    need("axe")
    door.open_door(session=session, by=olga)
    at_desk = f"/desk/events/today/attendance/{session.pk}"
    code = code_of(ana_comes.pk)
    own = self_service_path(ana_comes)
    pages = {
        olga: [f"{at_desk}/scan/", f"{at_desk}/scan/?code={code}", f"{at_desk}/scan/?code=none", f"{at_desk}/screen/"],
        None: [own, f"{own}ticket/", f"{own}check-in/", "/check-in/", f"/t/{code}/"],
    }
    for person, addresses in pages.items():
        page = open_browser(person, width=360, scheme=scheme, judge=True)
        for address in addresses:
            page.goto(address)
            assert violations(page) == [], address
            assert too_wide(page) == 0, address


def test_the_browser_finds_and_opens_what_the_server_sealed(open_browser, olga, session, ana_comes):
    page = open_browser(olga)
    desk(page, session)
    code = code_of(ana_comes.pk)
    found = page.evaluate(
        """async ({code, address}) => {
            const [{list}] = await CheckInStore.lists();
            const read = CheckInList.codeIn(code), key = await CheckInList.keyOf(list.salt, read);
            const wrong = [...read].map((letter, place) => read.slice(0, place) + (letter === "0" ? "1" : "0") + read.slice(place + 1));
            return [await CheckInList.open(list.salt, read, list.people[key]), CheckInList.codeIn(address) === read, wrong.map(CheckInList.codeIn)];
        }""",
        {"code": code.lower().replace("0", "o").replace("1", "l"), "address": address_of(ana_comes)},
    )
    facts = {"name": "Ana Procurer", "organisation": str(ana_comes.person.organisation), "problem": "", "words": ""}
    assert found == [facts, True, [None] * 17]
    assert uuid.UUID(page.evaluate("() => crypto.randomUUID()")).version == 4  # the page is in a secure context
