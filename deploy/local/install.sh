#!/usr/bin/env bash
# Installs the servers and tools that the tests and the local stack use where they are, none of them needed to start the product:
#   deploy/local/install.sh             all of them
#   deploy/local/install.sh servers     what test:distributed starts
# On Debian and Ubuntu, by apt-get, as root or where sudo asks for no password. What cannot be installed is said; what needs it is skipped.
# With `--if-root` a user's machine is left as it is: what is missing is only said.
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"

what=all
careful=""
for argument in "$@"; do
  case "$argument" in
    servers) what=servers ;;
    --if-root) careful=yes ;;
    *) echo "usage: install.sh [servers] [--if-root]" >&2 && exit 2 ;;
  esac
done

sudo=""
if [ "$(id -u)" != 0 ]; then sudo="sudo -n"; fi

may_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  [ -z "$sudo" ] || { [ -z "$careful" ] && $sudo true 2>/dev/null; }
}

updated=""
install() { # COMMAND PACKAGE...
  command -v "$1" >/dev/null 2>&1 && return
  may_install && {
    [ -n "$updated" ] || { timeout 300 $sudo apt-get update -qq && updated=yes; }
    timeout 600 $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}"
  } >/dev/null || echo "install: $1 is not here and was not installed (Debian: ${*:2}); what needs it is skipped" >&2
}

# a service that the package started is not ours to use: the tests start their own server on a free port
install redis-server redis-server
# the rules of deploy/prometheus are tested by Prometheus' own tool
install promtool prometheus
# processes with a clock that is an hour off
install faketime faketime
# A Pulsar broker is made of jars from Maven, kept in ~/.cache between runs.
install java openjdk-17-jre-headless
install curl curl
if ! "$here/pulsar/pulsar.sh" fetched; then
  install mvn maven
  { [ -z "$careful" ] || may_install; } && timeout 600 "$here/pulsar/pulsar.sh" fetch >/dev/null ||
    echo "install: the jars of Pulsar were not fetched (deploy/local/pulsar/pulsar.sh fetch); what needs a broker is skipped" >&2
fi
[ "$what" = all ] || exit 0

# the console is tried in a real browser
install chromium chromium
# docs/check_problem.py is run where numpy is
python3 -c 'import numpy' 2>/dev/null || install - python3-numpy
