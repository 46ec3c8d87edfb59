#!/usr/bin/env bash
# Measures what the gateway costs, beside the same backend direct and behind nginx as a plain reverse proxy; its memory
# with many sessions, connections and calls; and the session store alone. Builds and installs what it needs; all of it
# stays on 127.0.0.1 and ends with the script. Figures and a chart go to build/bench. See docs/performance.md.
#
#   run.sh [matrix] [--quick | --full]   about 5 minutes; 1; 35. --help lists what can be selected
#   run.sh scale | large | store | all | goals
#
# --build DIR uses the programs of that build directory as they are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source-path=SCRIPTDIR source=../../cmake/install_packages.sh
source cmake/install_packages.sh
install_packages "${build_packages[@]}" wrk=wrk nginx-light=nginx python3=python3

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
  "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "bench: failed: $*" >&2; exit 1; }
}

case ${1:-} in
  matrix | scale | large | store | all | goals | -h | --help) ;;
  *) set -- matrix "$@" ;;
esac
if [[ " $* " != *" --build"[\ =]* && " $* " != *" --help "* && $1 != goals ]]; then
  quietly cmake --preset release -DMCPROUTER_BUILD_BENCH=ON -DMCPROUTER_BUILD_EXAMPLES=ON
  quietly cmake --build --preset release --target mcprouter-gateway mcprouter-bench-backend mcprouter-store-bench
fi
rm -f "$log"

exec python3 -B tests/bench/bench.py "$@"
