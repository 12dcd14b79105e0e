"""One measurement: one client does one work on a fresh mount, or in a fresh session."""
import shutil
from dataclasses import dataclass

import mounts
import processes
import works
import yardsticks

LIMIT_SECONDS = 60
ONCE_SECONDS = 25  # another client that took longer is not measured a second time

MOUNTED = {"ftpsfs": mounts.Ftpsfs, "rclone off": mounts.RcloneOff, "rclone full": mounts.RcloneFull}
YARDSTICKS = ["curl", "lftp"]
CLIENTS = [*MOUNTED, *YARDSTICKS]


@dataclass(frozen=True)
class Sample:
    """What one step took; `traffic` (lines.Counters) is None where nobody counts, `peak_mib` for yardsticks."""
    seconds: float
    traffic: object = None
    peak_mib: float | None = None


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory


def take_step(step, place, mount):
    """Runs one step in a mount. Raises processes.Failure when it fails or its result is wrong."""
    mount.line.settle()
    before = mount.line.counters()
    finished = processes.run(step.argv(place), LIMIT_SECONDS, mount.kill)
    after = mount.line.counters()
    if not step.check(place, finished.output):
        raise processes.Failure(f"wrong result: {finished.output[-60:].strip()}")
    return Sample(float(finished.output) if step.tells_seconds else finished.seconds,
                  after.since(before) if after else None, mount.peak_mib())


def in_mount(kind, work, server, line, scratch):
    """Yields (row, Sample or Failure) for each step; after a failure the rest of the work is not tried."""
    place = works.Place(scratch / "mount/mnt", server.home, fresh(scratch / "out"))
    taken = []
    try:
        with kind(server, line, scratch / "mount") as mount:
            for step in work.steps:
                taken.append((step.row, take_step(step, place, mount)))
    except processes.Failure as failure:
        taken += [(row, failure) for row in work.rows[len(taken):] or work.rows[-1:]]
    return taken


def by_yardstick(name, work, server, line, scratch):
    """The same for curl and lftp; nothing where they cannot do the work."""
    task = getattr(work, name)
    if task is None:
        return []
    out = fresh(scratch / "out")
    before = line.counters()
    try:
        if name == "curl":
            seconds = sum(yardsticks.curl_times(server, line, out, task.arguments, task.figure, LIMIT_SECONDS))
        else:
            seconds = yardsticks.lftp_seconds(server, line, out, task, LIMIT_SECONDS)
    except processes.Failure as failure:
        return [(work.rows[0], failure)]
    after = line.counters()
    return [(work.rows[0], Sample(seconds, after.since(before) if after else None))]


def measure(client, work, server, line, scratch):
    """A list of (row, Sample or Failure)."""
    if client in MOUNTED:
        return in_mount(MOUNTED[client], work, server, line, scratch)
    return by_yardstick(client, work, server, line, scratch)
