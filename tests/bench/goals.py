"""The goals: what was aimed at, what was measured, whether it is met. Reads what the other parts wrote."""

import dataclasses
import json
import operator

import machine


@dataclasses.dataclass(frozen=True)
class Goal:
    what: str
    relation: str  # "<=" or ">="
    bound: float
    measured: float | None
    unit: str = ""

    @property
    def met(self):
        if self.measured is None:
            return None
        return {"<=": operator.le, ">=": operator.ge}[self.relation](self.measured, self.bound)


class Figures:
    """Looks up figures in the results of the matrix and of the scale part; None for what was not measured."""

    def __init__(self, output):
        self.matrix = self._read(output / "results.json")
        self.scale = self._read(output / "scale.json")
        self.large = self._read(output / "large.json")

    @staticmethod
    def _read(path):
        return json.loads(path.read_text()) if path.exists() else None

    def call(self, target, key, connections, payload="300", answer="json"):
        for row in self.matrix["results"] if self.matrix else []:
            is_it = (row["target"], row["answer"], row["payload"]) == (target, answer, payload)
            if is_it and row["backends"] == 1 and row["connections"] == connections and not row["errors"]:
                return row.get(key)
        return None

    @staticmethod
    def quotient(dividend, divisor):
        return dividend / divisor if dividend is not None and divisor else None

    def largest(self, kind, key):
        """The figure of the run of this kind on asio with the largest count."""
        results = self.scale["results"] if self.scale else []
        rows = [row for row in results if (row["kind"], row["engine"]) == (kind, "asio")]
        return max(rows, key=lambda row: row["count"])[key] if rows else None

    def reached(self):
        """The share of listening sessions that one announcement has reached."""
        return self.quotient(
            self.largest("listening sessions", "reached"), self.largest("listening sessions", "count")
        )

    def growth(self):
        """The most memory that a large result took on asio, in MiB; without end if one did not come whole."""
        rows = [row for row in self.large["results"] if row["engine"] == "asio"] if self.large else []
        kib = [row["growth_kib"] if row["whole"] else float("inf") for row in rows]
        return max(kib) / 1024 if kib else None

    def answered(self):
        """The share of calls in flight that came to their end with everything that belongs to them."""
        return self.quotient(self.largest("calls in flight", "answered"), self.largest("calls in flight", "count"))


def goals(figures):
    asio = lambda key, *where: figures.call("asio", key, *where)  # noqa: E731
    added = [figures.call(target, "p50_us", 1) for target in ("asio", "direct")]
    cpu = [figures.call(target, "cpu_us_per_request", 32) for target in ("httplib", "asio")]
    listing = [figures.call("asio", "cpu_us_per_request", 32, "300", answer) for answer in ("list", "json")]
    for connections in (32, 256):
        where = f"300 B, {connections} connections"
        yield Goal(f"req/s of nginx, {where}", ">=", 0.9, asio("of_nginx", connections))
        yield Goal(f"p50 of nginx, {where}", "<=", 1.2, asio("p50_of_nginx", connections))
        yield Goal(f"CPU per request of nginx, {where}", "<=", 1.2, asio("cpu_of_nginx", connections))
    yield Goal("req/s of nginx, 100 KB, 32 connections", ">=", 0.95, asio("of_nginx", 32, "100k"))
    yield Goal("req/s per CPU second of httplib, 300 B, 32", ">=", 2, figures.quotient(*cpu))
    added_p50 = added[0] - added[1] if None not in added else None
    yield Goal("added p50 of direct p50, 1 connection", "<=", 0.6, figures.quotient(added_p50, added[1]))
    yield Goal("CPU of tools/list of that of a call", "<=", 2, figures.quotient(*listing))
    yield Goal("idle session, RSS", "<=", 1024, figures.largest("idle sessions", "bytes_each"), "B")
    yield Goal("idle connection, RSS", "<=", 4096, figures.largest("idle connections", "bytes_each"), "B")
    yield Goal("call in flight, RSS", "<=", 24 * 1024, figures.largest("calls in flight", "bytes_each"), "B")
    yield Goal("listening session, RSS", "<=", 8192, figures.largest("listening sessions", "bytes_each"), "B")
    yield Goal("share of listening sessions that are reached", ">=", 1, figures.reached())
    yield Goal("result of 100 MB, peak RSS growth", "<=", 16, figures.growth(), " MiB")
    yield Goal("share of calls in flight that are answered", ">=", 1, figures.answered())
    yield Goal("CPU with idle connections, % of a core", "<=", 0.1, figures.largest("idle connections", "cpu_percent"))
    listening = figures.largest("listening sessions", "cpu_percent_with_comments")
    yield Goal("CPU with listening sessions, % of a core", "<=", 0.1, listening)
    for kind in ("idle sessions", "listening sessions"):
        yield Goal(f"CPU of a call beside {kind}, of alone", "<=", 1.2, figures.largest(kind, "call_ratio"))


def show(output):
    """Prints the table. Returns False when a goal is missed, or none was measured."""
    figures = Figures(output)
    table = list(goals(figures))
    print("\n{:<48}{:>12}{:>12}   {}".format("goal (gateway on asio)", "goal", "measured", "met"))
    for goal in table:
        measured = "-" if goal.measured is None else f"{goal.measured:,.2f}{goal.unit}"
        met = {True: "yes", False: "NO", None: "not measured"}[goal.met]
        print(f"{goal.what:<48}{f'{goal.relation} {goal.bound:,}{goal.unit}':>12}{measured:>12}   {met}")
    for name, results in (("matrix", figures.matrix), ("scale", figures.scale), ("large", figures.large)):
        if results:
            print(f"{name}: {machine.line(results['machine'])}")
    met = [goal.met for goal in table]
    return True in met and False not in met
