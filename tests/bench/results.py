"""Results: every sample of a run, and what can be said of them."""
import json
from dataclasses import asdict
from statistics import median

import processes

MEASURES = {
    "seconds": lambda sample: sample.seconds,
    "up_data_packets": lambda sample: sample.traffic and sample.traffic.up_data_packets,
    "down_data_packets": lambda sample: sample.traffic and sample.traffic.down_data_packets,
    "link_cpu_seconds": lambda sample: sample.traffic and sample.traffic.cpu_seconds,
    "peak_mib": lambda sample: sample.peak_mib,
}


class Results:
    def __init__(self):
        self._taken = {}  # (row, server, client) -> list of Sample or Failure

    def add(self, row, server, client, outcome):
        self._taken.setdefault((row, server, client), []).append(outcome)

    def keys(self):
        return self._taken.keys()

    def failure(self, row, server, client):
        """The first failure of these measurements; None when there is none."""
        return next((o for o in self._taken.get((row, server, client), []) if isinstance(o, processes.Failure)), None)

    def median(self, row, server, client, measure="seconds"):
        """The median of a measure; None when nothing was measured, or a measurement failed."""
        taken = self._taken.get((row, server, client), [])
        if not taken or self.failure(row, server, client):
            return None
        values = [MEASURES[measure](sample) for sample in taken]
        return None if None in values else median(values)

    def at_least_seconds(self, row, server, client):
        """The median, or for a measurement that was cut short the seconds it had taken by then; else None."""
        failure = self.failure(row, server, client)
        return failure.seconds if isinstance(failure, processes.TooSlow) else self.median(row, server, client)

    def as_json(self, about, verdicts):
        taken = [{"work": row, "server": server, "client": client,
                  "samples": [{"failure": str(o)} if isinstance(o, processes.Failure) else asdict(o) for o in outcomes]}
                 for (row, server, client), outcomes in self._taken.items()]
        return json.dumps({"about": about, "measurements": taken, "bars": verdicts}, indent=1) + "\n"
