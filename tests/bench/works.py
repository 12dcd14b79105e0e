"""The works that are measured: what each client does, and how its result is checked."""
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import servers

READER = Path(__file__).resolve().parent / "reader"
RANDOM_READS = 64
RANDOM_THREADS = 8


@dataclass(frozen=True)
class Place:
    """Where a mounted client works."""
    mount: Path
    home: Path  # the same files on the server's side
    out: Path   # an empty directory


@dataclass(frozen=True)
class Step:
    """One timed command in a mount, and its row in the results."""
    row: str
    title: str
    argv: Callable[[Place], list]
    check: Callable[[Place, str], bool] = lambda place, output: True
    tells_seconds: bool = False  # the command prints the seconds itself


@dataclass(frozen=True)
class Curl:
    arguments: list
    figure: str = "time_total"


@dataclass(frozen=True)
class Work:
    """Steps in one fresh mount, and what the yardsticks do for the first of them (None: they cannot)."""
    line: str
    steps: list[Step]
    curl: Curl | None = None
    lftp: str | None = None

    @property
    def rows(self):
        return [step.row for step in self.steps]


def read_whole(name, row, title, line):
    path = {"big": servers.BIG, "medium": servers.MEDIUM}[name]
    size = {"big": servers.BIG_BYTES, "medium": servers.MEDIUM_BYTES}[name]
    count = ["bash", "-c", 'dd if="$1" bs=1M iflag=fullblock of=/dev/null 2>&1', "bash"]
    return Work(
        line,
        [Step(row, title, lambda place: [*count, place.mount / path],
              lambda place, output: f"{size} bytes" in output)],
        Curl(["{url}/" + path, "-o", "/dev/null"]),
        f"pget -n 4 {path} -o {{out}}/{path}")


def read_at_random(row, title, threads):
    def argv(place):
        return [READER, "random", place.mount / servers.BIG, place.home / servers.BIG, RANDOM_READS, threads]
    return Work("20ms", [Step(row, title, argv, tells_seconds=True)])


def first_byte():
    return Work(
        "20ms",
        [Step("first-byte", "first byte of a file three directories deep",
              lambda place: [READER, "first", place.mount / servers.DEEP], tells_seconds=True)],
        Curl(["{url}/" + servers.DEEP, "-o", "/dev/null"], "time_starttransfer"))


def find():
    names = servers.TREE_DIRECTORIES + servers.TREE_FILES

    def argv(place):
        return ["find", place.mount / servers.TREE]

    def check(_, output):
        return output.count("\n") == names
    return Work(
        "20ms",
        [Step("find", f"find: {servers.TREE_DIRECTORIES} directories, {servers.TREE_FILES:,} files", argv, check),
         Step("find-again", "the same find again", argv, check)],
        lftp=f"mirror --dry-run --parallel=8 {servers.TREE} {{out}}/{servers.TREE}")


def same_files(place, _):
    """True when the copied small files are those of the server."""
    copied = place.out / servers.SMALL
    names = sorted(os.listdir(place.home / servers.SMALL))
    return sorted(os.listdir(copied)) == names and all(
        (copied / name).read_bytes() == (place.home / servers.SMALL / name).read_bytes() for name in names)


def copy_small():
    last = servers.SMALL_FILES - 1
    return Work(
        "20ms",
        [Step("cp", f"cp -r of {servers.SMALL_FILES} files of {servers.SMALL_BYTES // 1024} KiB out of the mount",
              lambda place: ["cp", "-r", place.mount / servers.SMALL, place.out], same_files)],
        Curl([f"{{url}}/{servers.SMALL}/file[000-{last}]", "-o", "{out}/#1"]),
        f"mirror --parallel=8 {servers.SMALL} {{out}}/{servers.SMALL}")


def list_many():
    return Work(
        "20ms",
        [Step("ls", f"ls -l of {servers.MANY_FILES:,} entries",
              lambda place: ["ls", "-l", place.mount / servers.MANY],
              lambda _, output: output.count("\n") == servers.MANY_FILES + 1)],
        Curl([f"{{url}}/{servers.MANY}/", "-o", "/dev/null"]),
        f"ls {servers.MANY}")


ALL = [
    read_whole("big", "read-loopback", "read 1 GiB", "loopback"),
    read_whole("big", "read-20ms", "read 1 GiB", "20ms"),
    read_at_random("random", f"{RANDOM_READS} random 4 KiB reads, one by one", 1),
    read_at_random("random-8", f"{RANDOM_READS} random 4 KiB reads, {RANDOM_THREADS} threads", RANDOM_THREADS),
    first_byte(),
    find(),
    copy_small(),
    list_many(),
    read_whole("medium", "read-lossy", "read 20 MiB", "lossy"),
]
