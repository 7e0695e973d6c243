"""``manage.py receive_mail``: from a pipe, from a maildir, from IMAP. What is not ours stays as it is, byte for byte."""

import io
import os
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from events.calendars.models import Mailbox, Reply
from events.calendars.replies import mailboxes, mails, receiving, tasks
from tests.events.calendars import reply_samples as samples
from tests.events.calendars.imap import CERTIFICATE, ImapServer, Mail
from tests.events.calendars.replying import answer_of, invited, replies_come_here

pytestmark = pytest.mark.django_db
__all__ = ["replies_come_here"]

OTHER = samples.somebody_else_s()


@pytest.fixture
def invitation(training, ana):
    return invited(training, ana)


@pytest.fixture
def ours(invitation):
    """A good mail of ours."""
    return samples.gmail(samples.reply_to(invitation, answer="TENTATIVE"))


@pytest.fixture
def broken(invitation):
    """A mail of ours that cannot be read."""
    return samples.plain(samples.reply_to(invitation, message_id="<broken@demo.example>")).replace(
        b"BEGIN:VEVENT", b"BEGIN:VEVEN"
    )


def away(*_arguments, **_facts):
    raise OperationalError("the database is away")


def fail(*_arguments, **_facts):
    raise OSError("the disk is full")


def poisoned(true):
    """A function that stumbles over one mail, and else does what it did."""

    def stumble(raw, **facts):
        if b"X-Poison" in raw:
            raise ZeroDivisionError
        return true(raw, **facts)

    return stumble


# --- A pipe ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pipe(monkeypatch, settings, tmp_path):
    """Give a mail to the command, as a mail server does; what it says, and what it sets aside."""
    settings.DATA_DIR = tmp_path

    def run(raw, **options):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        said = io.StringIO()
        call_command("receive_mail", stdout=said, **options)
        assert sys.stdin.buffer.read() == b""
        return said.getvalue().strip()

    return run


def test_a_mail_of_ours_is_taken_from_a_pipe(pipe, ours, invitation):
    assert pipe(ours) == "The mail is taken."
    assert answer_of(invitation) == "TENTATIVE"
    assert pipe(ours) == "The mail is taken."
    assert Reply.objects.count() == 1


def test_a_mail_that_is_not_ours_ends_well_too(pipe, invitation):
    assert [pipe(raw) for raw in (OTHER, b"")] == ["The mail is not ours."] * 2
    assert Reply.objects.count() == 0


def test_the_mail_server_may_name_the_recipient(pipe, invitation):
    to = f"rsvp-{invitation.token}@replies.example"
    hidden = samples.outlook_com(samples.reply_to(invitation, to="calendar@demo.example"))
    assert [pipe(hidden), pipe(hidden, recipient=to)] == ["The mail is not ours.", "The mail is taken."]


def test_a_broken_mail_is_kept_for_a_month(pipe, broken, tmp_path):
    assert pipe(broken) == "The mail is set aside."
    (file,) = (tmp_path / "replies" / "Set aside").iterdir()
    assert file.read_bytes() == broken
    tasks.forget()
    assert file.exists()
    os.utime(file, (0, 0))
    tasks.forget()
    assert not file.exists()


def test_what_is_kept_is_for_nobody_else(pipe, broken, tmp_path):
    pipe(broken)
    directory = tmp_path / "replies" / "Set aside"
    (file,) = directory.iterdir()
    assert [oct(one.stat().st_mode & 0o777) for one in (directory, file)] == ["0o700", "0o600"]


def test_one_message_id_is_one_file(pipe, broken, tmp_path):
    assert [pipe(broken + end) for end in (b"", b"again")] == ["The mail is set aside."] * 2
    (file,) = (tmp_path / "replies" / "Set aside").iterdir()
    assert file.read_bytes() == broken


def test_a_mail_to_an_invitation_that_is_not_there_ends_well_and_is_not_kept(pipe, broken, invitation, tmp_path):
    assert pipe(broken.replace(invitation.token.encode(), b"b" * 26)) == "The mail is not ours."
    assert (Reply.objects.count(), (tmp_path / "replies").exists()) == (0, False)


def test_a_huge_mail_is_read_to_its_end_and_set_aside(pipe, ours, invitation):
    assert pipe(ours + b"x" * 3_000_000) == "The mail is set aside."
    assert Reply.objects.get().why == "It is larger than 1000000 bytes."
    assert answer_of(invitation) == "NEEDS-ACTION"


def test_the_mail_server_keeps_the_mail_while_the_database_is_away(pipe, ours, monkeypatch):
    monkeypatch.setattr(receiving, "_take", away)
    with pytest.raises(CommandError) as error:
        pipe(ours)
    assert error.value.returncode == 75


# --- A maildir -------------------------------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path):
    """A maildir with other people's mail: one that is new, one that was read, and one with an odd name."""
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    (tmp_path / "new" / "1000.a.host").write_bytes(OTHER)
    (tmp_path / "cur" / "1001.b.host:2,S").write_bytes(OTHER.replace(b"Lunch", b"Dinner"))
    (tmp_path / "cur" / ".hidden").write_bytes(b"\xff\x00")
    (tmp_path / "tmp" / "1002.c.host").write_bytes(b"half a ma")
    return tmp_path


def contents(path, part=""):
    """Every file with its bytes and its time of change."""
    return {str(file.relative_to(path)): (file.read_bytes(), file.stat().st_mtime_ns) for file in path.rglob("*") if file.is_file() and str(file.relative_to(path)).startswith(part)}  # fmt: skip


def look(path):
    said = io.StringIO()
    call_command("receive_mail", maildir=path, stdout=said)
    return said.getvalue().strip()


def test_other_people_s_mail_stays_as_it_is_and_is_read_once(maildir, monkeypatch):
    before = contents(maildir)
    assert look(maildir) == "0 mails were ours."
    assert contents(maildir) == before
    monkeypatch.setattr(mailboxes, "receive", fail)
    assert look(maildir) == "0 mails were ours."
    (maildir / "new" / "1000.a.host").rename(maildir / "cur" / "1000.a.host:2,RS")  # somebody read it, and answered
    assert look(maildir) == "0 mails were ours."


def test_ours_go_to_folders_of_their_own(maildir, ours, broken, invitation):
    before = contents(maildir)
    (maildir / "new" / "1003.d.host").write_bytes(ours)
    (maildir / "cur" / "1004.e.host:2,S").write_bytes(broken)
    assert look(maildir) == "2 mails were ours."
    after = contents(maildir)
    assert {name: facts for name, facts in after.items() if not name.startswith(".")} == before
    assert after[".Processed/new/1003.d.host"][0] == ours
    assert after[".Set aside/cur/1004.e.host:2,S"][0] == broken
    assert answer_of(invitation) == "TENTATIVE"
    assert look(maildir) == "0 mails were ours."


def test_the_older_mail_comes_first(maildir, invitation):
    for name, answer in (("999.z.host", "ACCEPTED"), ("10000.a.host", "DECLINED")):
        facts = samples.reply_to(invitation, answer=answer, message_id=f"<{name}>")
        (maildir / "new" / name).write_bytes(samples.plain(facts))
    look(maildir)
    assert list(Reply.objects.order_by("pk").values_list("answer", flat=True)) == ["ACCEPTED", "DECLINED"]


def test_a_crash_before_the_mail_is_moved_neither_loses_nor_repeats(maildir, ours, invitation, monkeypatch):
    (maildir / "new" / "1003.d.host").write_bytes(ours)
    monkeypatch.setattr(mailboxes, "_move_file", fail)
    with pytest.raises(CommandError) as error:
        look(maildir)
    assert error.value.returncode == 75
    assert (Reply.objects.count(), (maildir / "new" / "1003.d.host").exists()) == (1, True)
    monkeypatch.undo()
    assert look(maildir) == "1 mails were ours."
    assert (Reply.objects.count(), (maildir / ".Processed/new/1003.d.host").exists()) == (1, True)


def test_while_the_database_is_away_everything_stays(maildir, ours, monkeypatch):
    (maildir / "new" / "1003.d.host").write_bytes(ours)
    before = contents(maildir)
    monkeypatch.setattr(receiving, "_take", away)
    with pytest.raises(CommandError):
        look(maildir)
    assert contents(maildir) == before


def test_one_bad_mail_keeps_no_other_back(maildir, ours, broken, invitation, monkeypatch):
    (maildir / "new" / "1.bad").write_bytes(samples.plain(samples.reply_to(invitation, message_id="<bad@demo.example>")))
    (maildir / "new" / "2.broken").write_bytes(broken)
    (maildir / "new" / "3.good").write_bytes(ours)
    true = receiving.applying.lock

    def stumble_once(found):
        monkeypatch.setattr(receiving.applying, "lock", true)
        raise ZeroDivisionError

    monkeypatch.setattr(receiving.applying, "lock", stumble_once)
    assert look(maildir) == "3 mails were ours."
    assert [file.name for file in sorted((maildir / ".Set aside" / "new").iterdir())] == ["1.bad", "2.broken"]
    assert answer_of(invitation) == "TENTATIVE"


def test_ours_are_removed_after_a_month_and_others_in_the_same_folder_are_not(maildir, ours, broken, invitation, monkeypatch):
    for name, raw in (("1003.old", ours), ("1004.young", ours), ("1005.broken", broken)):
        (maildir / "new" / name).write_bytes(raw)
    look(maildir)
    invitation.delete()  # what was ours is known by its address alone
    (maildir / ".Processed" / "cur" / "1006.theirs:2,S").write_bytes(OTHER)
    ages = {"new/1003.old": 31, "new/1004.young": 29, "cur/1006.theirs:2,S": 400}
    for name, days in ages.items():
        moment = timezone.now().timestamp() - days * 86_400
        os.utime(maildir / ".Processed" / name, (moment, moment))
    os.utime(maildir / ".Set aside" / "new" / "1005.broken", (0, 0))
    look(maildir)
    assert sorted(contents(maildir, ".")) == [
        ".Processed/cur/1006.theirs:2,S",
        ".Processed/maildirfolder",
        ".Processed/new/1004.young",
        ".Set aside/maildirfolder",
    ]
    monkeypatch.setattr(mailboxes, "names_an_invitation", fail)
    look(maildir)  # it is not read again


def test_a_mail_that_is_poison_stays_and_keeps_no_other_back(maildir, ours, invitation, monkeypatch):
    (maildir / "new" / "1.poison").write_bytes(ours.replace(b"Subject:", b"X-Poison: 1\r\nSubject:"))
    (maildir / "new" / "2.good").write_bytes(ours)
    monkeypatch.setattr(mailboxes, "receive", poisoned(receiving.receive))
    assert look(maildir) == "1 mails were ours."
    assert sorted(contents(maildir, "new")) == ["new/1.poison", "new/1000.a.host"]
    assert look(maildir) == "0 mails were ours."


def test_links_and_what_is_no_maildir_are_left_alone(maildir, tmp_path, ours):
    (maildir / "new" / "1003.link").symlink_to("/dev/zero")
    assert look(maildir) == "0 mails were ours."
    with pytest.raises(CommandError):
        look(tmp_path / "nothing")


def test_what_is_gone_is_forgotten(maildir):
    look(maildir)
    (maildir / "new" / "1000.a.host").unlink()
    look(maildir)
    assert Mailbox.objects.get().seen == {"left": ["1001.b.host"]}


# --- IMAP ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def imap(settings):
    """A mailbox on a server that the settings name and trust."""
    server = ImapServer()
    settings.REPLIES_IMAP_HOST, settings.REPLIES_IMAP_PORT = "localhost", server.port
    settings.REPLIES_IMAP_USER, settings.REPLIES_IMAP_PASSWORD = "replies", "secret"
    settings.REPLIES_IMAP_CA = str(CERTIFICATE)
    yield server
    server.close()


def folders(server):
    return {name: [mail.raw for mail in found] for name, found in server.folders.items()}


def test_ours_are_moved_and_others_stay_unread(imap, ours, broken, invitation):
    imap.deliver(OTHER, ours, broken, OTHER)
    assert tasks.look() == 2
    assert folders(imap) == {"INBOX": [OTHER, OTHER], "Processed": [ours], "Set aside": [broken]}
    assert [mail.flags for mail in imap.inbox] == [set(), set()]
    assert answer_of(invitation) == "TENTATIVE"


def test_what_was_seen_is_not_read_again(imap, ours):
    imap.deliver(OTHER, OTHER)
    tasks.look()
    imap.read.clear()
    assert (tasks.look(), imap.read) == (0, [])
    imap.deliver(ours)
    assert (tasks.look(), imap.read) == (1, [(3, "HEADER"), (3, "all")])


def test_other_people_s_pictures_are_not_read_at_all(imap):
    imap.deliver(OTHER.replace(b"Subject:", b"Content-Type: image/png\r\nSubject:"))
    large = OTHER.replace(b"Subject:", b"Content-Type: multipart/mixed; boundary=x\r\nSubject:") + b"x" * (mails.MOST_BYTES + 1)
    imap.deliver(large)
    tasks.look()
    assert imap.read == [(1, "HEADER"), (2, "HEADER")]


def test_a_huge_mail_of_ours_is_set_aside_without_reading_all_of_it(imap, ours):
    huge = ours + b"x" * 3_000_000
    imap.deliver(huge)
    assert tasks.look() == 1
    assert folders(imap)["Set aside"] == [huge]


def test_after_the_server_numbered_anew_everything_is_looked_at_again(imap):
    imap.deliver(OTHER)
    tasks.look()
    imap.validity, imap.read = 8, []
    tasks.look()
    assert imap.read == [(1, "HEADER"), (1, "all")]


def test_a_move_that_fails_is_made_up_for(imap, ours):
    imap.deliver(ours)
    imap.folders["Processed"] = []
    imap.failures = [b"NO not now", b"NO not now"]
    assert tasks.look() == 0
    assert (Reply.objects.count(), len(imap.inbox)) == (1, 1)
    assert tasks.look() == 1
    assert (Reply.objects.count(), len(imap.inbox)) == (1, 0)


def test_on_a_server_that_cannot_move_ours_are_marked(imap, ours, broken):
    imap.can_move = False
    imap.deliver(OTHER, ours, broken)
    assert tasks.look() == 2
    assert [mail.flags for mail in imap.inbox] == [set(), {"Processed"}, {"Setaside"}]
    assert tasks.look() == 0


def test_a_mail_that_is_poison_stays_in_the_mailbox_and_is_not_read_again(imap, ours, invitation, monkeypatch, caplog):
    poison = ours.replace(b"Subject:", b"X-Poison: 1\r\nSubject:")
    imap.deliver(OTHER, poison, ours)
    monkeypatch.setattr(mails, "header_of", poisoned(mails.header_of))
    assert tasks.look() == 1
    assert folders(imap) == {"INBOX": [OTHER, poison], "Processed": [ours]}
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "Mail 2 in the mailbox of replies cannot be taken in; it stays where it is."
    ]
    imap.read.clear()
    assert (tasks.look(), imap.read) == (0, [])


def test_a_mail_that_the_server_refuses_waits_until_a_later_one_can_be_read(imap, ours, invitation):
    imap.deliver(ours)
    imap.refused = {1}
    assert tasks.look() == 0
    imap.refused = set()
    assert tasks.look() == 1  # the server was ill
    imap.deliver(ours, OTHER)
    imap.refused = {2}
    assert tasks.look() == 0
    imap.refused, imap.read = set(), []
    assert (tasks.look(), imap.read) == (0, [])  # the mail is ill


def test_while_the_database_is_away_the_mail_is_looked_at_again(imap, ours, monkeypatch):
    imap.deliver(ours)
    monkeypatch.setattr(receiving, "_take", away)
    with pytest.raises(OperationalError):
        tasks.look()
    monkeypatch.undo()
    assert tasks.look() == 1


def test_ours_are_removed_from_the_server_after_a_month_and_others_are_not(imap, ours, broken, invitation):
    imap.deliver(ours, broken, ours)
    tasks.look()
    invitation.delete()
    imap.deliver(ours)
    for number, (folder, raw) in enumerate([("Processed", OTHER), ("Set aside", OTHER)], start=90):
        imap.folders[folder].append(Mail(number, raw))
    for folder in imap.folders.values():
        for mail in folder:
            mail.came = datetime.now(UTC) - timedelta(days=40)
    young = imap.folders["Processed"][1]
    young.came = datetime.now(UTC) - timedelta(days=29)
    tasks.forget()
    assert folders(imap) == {"INBOX": [ours], "Processed": [ours, OTHER], "Set aside": [OTHER]}
    assert all(mail.flags == set() for folder in imap.folders.values() for mail in folder)


def test_where_removing_one_would_remove_others_ours_are_marked_only(imap, ours):
    imap.can_expunge_one = False
    imap.deliver(ours)
    tasks.look()
    imap.folders["Processed"][0].came = datetime.now(UTC) - timedelta(days=40)
    tasks.forget()
    assert [mail.flags for mail in imap.folders["Processed"]] == [{"\\Deleted"}]


def test_forgetting_does_not_need_the_server(imap, settings):
    settings.REPLIES_IMAP_PASSWORD = "wrong"
    assert tasks.forget() == 0


def test_a_server_that_cannot_prove_its_name_gets_no_password(imap, settings, ours):
    imap.deliver(ours)
    settings.REPLIES_IMAP_CA = ""
    assert tasks.look() == 0
    assert imap.commands == []
    with pytest.raises(CommandError) as error:
        call_command("receive_mail", imap=True)
    assert error.value.returncode == 75


def test_a_server_that_is_away_or_refuses_us_is_asked_again(imap, settings):
    settings.REPLIES_IMAP_PASSWORD = "wrong"
    assert tasks.look() == 0
    imap.close()
    assert tasks.look() == 0


def test_the_command_looks_into_the_same_mailbox(imap, ours):
    imap.deliver(ours)
    said = io.StringIO()
    call_command("receive_mail", imap=True, stdout=said)
    assert said.getvalue() == "1 mails were ours.\n"


def test_without_a_mailbox_the_worker_looks_nowhere(settings):
    settings.REPLIES_IMAP_HOST = ""
    assert tasks.look() == 0
    with pytest.raises(CommandError) as error:
        call_command("receive_mail", imap=True)
    assert (error.value.returncode, str(error.value)) == (1, "REPLIES_IMAP_HOST is not set.")
