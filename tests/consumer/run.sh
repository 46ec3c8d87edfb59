#!/usr/bin/env bash
# usage: tests/consumer/run.sh find_package|add_subdirectory|fetch_content BUILD_DIR
#
# Builds and runs the project of that name against the library: an install of BUILD_DIR, or this checkout. The one of
# add_subdirectory is only configured.
set -euo pipefail

way=$1
build_dir=$(cd "$2" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build_dir/CMakeCache.txt")

configure() { cmake -S "$1" -B "$2" -DCMAKE_CXX_COMPILER="$compiler" "${@:3}"; }
# Other tests run at the same time.
build() { nice cmake --build "$1" --parallel "$(nproc)" "${@:2}"; }

if [[ $way == find_package ]]; then
  # Nothing of the tree may be needed: project and package move away from where they were made.
  outside=$(mktemp -d)
  trap 'rm -rf "$outside"' EXIT
  cmake --install "$build_dir" --prefix "$outside/first" >/dev/null
  mv "$outside/first" "$outside/prefix"
  cp -r "$here/find_package" "$outside/project"
  if grep -rl -e "$checkout" -e "$build_dir" "$outside/prefix" --include='*.cmake'; then
    echo "error: these files of the package name the tree it was built in" >&2
    exit 1
  fi
  configure "$outside/project" "$outside/build" -DCMAKE_PREFIX_PATH="$outside/prefix"
  build "$outside/build"
  "$outside/build/core"
  "$outside/build/engine"
  if [[ -x $outside/build/asio ]]; then "$outside/build/asio"; fi
else
  # Kept for the next run.
  kept=$build_dir/consumer/$way
  configure "$here/$way" "$kept" -DMCPROUTER_CHECKOUT="$checkout" -DCMAKE_CXX_FLAGS=-O0
  # The library is built from source once: to CMake both ways are the same from here on.
  if [[ $way == fetch_content ]]; then
    build "$kept" --target consumer
    "$kept/consumer"
  fi
fi
