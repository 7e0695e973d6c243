"""An address that somebody typed is fetched, and leads nowhere it should not."""

import gzip
import ssl
import subprocess
import time
from dataclasses import replace

import pytest

from events.calendars.sources.fetching import Answer, Limits, Network, Unreachable, fetch, is_public, judge, tidied
from tests.events.calendars.sources_server import CalendarServer, Reply, bomb, calendar, event
from tests.requirements import need

pytestmark = pytest.mark.once

BODY = calendar(event())
PATIENT = Limits(connect=60.0, read=60.0, whole=300.0)  # how fast the machine is decides nothing


@pytest.fixture
def server():
    """It may be reached although it is on this machine: only here, and only at this port."""
    server = CalendarServer()
    yield server
    server.close()


@pytest.fixture
def world(server):
    return Network(agent="Test (https://calendar.example)", may_reach=frozenset({server.door}), limits=PATIENT)


def impatient(world, **limits):
    """The same, which takes only so long."""
    return replace(world, limits=replace(PATIENT, **limits))


def trouble(url, world):
    """The code of what went wrong."""
    with pytest.raises(Unreachable) as error:
        fetch(url, world)
    return error.value.code


def test_a_calendar_is_fetched_with_what_a_later_question_needs(server, world):
    url = server.put("/a.ics", BODY, headers={"ETag": '"7"', "Last-Modified": "Tue, 01 Jun 2027 08:00:00 GMT"})
    assert fetch(url, world) == Answer(BODY, '"7"', "Tue, 01 Jun 2027 08:00:00 GMT")


def test_the_request_says_who_asks_and_nothing_else(server, world):
    fetch(server.put("/a.ics", BODY), world)
    assert server.asked == [
        (
            "/a.ics",
            {
                "host": server.door,
                "user-agent": "Test (https://calendar.example)",
                "accept": "text/calendar, */*;q=0.1",
                "accept-encoding": "gzip",
                "connection": "close",
            },
        )
    ]


def test_proxies_of_the_environment_are_not_asked(server, world, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert fetch(server.put("/a.ics", BODY), world).body == BODY


def test_what_has_not_changed_is_not_sent_again(server, world):
    url = server.put("/a.ics", BODY, headers={"ETag": '"7"'})
    assert fetch(url, world, etag='"7"', last_modified="Tue, 01 Jun 2027 08:00:00 GMT") == Answer(None)
    assert server.asked[0][1]["if-modified-since"] == "Tue, 01 Jun 2027 08:00:00 GMT"


def test_a_tag_that_would_break_the_request_is_neither_kept_nor_sent(server, world):
    url = server.put("/a.ics", BODY, headers={"ETag": '"\xe9"'})
    assert fetch(url, world).etag == ""
    fetch(url, world, etag='"7"\r\nCookie: x')
    assert "if-none-match" not in server.asked[1][1]


def test_other_letters_in_the_path_are_encoded(server, world):
    server.put("/%C3%B6ffentlich.ics?a=%C3%A4&b=%20", BODY)
    assert fetch(f"{server.url}/öffentlich.ics?a=ä&b=%20", world).body == BODY


@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
def test_packed_calendars_are_unpacked(server, world, coding):
    url = server.put("/a.ics", gzip.compress(BODY), headers={"Content-Encoding": coding})
    assert fetch(url, world).body == BODY


@pytest.mark.parametrize(
    ("path", "reply", "code"),
    [
        ("/404", Reply(status="404 Not Found"), "status"),
        ("/500", Reply(status="500 Oops"), "status"),
        ("/204", Reply(status="204 No Content", headers={"Content-Length": None}), "status"),
        ("/304", Reply(status="304 Not Modified", headers={"Content-Length": None}), "status"),
        ("/bomb", Reply(bomb(200 * 2**20), headers={"Content-Encoding": "gzip"}), "too-large"),
        ("/large", Reply(b"x" * (5 * 2**20 + 1)), "too-large"),
        (
            "/large-chunks",
            Reply(
                raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + (b"100000\r\n" + b"x" * 2**20 + b"\r\n") * 6
                + b"0\r\n\r\n"
            ),
            "too-large",
        ),
        ("/short", Reply(BODY, headers={"Content-Length": str(len(BODY) + 1)}), "half"),
        ("/half-chunks", Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nBEGIN:"), "half"),
        ("/half-gzip", Reply(gzip.compress(BODY)[:-9], headers={"Content-Encoding": "gzip"}), "half"),
        ("/no-gzip", Reply(BODY, headers={"Content-Encoding": "gzip"}), "packing"),
        ("/more-gzip", Reply(gzip.compress(BODY) + b"more", headers={"Content-Encoding": "gzip"}), "packing"),
        ("/brotli", Reply(BODY, headers={"Content-Encoding": "br"}), "packing"),
        ("/nonsense", Reply(raw=b"220 mail.example ESMTP\r\n"), "protocol"),
        ("/headers", Reply(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), "protocol"),
        ("/nothing", Reply(raw=b""), "protocol"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_whole_answer_is_none(server, world, path, reply, code):
    server.pages[path] = reply
    assert trouble(f"{server.url}{path}", world) == code


def test_the_longest_calendar_that_is_taken_has_five_megabytes(server, world):
    assert len(fetch(server.put("/a.ics", b"x" * 5 * 2**20), world).body) == 5 * 2**20


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_slow_drip_ends(server, world, part):
    """Each octet comes in time, and all of them together never would."""
    raw = b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " + b"x" * 9000 if part == "headers" else b"\r\n" + b"x" * 9000)
    server.pages["/slow"] = Reply(raw=raw, pause=0.05)
    began = time.monotonic()
    assert trouble(f"{server.url}/slow", impatient(world, whole=2.0)) == "timeout"
    assert 1.9 < time.monotonic() - began < 60  # it would take 450 seconds


def test_a_server_that_says_nothing_is_left(server, world):
    server.pages["/mute"] = Reply(raw=b"H", pause=300)
    began = time.monotonic()
    assert trouble(f"{server.url}/mute", impatient(world, read=0.5)) == "timeout"
    assert time.monotonic() - began < 60


def test_a_resolver_that_says_nothing_is_left(server, world):
    asleep = Network(agent="x", limits=replace(PATIENT, whole=2.0), resolve=lambda _host, _port: time.sleep(300) or [])
    began = time.monotonic()
    assert trouble("https://slow.example/a.ics", asleep) == "timeout"
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_followed(server, world, status):
    server.put("/b/new.ics", BODY)
    url = server.put("/b/old.ics", status=status, headers={"Location": "new.ics#today"})
    assert fetch(url, world).body == BODY


def test_redirects_come_to_an_end(server, world):
    assert trouble(server.put("/loop", status="301 Moved", headers={"Location": "/loop"}), world) == "redirects"
    assert len(server.asked) == 6
    for number in range(6):
        server.put(f"/{number}", status="302 Found", headers={"Location": f"/{number + 1}"})
    server.put("/6", BODY)
    assert fetch(f"{server.url}/1", world).body == BODY
    assert trouble(f"{server.url}/0", world) == "redirects"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:0a00:0001]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "https://10.0.0.1/",
        "https://192.168.0.1/",
        "https://172.16.5.4/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://255.255.255.255/",
        "https://224.0.0.1/",
        "https://localhost/",
    ],
)
def test_a_redirect_to_a_private_address_leads_nowhere(server, world, target):
    assert trouble(server.put("/out", status="302 Found", headers={"Location": target}), world) == "address-unknown"
    assert trouble(target, world) == "address-unknown"


def test_full_width_figures_are_figures(world):
    assert trouble("https://１２７.０.０.１/", world) == "address-unknown"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("193.170.1.1", True),
        ("8.8.8.8", True),
        ("2a00:1450:4001::1", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::808:808", False),
        ("::ffff:8.8.8.8", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:808:808::1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("192.0.0.8", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("203.0.113.1", False),
        ("240.0.0.1", False),
        ("192.88.99.1", False),
        ("100.127.255.255", False),
        ("nonsense", False),
    ],
)
def test_public_is_what_anybody_on_the_internet_reaches(address, public):
    assert is_public(address) is public


def test_one_private_address_among_public_ones_is_one_too_many(world):
    two_faced = Network(agent="x", limits=PATIENT, resolve=lambda _host, _port: ["8.8.8.8", "10.0.0.1"])
    assert trouble("https://two.example/a.ics", two_faced) == "address-unknown"


def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_reached(server):
    """DNS rebinding: the second answer would be the cloud's store of secrets; nobody asks for it."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked = []

    def resolve(host, port):
        asked.append(host)
        return answers[len(asked) - 1]

    server.put("/a.ics", BODY)
    world = Network(agent="x", may_reach=frozenset({server.door}), limits=PATIENT, resolve=resolve)
    url = f"http://rebinding.example:{server.port}/a.ics"
    assert fetch(url, world).body == BODY
    assert (asked, server.asked[0][1]["host"]) == (["rebinding.example"], f"rebinding.example:{server.port}")
    assert trouble(url, world) == "address-unknown"
    assert len(server.asked) == 1


def test_the_next_address_is_tried_where_one_does_not_answer(server):
    server.put("/a.ics", BODY)
    door = frozenset({server.door, f"127.0.0.2:{server.port}"})
    world = Network(agent="x", may_reach=door, limits=PATIENT, resolve=lambda _host, _port: ["127.0.0.2", "127.0.0.1"])
    assert fetch(f"http://two.example:{server.port}/a.ics", world).body == BODY


def test_without_the_door_this_machine_is_private(server):
    closed = Network(agent="x", limits=PATIENT)
    server.put("/a.ics", BODY)
    assert trouble(f"{server.url}/a.ics", closed) == "address-scheme"
    assert trouble(f"https://{server.door}/a.ics", closed) == "address-port"
    assert trouble("https://127.0.0.1/a.ics", closed) == "address-unknown"
    assert server.asked == []


def test_the_door_is_one_port_of_one_address(server, world):
    other = CalendarServer()
    other.put("/a.ics", BODY)
    assert trouble(f"{other.url}/a.ics", world) == "address-unknown"
    assert other.asked == []
    other.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://partner.example/a.ics", "address-scheme"),
        ("file:///etc/passwd", "address-scheme"),
        ("http://partner.example/a.ics", "address-scheme"),
        ("partner.example/a.ics", "address-scheme"),
        ("https://", "address"),
        ("https://partner.example:99999/", "address"),
        ("https://partner.example:8443/a.ics", "address-port"),
        ("https://me:secret@partner.example/a.ics", "address-password"),
        ("https://@partner.example/a.ics", "address-password"),
        ("https://partner.example\\@10.0.0.1/", "address"),
        ("https://partner.example/a b", "address"),
        ("https://partner.example/\r\nHost: x", "address"),
        ("https://[::1/", "address"),
        (f"https://{'a' * 64}.example/", "address"),
        (f"https://partner.example/{'a' * 500}", "address"),
        ("https://calendar.example/calendars/network.ics", "address-own"),
        ("https://CALENDAR.example./calendars/network.ics", "address-own"),
        ("", "address-scheme"),
    ],
)
def test_some_addresses_are_wrong_without_looking(url, code):
    with pytest.raises(Unreachable) as error:
        judge(url, Network(agent="x", own_hosts=frozenset({"calendar.example"})))
    assert error.value.code == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" webcal://partner.example/a.ics ", "https://partner.example/a.ics"),
        ("WEBCAL://partner.example/a.ics", "https://partner.example/a.ics"),
        ("webcal:https://partner.example/a.ics", "https://partner.example/a.ics"),
        ("https://partner.example/a.ics?x=1#top", "https://partner.example/a.ics?x=1"),
    ],
)
def test_an_address_is_stored_as_it_is_fetched(typed, stored):
    assert tidied(typed) == stored


def test_a_name_that_nobody_knows(world):
    nowhere = Network(agent="x", limits=PATIENT, resolve=lambda _host, _port: [])
    assert trouble("https://nowhere.example/a.ics", nowhere) == "address-unknown"


def test_a_name_of_a_private_network_is_told_as_one_that_nobody_knows():
    told = []
    for addresses in ([], ["10.0.0.1"]):
        world = Network(agent="x", limits=PATIENT, resolve=lambda _host, _port, found=addresses: found)
        with pytest.raises(Unreachable) as error:
            fetch("https://vault.example/a.ics", world)
        told.append((error.value.code, error.value.detail))
    assert told == [("address-unknown", "vault.example")] * 2


def test_a_server_that_refuses(world, server):
    server.close()
    assert trouble(f"{server.url}/a.ics", world) == "connection"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate of an authority of our own, for partner.example."""
    need("openssl")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", folder / "key.pem"),
            *("-out", folder / "cert.pem", "-subj", "/CN=partner.example", "-addext", "subjectAltName=DNS:partner.example"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def secure(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    server = CalendarServer(context)
    server.put("/a.ics", BODY)
    yield server
    server.close()


def secure_world(secure, **facts):
    return Network(
        agent="x", may_reach=frozenset({secure.door}), limits=PATIENT, resolve=lambda _host, _port: ["127.0.0.1"], **facts
    )


def test_the_certificate_is_asked_of_the_host_whatever_address_is_reached(secure, authority):
    world = secure_world(secure, tls=ssl.create_default_context(cafile=authority / "cert.pem"))
    assert fetch(f"https://partner.example:{secure.port}/a.ics", world).body == BODY
    assert trouble(f"https://other.example:{secure.port}/a.ics", world) == "tls"
    assert secure.names == ["partner.example", "other.example"]
    assert [path for path, _headers in secure.asked] == ["/a.ics"]


def test_a_certificate_of_nobody_is_not_taken(secure):
    assert trouble(f"https://partner.example:{secure.port}/a.ics", secure_world(secure)) == "tls"
    assert secure.asked == []
