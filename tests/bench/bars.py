"""The bars ftpsfs is to reach, and by how much it does."""
from collections.abc import Callable
from dataclasses import dataclass, field

import lines
import servers
import works

RTT = {line.name: line.rtt for line in lines.ALL}["20ms"]


@dataclass(frozen=True)
class Bar:
    """A figure of ftpsfs in one row, and its limit. `figure` takes the results and a server, and may give None."""
    row: str
    unit: str
    figure: Callable
    limit: float
    at_least: bool = False
    other_limits: dict = field(default_factory=dict)  # by server

    def limit_for(self, server):
        return self.other_limits.get(server, self.limit)


@dataclass(frozen=True)
class Verdict:
    row: str
    server: str
    unit: str
    figure: float | None  # None when ftpsfs failed
    limit: float
    at_least: bool
    met: bool
    margin: float | None  # share of the limit to spare, negative when missed; None when there is no such share


def judge(bar, results, server):
    """The verdict; None where what it takes was not measured. A failure of ftpsfs misses the bar."""
    limit = bar.limit_for(server)
    if results.failure(bar.row, server, "ftpsfs"):
        return Verdict(bar.row, server, bar.unit, None, limit, bar.at_least, False, None)
    figure = bar.figure(results, server)
    if figure is None:
        return None
    to_spare = figure - limit if bar.at_least else limit - figure
    margin = to_spare / limit if limit else None
    return Verdict(bar.row, server, bar.unit, figure, limit, bar.at_least, to_spare >= 0, margin)


def speed_against(row, *others):
    """How often ftpsfs does the work while the fastest of the others does it once."""
    def figure(results, server):
        ours = results.median(row, server, "ftpsfs")
        theirs = [seconds for other in others if (seconds := results.at_least_seconds(row, server, other))]
        return min(theirs) / ours if ours and theirs else None
    return figure


def seconds(row, per=1.0):
    """The seconds of ftpsfs, counted in units of `per` seconds."""
    def figure(results, server):
        ours = results.median(row, server, "ftpsfs")
        return None if ours is None else ours / per
    return figure


def speed_against_row(row, slower_row):
    def figure(results, server):
        ours, slower = results.median(row, server, "ftpsfs"), results.median(slower_row, server, "ftpsfs")
        return slower / ours if ours and slower else None
    return figure


def measured(row, measure):
    return lambda results, server: results.median(row, server, "ftpsfs", measure)


WITHIN_RTTS = servers.DEEP_COMPONENTS + 2.5

ALL = [
    Bar("read-loopback", "× curl", speed_against("read-loopback", "curl"), 0.6, True),
    Bar("read-loopback", "× rclone", speed_against("read-loopback", "rclone off", "rclone full"), 3, True),
    Bar("read-20ms", "× curl", speed_against("read-20ms", "curl"), 0.95, True),
    Bar("read-lossy", "× lftp pget -n 4", speed_against("read-lossy", "lftp"), 1.5, True),
    Bar("random", "RTT each", seconds("random", works.RANDOM_READS * RTT), 3),
    Bar("random-8", "× one thread", speed_against_row("random-8", "random"), 5, True),
    Bar("first-byte", "RTT", seconds("first-byte", RTT), WITHIN_RTTS),
    Bar("find", "s", seconds("find"), 1),
    Bar("find-again", "data packets to the server", measured("find-again", "up_data_packets"), 0),
    Bar("cp", "s", seconds("cp"), 3),
    Bar("ls", "s", seconds("ls"), 1, other_limits={"vsftpd": 2}),
    *(Bar(row, "MiB", measured(row, "peak_mib"), 128) for work in works.ALL for row in work.rows),
]


def judge_all(results):
    verdicts = [judge(bar, results, server) for bar in ALL for server in servers.KINDS]
    return [verdict for verdict in verdicts if verdict]
