"""The chart: each work on each server as horizontal bars, one for each client, shorter is better."""
from xml.sax.saxutils import escape

import measure
import report

LABEL_WIDTH, BAR_WIDTH, ROW_HEIGHT, GAP, MARGIN = 110, 560, 16, 26, 20
COLOURS = {"ftpsfs": "#1b6e3c", "rclone off": "#8c96a8", "rclone full": "#b4bccb", "curl": "#d9822b", "lftp": "#e8b04b"}


def text(x, y, content, weight="normal"):
    return f'<text x="{x}" y="{y}" font-weight="{weight}">{escape(content)}</text>'


def bar(y, client, seconds, longest, label):
    width = max(1.0, BAR_WIDTH * seconds / longest) if seconds else 0
    return (text(MARGIN, y + 12, client) +
            f'<rect x="{MARGIN + LABEL_WIDTH}" y="{y + 2}" width="{width:.1f}" height="{ROW_HEIGHT - 4}" '
            f'fill="{COLOURS[client]}"/>' + text(MARGIN + LABEL_WIDTH + width + 6, y + 12, label))


def panel(results, row, server, y):
    """The lines of one panel, and where the next begins."""
    title = f"{report.TITLES[row]}; {report.LINE_OF[row].title}; {server}"
    parts = [text(MARGIN, y + 12, title, "bold")]
    y += ROW_HEIGHT + 4
    times = {client: results.at_least_seconds(row, server, client) for client in measure.CLIENTS}
    longest = max((seconds for seconds in times.values() if seconds), default=1)
    for client, seconds in times.items():
        label = report.seconds_cell(results, row, server, client)
        if label != "–":
            parts.append(bar(y, client, seconds, longest, label))
            y += ROW_HEIGHT
    return parts, y + GAP


def svg(results):
    parts, y = [], MARGIN
    for row, server in report.rows_of(results):
        lines, y = panel(results, row, server, y)
        parts += lines
    width = 2 * MARGIN + LABEL_WIDTH + BAR_WIDTH + 260
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" font-family="sans-serif" font-size="12">'
            f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
