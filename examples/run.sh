#!/usr/bin/env bash
# Builds the gateway and runs it.
#
#   examples/run.sh                                  two demo servers, the gateway, and a walk through one session
#   examples/run.sh --once                           the same, and ends after the walk
#   examples/run.sh --config FILE                    the gateway on your own servers
#   ... --listen HOST:PORT                           elsewhere than the configuration says (the demo: 127.0.0.1:8080)
set -euo pipefail

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
bin=$root/build/release/examples
# shellcheck source=../cmake/install_packages.sh
source "$root/cmake/install_packages.sh"

usage() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }

config='' once='' listen=()
while (($#)); do
  case $1 in
    --once) once=1 ;;
    --config | --listen)
      (($# > 1)) || { echo "run.sh: $1 needs a value" >&2; exit 2; }
      if [[ $1 == --config ]]; then config=$2; else listen=(--listen "$2"); fi
      shift
      ;;
    --help) usage; exit 0 ;;
    *) echo "run.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
[[ -z $config || -z $once ]] || { echo "run.sh: --once is for the demo, not for --config" >&2; exit 2; }

# Everything but errors stays in a file: what a build says is of interest only when it fails.
build() {
  install_packages "${build_packages[@]}" || return
  mkdir -p "$root/build"
  local log=$root/build/examples.log
  [[ -x $bin/mcprouter-gateway ]] || echo 'building; the first time takes a few minutes'
  if ! (cd "$root" && cmake --preset release && cmake --build build/release --target "$@") >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "run.sh: the build failed; all of what it said is in $log" >&2
    return 1
  fi
}

if [[ -n $config ]]; then
  build mcprouter-gateway
  exec "$bin/mcprouter-gateway" --config "$config" "${listen[@]}"
fi

build mcprouter-gateway mcprouter-demo-server mcprouter-demo-walk

logs=$(mktemp -d)
gateway='' servers=() tail=''

# Ends a program of ours and waits for it, whatever state it is in.
stop() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

cleanup() {
  trap - EXIT
  # The gateway first: it ends its sessions at the servers.
  for pid in $gateway "${servers[@]}" $tail; do stop "$pid"; done
  rm -rf "$logs"
}
trap cleanup EXIT
# A second signal must not leave the servers behind. Ctrl-C is how the demo ends.
trap 'trap "" INT TERM HUP; echo; exit 0' INT
trap 'trap "" INT TERM HUP; exit 143' TERM HUP

# Starts a program in the background (`started` is its process id) and waits until it listens (`url`). Each has a process
# group of its own, so that Ctrl-C reaches this script alone, and things end in order.
start() {
  local name=$1
  shift
  set -m
  : >"$logs/$name.out"
  "$@" >"$logs/$name.out" 2>"$logs/$name.log" &
  set +m
  started=$!
  for ((i = 0; i < 200; ++i)); do
    url=$(sed -n 's/.* listening on //p' "$logs/$name.out")
    [[ -z $url ]] || return 0
    kill -0 "$started" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

for kind in notes clock; do
  if ! start "$kind" "$bin/mcprouter-demo-server" --kind "$kind"; then
    cat "$logs/$kind.log" >&2
    echo "run.sh: the demo server $kind did not start" >&2
    exit 1
  fi
  servers+=("$started")
  export "DEMO_${kind^^}_URL=$url"
done

if ! start gateway "$bin/mcprouter-gateway" --config "$root/examples/demo.json" "${listen[@]}"; then
  cat "$logs/gateway.log" >&2
  if grep -q 'event=cannot_listen' "$logs/gateway.log"; then
    where=${listen[1]:-127.0.0.1:8080}
    echo "run.sh: $where cannot be had; choose another address: examples/run.sh --listen 127.0.0.1:8090" >&2
  fi
  exit 1
fi
gateway=$started
echo "one endpoint, $url, in front of two servers:"
echo "  notes  $DEMO_NOTES_URL"
echo "  clock  $DEMO_CLOCK_URL"

if ! "$bin/mcprouter-demo-walk" --all --url "$url"; then
  echo "run.sh: the walk failed; the gateway's log:" >&2
  cat "$logs/gateway.log" >&2
  exit 1
fi
[[ -z $once ]] || exit 0

cat <<END

The gateway goes on. Connect a client:
  claude mcp add --transport http demo $url
  npx @modelcontextprotocol/inspector     (transport "Streamable HTTP", URL $url)
Ctrl-C ends everything. What the gateway says from here on:
END
tail -n 0 -f "$logs/gateway.log" &
tail=$!
status=0
wait "$gateway" || status=$?
gateway=''
echo "run.sh: the gateway ended with $status" >&2
exit 1
