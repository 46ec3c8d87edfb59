"""Measures what one session, connection, call in flight and listening session cost the gateway when there are many."""

import contextlib
import json
import pathlib
import statistics
import sys
import tempfile
import time

import cases
import machine
import scale_load
import targets

IDLE_SECONDS = 5
SETTLE_SECONDS = 2
# Longer than the 30 s after which a stream that was quiet gets a comment.
QUIET_SECONDS = 35
SESSIONS_OF_CALLS = 100
CALLS_A_ROUND = 3200
CALL_ROUNDS = 7
# What the httplib engine can hold at once as it is delivered (docs/engines.md): it has a thread for each.
HTTPLIB_CONNECTIONS = 256
HTTPLIB_STREAMS = 192
HTTPLIB_LISTENERS = 128
# Files the gateway has open for itself and for nothing that is counted.
SPARE_FILES = 500


def add_options(parser, connections_option):
    parser.add_argument("--engine", choices=cases.GATEWAYS, help="default: asio, or httplib where asio is not built in")
    parser.add_argument("--sessions", type=int, nargs="*", help="default: 10000 100000")
    parser.add_argument("--upstream", action="store_true", help="each session has a session with the backend too")
    parser.add_argument(
        connections_option, type=int, nargs="*", dest="idle_connections", help="idle ones; default: 1000 10000"
    )
    parser.add_argument("--calls", type=int, nargs="*", help="in flight at once; default: 1000 5000")
    parser.add_argument("--listeners", type=int, nargs="*", help="sessions with an open stream; default: 1000 6000")


def short(value):
    return f"{value:,.2f}".rstrip("0").rstrip(".")


class TooMany(Exception):
    pass


class Scale:
    def __init__(self, options):
        self.options = options
        self.results = []
        self.skipped = []
        self.files = machine.raise_open_files()
        self.engine = options.engine or self._best_engine()

    def _best_engine(self):
        """asio, unless this gateway cannot."""
        with self._gateway("asio") as (gateway, _):
            if gateway:
                return "asio"
        print("measuring httplib instead", file=sys.stderr)
        return "httplib"

    @contextlib.contextmanager
    def _gateway(self, engine, sessions=None):
        """A fresh one, so that nothing is left of an earlier measurement, which has answered a call; or None."""
        with contextlib.ExitStack() as stack:
            directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcprouter-bench-")))
            backend = targets.start_backend(stack, self.options.build, 1)
            try:
                gateway = targets.start_gateway(
                    stack, directory, self.options.build, engine, backend.addresses, sessions
                )
            except targets.Skipped as why:
                self._skip(str(why))
                yield None, None
                return
            ids = scale_load.open_sessions(gateway.address, 1, with_upstream=True)
            yield gateway, ids[0]

    def _skip(self, why):
        self.skipped.append(why)
        print(why, file=sys.stderr)

    def _add(self, kind, count, rss_before, rss_after, **more):
        each = (rss_after - rss_before) * 1024 / count
        row = {"kind": kind, "engine": self.engine, "count": count, "bytes_each": each, "rss_kib": rss_after, **more}
        self.results.append(row)
        extra = ", ".join(f"{key.replace('_', ' ')} {short(value)}" for key, value in more.items())
        print(f"{self.engine:<9}{count:>9,} {kind:<17}{each:>10,.0f} B each  RSS {rss_after / 1024:>7.1f} MiB  {extra}")

    def _calls_beside(self, gateway, session):
        """CPU of a call beside all that the gateway has, and of one that has nothing else; the two take turns."""

        def call_us(target, caller):
            cpu = target.cpu_seconds()
            scale_load.make_calls(target.address, CALLS_A_ROUND, caller)
            return (target.cpu_seconds() - cpu) / CALLS_A_ROUND * 1e6

        with self._gateway(self.engine) as (empty, other):
            rounds = [(call_us(empty, other), call_us(gateway, session)) for _ in range(CALL_ROUNDS)]
        alone, beside = map(statistics.median, zip(*rounds))
        return {"call_us_alone": alone, "call_us_beside": beside, "call_ratio": beside / alone}

    def sessions(self, count):
        kind = "idle sessions" + (" + upstream" if self.options.upstream else "")
        with self._gateway(self.engine, sessions=count) as (gateway, caller):
            if gateway:
                before, cpu, begin = gateway.rss_kib(), gateway.cpu_seconds(), time.monotonic()
                scale_load.open_sessions(gateway.address, count, self.options.upstream)
                seconds, cpu = time.monotonic() - begin, gateway.cpu_seconds() - cpu
                after = gateway.rss_kib()
                calls = self._calls_beside(gateway, caller)
                self._add(kind, count, before, after, seconds=seconds, cpu_us_each=cpu / count * 1e6, **calls)

    def connections(self, count):
        self._require(count, HTTPLIB_CONNECTIONS, 1, "idle connections")
        with self._gateway(self.engine) as (gateway, session):
            if gateway:
                before = gateway.rss_kib()
                opened = scale_load.open_connections(gateway.address, count, session)
                after = gateway.rss_kib()
                cpu = gateway.cpu_seconds()
                time.sleep(IDLE_SECONDS)
                cpu = (gateway.cpu_seconds() - cpu) / IDLE_SECONDS * 100
                closed = sum(not connection.is_open() for connection in opened)
                for connection in opened:
                    connection.close()
                self._add("idle connections", count, before, after, cpu_percent=cpu, closed_meanwhile=closed)

    def calls(self, count):
        self._require(count, HTTPLIB_STREAMS, 2, "calls in flight")
        with self._gateway(self.engine) as (gateway, _):
            if gateway:
                sessions = scale_load.open_sessions(gateway.address, min(count, SESSIONS_OF_CALLS), with_upstream=True)
                seen = []  # (in flight, RSS)
                before, cpu, begin = gateway.rss_kib(), gateway.cpu_seconds(), time.monotonic()
                calls = scale_load.Calls(gateway.address, sessions)
                calls.start(count)
                calls.run(lambda in_flight: seen.append((in_flight, gateway.rss_kib())))
                seconds, cpu = time.monotonic() - begin, gateway.cpu_seconds() - cpu
                complete = calls.complete()
                calls.close()
                most, rss = max(in_flight for in_flight, _ in seen), max(rss for _, rss in seen)
                self._add(
                    "calls in flight",
                    count,
                    before,
                    rss,
                    answered=complete,
                    at_once=most,
                    seconds=seconds,
                    cpu_ms_each=cpu / count * 1e3,
                    cpu_percent=cpu / seconds * 100,
                )

    def listeners(self, count):
        """Each session has its own stream to the client and its own stream of the backend, on a connection each."""
        self._require(count, HTTPLIB_LISTENERS, 2, "listening sessions")
        with self._gateway(self.engine, sessions=count) as (gateway, caller):
            if gateway:
                before, cpu = gateway.rss_kib(), gateway.cpu_seconds()
                sessions = scale_load.open_sessions(gateway.address, count, with_upstream=True)
                listeners = scale_load.Listeners(gateway.address, sessions)
                time.sleep(SETTLE_SECONDS)
                opened, after, made = listeners.open(), gateway.rss_kib(), gateway.cpu_seconds()
                quiet_seconds = IDLE_SECONDS if self.options.quick else QUIET_SECONDS
                time.sleep(quiet_seconds)  # Its opening was written to a stream: the first comment comes after 60 s.
                idle = gateway.cpu_seconds()
                time.sleep(quiet_seconds)
                commented = gateway.cpu_seconds()
                comments = listeners.comments()
                calls = self._calls_beside(gateway, caller)
                reached, seconds = listeners.announce(caller)
                listeners.close()
                self._add(
                    "listening sessions",
                    count,
                    before,
                    after,
                    opened=opened,
                    reached=reached,
                    reached_ms=seconds * 1e3,
                    direct_ms=self._direct_announcement(count),
                    cpu_us_each=(made - cpu) / count * 1e6,
                    cpu_percent=(idle - made) / quiet_seconds * 100,
                    cpu_percent_with_comments=(commented - idle) / quiet_seconds * 100,
                    comments_each=comments,
                    **calls,
                )

    def _direct_announcement(self, count):
        """What the backend and this client need by themselves until the last one is reached."""
        with contextlib.ExitStack() as stack:
            backend = targets.start_backend(stack, self.options.build, 1)
            caller, *sessions = scale_load.open_sessions(backend.address, count + 1, with_upstream=False)
            listeners = scale_load.Listeners(backend.address, sessions)
            stack.callback(listeners.close)
            time.sleep(SETTLE_SECONDS)
            listeners.open()
            return listeners.announce(caller)[1] * 1e3

    def _require(self, count, of_httplib, sockets_each, kind):
        if self.engine == "httplib" and count > of_httplib:
            raise TooMany(f"httplib: {count:,} {kind} skipped, it is made for {of_httplib}")
        if count * sockets_each + SPARE_FILES > self.files:
            raise TooMany(f"{count:,} {kind} skipped: a process may have {self.files:,} files open here")

    def run(self):
        measures = (self.sessions, self.connections, self.calls, self.listeners)
        asked = (self.options.sessions, self.options.idle_connections, self.options.calls, self.options.listeners)
        defaults = ([10_000, 100_000], [1000, 10_000], [1000, 5000], [1000, 6000])
        if self.engine == "httplib":
            defaults = ([10_000, 100_000], [HTTPLIB_CONNECTIONS], [HTTPLIB_STREAMS], [HTTPLIB_LISTENERS])
        if self.options.quick:
            defaults = ([1000], [100], [100], [100])
        if any(counts is not None for counts in asked):  # what is not named is not measured
            defaults = ([], [], [], [])
        for measure, counts, usual in zip(measures, asked, defaults):
            for count in counts or usual:
                try:
                    measure(count)
                except TooMany as why:
                    self._skip(str(why))


def run(options):
    described = machine.describe()
    print(f"\n{machine.line(described)}")
    scale = Scale(options)
    scale.run()
    options.output.mkdir(parents=True, exist_ok=True)
    results = {"machine": described, "skipped": scale.skipped, "results": scale.results}
    (options.output / "scale.json").write_text(json.dumps(results, indent=2) + "\n")
    print(f"Also in {options.output}/scale.json")
