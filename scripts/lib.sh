# shellcheck shell=bash disable=SC2034
# Shared by the scripts: what the project needs from Debian, and how it is built. To be sourced.
#
# Refuses: to change anything but packages that are missing; to go on quietly when one cannot be had.

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The package lists; nothing else names a package twice.
packages_build=(build-essential cmake ninja-build pkg-config gettext libpcap-dev libssl-dev zlib1g-dev libarchive-dev libcli11-dev
                libspdlog-dev libfmt-dev nlohmann-json3-dev libexpected-dev libgraphviz-dev libtomlplusplus-dev)
packages_test=(libgtest-dev openssl python3 python3-jsonschema cmark-gfm python3-textile tidy)
packages_browser=(chromium fonts-noto-cjk)
packages_clang=(clang)
packages_npm=(nodejs npm)
packages_tidy=(clang-format clang-tidy)
packages_record=(tcpdump tshark iproute2 ethtool openssl curl postfix dovecot-core dovecot-imapd dovecot-pop3d
                 dovecot-lmtpd swaks libnet-ssleay-perl libio-socket-inet6-perl python3)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 2; }

# The comment at a script's top is its help: from line 2 to the first line that is none.
help_of() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

missing_packages() {
  local installed package
  # shellcheck disable=SC2016
  installed=$(dpkg-query -W -f '${db:Status-Abbrev}${binary:Package}\n' "$@" 2>/dev/null |
              sed -n 's/^.i \([^:]*\).*/\1/p') || true
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

# need PACKAGE...: installs those that are missing, with apt-get, as root or by sudo.
need() {
  local missing=() as_root=() log
  command -v dpkg-query >/dev/null || die "this is not Debian: install by hand what stands in scripts/lib.sh (packages_build)"
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "run as root first: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing with apt-get: ${missing[*]}"
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get -qq update &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${missing[@]}"; } \
       >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    die "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# need_npm: also where node came with an npm of its own, which Debian's would conflict with.
need_npm() {
  command -v npm >/dev/null || need "${packages_npm[@]}"
}

# quietly COMMAND...: its output is shown only where it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# build FOLDER TARGETS [CMAKE OPTION...]: configures FOLDER where that was not done with these options, then builds
# what has changed of TARGETS (words of one argument). One at a time per folder.
build() {
  local folder=$1 targets
  read -r -d '' -a targets <<<"$2" || true
  shift 2
  mkdir -p "$folder" || die "cannot write to $folder"
  exec 9>"$folder/.lock"
  flock 9
  if [ ! -f "$folder/build.ninja" ] || { [ $# -gt 0 ] && [ "$(cat "$folder/.options" 2>/dev/null)" != "$*" ]; }; then
    quietly cmake -S "$project" -B "$folder" -G Ninja "$@" || die "cmake could not configure $folder"
    printf '%s\n' "$*" >"$folder/.options"
  fi
  quietly ninja -C "$folder" "${targets[@]}" || die "$folder does not build"
  exec 9>&-
}

# build_program: build/mailseal, as scripts/mailseal and scripts/bench run it.
build_program() {
  # scripts/test shares the folder; once it has asked for the tests, they stay configured.
  local options=()
  [ -f "$project/build/build.ninja" ] || options=(-DBUILD_TESTING=OFF)
  [ -x "$project/build/mailseal" ] || say "building; the first run takes about 2 minutes"
  build "$project/build" mailseal "${options[@]}"
}
