"""A small IMAP server over TLS: real sockets, and as much of RFC 9051 as whoever reads a mailbox uses."""

import re
import socketserver
import ssl
import threading
from datetime import UTC, datetime
from pathlib import Path

CERTIFICATE = Path(__file__).with_name("imap_certificate.pem")


class _Conversation(socketserver.StreamRequestHandler):
    def setup(self):
        self.request = self.server.outer.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self):
        super().finish()
        self.request.close()  # the server closes the socket below it only

    def handle(self):
        self.say(b"* OK IMAP4rev1 ready")
        for raw in self.rfile:
            line = raw.rstrip(b"\r\n").decode()
            tag, _space, command = line.partition(" ")
            self.server.outer.commands.append(command)
            if not self.answer(tag, command):
                return

    def say(self, line):
        self.wfile.write(line + b"\r\n")

    def answer(self, tag, command):
        """Whether the conversation goes on."""
        server, verb = self.server.outer, command.upper()
        status = b"OK done"
        if verb == "CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1" + b" MOVE" * server.can_move + b" UIDPLUS" * server.can_expunge_one)
        elif verb.startswith("LOGIN"):
            status = b"OK welcome" if command == 'LOGIN "replies" "secret"' else b"NO who are you"
        elif match := re.fullmatch(r'SELECT "?(.*?)"?', command):
            status = self.select(match[1])
        elif match := re.fullmatch(r"UID SEARCH UID (\d+):\*", command):
            uids = [mail.uid for mail in self.mails]
            found = [uid for uid in uids if uid >= int(match[1])] or uids[-1:]
            self.say(("* SEARCH " + " ".join(map(str, found))).encode())
        elif match := re.fullmatch(r"UID SEARCH \(BEFORE (.*?) UNDELETED\)", command):
            before = datetime.strptime(match[1], "%d-%b-%Y").replace(tzinfo=UTC)
            found = [mail.uid for mail in self.mails if mail.came < before and "\\Deleted" not in mail.flags]
            self.say(("* SEARCH " + " ".join(map(str, found))).encode())
        elif match := re.fullmatch(r"UID FETCH (\d+) \(RFC822.SIZE BODY.PEEK\[(HEADER|)\]<0\.(\d+)>\)", command):
            status = self.fetch(int(match[1]), match[2], int(match[3]))
        elif match := re.fullmatch(r'UID MOVE (\d+) "?(.*?)"?', command):
            status = self.move(int(match[1]), match[2])
        elif match := re.fullmatch(r"UID STORE (\d+) \+FLAGS.SILENT \((.*)\)", command):
            next(mail for mail in self.mails if mail.uid == int(match[1])).flags.add(match[2])
        elif match := re.fullmatch(r"UID EXPUNGE (\d+)", command):
            self.mails[:] = [mail for mail in self.mails if mail.uid != int(match[1]) or "\\Deleted" not in mail.flags]
        elif match := re.fullmatch(r'CREATE "?(.*?)"?', command):
            server.folders.setdefault(match[1], [])
        elif verb == "LOGOUT":
            self.say(b"* BYE")
        else:
            status = b"BAD what"
        self.say(tag.encode() + b" " + status)
        return verb != "LOGOUT"

    @property
    def mails(self):
        """Those in the folder that is selected."""
        return self.server.outer.folders[self.folder]

    def select(self, folder):
        if folder not in self.server.outer.folders:
            return b"NO no such folder"
        self.folder = folder
        self.say(f"* {len(self.mails)} EXISTS".encode())
        self.say(f"* OK [UIDVALIDITY {self.server.outer.validity}] valid".encode())
        return b"OK done"

    def fetch(self, uid, what, limit):
        if uid in self.server.outer.refused:
            return b"NO [SERVERBUG] it is broken"
        for number, mail in enumerate(self.mails, start=1):
            if mail.uid == uid:
                part = mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if what else mail.raw
                part = part[:limit]
                self.server.outer.read.append((uid, what or "all"))
                self.say(f"* {number} FETCH (UID {uid} RFC822.SIZE {len(mail.raw)} BODY[{what}]<0> {{{len(part)}}}".encode())
                self.wfile.write(part)
                self.say(b")")
        return b"OK done"

    def move(self, uid, folder):
        server = self.server.outer
        if folder not in server.folders:
            return b"NO [TRYCREATE] no such folder"
        if server.failures:
            return server.failures.pop(0)
        for mail in [mail for mail in server.inbox if mail.uid == uid]:
            server.inbox.remove(mail)
            server.folders[folder].append(mail)
        return b"OK moved"


class Mail:
    def __init__(self, uid, raw):
        self.uid, self.raw, self.flags, self.came = uid, raw, set(), datetime.now(UTC)


class ImapServer:
    """``folders["INBOX"]`` holds mails; ``read`` is what was fetched of which; ``failures`` are answers to MOVE.

    It does not hand out mails that are ``refused``.
    """

    def __init__(self):
        self.folders, self.validity, self.can_move, self.can_expunge_one = {"INBOX": []}, 7, True, True
        self.commands, self.read, self.failures, self.refused = [], [], [], set()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATE)
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_arguments: None  # a client that does not trust us hangs up
        self.server.outer = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def inbox(self):
        return self.folders["INBOX"]

    def deliver(self, *raws):
        for raw in raws:
            self.inbox.append(Mail(1 + max((mail.uid for folder in self.folders.values() for mail in folder), default=0), raw))

    def close(self):
        self.server.shutdown()
        self.server.server_close()
