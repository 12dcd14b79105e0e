"""The report: results as Markdown, ratios first."""
import lines
import measure
import servers
import works

HEADER = """# Benchmark

{date}; {cores} cores, Linux {kernel}; {runs} run{plural} of each, medians; load of the machine {load_before} at the start,
{load_after} at the end. ftpsfs: {program}

A fresh mount for each measurement; curl and lftp were logged in before their time began. A client that failed says why, and one
that took over {limit} s was cut short.
"""
TITLES = {step.row: step.title for work in works.ALL for step in work.steps}
LINE_OF = {row: next(line for line in lines.ALL if line.name == work.line) for work in works.ALL for row in work.rows}


def number(value, digits=3):
    """With so many significant digits, never as 1e3."""
    if value is None:
        return "–"
    if value >= 10 ** (digits - 1) or value == 0:
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def say(verdict):
    if verdict.figure is None:
        return "**missed**: ftpsfs failed"
    figure = f"**{number(verdict.figure)}** {verdict.unit} ({'≥' if verdict.at_least else '≤'} {verdict.limit:g})"
    if verdict.margin is None:
        return f"{figure}: " + ("met" if verdict.met else "**missed**")
    if verdict.met:
        return f"{figure}: met, {verdict.margin:.0%} to spare"
    return f"{figure}: **missed**, {number(verdict.figure / verdict.limit)} times the bar"


def seconds_cell(results, row, server, client):
    failure = results.failure(row, server, client)
    if failure:
        return str(failure).replace("|", "\\|")[:90]
    value = results.median(row, server, client)
    return "–" if value is None else f"{number(value)} s"


def rows_of(results):
    """Every (row, server) with a measurement, in the order of the works."""
    taken = {(row, server) for row, server, _ in results.keys()}
    return [(row, server) for row in TITLES for server in servers.KINDS if (row, server) in taken]


def table(head, body):
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *body]]) + "\n"


def bars_table(results, verdicts):
    body = []
    for row, server in rows_of(results):
        mine = [say(v) for v in verdicts if (v.row, v.server) == (row, server) and v.unit != "MiB"]
        times = [seconds_cell(results, row, server, client) for client in measure.CLIENTS]
        body.append([f"{TITLES[row]}; {LINE_OF[row].title}", server, "; ".join(mine) or "–", *times])
    return table(["work; line", "server", "ftpsfs against its bar", *measure.CLIENTS], body)


def costs_table(results):
    body = []
    for row, server in rows_of(results):
        for client in measure.MOUNTED:
            value = results.median(row, server, client)
            if value is None:
                continue
            rtt = LINE_OF[row].rtt
            cells = [results.median(row, server, client, m)
                     for m in ("up_data_packets", "down_data_packets", "link_cpu_seconds", "peak_mib")]
            body.append([TITLES[row], server, client, number(rtt and value / rtt), *(number(cell) for cell in cells)])
    return table(["work", "server", "client", "seconds / RTT", "data packets to the server", "data packets from it",
                  "CPU seconds of the line", "peak memory, MiB"], body)


def summary(verdicts):
    missed = [v for v in verdicts if not v.met]
    return f"{len(verdicts) - len(missed)} of {len(verdicts)} bars met."


def memory_line(verdicts):
    memory = [v for v in verdicts if v.unit == "MiB" and v.figure is not None]
    if not memory:
        return ""
    worst = max(memory, key=lambda v: v.figure)
    return f"Memory of ftpsfs: {say(worst)} (the most of all works: {TITLES[worst.row]}, {worst.server}).\n"


def markdown(results, verdicts, about):
    return "\n".join([
        HEADER.format(**about, plural="" if about["runs"] == 1 else "s", limit=measure.LIMIT_SECONDS),
        summary(verdicts) + " " + memory_line(verdicts),
        "![bars](results.svg)\n",
        bars_table(results, verdicts),
        "## What it cost\n",
        "Data packets carry TCP payload: bare acknowledgements are not counted. The line is a process on the same machine; its\n"
        "CPU seconds are those the clients and the server could not have.\n",
        costs_table(results)])
