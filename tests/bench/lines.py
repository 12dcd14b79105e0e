"""Lines between the clients and the server: loopback, and long ones made by tests/netlab/line."""
import os
import time
from dataclasses import dataclass, fields
from pathlib import Path

import processes

LINE_SCRIPT = Path(__file__).resolve().parent.parent / "netlab/line"
SCRIPT_SECONDS = 30
QUIET_SECONDS = 1.0
QUIET_LIMIT_SECONDS = 8.0


@dataclass(frozen=True)
class Counters:
    """What the line has carried, as wanlink counts; `cpu_seconds` are wanlink's own. "up" leads to the server."""
    up_data_packets: int
    down_data_packets: int
    cpu_seconds: float

    def since(self, before):
        return Counters(*(getattr(self, field.name) - getattr(before, field.name) for field in fields(self)))


class Loopback:
    name = "loopback"
    title = "loopback"
    rtt = None  # seconds
    server_address = "127.0.0.1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def obstacle(self):
        """Why this line cannot be had here; empty when it can."""
        return ""

    def at_client(self, argv):
        return [str(word) for word in argv]

    def at_server(self, argv):
        return [str(word) for word in argv]

    def counters(self):
        """None: nobody counts here."""
        return None

    def settle(self):
        """Waits until what goes on in the background is over."""
        time.sleep(QUIET_SECONDS)


class LongLine(Loopback):
    """One of these is up at a time, as the bench runs once at a time: its namespaces have fixed names."""
    server_address = "10.77.0.2"

    def __init__(self, name, rtt_ms, mbit, loss_percent):
        self.name = name
        self.rtt = rtt_ms / 1000
        self.title = f"{rtt_ms} ms, {mbit} Mbit/s" + (f", {loss_percent} % loss" if loss_percent else "")
        self._arguments = [rtt_ms, mbit, loss_percent]
        self._space = f"bench-{name}"

    def _script(self, verb, *arguments):
        return processes.run([LINE_SCRIPT, verb, self._space, *arguments], SCRIPT_SECONDS).output

    def __enter__(self):
        self._script("up", *self._arguments)
        return self

    def __exit__(self, *_):
        self._script("down")

    def obstacle(self):
        if os.geteuid() != 0:
            return "network namespaces need root"
        return "" if Path("/dev/net/tun").exists() else "there is no /dev/net/tun"

    def _at(self, end, argv):
        return ["nsenter", f"--net=/var/run/netns/{self._space}-{end}", *(str(word) for word in argv)]

    def at_client(self, argv):
        return self._at("client", argv)

    def at_server(self, argv):
        return self._at("server", argv)

    def counters(self):
        values = dict(line.split("=", 1) for line in self._script("counters").splitlines())
        return Counters(int(values["up_data_packets"]), int(values["down_data_packets"]), float(values["cpu_seconds"]))

    def settle(self):
        deadline = time.monotonic() + QUIET_LIMIT_SECONDS
        now = self.counters()
        while time.monotonic() < deadline:
            time.sleep(QUIET_SECONDS)
            before, now = now, self.counters()
            if now.up_data_packets == before.up_data_packets and now.down_data_packets == before.down_data_packets:
                return


ALL = [Loopback(), LongLine("20ms", 20, 1000, 0), LongLine("lossy", 100, 100, 0.1)]
