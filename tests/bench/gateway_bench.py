#!/usr/bin/env python3
"""Measures tools/call through the gateway, beside the same backend direct and behind nginx; see run.sh."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile

from targets import Target, start_gateway, start_nginx

PAYLOADS = {"300": 300, "5k": 5_000, "100k": 100_000}
HERE = pathlib.Path(__file__).parent


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="length of one run (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; the median counts (default 3)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32], help="default: 1 32")
    parser.add_argument("--payload", choices=PAYLOADS, default="300", help="bytes of an answer (default 300)")
    parser.add_argument("--quick", action="store_true", help="one round of one second: does it work?")
    parser.add_argument("--backend", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--gateway", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.seconds, options.rounds = 1, 1
    if options.seconds < 1 or options.rounds < 1 or min(options.connections) < 1:
        parser.error("seconds, rounds and connections are 1 or more")
    return options


def run_wrk(target, tool, connections, seconds):
    """Returns the figures of one run of wrk."""
    cpu = target.cpu_seconds()
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "call.lua"]
    command += [f"http://{target.address}/mcp", "--", target.session, tool]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures = json.loads(re.search(r"^figures (.*)$", done.stdout, re.MULTILINE)[1])
    if figures["errors"] or not figures["requests"]:
        raise SystemExit(f"{target.name}: {figures['errors']} failed of {figures['requests']}\n{done.stdout}")
    cpu = target.cpu_seconds() - cpu
    return {
        "requests_per_second": figures["requests"] / figures["seconds"],
        "p50_us": figures["p50_us"],
        "p99_us": figures["p99_us"],
        "cpu_us_per_request": cpu / figures["requests"] * 1e6,
        "rss_kib": target.rss_kib(),
    }


def measure(targets, options):
    """Runs every target in turn, round by round, so that a slow moment of the machine meets all of them."""
    tool = f"payload_{options.payload}"
    runs = {(c, target.name): [] for c in options.connections for target in targets}
    for target in targets:
        target.open_session()
        target.check(tool, PAYLOADS[options.payload])
    for number in range(options.rounds):
        for connections in options.connections:
            for target in targets:
                if sys.stderr.isatty():
                    label = f"round {number + 1}/{options.rounds}: {target.name}, {connections} connections"
                    print(f"\r\033[K{label}", end="", file=sys.stderr)
                runs[connections, target.name].append(run_wrk(target, tool, connections, options.seconds))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for target in targets:
        target.check(tool, PAYLOADS[options.payload])
    medians = []
    for (connections, name), results in runs.items():
        figures = {key: statistics.median(result[key] for result in results) for key in results[0]}
        medians.append({"connections": connections, "target": name, **figures})
    return medians


def add_ratios(rows):
    """Adds what each row is of the direct and the nginx row with as many connections."""
    for row in rows:
        for other in rows:
            if other["connections"] == row["connections"] and other["target"] in ("direct", "nginx"):
                ratio = row["requests_per_second"] / other["requests_per_second"]
                row[f"of_{other['target']}"] = ratio


def print_table(rows):
    head = ("connections", "target", "req/s", "p50 us", "p99 us", "CPU us/req", "RSS MiB", "of direct", "of nginx")
    print(("{:>11}  {:<8}" + "{:>11}" * 7).format(*head))
    for row in rows:
        print(
            f"{row['connections']:>11}  {row['target']:<8}{row['requests_per_second']:>11,.0f}{row['p50_us']:>11,.0f}"
            f"{row['p99_us']:>11,.0f}{row['cpu_us_per_request']:>11.1f}{row['rss_kib'] / 1024:>11.1f}"
            f"{row['of_direct']:>11.2f}{row['of_nginx']:>11.2f}"
        )


def main():
    options = arguments()
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mcprouter-bench-")))
        direct = Target(stack, "direct", [options.backend])
        nginx = start_nginx(stack, directory, direct)
        gateway = start_gateway(stack, directory, direct, options.gateway)
        rows = measure([direct, nginx, gateway], options)
    add_ratios(rows)

    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "kernel": platform.release()}
    setting = {"seconds": options.seconds, "rounds": options.rounds, "payload_bytes": PAYLOADS[options.payload]}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps({"machine": machine, "setting": setting, "results": rows}, indent=2) + "\n")

    print(
        f"tools/call with answers of {PAYLOADS[options.payload]:,} bytes; {machine['cores']} cores; "
        f"medians of {options.rounds} x {options.seconds} s"
    )
    print_table(rows)
    print(f"\nCPU and RSS are those of the named process: the backend itself for `direct`.\nAlso in {options.output}")


if __name__ == "__main__":
    # As Ctrl-C does: unwinds, so that every process is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
