"""Counts the instructions that a message costs in the core, with callgrind, and compares them with baseline.json."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "baseline.json")
MAY_GROW = 0.05
TIMES = (20, 60)  # What starting up costs is the same in both runs.


def output(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True)


def instructions(program, case, times):
    with tempfile.TemporaryDirectory() as directory:
        run = output("valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", program, case, str(times))
    return int(re.search(r"Collected : (\d+)", run.stderr).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="write baseline.json instead of comparing")
    parser.add_argument("program")
    arguments = parser.parse_args()

    # Under valgrind too: it hides what it cannot do of the processor, and libraries choose by that.
    about = output("valgrind", "-q", "--tool=none", arguments.program, "--about").stdout.strip()
    few, many = TIMES
    counted = {
        case: (instructions(arguments.program, case, many) - instructions(arguments.program, case, few)) // (many - few)
        for case in output(arguments.program, "--cases").stdout.split()
    }
    if arguments.update:
        with open(BASELINE, "w", encoding="utf-8") as file:
            json.dump({"about": about, "instructions": counted}, file, indent=2)
            file.write("\n")

    with open(BASELINE, encoding="utf-8") as file:
        baseline = json.load(file)
    comparable = baseline["about"] == about
    worse = []
    print(f"instructions per message ({about})")
    for case, count in counted.items():
        before = baseline["instructions"].get(case)
        change = f"{count / before - 1:+.1%} of {before:,}" if comparable and before else "nothing to compare with"
        print(f"{case:24}{count:12,}  {change}")
        if comparable and (before is None or count > before * (1 + MAY_GROW)):
            worse.append(case)
    if not comparable:
        print(f"not compared: the figures in baseline.json are of {baseline['about']}")
    if worse:
        sys.exit(f"grown by more than {MAY_GROW:.0%}: {', '.join(worse)}. Mend it, or give the reason and --update.")


if __name__ == "__main__":
    main()
