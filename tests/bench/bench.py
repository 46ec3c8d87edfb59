#!/usr/bin/env python3
"""The parts of the bench; see run.sh."""

import argparse
import pathlib
import signal
import subprocess
import sys

import goals
import large
import machine
import matrix
import scale

PARTS = {
    "matrix": "requests per second, latency and CPU: direct, nginx, gateway (the default)",
    "scale": "idle sessions, idle connections, calls in flight, listening sessions: memory and CPU of each",
    "large": "results of 100 MB: the most memory that they take",
    "store": "the session store alone: 1 to 8 threads, expiry",
    "all": "all of these",
    "goals": "only the table of goals, from what was measured before",
}


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh", description="Measures mcprouter on this machine.")
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    parsers = {name: parts.add_parser(name, help=text, description=text) for name, text in PARTS.items()}
    for name, part in parsers.items():
        part.add_argument("--build", type=pathlib.Path, help="use the programs of this build directory as they are")
        part.add_argument("--output", type=pathlib.Path, help="where results go (default build/bench or BUILD/bench)")
        part.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
        part.add_argument("--quick", action="store_true", help="short and rough: does it work?")
    for name in ("matrix", "all"):
        matrix.add_options(parsers[name])
    for name in ("scale", "all"):
        scale.add_options(parsers[name], "--connections" if name == "scale" else "--idle-connections")
    options = parser.parse_args()
    if options.part in ("matrix", "all"):
        matrix.check_options(parser, options)
    options.output = options.output or (options.build / "bench" if options.build else pathlib.Path("build/bench"))
    options.build = (options.build or pathlib.Path("build/release")).resolve()
    return options


def run_store(options):
    options.output.mkdir(parents=True, exist_ok=True)
    command = [options.build / "tests/bench/mcprouter-store-bench", "--json", options.output / "store.json"]
    if options.quick:
        command += ["--sessions", "100000", "--seconds", "0.1"]
    subprocess.run(command, check=True)


def main():
    options = arguments()
    machine.raise_open_files()
    if options.part in ("matrix", "all"):
        matrix.run(options)
    if options.part in ("scale", "all"):
        scale.run(options)
    if options.part in ("large", "all"):
        large.run(options)
    if options.part in ("store", "all"):
        run_store(options)
    if options.part == "store":
        return 0
    good = goals.show(options.output)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    # As Ctrl-C does: unwinds, so that every process is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
