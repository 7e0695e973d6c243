"""A small SMTP server that fails as it is told to: real sockets, so that our code meets what it meets in life."""

import socketserver
import threading
import time
from email import message_from_bytes
from email.policy import default


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        server = self.server.outer
        server.conversations += 1
        self.say(b"220 test.example ESMTP")
        lines, exact, in_data = [], b"", False
        for raw in self.rfile:
            line = raw.rstrip(b"\r\n")
            if in_data:
                if line != b".":
                    lines.append(line[1:] if line.startswith(b"..") else line)
                    exact += raw[1:] if raw.startswith(b"..") else raw
                    continue
                in_data = False
                answer = server.next_answer("data")
                if answer in {b"hang", b"slow"}:
                    server.hangs.set()
                    server.released.wait(600)
                    if answer == b"hang":
                        return  # whoever sent it is gone
                    answer = b"250 OK"
                server.tried.append(exact)
                if answer.startswith(b"2") or answer == b"drop":
                    server.mails.append(message_from_bytes(b"\r\n".join(lines), policy=default))
                    server.raw.append(exact)
                if answer == b"drop":
                    return  # accepted, but the line breaks before the client hears it
                self.say(answer)
                lines, exact = [], b""
            elif line.upper().startswith(b"RCPT"):
                self.say(server.next_answer("rcpt"))
            elif line.upper() == b"DATA":
                in_data = True
                self.say(b"354 go on")
            elif line.upper() == b"QUIT":
                self.say(b"221 bye")
                return
            else:
                self.say(b"250 OK")

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class MailServer:
    """``answers["data"]`` and ``answers["rcpt"]`` are given in turn; then everything is accepted.

    ``drop`` accepts a mail and breaks the line, ``hang`` never answers, ``slow`` accepts it once it is ``released``.
    """

    def __init__(self):
        self.mails, self.answers = [], {"data": [], "rcpt": []}
        self.raw, self.tried = [], []  # every byte of the mails that were accepted, and of those that were not, too
        self.conversations, self.delay = 0, 0.0
        self.hangs, self.released = threading.Event(), threading.Event()
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation)
        self.server.daemon_threads = True
        self.server.outer = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def next_answer(self, step):
        if self.delay:
            time.sleep(self.delay)
        return self.answers[step].pop(0) if self.answers[step] else b"250 OK"

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
