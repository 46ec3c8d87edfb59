#!/usr/bin/env bash
# usage: tests/bench/instructions/run.sh [--update]
#
# Counts the instructions that a message costs in the core; fails if that grew by more than 5 % over baseline.json.
# --update writes that file anew. The counts do not depend on the machine's speed or load, but on compiler and libraries:
# with others than the file names nothing is compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

# shellcheck source-path=SCRIPTDIR source=../../../cmake/install_packages.sh
source cmake/install_packages.sh
install_packages "${build_packages[@]}" valgrind=valgrind python3=python3

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
  "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "instructions: failed: $*" >&2; exit 1; }
}
quietly cmake --preset release -DMCPROUTER_BUILD_BENCH=ON
quietly cmake --build --preset release --target mcprouter-instructions

python3 -B tests/bench/instructions/count.py "$@" build/release/tests/bench/mcprouter-instructions
