# shellcheck shell=bash
# Sourced by the scripts that promise to install what they need (Debian and its relatives).
#
# A package is named `package` or `package=command`: with a command, finding that on PATH is enough, wherever it came
# from (node and npm seldom come from the distribution).

# What configuring and building everything takes.
# shellcheck disable=SC2034,SC2191 # Used by those who source this file.
build_packages=(g++=g++ cmake=cmake ninja-build=ninja pkg-config=pkg-config
  nlohmann-json3-dev libfmt-dev libsimdjson-dev libcpp-httplib-dev libboost1.81-dev libssl-dev catch2)

package_is_missing() {
  local package=${1%%=*} command=${1#*=}
  if [[ $1 == *=* ]]; then
    ! command -v "$command" >/dev/null
  else
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]
  fi
}

# Installs those of the named packages that are missing; returns in milliseconds when none is.
# MCPROUTER_SKIP_INSTALL=1 leaves that to you.
install_packages() {
  local missing=() entry
  [[ -z ${MCPROUTER_SKIP_INSTALL:-} ]] || return 0
  for entry in "$@"; do
    if package_is_missing "$entry"; then missing+=("${entry%%=*}"); fi
  done
  ((${#missing[@]})) || return 0

  if ! command -v apt-get >/dev/null; then
    echo "error: there is no apt-get here to install: ${missing[*]}" >&2
    echo "Install their equivalents, then run this again with MCPROUTER_SKIP_INSTALL=1." >&2
    return 1
  fi
  local as_root=()
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "error: not root, and no sudo, to install: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  # Package lists may be absent or old: refresh them once, and install even if one of several sources is down.
  "${apt[@]}" update || echo "warning: apt-get update failed" >&2
  if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >/dev/null; then
    echo "error: apt-get could not install: ${missing[*]}" >&2
    return 1
  fi
}
