"""What the matrix is made of: the combinations that can be measured, and which of them are."""

import dataclasses
import itertools

PAYLOADS = {"300": 300, "5k": 5_000, "100k": 100_000, "1m": 1_000_000}
ANSWERS = ("json", "sse", "list")
CONNECTIONS = (1, 32, 256)
BACKENDS = (1, 3, 10)
TARGETS = ("direct", "nginx", "asio", "httplib")
GATEWAYS = ("asio", "httplib")


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the matrix, whatever answers it."""

    answer: str  # json or sse: tools/call; list: tools/list
    payload: str
    backends: int
    connections: int

    @property
    def method(self):
        return "tools/list" if self.answer == "list" else "tools/call"

    def tools(self):
        """The names as clients of the gateway see them: those of several backends have a prefix."""
        if self.answer == "list":
            return []
        name = f"{'sse' if self.answer == 'sse' else 'payload'}_{self.payload}"
        return [name] if self.backends == 1 else [f"b{i + 1}__{name}" for i in range(self.backends)]

    def suits(self, target):
        """With several backends, and for lists, there is nothing to compare a gateway with."""
        return target in GATEWAYS or (self.backends == 1 and self.answer != "list")

    def __str__(self):
        payload = "" if self.answer == "list" else f" {self.payload}"
        return f"{self.answer}{payload}, {self.backends} backend(s), {self.connections} connection(s)"


def _product(answers, payloads, backends, connections):
    """Lists have no payload: they are measured once, whichever payloads are asked for."""
    for answer, payload, count, number in itertools.product(answers, payloads, backends, connections):
        if answer != "list" or payload == payloads[0]:
            yield Case(answer, payload if answer != "list" else "300", count, number)


# Every dimension once around the usual case, and what the goals speak of.
DEFAULT = [
    *_product(["json"], ["300"], [1], CONNECTIONS),
    *_product(["json"], ["5k", "100k", "1m"], [1], [32]),
    *_product(["sse"], ["300", "100k"], [1], [32]),
    *_product(["json"], ["300"], [3, 10], [32]),
    *_product(["list"], ["300"], BACKENDS, [32]),
]


def selected(full, answers, payloads, backends, connections):
    """Returns the cases to measure. A dimension of which nothing is said stays at its usual value."""
    if full:
        usual = ANSWERS, tuple(PAYLOADS), BACKENDS, CONNECTIONS
    elif any((answers, payloads, backends, connections)):
        usual = ("json",), ("300",), (1,), (1, 32)
    else:
        return DEFAULT
    asked = (answers, payloads, backends, connections)
    return list(_product(*(one or other for one, other in zip(asked, usual))))
