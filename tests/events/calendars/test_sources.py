"""Other people’s calendars in the network’s: what the worker brings, what stays, what goes."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from events.calendars.models import Entry, EntryText, Revision, Source, SourceText
from events.calendars.sources import actions, updating, words
from network.errors import Invalid, NotAllowed
from network.models import Centre
from tests.events.calendars.reading import entries_of, entry_of, lines_of, summaries
from tests.events.calendars.sources_server import added, by_worker, calendar, event, later, shown

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
HOURS = timedelta(hours=1)


@pytest.fixture
def url(partner):
    """The address of the partner’s calendar, with an open day in it."""
    return partner.put("/a.ics", calendar(event("DTEND:20270610T093000Z")), headers={"ETag": '"1"'})


@pytest.fixture
def source(db, clock, centre, olga, url):
    """A calendar of the centre that everybody sees."""
    return shown(centre=centre, name="Academy", url=url, by=olga)


def feed(name="network"):
    return Client().get(f"/calendars/{name}.ics")


def revision():
    return Revision.objects.filter(pk="events").values_list("number", flat=True).first() or 0


# --- Coming in ---------------------------------------------------------------------------------------------------


def test_whoever_adds_a_calendar_waits_for_no_server(clock, centre, olga, partner, url):
    source = actions.add(centre=centre, name="Academy", url=url, by=olga)
    assert (source.is_asked, source.next_fetch_at, source.entries.count(), partner.asked) == (True, NOW, 0, [])


def test_a_new_calendar_is_read_by_the_worker_and_shown_to_nobody_yet(clock, centre, olga, url):
    source = added(centre=centre, name="Academy", url=url, by=olga)
    assert (source.is_asked, source.is_shown, source.error, source.left_out, source.entries.count()) == (False, False, "", 0, 1)
    assert EntryText.objects.count() == 0
    assert summaries(feed()) == []


def test_shown_it_is_in_the_feeds_with_its_name(source, centre):
    centre.refresh_from_db()
    lines = lines_of(feed().content)
    start = lines.index("BEGIN:VEVENT")
    entry = Entry.objects.get()
    assert lines[start : lines.index("END:VEVENT") + 1] == [
        "BEGIN:VEVENT",
        f"UID:{entry.uid}",
        "DTSTAMP:20270501T120000Z",
        "CREATED:20270501T120000Z",
        "LAST-MODIFIED:20270501T120000Z",
        "SEQUENCE:0",
        "DTSTART;TZID=Europe/Vienna:20270610T100000",
        "DTEND;TZID=Europe/Vienna:20270610T113000",
        "SUMMARY:Open day",
        "STATUS:CONFIRMED",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "CLASS:PUBLIC",
        "DESCRIPTION:From the calendar “Academy” of Test centre AT-TEST.",
        "URL:https://calendar.example/calendars/others/?centre=at-test",
        "COLOR:teal",
        "CONTACT:Test centre AT-TEST",
        "END:VEVENT",
    ]
    assert summaries(feed(f"centre-{centre.slug}")) == ["Open day"]
    assert summaries(feed("kind-training")) == []


def test_it_is_told_in_the_readers_language(source):
    (german,) = entries_of(feed("network.de").content)
    assert (str(german["SUMMARY"]), str(german["UID"])) == ("Open day", Entry.objects.get().uid)


def test_everything_that_it_says_is_told(source, partner, clock):
    partner.put(
        "/a.ics",
        calendar(
            event(
                *("LOCATION:Hall 1\\, Vienna", "DESCRIPTION:Come.\\nAll of you.", "URL:https://partner.example/1"),
                *("CATEGORIES:Open,Free", "STATUS:TENTATIVE"),
            )
        ),
    )
    later(clock, source)
    entry = entry_of(feed().content)
    assert str(entry["DESCRIPTION"]) == (
        "Come.\nAll of you.\n\nFrom the calendar “Academy” of Test centre AT-TEST.\n\nDetails: https://partner.example/1"
    )
    assert (str(entry["LOCATION"]), str(entry["URL"]), str(entry["STATUS"])) == (
        "Hall 1, Vienna",
        "https://partner.example/1",
        "TENTATIVE",
    )
    assert [str(name) for name in entry["CATEGORIES"].cats] == ["Open", "Free"]
    assert "DTEND" not in entry


def test_days_are_days_and_what_no_rule_tells_is_in_utc(source, partner, clock):
    partner.put(
        "/a.ics",
        calendar(
            event("DTEND;VALUE=DATE:20270612", starts="DTSTART;VALUE=DATE:20270610"),
            event("DTEND:20271031T013000Z", uid="2", starts="DTSTART:20271031T003000Z"),
        ),
    )
    later(clock, source)
    lines = lines_of(feed().content)
    assert [line for line in lines[lines.index("BEGIN:VEVENT") :] if line.startswith("DT") and "STAMP" not in line] == [
        "DTSTART;VALUE=DATE:20270610",
        "DTEND;VALUE=DATE:20270612",
        "DTSTART:20271031T003000Z",
        "DTEND:20271031T013000Z",
    ]
    assert [(one.first_day, one.last_day) for one in Entry.objects.all()] == [
        (date(2027, 6, 10), date(2027, 6, 11)),
        (date(2027, 10, 31), date(2027, 10, 31)),
    ]


def test_a_file_is_a_calendar_too(clock, centre, olga):
    source = shown(centre=centre, name="File", body=calendar(event()), filename="days.ics", by=olga)
    assert (source.url, source.filename, summaries(feed())) == ("", "days.ics", ["Open day"])


def test_nobodys_address_is_kept(clock, centre, olga):
    body = calendar(event("ATTENDEE:mailto:ana@partner.example", "DESCRIPTION:x"))
    actions.add(centre=centre, name="File", body=body, by=olga)
    before = gzip.decompress(SourceText.objects.get().waiting).decode()
    updating.fetch_due()
    after = SourceText.objects.get()
    assert (gzip.decompress(after.zipped).decode(), after.waiting) == (before, b"")
    assert ("DESCRIPTION:x" in before, "ana@" in before) == (True, False)


# --- Staying the same --------------------------------------------------------------------------------------------


def test_what_has_not_changed_is_neither_sent_nor_written(source, partner, clock, django_assert_num_queries):
    before = (feed().content, feed()["ETag"], revision())
    later(clock, source)
    assert partner.asked[-1][1]["if-none-match"] == '"1"'
    assert (feed().content, feed()["ETag"], revision()) == before
    assert (source.failures, source.fetched_at) == (0, timezone.now())


def test_the_same_calendar_sent_again_writes_nothing(source, partner, clock):
    partner.put("/a.ics", calendar("X-RENDERED:now\r\n", event("DTEND:20270610T093000Z", "DTSTAMP:20270502T000000Z")))
    before = (feed().content, revision(), list(EntryText.objects.order_by("pk").values()))
    later(clock, source)
    assert (feed().content, revision(), list(EntryText.objects.order_by("pk").values())) == before


def test_one_change_writes_one_entry(source, partner, clock):
    days = [event(uid=str(n), title=f"Day {n}") for n in range(3)]
    partner.put("/a.ics", calendar(*days))
    later(clock, source)
    before = dict(EntryText.objects.filter(language="en").values_list("entry__uid", "component"))
    partner.put("/a.ics", calendar(*days[:2], event(uid="2", title="Day two")))
    later(clock, source)
    after = dict(EntryText.objects.filter(language="en").values_list("entry__uid", "component"))
    assert before.keys() == after.keys()
    assert [after[uid].count("Day two") for uid in before if before[uid] != after[uid]] == [1]


def test_the_uid_is_for_ever(source, partner, clock, olga, settings):
    uid = Entry.objects.get().uid
    assert uid.endswith("@calendar.example")
    partner.put("/a.ics", calendar(event(title="Another title", starts="DTSTART:20270701T100000Z")))
    later(clock, source)
    by_worker(actions.change(source=source, name="Another name", by=olga))
    settings.SITE_URL = "https://moved.example"
    partner.put("/a.ics", calendar(event(title="A third title")))
    later(clock, source)
    assert [entry.uid for entry in Entry.objects.all()] == [uid]


def test_sequence_moves_with_time_place_and_status_only_and_never_falls(source, partner, clock):
    seen = []

    def publish(*events):
        partner.put("/a.ics", calendar(*events))
        later(clock, source)
        if events:
            entry = entry_of(feed().content)
            seen.append((int(entry["SEQUENCE"]), entry["LAST-MODIFIED"].dt))

    publish(event(title="Another title"))
    publish(event(title="Another title", starts="DTSTART:20270611T080000Z"))
    publish(event("LOCATION:Hall 2", title="Another title", starts="DTSTART:20270611T080000Z"))
    publish(event("LOCATION:Hall 2", "DESCRIPTION:More", title="Another title", starts="DTSTART:20270611T080000Z"))
    publish()
    clock(NOW)  # the machine’s clock is set back
    Source.objects.update(next_fetch_at=NOW)
    publish(event("LOCATION:Hall 2", "DESCRIPTION:More", title="Another title", starts="DTSTART:20270611T080000Z"))
    sequences, stamps = zip(*seen, strict=True)
    assert list(sequences) == sorted(sequences)
    assert list(stamps) == sorted(set(stamps))
    assert sequences[2] == sequences[3]
    assert sequences[4] > sequences[3]


def test_a_cancelled_event_is_struck_out_until_it_is_over(source, partner, clock):
    partner.put("/a.ics", calendar(event("STATUS:CANCELLED")))
    later(clock, source)
    entry = entry_of(feed().content)
    assert (str(entry["SUMMARY"]), str(entry["STATUS"])) == ("CANCELLED: Open day", "CANCELLED")
    clock(datetime(2027, 6, 11, 12, tzinfo=UTC))
    assert summaries(feed()) == []


def test_what_is_gone_from_the_calendar_is_gone(source, partner, clock):
    partner.put("/a.ics", calendar(event(uid="other", title="Other day")))
    later(clock, source)
    assert summaries(feed()) == ["Other day"]


def test_an_empty_calendar_empties(source, partner, clock):
    partner.put("/a.ics", calendar())
    later(clock, source)
    assert (summaries(feed()), source.error, Entry.objects.count()) == ([], "", 0)


def test_the_window_moves_with_the_days_also_where_nothing_is_sent(source, partner, clock):
    partner.put(
        "/a.ics",
        calendar(event("RRULE:FREQ=MONTHLY", "DTEND:20270310T093000Z", starts="DTSTART:20270310T080000Z")),
        headers={"ETag": '"2"'},
    )
    later(clock, source)
    assert Entry.objects.count() == 20
    days = Entry.objects.order_by("-starts_at").first().starts_at
    later(clock, source, hours=24 * 60)
    assert (partner.asked[-1][1]["if-none-match"], Entry.objects.order_by("-starts_at").first().starts_at) == (
        '"2"',
        days + timedelta(days=61),
    )


# --- Trouble -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"status": "500 Oops"}, "status"),
        ({"body": "<html>Sign in</html>"}, "html"),
        ({"body": calendar(event())[:-25]}, "half"),
        ({"body": calendar(event(starts="DTSTART:no"))}, "nothing-readable"),
        ({"body": b""}, "nothing"),
        ({"body": calendar(event(uid="x@calendar.example"))}, "ours"),
        ({"status": "302 Found", "headers": {"Location": "http://169.254.169.254/"}}, "address-unknown"),
    ],
)
def test_the_last_good_state_is_kept(source, partner, clock, facts, error):
    before = (feed().content, feed()["ETag"], feed()["Last-Modified"])
    partner.put("/a.ics", **facts)
    later(clock, source)
    assert (source.error, source.failures) == (error, 1)
    assert (feed().content, feed()["ETag"], feed()["Last-Modified"]) == before
    partner.put("/a.ics", calendar(event(title="Well again")))
    later(clock, source, hours=12.5)
    assert (source.error, source.failures, summaries(feed())) == ("", 0, ["Well again"])


def test_a_broken_answer_does_not_become_the_one_that_is_known(source, partner, clock):
    """Its tag would turn the trouble into a 304."""
    partner.put("/a.ics", "<html>Sign in</html>", headers={"ETag": '"html"'})
    later(clock, source)
    later(clock, source, hours=12.5)
    assert ([headers.get("if-none-match") for _path, headers in partner.asked], source.error) == ([None, '"1"', '"1"'], "html")


def test_one_bad_event_keeps_back_no_other(source, partner, clock):
    partner.put(
        "/a.ics", calendar(event(), event(uid="2", title="Never", starts="DTSTART:no"), event("CLASS:PRIVATE", uid="3"))
    )
    later(clock, source)
    assert (summaries(feed()), source.left_out, source.error) == (["Open day"], 2, "")
    assert source.remarks == [["Never", "format"], ["Open day", "private"]]


def test_the_worker_waits_longer_after_each_failure_and_never_longer_than_a_day(source, partner, clock):
    partner.put("/a.ics", status="500 Oops")
    waits = []
    for _attempt in range(4):
        later(clock, source, hours=25)
        waits.append(source.next_fetch_at - timezone.now())
    spread = waits[0] - 12 * HOURS
    assert timedelta(0) <= spread < timedelta(minutes=10)
    assert waits == [12 * HOURS + spread, 18 * HOURS + spread, 24 * HOURS + spread, 24 * HOURS + spread]


def test_who_is_not_due_or_hidden_is_left_alone(source, partner, clock, olga):
    asked = len(partner.asked)
    assert later(clock, source, hours=5.9) == 0
    actions.hide(source=source, by=olga)
    assert later(clock, source, hours=48) == 0
    assert len(partner.asked) == asked


def test_a_claim_of_a_worker_that_died_runs_out(source, partner, clock):
    clock(NOW + 7 * HOURS)
    assert updating.claim().pk == source.pk
    assert updating.claim() is None
    clock(NOW + 7 * HOURS + timedelta(minutes=6))
    assert updating.fetch_due() == 1


def test_what_a_slow_worker_brings_too_late_is_not_written(source, partner, clock):
    clock(NOW + 7 * HOURS)
    slow = updating.claim()
    clock(NOW + 8 * HOURS)
    partner.put("/a.ics", calendar(event(title="Newer")))
    assert updating.fetch_due() == 1
    partner.put("/a.ics", calendar(event(title="Older")))
    updating.refresh(slow)
    assert summaries(feed()) == ["Newer"]


def test_a_source_that_was_removed_meanwhile_stays_removed(source, olga, clock):
    clock(NOW + 7 * HOURS)
    claimed = updating.claim()
    actions.remove(source=source, by=olga)
    updating.refresh(claimed)
    assert (Source.objects.count(), Entry.objects.count(), SourceText.objects.count()) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it_between_its_tasks(source, partner, clock):
    clock(NOW + 7 * HOURS)
    partner.put("/a.ics", calendar(event(title="By the worker")))
    call_command("db_worker", batch=True, startup_delay=False, verbosity=0, reload=False)
    assert summaries(feed()) == ["By the worker"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(clock, partner, db):
    centre = Centre.objects.create(code="X", slug="x", name="X", short_name="X", country="AT", timezone="Europe/Vienna")
    sources = Source.objects.bulk_create(
        Source(
            centre=centre,
            name=str(n),
            url=partner.put(f"/{n}.ics", calendar(event(uid=str(n)))),
            is_shown=True,
            next_fetch_at=NOW,
        )
        for n in range(6)
    )

    def work(_number):
        try:
            return updating.fetch_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sum(done) == len(sources) == len(partner.asked) == Entry.objects.count()
    assert sorted(path for path, _headers in partner.asked) == [f"/{n}.ics" for n in range(6)]


# --- What one can do with it -------------------------------------------------------------------------------------


def test_hidden_it_is_nowhere_and_shown_again_it_is_the_same(source, partner, olga, clock):
    before = list(EntryText.objects.order_by("pk").values_list("component", flat=True))
    actions.hide(source=source, by=olga)
    assert (summaries(feed()), EntryText.objects.count()) == ([], 0)
    clock(NOW + HOURS)
    asked = len(partner.asked)
    by_worker(actions.show(source=source, by=olga))
    assert len(partner.asked) == asked  # as it was looked through, whatever its server says now
    assert list(EntryText.objects.order_by("pk").values_list("component", flat=True)) == before


def test_what_changed_while_it_was_hidden_is_told_as_changed(source, olga, clock, partner):
    actions.hide(source=source, by=olga)
    clock(NOW + 30 * HOURS)
    partner.put("/a.ics", calendar(event("DESCRIPTION:New", "DTEND:20270610T093000Z")))
    by_worker(actions.fetch_now(source=source, by=olga))
    by_worker(actions.show(source=source, by=olga))
    assert entry_of(feed().content)["LAST-MODIFIED"].dt == NOW + 30 * HOURS


def test_renamed_its_entries_say_the_new_name(source, partner, olga, clock):
    clock(NOW + HOURS)
    partner.put("/a.ics", status="500 Oops")
    renamed = by_worker(actions.change(source=source, name="  School ", by=olga))
    assert (renamed.error, renamed.next_fetch_at) == ("", source.next_fetch_at)  # nobody asked its server
    entry = entry_of(feed().content)
    assert str(entry["DESCRIPTION"]) == "From the calendar “School” of Test centre AT-TEST."
    assert (entry["LAST-MODIFIED"].dt, int(entry["SEQUENCE"])) == (NOW + HOURS, 0)


def test_its_centre_renamed_the_worker_says_the_new_name(source, centre, clock):
    centre.name = "Centre of Tests"
    centre.save()
    updating.fetch_due()
    assert str(entry_of(feed().content)["CONTACT"]) == "Centre of Tests"


def test_a_new_address_is_read_next(source, olga, partner):
    by_worker(actions.change(source=source, url=partner.put("/b.ics", calendar(event(title="Elsewhere"))), by=olga))
    assert summaries(feed()) == ["Elsewhere"]
    assert "if-none-match" not in partner.asked[-1][1]


def test_a_new_address_that_does_not_answer_takes_nothing_away(source, olga, partner):
    changed = by_worker(actions.change(source=source, url=f"{partner.url}/missing.ics", by=olga))
    assert (changed.error, changed.error_detail, summaries(feed())) == ("status", "404", ["Open day"])
    partner.put("/missing.ics", calendar(event(title="Found")))
    assert (by_worker(actions.fetch_now(source=source, by=olga)).error, summaries(feed())) == ("", ["Found"])
    assert "if-none-match" not in partner.asked[-1][1]  # the tag was that of the other address


def test_a_newer_file_replaces_the_older(clock, centre, olga):
    source = shown(centre=centre, name="File", body=calendar(event()), filename="a.ics", by=olga)
    changed = by_worker(actions.change(source=source, body=calendar(event(title="Newer")), filename="b.ics", by=olga))
    assert (changed.filename, summaries(feed())) == ("b.ics", ["Newer"])
    with pytest.raises(Invalid):
        actions.change(source=source, body=b"<html>", filename="c.ics", by=olga)
    assert (Source.objects.get().filename, summaries(feed())) == ("b.ics", ["Newer"])


def test_a_newer_file_that_cannot_be_read_takes_nothing_away(clock, centre, olga):
    source = shown(centre=centre, name="File", body=calendar(event()), by=olga)
    bad = by_worker(actions.change(source=source, body=calendar(event(starts="DTSTART:no")), by=olga))
    assert (bad.error, bad.is_asked, summaries(feed())) == ("nothing-readable", False, ["Open day"])
    renamed = by_worker(actions.change(source=source, name="Days", by=olga))
    assert (renamed.error, str(entry_of(feed().content)["DESCRIPTION"])) == (
        "nothing-readable",
        "From the calendar “Days” of Test centre AT-TEST.",
    )
    later(clock, source, hours=25)
    assert (source.error, source.failures) == ("nothing-readable", 2)  # the newer file is what the centre has now


def test_asked_twice_it_is_read_once(source, olga, partner, clock):
    asked = len(partner.asked)
    actions.fetch_now(source=source, by=olga)
    claimed = updating.claim()
    actions.fetch_now(source=source, by=olga)
    assert updating.claim() is None
    updating.refresh(claimed)
    source.refresh_from_db()
    assert (len(partner.asked) - asked, source.is_asked) == (1, False)


def test_whoever_waits_comes_first(source, centre, olga, clock, partner):
    clock(NOW + 24 * HOURS)
    other = actions.add(centre=centre, name="Other", url=partner.put("/b.ics", calendar()), by=olga)
    assert (updating.claim().pk, updating.claim().pk) == (other.pk, source.pk)


# --- Too much of it ----------------------------------------------------------------------------------------------


def days(number):
    """A calendar of so many dates."""
    return calendar(event(f"RRULE:FREQ=DAILY;COUNT={number}", title="Day", starts="DTSTART;VALUE=DATE:20270501"))


def test_sudden_growth_is_held_until_somebody_fetches_it(source, olga, partner, clock):
    partner.put("/a.ics", days(102))
    later(clock, source)
    assert (source.error, words.says(source), summaries(feed())) == (
        "grown",
        "It suddenly has 102 dates, before 1. Look, then fetch it again by hand to take it over.",
        ["Open day"],
    )
    later(clock, source, hours=25)
    assert source.error == "grown"
    by_worker(actions.fetch_now(source=source, by=olga))
    assert (source.is_asked, Source.objects.get().error, Entry.objects.count()) == (False, "", 102)


@pytest.mark.parametrize(("before", "after"), [(1, 101), (60, 300)])
def test_other_growth_is_growth(source, olga, partner, clock, before, after):
    partner.put("/a.ics", days(before))
    by_worker(actions.fetch_now(source=source, by=olga))
    partner.put("/a.ics", days(after))
    later(clock, source)
    assert (source.error, Entry.objects.count()) == ("", after)


def test_what_a_centre_shows_together_is_bounded(source, centre, other_centre, olga, otto, partner, clock, monkeypatch):
    monkeypatch.setattr(updating, "MOST_DATES_TOGETHER", 10)
    monkeypatch.setattr(actions, "MOST_DATES_TOGETHER", 10)
    second = shown(centre=centre, name="Second", body=days(5), by=olga)
    partner.put("/a.ics", days(6))
    later(clock, source)
    assert (source.error, words.says(source), source.entries.count()) == (
        "too-many-together",
        "The calendars that your centre shows would have more than 10 dates together. Hide one, or publish fewer dates.",
        1,
    )
    by_worker(actions.fetch_now(source=source, by=olga))
    assert Source.objects.get(pk=source.pk).error == "too-many-together"  # also by hand
    third = added(centre=centre, name="Third", body=days(5), by=olga)
    with pytest.raises(actions.TooManyDates):
        actions.show(source=third, by=olga)
    assert shown(centre=other_centre, name="Theirs", body=days(10), by=otto).error == ""
    actions.hide(source=second, by=olga)
    later(clock, source, hours=25)
    assert (source.error, source.entries.count()) == ("", 6)


def test_a_long_description_is_cut_in_feeds(source, partner, clock):
    partner.put("/a.ics", calendar(event(f"DESCRIPTION:{'word ' * 900}")))
    later(clock, source)
    told = str(entry_of(feed().content)["DESCRIPTION"])
    assert told == f"{'word ' * 99}…\n\nFrom the calendar “Academy” of Test centre AT-TEST."


def test_removed_it_leaves_nothing(source, olga):
    actions.remove(source=source, by=olga)
    assert (summaries(feed()), Entry.objects.count(), Source.objects.count()) == ([], 0, 0)
    actions.remove(source=source, by=olga)


def test_only_its_centre_and_the_secretariat_may(source, centre, otto, mia, ana, carl, sara, url):
    for stranger in (otto, mia, ana):
        for verb in (actions.show, actions.hide, actions.remove, actions.fetch_now, actions.change):
            with pytest.raises(NotAllowed):
                verb(source=source, by=stranger)
        with pytest.raises(NotAllowed):
            actions.add(centre=centre, name="Mine", url=url, by=stranger)
    assert actions.change(source=source, name="By Carl", by=carl).name == "By Carl"
    assert actions.change(source=source, name="By Sara", by=sara).name == "By Sara"


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "Academy"}, "name"),
        ({"url": ""}, "url"),
        ({"url": "http://partner.example/a.ics", "door": False}, "url"),
        ({"url": "https://10.0.0.1:8443/a.ics", "door": False}, "url"),
        ({"url": "https://calendar.example/calendars/network.ics"}, "url"),
        ({"body": b"x"}, "url"),
        ({"body": b"<html>", "url": ""}, "file"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(source, centre, olga, url, settings, facts, where):
    if not facts.pop("door", True):
        settings.CALENDAR_SOURCES_MAY_REACH = []
    with pytest.raises(Invalid) as error:
        actions.add(**{"centre": centre, "name": "New", "url": url, "by": olga, **facts})
    assert (list(error.value.errors), Source.objects.count()) == ([where], 1)


def test_a_centre_has_twenty_at_most(source, centre, olga, url):
    Source.objects.bulk_create(Source(centre=centre, name=str(n), url=url) for n in range(19))
    with pytest.raises(actions.TooManySources):
        actions.add(centre=centre, name="One more", url=url, by=olga)


def test_everything_is_in_the_journal(source, olga):
    actions.hide(source=source, by=olga)
    told = [(one.actor, one.changes) for one in LogEntry.objects.get_for_object(source).order_by("pk")]
    assert [(by, changes["is_shown"]) for by, changes in told if "is_shown" in changes] == [
        (olga, ["None", "False"]),
        (olga, ["False", "True"]),
        (olga, ["True", "False"]),
    ]
    assert [(by, changes["is_asked"]) for by, changes in told if "is_asked" in changes] == [
        (olga, ["None", "True"]),
        (None, ["True", "False"]),
    ]


def test_of_an_address_the_journal_keeps_the_host(source, olga, partner):
    actions.change(source=source, url=partner.put("/secret.ics", b""), by=olga)
    actions.remove(source=source, by=olga)
    entries = LogEntry.objects.filter(object_pk=str(source.pk), content_type__model="source").order_by("pk")
    assert [one.changes["url"] for one in entries if "url" in one.changes] == [
        ["None", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "None"],
    ]
    assert [one for one in entries if "secret" in str(one.changes) or "a.ics" in str(one.changes)] == []
