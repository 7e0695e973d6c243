"""A person's computer: vdirsyncer, which subscribes, and khal, which shows what is there."""

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
SEPARATOR = "\x1f"


class Khal:
    """A computer, with a subscription to ``url`` if there is one. All times are shown in UTC.

    ``sync`` reads the address, ``keep`` puts events there as if it had; ``list`` says what the person sees.
    """

    def __init__(self, home, url=""):
        self.home, self.events = home, home / "events"
        self.env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self.env |= {"XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home)}
        self.events.mkdir()
        (home / "khal.conf").write_text(
            f"[calendars]\n[[mine]]\npath = {self.events}\nreadonly = True\n"
            "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M:%S\ndateformat = %Y-%m-%d\n"
            "longdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%dT%H:%M:%SZ\nlongdatetimeformat = %Y-%m-%dT%H:%M:%SZ\n"
            f"[sqlite]\npath = {home}/khal.db\n"
        )
        if url:
            (home / "vdirsyncer.conf").write_text(
                f'[general]\nstatus_path = "{home}/status/"\n[pair p]\na = "web"\nb = "disk"\ncollections = null\n'
                f'[storage web]\ntype = "http"\nurl = "{url}"\n'
                f'[storage disk]\ntype = "filesystem"\npath = "{self.events}"\nfileext = ".ics"\n'
            )
            self.run("vdirsyncer", "-c", str(home / "vdirsyncer.conf"), "discover", "p")

    def run(self, program, *arguments):
        done = subprocess.run(
            [BIN / program, *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=300, input="y\n"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self):
        self.run("vdirsyncer", "-c", str(self.home / "vdirsyncer.conf"), "sync", "--force-delete")

    def keep(self, calendars):
        """One file for each, by its UID."""
        for uid, calendar in calendars.items():
            (self.events / f"{uid}.ics").write_bytes(calendar)

    def list(self, first, days, what="{title}"):
        """What begins in these days: its title (or what else is asked for), start and end."""
        form = SEPARATOR.join([what, "{start}", "{end}"])
        arguments = ("--day-format", "", "--notstarted", "--format", form, str(first), f"{days}d")
        out = self.run("khal", "-c", str(self.home / "khal.conf"), "list", *arguments)
        return sorted({tuple(line.split(SEPARATOR)) for line in out.splitlines() if SEPARATOR in line})
