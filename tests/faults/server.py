"""A real FTPS server for the time of a test, by way of tests/servers/ftp-server."""
import os
import signal
import subprocess
from pathlib import Path

FTP_SERVER = Path(__file__).resolve().parent.parent / "servers/ftp-server"


def children_of(pid):
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parent = int(each.joinpath("stat").read_text().rsplit(") ", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += [int(each.name), *children_of(int(each.name))]
    return found


class Server:
    """Begins at once; `settings` are the script's, such as "tls=1.2"."""

    def __init__(self, kind, folder, *settings):
        self.folder = folder
        told = subprocess.run([FTP_SERVER, "start", kind, folder, *settings], check=True, capture_output=True,
                              text=True).stdout
        self.values = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
        self.home = Path(self.values["home"])

    def write_credentials(self, file):
        file.write_text(f"username={self.values['user']}\npassword={self.values['password']}\n")
        file.chmod(0o600)

    def kill_sessions(self):
        state = dict(line.split("=", 1) for line in (self.folder / "state").read_text().splitlines() if "=" in line)
        for pid in children_of(int(state["pid"])):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop(self):
        subprocess.run([FTP_SERVER, "stop", self.folder], check=False)
