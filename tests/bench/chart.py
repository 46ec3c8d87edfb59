"""Draws the matrix as SVG: for each case a group of bars, one for each target."""

import html
import math

import machine

PAYLOADS = {"300": "300 B", "5k": "5 KB", "100k": "100 KB", "1m": "1 MB"}
COLOURS = {"direct": "#8a8f98", "nginx": "#2f9e44", "asio": "#1c7ed6", "httplib": "#f08c00"}
NAMES = {"direct": "backend direct", "nginx": "nginx", "asio": "gateway, asio", "httplib": "gateway, httplib"}
PANELS = (
    ("requests_per_second", "requests per second (more is better)"),
    ("cpu_us_per_request", "CPU per request, microseconds (less is better)"),
)
BAR, GAP, TOP, LABELS, PANEL, VALUES, MARGIN = 13, 10, 104, 196, 330, 64, 20


class LogScale:
    """From the power of ten below the smallest value to that above the largest."""

    def __init__(self, values):
        positive = [value for value in values if value > 0] or [1]
        self.low = math.floor(math.log10(min(positive)))
        self.high = max(math.ceil(math.log10(max(positive))), self.low + 1)

    def width(self, value):
        """Pixels; a value on the left edge still shows as a line."""
        if value <= 0:
            return 0
        return max(2, PANEL * (math.log10(value) - self.low) / (self.high - self.low))

    def ticks(self):
        for power in range(self.low, self.high + 1):
            label = f"{10**power:,}" if power >= 0 else f"{10**power:g}"
            yield PANEL * (power - self.low) / (self.high - self.low), label


def shown(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def text(x, y, content, size=11, anchor="start", weight="normal", fill="#222"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{fill}">{html.escape(content)}</text>'
    )


def rectangle(x, y, width, height, fill):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def groups_of(rows):
    groups = {}
    for row in rows:
        title = "tools/list" if row["answer"] == "list" else f"{row['answer'].upper()} {PAYLOADS[row['payload']]}"
        groups.setdefault((title, row["backends"], row["connections"]), []).append(row)
    return groups


def legend(targets):
    x = MARGIN
    for target in targets:
        yield rectangle(x, 42, 12, 12, COLOURS[target])
        yield text(x + 17, 52, NAMES[target])
        x += 36 + 7 * len(NAMES[target])


def panel(x, bottom, title, scale):
    yield text(x, TOP - 20, title, weight="bold")
    for offset, label in scale.ticks():
        yield f'<line x1="{x + offset:.1f}" y1="{TOP - 4}" x2="{x + offset:.1f}" y2="{bottom}" stroke="#e3e5e8"/>'
        yield text(x + offset, TOP - 7, label, 9, "middle", fill="#777")


def group_label(y, height, title, backends, connections):
    servers = "1 server" if backends == 1 else f"{backends} servers"
    yield text(LABELS - 10, y + height / 2 - 1, title, anchor="end", weight="bold")
    yield text(LABELS - 10, y + height / 2 + 11, f"{servers}, {connections} conn.", 10, "end", fill="#666")


def svg(results):
    rows = results["results"]
    groups = groups_of(rows)
    heights = [max(BAR * len(group), 2 * BAR) + GAP for group in groups.values()]
    bottom = TOP + sum(heights)
    starts = [LABELS, LABELS + PANEL + VALUES]
    width, height = starts[1] + PANEL + VALUES + MARGIN, bottom + 24
    scales = [LogScale([row[key] for row in rows]) for key, _ in PANELS]

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif">',
        rectangle(0, 0, width, height, "#fff"),
        text(MARGIN, 26, "mcprouter: what routing a call costs", 16, weight="bold"),
        *legend([target for target in COLOURS if any(row["target"] == target for row in rows)]),
    ]
    for x, scale, (_, title) in zip(starts, scales, PANELS):
        parts += panel(x, bottom, title, scale)
    y = TOP
    for (label, group), group_height in zip(groups.items(), heights):
        parts += group_label(y, group_height - GAP, *label)
        for number, row in enumerate(group):
            bar_y = y + number * BAR
            for x, scale, (key, _) in zip(starts, scales, PANELS):
                bar = scale.width(row[key])
                parts.append(rectangle(x, bar_y, bar, BAR - 2, COLOURS[row["target"]]))
                mark = " !" if row["errors"] else ""
                parts.append(text(x + bar + 4, bar_y + BAR - 4, shown(row[key]) + mark, 10))
        y += group_height
    foot = f"{machine.line(results['machine'])}; logarithmic scales"
    if any(row["errors"] for row in rows):
        foot += "; ! some requests failed"
    parts += [text(MARGIN, height - 9, foot, 10, fill="#777"), "</svg>"]
    return "\n".join(parts) + "\n"
