#!/usr/bin/env bash
# Measures what the gateway costs: requests per second, latency and CPU of tools/call, for one backend direct, behind
# nginx as a plain reverse proxy, and behind the gateway. Builds and installs what it needs; all of it stays on
# 127.0.0.1 and ends with the script. The figures also go to build/bench/results.json.
#
# --quick  --seconds N  --rounds N  --connections N...  --payload 300|5k|100k
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
quietly cmake --preset release -DMCPROUTER_BUILD_BENCH=ON -DMCPROUTER_BUILD_EXAMPLES=ON
quietly cmake --build --preset release --target mcprouter-gateway mcprouter-bench-backend
rm -f "$log"

exec python3 -B tests/bench/gateway_bench.py --output build/bench/results.json \
  --backend build/release/tests/bench/mcprouter-bench-backend \
  --gateway build/release/examples/mcprouter-gateway "$@"
