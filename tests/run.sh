#!/usr/bin/env bash
# usage: tests/run.sh [--preset debug|release|asan|tsan|clang]
#
# Installs what is missing, builds the preset (release if none is named) and runs its tests: unit, integration and, where
# they make sense, consumers of the package; with release the end-to-end tests as well, which need Node.
# Ends with the line "N passed, N failed"; the exit code is 0 only when nothing failed.
set -euo pipefail

cd "$(dirname "$0")/.."
# shellcheck source=cmake/install_packages.sh
source cmake/install_packages.sh

preset=release
case "$#:${1:-}" in
  0:) ;;
  2:--preset) preset=$2 ;;
  *)
    sed -n '2s/^# //p' "$0" >&2
    exit 2
    ;;
esac
build=build/$preset
passed=0
failed=0

finish() {
  echo "$passed passed, $failed failed"
  ((failed == 0))
  exit
}

# Prints "passed failed" for a log of ctest: a Catch2 program counts by its cases, any other test as one. A program that
# broke off without naming a failed case still has failed.
count_ctest_log() {
  awk '
    function number_before(word) { return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0 }
    /^[0-9]+\/[0-9]+ Test: / { cases = 0; failures = 0; is_catch = 0 }
    /^All tests passed \(/ { cases = number_before("test case"); is_catch = 1 }
    /^test cases: / { cases = number_before("passed"); failures = number_before("failed"); is_catch = 1 }
    /^Test (Passed|Failed)\.$/ {
      ok = $2 == "Passed."
      if (!is_catch) cases = ok
      if (!ok && failures == 0) failures = 1
      passed += cases
      failed += failures
    }
    END { print passed + 0, failed + 0 }' "$1"
}

install_packages "${build_packages[@]}"
if [[ $preset == asan || $preset == tsan || $preset == clang ]]; then
  install_packages clang=clang++
  # The sanitizers' runtime is a package of its own that clang only recommends.
  if ! compgen -G "$(clang++ -print-resource-dir)/lib/*/libclang_rt.${preset}*" >/dev/null && [[ $preset != clang ]]; then
    install_packages "libclang-rt-$(clang++ -dumpversion | cut -d. -f1)-dev"
  fi
fi

if ! cmake --preset "$preset" || ! cmake --build --preset "$preset"; then
  failed=1
  finish
fi

# The end-to-end tests need the release build. They run on each engine, and meanwhile everything else does: they wait for
# much.
engines=()
declare -A running
if [[ $preset == release ]]; then
  if ! tests/e2e/run.sh --install; then
    failed=1
    finish
  fi
  trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
  engines=(asio httplib)
  mkdir -p "$build/Testing"
  for engine in "${engines[@]}"; do
    MCPROUTER_GATEWAY_FLAGS="--engine $engine" tests/e2e/run.sh >"$build/Testing/e2e-$engine.log" 2>&1 &
    running[$engine]=$!
  done
fi

# The thread sanitizer needs its addresses where newer kernels may put something else.
launcher=()
if [[ $preset == tsan ]] && setarch -R true 2>/dev/null; then launcher=(setarch -R); fi

rm -f "$build/Testing/Temporary/LastTest.log"
ctest_failed=0
"${launcher[@]}" ctest --preset "$preset" || ctest_failed=1
read -r passed failed < <(count_ctest_log "$build/Testing/Temporary/LastTest.log")
((failed > 0 || ctest_failed == 0)) || failed=1

for engine in "${engines[@]}"; do
  e2e_failed=0
  wait "${running[$engine]}" || e2e_failed=1
  e2e_log=$build/Testing/e2e-$engine.log
  echo "End-to-end tests on $engine:"
  cat "$e2e_log"
  more_passed=$(sed -n 's/^# pass //p' "$e2e_log")
  more_failed=$(sed -n 's/^# fail //p' "$e2e_log")
  ((${more_failed:=1} > 0 || e2e_failed == 0)) || more_failed=1
  passed=$((passed + ${more_passed:-0}))
  failed=$((failed + more_failed))
done

finish
