"""What the benchmarks share: a real server process of ours in a folder of its own, and what the kernel counted for it."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config.management.commands.serve import free_port, web_command  # noqa: E402 - the root is on the path only now

TICK = os.sysconf("SC_CLK_TCK")


def environment(folder: Path, port: int) -> dict[str, str]:
    """As in production: no DEBUG, the stored static files; without HTTPS, as behind a proxy on the same machine."""
    return os.environ | {
        "DATA_DIR": str(folder),
        "DATABASE_URL": os.environ.get("DATABASE_URL", ""),
        "DEBUG": "0",
        "HTTPS": "0",
        "SECRET_KEY": "only-for-the-benchmark-" + "x" * 40,
        "SITE_URL": f"http://127.0.0.1:{port}",
    }


def manage(folder: Path, port: int, *arguments: str) -> None:
    """Run one of our commands there."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(folder, port), check=True)


@contextmanager
def server(folder: Path, port: int) -> Iterator["Server"]:
    """One web worker of four threads. It has answered once when this goes on."""
    started = time.monotonic()
    process = subprocess.Popen(web_command("127.0.0.1", port, 1, 4), cwd=ROOT, env=environment(folder, port))
    try:
        yield Server(process, port, started)
    finally:
        process.terminate()
        process.wait(timeout=30)


class Server:
    """The server while it runs."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, started: float) -> None:
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            try:
                self.get("/")
                break
            except OSError:
                self.connection.close()
                if process.poll() is not None or time.monotonic() - started > 60:
                    raise
                time.sleep(0.005)
        self.seconds_to_first_page = time.monotonic() - started
        self.worker = max(children(process.pid), key=lambda pid: memory(pid)[0])

    def get(self, path: str) -> bytes:
        """A page, on a connection that is kept; everything but 200 is an error."""
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}: {body[:500]!r}")
        return body

    def cpu_ms(self, path: str, *, times: int) -> float:
        """Processor time of the worker, user and system, for one request, in milliseconds."""
        before = cpu_seconds(self.worker)
        for _ in range(times):
            self.get(path)
        return (cpu_seconds(self.worker) - before) * 1000 / times


def children(pid: int) -> list[int]:
    """Processes that this one started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def cpu_seconds(pid: int) -> float:
    """What the kernel has counted for a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int) -> tuple[float, float]:
    """Resident memory of a process now, and at most, in MiB."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return tuple(int(status.get(name, "0 kB").split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def any_port() -> int:
    """A free one."""
    return free_port("127.0.0.1", "0")
