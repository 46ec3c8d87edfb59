#!/usr/bin/env bash
# usage: tests/fuzz/run.sh [SECONDS]
#
# Builds the fuzzers with clang and runs each for SECONDS (30 if none are named), two at a time, from the inputs in corpus/,
# which stay as they are. What breaks one is kept in build/asan/crashes/; pass that file to the program to see it again.
# Ends with the line "N passed, N failed"; the exit code is 0 only when nothing failed.
set -euo pipefail

cd "$(dirname "$0")/../.."
# shellcheck source=cmake/install_packages.sh
source cmake/install_packages.sh

seconds=${1:-30}
if [[ $# -gt 1 || ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2s/^# //p' "$0" >&2
  exit 2
fi

# libFuzzer is part of clang's runtime, a package of its own that clang only recommends.
install_packages "${build_packages[@]}" clang=clang++
if ! compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.fuzzer*" >/dev/null; then
  install_packages "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
fi

if ! cmake --preset asan || ! cmake --build --preset fuzz; then
  echo "0 passed, 1 failed"
  exit 1
fi

crashes=$PWD/build/asan/crashes
mkdir -p "$crashes"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs one fuzzer; says in a line how it went, with its last words if it failed.
run() {
  local name=$1 program=build/asan/tests/fuzz/fuzz-${1//_/-} log=$work/$1.log
  cp -r "tests/fuzz/corpus/$name" "$work/$name"
  if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 \
    -artifact_prefix="$crashes/$name-" "$work/$name" >"$log" 2>&1; then
    echo "ok $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    echo "not ok $name"
    tail -n 60 "$log"
    return 1
  fi
}

passed=0
failed=0
count() { if wait -n; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }

running=0
for source in tests/fuzz/*.cpp; do
  if ((running == 2)); then
    count
    running=1
  fi
  run "$(basename "$source" .cpp)" &
  running=$((running + 1))
done
while ((running > 0)); do
  count
  running=$((running - 1))
done

echo "$passed passed, $failed failed"
((failed == 0))
