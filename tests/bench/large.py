"""Sends results of 100 MB through the gateway and sees how much memory it takes for them at its worst."""

import contextlib
import json
import pathlib
import re
import tempfile
import time

import cases
import machine
import scale_load
import targets

TEXT_BYTES = 100_000_000
TOOLS = {"json": "payload_100m", "sse": "sse_100m"}
ACCEPTED = {"json": "application/json", "sse": "text/event-stream, application/json;q=0.5"}
# How long the slow client reads nothing, in the middle of its answer.
SLOW_SECONDS = 3


def read_answer(connection, slow):
    """Reads an answer without keeping it. Returns its Content-Type, and how many of the text's bytes came."""
    data, head, text = b"", None, 0
    while True:
        more = connection.socket.recv(1 << 20)
        data += more
        if head is None:
            head, blank, rest = data.partition(b"\r\n\r\n")
            if not blank:
                head = None
                continue
            if not head.startswith(b"HTTP/1.1 200 "):
                raise SystemExit(f"{connection.address} answered {data[:300]}")
            data = rest
            if slow:
                time.sleep(SLOW_SECONDS)
        text += data.count(b"x")
        if data.endswith(b"0\r\n\r\n") or not more:
            return re.search(rb"(?i)\r\ncontent-type: *([^\r;]+)", head)[1].decode(), text
        data = data[-4:].translate(None, b"x")  # so that the end is seen


def measure(gateway, session, sent, accepted, slow):
    connection = scale_load.Connection(gateway.address)
    message = {**scale_load.CALL, "params": {"name": TOOLS[sent], "arguments": {}}}
    request = scale_load.request_bytes(gateway.address, message, session).decode()
    request = re.sub("Accept: [^\r]*", f"Accept: {ACCEPTED[accepted]}", request)
    before = gateway.rss_kib()
    machine.forget_peak(gateway.pids)
    cpu, begin = gateway.cpu_seconds(), time.monotonic()
    connection.socket.sendall(request.encode())
    kind, text = read_answer(connection, slow)
    seconds, cpu = time.monotonic() - begin, gateway.cpu_seconds() - cpu
    connection.close()
    return {
        "server": sent,
        "client": "sse" if kind == "text/event-stream" else "json",
        "slow": slow,
        "whole": text - TEXT_BYTES in range(100),  # the envelope has an x too
        "growth_kib": machine.peak_kib(gateway.pids) - before,
        "rss_kib": before,
        "seconds": seconds,
        "cpu_seconds": cpu,
    }


def run(options):
    described = machine.describe()
    print(f"\n{machine.line(described)}\nresults of {TEXT_BYTES // 1_000_000} MB")
    rows = []
    for engine in cases.GATEWAYS:
        with contextlib.ExitStack() as stack:
            directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcprouter-bench-")))
            backend = targets.start_backend(stack, options.build, 1)
            try:
                gateway = targets.start_gateway(stack, directory, options.build, engine, backend.addresses)
            except targets.Skipped as why:
                print(why)
                continue
            session = scale_load.open_sessions(gateway.address, 1, with_upstream=True)[0]
            for sent, accepted, slow in [(s, a, False) for s in TOOLS for a in ACCEPTED] + [("json", "sse", True)]:
                row = {"engine": engine, **measure(gateway, session, sent, accepted, slow)}
                rows.append(row)
                print(
                    f"{engine:<9}{row['server']:>5} to {row['client']:<5}{'slow client' if slow else '':<12}"
                    f"peak RSS +{row['growth_kib'] / 1024:.1f} MiB of {row['rss_kib'] / 1024:.1f} MiB, "
                    f"{row['seconds']:.2f} s, CPU {row['cpu_seconds']:.2f} s{'' if row['whole'] else ', INCOMPLETE'}"
                )
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "large.json").write_text(json.dumps({"machine": described, "results": rows}, indent=2) + "\n")
    print(f"Also in {options.output}/large.json")
