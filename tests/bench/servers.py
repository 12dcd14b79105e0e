"""The servers that are measured against, by way of tests/servers/ftp-server, and the files they serve."""
import os
from pathlib import Path

import processes

SCRIPT = Path(__file__).resolve().parent.parent / "servers/ftp-server"
START_SECONDS = 60
KINDS = ["proftpd", "vsftpd", "pure-ftpd"]

MIB = 1 << 20
BIG, BIG_BYTES = "big", 1024 * MIB
MEDIUM, MEDIUM_BYTES = "medium", 20 * MIB
DEEP, DEEP_COMPONENTS = "one/two/three/file", 4
TREE, TREE_DIRECTORIES, TREE_FILES = "tree", 221, 5000  # 1 + 20 + 200 directories, 25 files in each of the 200
SMALL, SMALL_FILES, SMALL_BYTES = "small", 250, 8192
MANY, MANY_FILES = "many", 10000
WARM = "warm"  # what a yardstick fetches to be logged in


def make_files(directory):
    """Makes everything the works read, below `directory`."""
    with open(directory / BIG, "wb") as big:
        for _ in range(BIG_BYTES // MIB):
            big.write(os.urandom(MIB))
    (directory / MEDIUM).write_bytes(os.urandom(MEDIUM_BYTES))
    (directory / WARM).write_bytes(b"warm\n")
    (directory / DEEP).parent.mkdir(parents=True)
    (directory / DEEP).write_bytes(os.urandom(SMALL_BYTES))
    for outer in range(20):
        for inner in range(10):
            leaf = directory / TREE / f"outer{outer:02}" / f"inner{inner:02}"
            leaf.mkdir(parents=True)
            for number in range(25):
                (leaf / f"file{number:02}").write_bytes(b"leaf\n")
    (directory / SMALL).mkdir()
    for number in range(SMALL_FILES):
        (directory / SMALL / f"file{number:03}").write_bytes(os.urandom(SMALL_BYTES))
    (directory / MANY).mkdir()
    for number in range(MANY_FILES):
        (directory / MANY / f"entry{number:05}").write_bytes(b"x" * (number % 100))


class Server:
    """A running server at the far end of a line. Its files are hard links to those of `files`, made once."""

    def __init__(self, kind, line, directory, files):
        self.kind = kind
        self.address = line.server_address
        self._line = line
        self._directory = directory
        self._files = files

    def __enter__(self):
        home = self._directory / "home"
        if not home.exists():
            self._directory.mkdir(mode=0o755)
            processes.run(["cp", "-al", self._files, home], START_SECONDS)
        started = processes.run(
            self._line.at_server([SCRIPT, "start", self.kind, self._directory, f"listen={self.address}"]),
            START_SECONDS)
        values = dict(line.split("=", 1) for line in started.output.splitlines())
        self.port, self.user, self.password = values["port"], values["user"], values["password"]
        self.ca, self.home = Path(values["ca"]), Path(values["home"])
        return self

    def __exit__(self, *_):
        processes.run([SCRIPT, "stop", self._directory], START_SECONDS)
