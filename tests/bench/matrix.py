"""Measures tools/call and tools/list: the backend direct, behind nginx, and behind the gateway on each engine."""

import contextlib
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import cases
import chart
import machine
import report
import targets

HERE = pathlib.Path(__file__).parent


def add_options(parser):
    parser.add_argument("--full", action="store_true", help="every combination: about 35 minutes")
    parser.add_argument("--seconds", type=int, default=2, help="length of one run (default 2)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; the median counts (default 3)")
    parser.add_argument("--targets", choices=cases.TARGETS, nargs="+", default=cases.TARGETS, help="default: all")
    parser.add_argument("--answers", choices=cases.ANSWERS, nargs="+", help="list is tools/list")
    parser.add_argument("--payloads", choices=cases.PAYLOADS, nargs="+", help="bytes of an answer")
    parser.add_argument("--backends", type=int, nargs="+", help="servers behind the gateway")
    parser.add_argument("--connections", type=int, nargs="+", help="of the client, one request at a time on each")
    parser.add_argument("--nginx-workers", default="auto", help="default auto: one for each core")
    parser.add_argument("--asio-extra", default="", help="more options of the gateway on asio, as '--busy-poll 50'")
    parser.add_argument("--nginx-extra", default="", help="more directives of nginx, as 'proxy_buffering off;'")


def check_options(parser, options):
    if options.quick:
        options.seconds, options.rounds = 1, 1
    if min(options.seconds, options.rounds, *(options.connections or [1]), *(options.backends or [1])) < 1:
        parser.error("seconds, rounds, connections and backends are 1 or more")


class Matrix:
    def __init__(self, stack, options):
        self.options = options
        self.cases = cases.selected(
            options.full, options.answers, options.payloads, options.backends, options.connections
        )
        self.skipped = []  # why a target is missing
        self.runs = {}  # (case, name of target) -> figures of its runs
        self._targets = {}  # (name, backends) -> target
        self._start(stack)

    def _start(self, stack):
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcprouter-bench-")))
        counts = sorted({case.backends for case in self.cases})
        direct = targets.start_backend(stack, self.options.build, max(counts))
        self._targets["direct", 1] = direct
        if "nginx" in self.options.targets:
            self._targets["nginx", 1] = targets.start_nginx(
                stack, directory, direct, self.options.nginx_workers, self.options.nginx_extra
            )
        for engine in cases.GATEWAYS:
            if engine not in self.options.targets:
                continue
            extra = self.options.asio_extra.split() if engine == "asio" else []
            try:
                for count in counts:
                    behind = direct.addresses[:count]
                    started = targets.start_gateway(stack, directory, self.options.build, engine, behind, extra=extra)
                    self._targets[engine, count] = started
            except targets.Skipped as why:
                self.skipped.append(str(why))
                print(why, file=sys.stderr)
        for target in self._targets.values():
            target.open_session()

    def _pairs(self):
        for case in self.cases:
            for name in cases.TARGETS:
                target = self._targets.get((name, case.backends))
                if name in self.options.targets and target and case.suits(name):
                    yield case, target

    def measure(self):
        """Runs every target in turn, round by round, so that a slow moment of the machine meets all of them."""
        pairs = list(self._pairs())
        if not pairs:
            raise SystemExit("there is nothing to measure")
        for case, target in pairs:
            check(case, target)
        for number in range(self.options.rounds):
            for case, target in pairs:
                show_progress(f"round {number + 1}/{self.options.rounds}: {target.name}, {case}")
                run = run_wrk(case, target, self.options.seconds)
                self.runs.setdefault((case, target.name), []).append(run)
        show_progress("")
        for case, target in pairs:
            check(case, target)

    def rows(self):
        rows = []
        for (case, name), runs in self.runs.items():
            figures = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            figures["rss_kib"] = min(run["rss_kib"] for run in runs)  # later ones hold what larger answers have left
            figures["errors"] = sum(run["errors"] for run in runs)
            row = {"answer": case.answer, "payload": case.payload, "payload_bytes": cases.PAYLOADS[case.payload]}
            rows.append(row | {"backends": case.backends, "connections": case.connections, "target": name} | figures)
        report.add_ratios(rows)
        return rows


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def accept_of(case):
    """A client that would rather have an event stream gets one from the gateway too."""
    return targets.PREFER_SSE if case.answer == "sse" else targets.BOTH


def run_wrk(case, target, seconds):
    """Returns the figures of one run of wrk."""
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "-s", HERE / "call.lua"]
    command += [f"http://{target.address}/mcp", "--", target.session, accept_of(case), case.method, *case.tools()]
    cpu = target.cpu_seconds()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    cpu = target.cpu_seconds() - cpu
    figures = json.loads(re.search(r"^figures (.*)$", done.stdout, re.MULTILINE)[1])
    if figures["errors"] and target.name in ("direct", "nginx"):
        raise SystemExit(f"{target.name}, {case}: {figures['errors']} of {figures['requests']} failed\n{done.stdout}")
    requests = max(figures["requests"], 1)
    return {
        "requests_per_second": requests / figures["seconds"],
        "p50_us": figures["p50_us"],
        "p99_us": figures["p99_us"],
        "cpu_us_per_request": cpu / requests * 1e6,
        "rss_kib": target.rss_kib(),
        "errors": figures["errors"],
    }


def check(case, target):
    """Makes each request of the case once and stops the bench unless its answer is what it should be."""
    for tool in case.tools() or [None]:
        message = {"jsonrpc": "2.0", "id": 1, "method": case.method}
        if tool:
            message["params"] = {"name": tool, "arguments": {"a": 1}}
        response, text = target.post(message, accept_of(case))
        content_type = response.headers.get_content_type()
        if content_type == "text/event-stream":
            text = "".join(line[6:] for line in text.splitlines() if line.startswith("data: "))
        whole = "result" in json.loads(text)
        if tool:
            size = cases.PAYLOADS[case.payload]
            whole = whole and abs(len(text) - size) <= 0.1 * size
            whole = whole and content_type == ("text/event-stream" if case.answer == "sse" else "application/json")
        elif whole:
            tools = len(json.loads(text)["result"]["tools"])
            whole = tools > 0 and tools % case.backends == 0  # the backends have the same ones
        if not whole:
            raise SystemExit(f"{target.name} does not answer {case} as it should: {content_type}, {text[:300]}")


def run(options):
    described = machine.describe()
    with contextlib.ExitStack() as stack:
        matrix = Matrix(stack, options)
        matrix.measure()
        rows = matrix.rows()
    setting = {key: getattr(options, key) for key in ("seconds", "rounds", "nginx_workers", "nginx_extra", "asio_extra")}
    results = {"machine": described, "setting": setting, "skipped": matrix.skipped, "results": rows}
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "results.svg").write_text(chart.svg(results))

    print(f"{machine.line(described)}; medians of {options.rounds} x {options.seconds} s")
    report.print_matrix(rows)
    print(f"\nAlso in {options.output}/results.json and results.svg")
