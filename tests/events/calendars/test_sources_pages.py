"""Other people’s calendars as people and programs meet them: pages, the desk, mails, the API."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.calendars.models import Entry, Source
from events.calendars.sources import actions, updating, words
from events.mail.models import Message
from network.models import Role
from tests import factories
from tests.events.calendars.sources_server import added, by_worker, calendar, event, later
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(clock, olga):
    client = Client()
    client.force_login(olga)
    return client


def shown(centre, by, *components, name="Academy"):
    source = added(centre=centre, name=name, body=calendar(*components), by=by)
    return by_worker(actions.show(source=source, by=by))


def days(count, **facts):
    """So many open days, in that order."""
    start = datetime(2027, 6, 1, 8, tzinfo=UTC)
    return [
        event(uid=str(n), title=f"Day {n}", starts=f"DTSTART:{start + timedelta(days=n):%Y%m%dT%H%M%SZ}", **facts)
        for n in range(count)
    ]


def titles(response):
    """The titles of other calendars on a page."""
    return [row.entry.title for row in response.context["rows"]]


def html(response):
    return " ".join(response.content.decode().split())


# --- Public pages ------------------------------------------------------------------------------------------------


def test_the_list_has_what_comes_next_and_says_whose_it_is(client, clock, centre, olga):
    source = shown(
        centre,
        olga,
        *days(12),
        event(
            "URL:https://partner.example/1",
            "LOCATION:Hall 1",
            "DTEND:20270531T100000Z",
            uid="x",
            title="<b>First</b>",
            starts="DTSTART:20270531T080000Z",
        ),
    )
    page = html(client.get("/"))
    section = page[page.index('id="other-calendars"') : page.index("</section>", page.index('id="other-calendars"'))]
    assert section.count("event-row") == 10
    assert '<h3><a href="https://partner.example/1" rel="noopener noreferrer nofollow">First</a></h3>' in section
    assert '<span>10:00–12:00&nbsp;<span class="zone">Europe/Vienna</span></span><span>Hall 1</span>' in section
    assert "from “Academy”, Test AT" in section
    assert "Day 8" in section
    assert "Day 9" not in section
    assert 'href="/calendars/others/"' in section
    actions.hide(source=source, by=olga)
    assert "other-calendars" not in html(client.get("/"))


def test_filters_of_our_events_leave_others_out(client, clock, centre, olga):
    shown(centre, olga, event())
    for query in ("?kind=training", "?past=true", "?q=day", "?view=month"):
        assert "other-calendars" not in html(client.get(f"/{query}"))


def test_a_centres_page_has_its_own(client, clock, centre, other_centre, olga, otto):
    shown(centre, olga, event(title="Ours"))
    shown(other_centre, otto, event(title="Theirs"))
    page = html(client.get(f"/centres/{centre.slug}/"))
    assert ("Ours" in page, "Theirs" in page) == (True, False)


def test_all_of_them_are_listed_in_pages_and_by_centre(client, clock, centre, other_centre, olga, otto):
    shown(centre, olga, *days(31))
    shown(other_centre, otto, event("STATUS:CANCELLED", title="Theirs", starts="DTSTART;VALUE=DATE:20270601"))
    shown(other_centre, otto, event(title="Over", starts="DTSTART:20270401T080000Z"), name="Past")
    first = client.get("/calendars/others/")
    assert titles(first) == ["Theirs", *(f"Day {n}" for n in range(29))]
    assert titles(client.get("/calendars/others/?page=2")) == ["Day 29", "Day 30"]
    assert titles(client.get("/calendars/others/?centre=de-test")) == ["Theirs"]
    assert titles(client.get("/calendars/others/?centre=nobody")) == []
    assert html(first).count("badge-bad") == 1


def test_the_list_is_as_many_questions_whatever_is_in_it(client, clock, centre, other_centre, olga, otto):
    shown(centre, olga, event())
    address = "/calendars/others/"
    with_one = [count_queries(client, path) for path in (address, "/", f"/centres/{centre.slug}/")]
    shown(other_centre, otto, *days(20))
    shown(centre, olga, *days(20), name="More")
    assert [count_queries(client, path) for path in (address, "/", f"/centres/{centre.slug}/")] == with_one
    with CaptureQueriesContext(connection) as asked:
        client.get("/")
    assert sum("events_source" in one["sql"] for one in asked) == 1


# --- The desk ----------------------------------------------------------------------------------------------------


def test_an_address_is_added_looked_through_and_shown(desk, client, clock, centre, partner):
    url = partner.put("/a.ics", calendar(event(), event(uid="2", title="Never", starts="DTSTART:no")))
    answer = desk.post("/desk/calendars/", {"centre": centre.slug, "name": "Academy", "url": url}, follow=True)
    source = Source.objects.get()
    address = f"/desk/calendars/{source.pk}/"
    assert answer.redirect_chain == [(address, 302)]
    assert "It is being read. This takes some seconds, and longer where its server is slow." in html(answer)
    assert (partner.asked, f'hx-get="{address}?part=progress"' in html(answer), titles(answer)) == ([], True, [])
    assert "HX-Refresh" not in desk.get(f"{address}?part=progress")
    updating.fetch_due()
    assert desk.get(f"{address}?part=progress")["HX-Refresh"] == "true"
    answer = desk.get(address)
    page = html(answer)
    assert "?part=progress" not in page
    assert "Nobody else sees these dates yet. Look through them, then show them." in page
    assert "<dd>1 date, 1 event was left out</dd>" in page
    assert "<li>Never: is not written as the standard says</li>" in page
    assert titles(answer) == ["Open day"]
    assert "Open day" not in html(client.get("/"))
    answer = desk.post(f"/desk/calendars/{source.pk}/do/", {"do": "show"}, follow=True)
    assert "“Academy” will be in the network’s calendar within a minute." in html(answer)
    assert "Open day" in html(client.get("/"))


def test_webcal_is_https_and_http_is_refused(desk, clock, centre, settings):
    settings.CALENDAR_SOURCES_MAY_REACH = []
    answer = desk.post("/desk/calendars/", {"centre": centre.slug, "name": "A", "url": "http://partner.example/a.ics"})
    assert (answer.status_code, answer.context["form"].errors["url"]) == (
        400,
        ["The address has to begin with https:// or webcal://, also where it leads on to."],
    )
    answer = desk.post("/desk/calendars/", {"centre": centre.slug, "name": "A", "url": "webcal://a@b.example/a.ics"})
    assert answer.context["form"].errors["url"] == [
        "The address has a name or a password in it. Use one that everybody may read."
    ]
    assert "webcal://a@b.example/a.ics" in html(answer)
    assert Source.objects.count() == 0


def test_a_server_with_a_bad_day_is_said_so_and_kept(desk, clock, centre, partner):
    desk.post("/desk/calendars/", {"centre": centre.slug, "name": "A", "url": f"{partner.url}/a.ics"})
    source = by_worker(Source.objects.get())
    answer = desk.get(f"/desk/calendars/{source.pk}/")
    assert "There is nothing at this address (404). Look up the address where you publish the calendar." in html(answer)
    partner.put("/a.ics", calendar(event()))
    answer = desk.post(f"/desk/calendars/{source.pk}/do/", {"do": "fetch"}, follow=True)
    assert ("It is being read." in html(answer), "There is nothing at this address" in html(answer)) == (True, False)
    assert "Being read" in html(desk.get("/desk/calendars/"))
    by_worker(source)
    assert titles(desk.get(f"/desk/calendars/{source.pk}/")) == ["Open day"]


def test_a_private_address_is_told_as_one_that_nobody_knows(desk, clock, centre):
    desk.post("/desk/calendars/", {"centre": centre.slug, "name": "A", "url": "webcal://10.0.0.1/a.ics"})
    source = by_worker(Source.objects.get())
    assert "There is no server of the name 10.0.0.1 that this site may read." in html(desk.get("/desk/calendars/"))
    assert source.error == "address-unknown"


def test_too_many_wishes_are_put_off(desk, api, clock, centre, olga, settings):
    cache.clear()
    source = shown(centre, olga, event())
    address = f"/desk/calendars/{source.pk}/"
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"calendar-source": "2/hour"}}
    api.force_authenticate(olga)
    new = {"centre": centre.slug, "name": "New", "content": calendar(event()).decode()}
    assert desk.post(f"{address}do/", {"do": "fetch"}).status_code == 302
    assert api.post("/api/v1/calendar-sources/", new).status_code == 201
    file = SimpleUploadedFile("a.ics", calendar())
    put_off = [
        desk.post(f"{address}do/", {"do": "fetch"}),
        desk.post(address, {"name": "Other", "file": file}),
        desk.post("/desk/calendars/", {"centre": centre.slug, "name": "More", "url": "https://a.example/"}),
        api.post(f"/api/v1/calendar-sources/{source.pk}/fetch/"),
        api.patch(f"/api/v1/calendar-sources/{source.pk}/", {"content": "x"}),
        api.post("/api/v1/calendar-sources/", {**new, "name": "More"}),
    ]
    assert [(one.status_code, "Retry-After" in one) for one in put_off] == [(429, True)] * 6
    assert desk.post(f"{address}do/", {"do": "hide"}).status_code == 302
    assert api.patch(f"/api/v1/calendar-sources/{source.pk}/", {"name": "Renamed"}).status_code == 200
    assert sorted(Source.objects.values_list("name", flat=True)) == ["New", "Renamed"]
    cache.clear()


def test_a_file_is_uploaded(desk, clock, centre):
    file = SimpleUploadedFile("days.ics", calendar(event()))
    desk.post("/desk/calendars/", {"centre": centre.slug, "name": "File", "file": file})
    source = by_worker(Source.objects.get())
    answer = desk.get(f"/desk/calendars/{source.pk}/")
    assert (source.filename, titles(answer)) == ("days.ics", ["Open day"])
    newer = SimpleUploadedFile("newer.ics", calendar(event(title="Newer")))
    answer = desk.post(f"/desk/calendars/{source.pk}/", {"name": "File", "file": newer}, follow=True)
    assert titles(answer) == ["Open day"]
    by_worker(source)
    assert titles(desk.get(f"/desk/calendars/{source.pk}/")) == ["Newer"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"<html>", "This is a web page, not a calendar. Look for an address or a file that ends in .ics or is called iCal."),
        (b"", "There is nothing in it."),
        (b"x" * (5 * 2**20 + 1), "The file is larger than 5 MB."),
        (b"x" * (10 * 2**20 + 1), "The file is larger than 5 MB."),
    ],
    ids=["html", "empty", "large", "too large to be kept"],
)
def test_a_file_that_is_no_calendar_is_refused_at_its_field(desk, clock, centre, file, message):
    sent = {"centre": centre.slug, "name": "File", "file": SimpleUploadedFile("a.ics", file)}
    answer = desk.post("/desk/calendars/", sent)
    assert (answer.status_code, answer.context["form"].errors.get("file"), Source.objects.count()) == (400, [message], 0)


def test_of_address_and_file_neither_is_called_optional(desk):
    assert "(optional)" not in desk.get("/desk/calendars/").content.decode()


def test_neither_address_nor_file_is_nothing(desk, clock, centre):
    answer = desk.post("/desk/calendars/", {"centre": centre.slug, "name": "A"})
    assert answer.context["form"].errors["url"] == ["Give an address, or choose a file."]


def test_it_is_renamed_hidden_and_removed(desk, client, clock, centre, olga):
    source = shown(centre, olga, event())
    address = f"/desk/calendars/{source.pk}/"
    answer = desk.post(address, {"name": "School"}, follow=True)
    assert "Saved." in html(answer)
    by_worker(source)
    assert "from “School”" in html(client.get("/"))
    desk.post(f"{address}do/", {"do": "hide"})
    assert "School" not in html(client.get("/"))
    answer = desk.post(f"{address}do/", {"do": "remove"}, follow=True)
    assert "“School” is removed with its entries." in html(answer)
    assert Entry.objects.count() == 0
    assert desk.post(f"{address}do/", {"do": "nonsense"}).status_code == 404


def test_the_desks_list_is_as_many_questions_whatever_is_in_it(desk, clock, centre, olga):
    source = shown(centre, olga, event())
    paths = ("/desk/calendars/", f"/desk/calendars/{source.pk}/")
    with_one = [count_queries(desk, path) for path in paths]
    for name in ("B", "C"):
        shown(centre, olga, *days(3), name=name)
    by_worker(actions.change(source=source, body=calendar(*days(5)), by=olga))
    assert [count_queries(desk, path) for path in paths] == with_one


def test_every_trouble_has_its_words():
    said = {code: words.problem(code, "X") for code in words.PROBLEMS}
    assert [code for code, text in said.items() if "%" in text or not text.endswith(".")] == []
    assert words.problem("new one") == "The calendar could not be read."
    assert words.problem("status", "401") == "The server asks for a password (401). Use an address that everybody may read."
    assert words.problem("status", "418") == "The server answered with the error 418."


# --- Mails -------------------------------------------------------------------------------------------------------


@pytest.fixture
def watched(clock, centre, olga, carl, partner):
    url = partner.put("/a.ics", calendar(event()))
    return by_worker(actions.show(source=added(centre=centre, name="Academy", url=url, by=olga), by=olga))


def told():
    return [(one.kind, one.recipient) for one in Message.objects.order_by("pk")]


def test_the_coordinator_hears_of_trouble_that_lasts_once_and_when_it_is_over(watched, clock, partner):
    partner.put("/a.ics", "<html>Sign in</html>")
    for _attempt in range(2):
        later(clock, watched, hours=7 if watched.failures == 0 else 13)
    assert told() == []
    later(clock, watched, hours=19)
    failed = ("source-failed", "carl.coordinator@demo.example")
    assert told() == [failed]
    for _attempt in range(3):
        later(clock, watched, hours=25)
    assert told() == [failed]
    partner.put("/a.ics", calendar(event()))
    later(clock, watched, hours=25)
    later(clock, watched, hours=7)
    assert told() == [failed, ("source-recovered", "carl.coordinator@demo.example")]


def test_the_mail_says_what_is_wrong_and_where_to_mend_it(watched, clock, partner, carl):
    carl.language = "en"
    carl.save()
    partner.put("/a.ics", status="403 Forbidden")
    later(clock, watched, hours=30)
    message = Message.objects.get()
    assert message.subject == "The calendar “Academy” cannot be read"
    assert message.text == (
        "We show the calendar “Academy” of Test AT in the network’s calendar. We have not been able to read it for some time.\n\n"
        "The server does not let us read the calendar (403). Publish it for everybody.\n\n"
        "What was read before stays as it was, and we go on trying. We write again when it works.\n\n"
        f"See how it is, change the address, or hide it:\nhttps://calendar.example/desk/calendars/{watched.pk}/\n\n--\n"
        "You get this message because you look after Test AT. Write to secretariat@demo.example if something is wrong.\n\n"
        "Procure2Innovate calendar\nhttps://calendar.example"
    )


def test_without_coordinator_the_organisers_hear_of_it(watched, clock, partner, carl, olga):
    Role.objects.filter(person=carl).delete()
    factories.appoint(factories.PersonFactory(email="gone@demo.example", is_active=False), Role.Kind.ORGANISER, watched.centre)
    partner.put("/a.ics", status="500 Oops")
    later(clock, watched, hours=30)
    assert told() == [("source-failed", "olga.organiser@demo.example")]


def test_who_tries_it_by_hand_is_not_written_to(watched, clock, partner, olga):
    partner.put("/a.ics", status="500 Oops")
    for _attempt in range(5):
        by_worker(actions.fetch_now(source=watched, by=olga))
    watched.refresh_from_db()
    assert (told(), watched.failures) == ([], 1)


# --- The API -----------------------------------------------------------------------------------------------------


def test_programs_add_read_change_and_remove(api, clock, centre, olga, partner):
    api.force_authenticate(olga)
    url = partner.put("/a.ics", calendar(event(), event(uid="2", title="Never", starts="DTSTART:no")))
    made = api.post("/api/v1/calendar-sources/", {"centre": centre.slug, "name": "Academy", "url": url})
    assert (made.status_code, made.json()["is_being_read"], made.json()["dates"], partner.asked) == (201, True, 0, [])
    updating.fetch_due()
    address = reverse("api-calendar-source-detail", args=[made.json()["id"]])
    read = api.get(address).json()
    assert {
        name: read[name]
        for name in (
            "centre",
            "name",
            "url",
            "filename",
            "is_shown",
            "dates",
            "left_out",
            "remarks",
            "is_being_read",
            "error",
            "problem",
        )
    } == {
        "centre": "at-test",
        "name": "Academy",
        "url": url,
        "filename": "",
        "is_shown": False,
        "dates": 1,
        "left_out": 1,
        "remarks": ["Never: is not written as the standard says"],
        "is_being_read": False,
        "error": "",
        "problem": "",
    }
    assert api.patch(address, {"name": "School", "is_shown": True}).json()["is_shown"] is True
    partner.put("/a.ics", status="404 Not Found")
    asked = api.post(f"{address}fetch/")
    assert (asked.status_code, asked.json()["is_being_read"]) == (202, True)
    updating.fetch_due()
    fetched = api.get(address).json()
    assert (fetched["error"], fetched["dates"]) == ("status", 1)
    assert api.get("/api/v1/calendar-sources/").json()["results"] == [fetched]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_a_file_is_sent_as_text(api, clock, centre, olga):
    api.force_authenticate(olga)
    content = calendar(event(title="Größe")).decode()
    made = api.post("/api/v1/calendar-sources/", {"centre": centre.slug, "name": "File", "content": content})
    updating.fetch_due()
    assert (made.status_code, Entry.objects.get().title) == (201, "Größe")


def test_done_once_it_is_done_without_asking_another_server(api, clock, centre, olga, partner):
    """What has a key runs in a transaction: on SQLite, nobody else could write while it waits for a slow server."""
    api.force_login(olga)
    url = partner.put("/slow.ics", calendar(event()), pause=1)
    new = {"centre": centre.slug, "name": "Slow", "url": url}
    made = api.post("/api/v1/calendar-sources/", new, HTTP_IDEMPOTENCY_KEY="add-1")
    again = api.post("/api/v1/calendar-sources/", new, HTTP_IDEMPOTENCY_KEY="add-1")
    fetch = api.post(f"/api/v1/calendar-sources/{made.json()['id']}/fetch/", HTTP_IDEMPOTENCY_KEY="fetch-1")
    assert [one.status_code for one in (made, again, fetch)] == [201, 201, 202]
    assert (again["Idempotency-Replayed"], Source.objects.count(), partner.asked) == ("true", 1, [])


def test_what_is_wrong_is_told_at_its_place(api, clock, centre, olga):
    api.force_authenticate(olga)
    wrong = api.post("/api/v1/calendar-sources/", {"centre": centre.slug, "name": "A", "url": "http://a@b.example/"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["url"])
    wrong = api.post("/api/v1/calendar-sources/", {"centre": centre.slug, "name": "A", "content": "<html>"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["file"])


def test_the_list_of_the_api_is_as_many_questions_whatever_is_in_it(api, clock, centre, olga):
    api.force_authenticate(olga)
    shown(centre, olga, event())
    with_one = count_queries(api, "/api/v1/calendar-sources/")
    for name in ("B", "C"):
        shown(centre, olga, *days(3), name=name)
    assert count_queries(api, "/api/v1/calendar-sources/") == with_one


# --- As other programs read it -----------------------------------------------------------------------------------


def test_the_worker_is_told_of_centres_that_changed(clock, centre, olga):
    shown(centre, olga, event())
    centre.website = "https://centre.example"
    centre.save()
    assert updating.fetch_due() == 1
    assert "Test centre AT-TEST\\, https://centre.example" in Client().get("/calendars/network.ics").content.decode()
