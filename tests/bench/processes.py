"""Processes of the bench: each has a time limit, a session of its own, and is ended by its id."""
import os
import signal
import subprocess
import time
from dataclasses import dataclass

TERM_SECONDS = 2
KILL_SECONDS = 5


class Failure(Exception):
    """A measurement that could not be made; the text is for the table."""


class TooSlow(Failure):
    """A measurement that did not end within its limit, which is `seconds`."""

    def __init__(self, seconds):
        super().__init__(f"> {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Finished:
    output: str
    seconds: float


def end(process, rescue=None):
    """Ends a process and its session. `rescue` frees it when even SIGKILL does not: it waits in a file system."""
    if process.poll() is not None:
        return
    for number, patience in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, KILL_SECONDS)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            pass
    if rescue:
        rescue()
    process.wait(KILL_SECONDS)


def start(argv, log, environment=None):
    """Starts a program that stays, with all it says going to the file `log`."""
    with open(log, "wb") as out:
        return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                                env={**os.environ, **(environment or {})})


def run(argv, limit, rescue=None):
    """Runs a program to its end. Raises TooSlow after `limit` seconds, Failure when its status is not 0."""
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True,
                               env={**os.environ, "LC_ALL": "C.UTF-8"})
    try:
        output, complaints = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end(process, rescue)
        raise TooSlow(limit) from None
    except BaseException:
        end(process, rescue)
        raise
    seconds = time.monotonic() - begin
    if process.returncode != 0:
        said = lines_of(complaints) or lines_of(output) or [""]
        raise Failure(f"status {process.returncode}: {said[0]}")
    return Finished(output.decode(errors="replace"), seconds)


def lines_of(said):
    """The lines of what a program said, without empty ones."""
    return [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
