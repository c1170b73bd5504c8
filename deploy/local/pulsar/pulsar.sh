#!/usr/bin/env bash
# A Pulsar broker of one process on 127.0.0.1, for tests and development, without containers. Maven copies its jars once
# (140 MB); it needs Java 17 and curl besides.
#
#   pulsar.sh fetch    get the jars
#   pulsar.sh fetched  exit code 0 when they are there, and Java and curl are
#   pulsar.sh start    start it, wait until it takes messages, print where
#   pulsar.sh run      the same, and end it when standard input ends
#   pulsar.sh stop     let it finish
#   pulsar.sh kill     SIGKILL
#
# Environment: PULSAR_DIR for data and log (./.pulsar), PULSAR_JARS for the jars (~/.cache/coordination-engine/pulsar),
# PULSAR_PORT 6650, PULSAR_HTTP_PORT 8080, PULSAR_BOOKIE_PORT 3181, PULSAR_HEAP 512m, PULSAR_START_SECONDS 150,
# PULSAR_SETTINGS for lines in place of those of broker.conf.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${PULSAR_DIR:-$PWD/.pulsar}
jars=${PULSAR_JARS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/coordination-engine/pulsar}/$(cksum <"$here/pom.xml" | cut -d' ' -f1)
port=${PULSAR_PORT:-6650}
http_port=${PULSAR_HTTP_PORT:-8080}
bookie_port=${PULSAR_BOOKIE_PORT:-3181}
heap=${PULSAR_HEAP:-512m}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

note() { echo "pulsar: $*" >&2; }

fetched() { [ -e "$jars/all-here" ] && command -v "$java" >/dev/null && command -v curl >/dev/null; }

fetch() {
  [ -e "$jars/all-here" ] && return
  mkdir -p "$(dirname "$jars")"
  (
    flock 8 # of two that fetch at once the second finds what the first got
    [ -e "$jars/all-here" ] && exit
    for attempt in 1 2 3; do
      rm -rf "$jars"
      if mvn --batch-mode --quiet --file "$here/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$jars" >&2; then
        touch "$jars/all-here"
        note "$(ls "$jars" | wc -l) files in $jars"
        exit
      fi
      note "attempt $attempt to fetch the jars failed"
    done
    exit 1
  ) 8>"$jars.lock"
}

# The process on record, where it is alive and ours.
running() {
  local pid
  pid=$(cat "$dir/pid" 2>/dev/null) && grep -qzF "$dir/standalone.conf" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

answers() { [ "$(curl -fs --noproxy '*' --max-time 20 "http://127.0.0.1:$http_port/admin/v2/brokers/health" 2>/dev/null)" = ok ]; }

configure() {
  mkdir -p "$dir"
  {
    cat "$here/broker.conf"
    # of two lines for a setting the later one counts
    printf '%s\n' "${PULSAR_SETTINGS:-}" bindAddress=127.0.0.1 advertisedAddress=127.0.0.1 "brokerServicePort=$port" "webServicePort=$http_port"
  } >"$dir/standalone.conf"
  cat >"$dir/log4j2.xml" <<'X'
<Configuration status="WARN">
  <Appenders><Console name="c"><PatternLayout pattern="%d %-5p %c{1}: %m%n"/></Console></Appenders>
  <Loggers><Root level="info"><AppenderRef ref="c"/></Root></Loggers>
</Configuration>
X
}

# One that was killed a moment ago may still hold a port.
wait_for_ports() {
  local each seconds
  for each in "$port" "$http_port" "$bookie_port"; do
    for seconds in $(seq 0 20); do
      (: <>"/dev/tcp/127.0.0.1/$each") 2>/dev/null || break
      [ "$seconds" -lt 20 ] || { note "port $each is taken"; return 1; }
      sleep 0.5
    done
  done
}

launch() {
  local package opens=() all=("$jars"/*.jar)
  for package in java.base/{java.io,java.lang,java.nio,java.util.zip,sun.net,jdk.internal.loader,jdk.internal.misc,jdk.internal.platform} \
    java.management/sun.management jdk.management/com.sun.management.internal; do
    opens+=(--add-opens "$package=ALL-UNNAMED")
  done
  # the first compiler only: it starts twice as fast, and a test is over before the second would pay
  setsid "$java" -Xms"$heap" -Xmx"$heap" -XX:MaxDirectMemorySize="$heap" -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError \
    -Djava.net.preferIPv4Stack=true -Dio.netty.tryReflectionSetAccessible=true -Dlog4j2.configurationFile="$dir/log4j2.xml" \
    "${opens[@]}" -cp "$(IFS=: && echo "${all[*]}")" org.apache.pulsar.PulsarStandaloneStarter \
    --config "$dir/standalone.conf" --no-functions-worker --no-stream-storage \
    --metadata-dir "$dir/metadata" --bookkeeper-dir "$dir/bookkeeper" --bookkeeper-port "$bookie_port" \
    </dev/null >>"$dir/broker.log" 2>&1 &
  echo $! >"$dir/pid"
}

start() {
  if ! running >/dev/null; then
    fetch
    wait_for_ports
    mkdir -p "$dir" && dir=$(cd "$dir" && pwd)
    configure
    launch
  fi
  local began=$SECONDS
  until answers; do
    if ! running >/dev/null; then
      note "it ended:" && tail -n 15 "$dir/broker.log" >&2
      return 1
    fi
    if [ $((SECONDS - began)) -ge "${PULSAR_START_SECONDS:-150}" ]; then
      note "it does not answer; its log is $dir/broker.log"
      finish KILL
      return 1
    fi
    sleep 0.25
  done
  echo "PULSAR_URL=pulsar://127.0.0.1:$port"
  echo "PULSAR_WEBSOCKET_URL=ws://127.0.0.1:$http_port"
}

finish() {
  local pid
  pid=$(running) || return 0
  kill "-$1" "$pid"
  for _ in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL "$pid" 2>/dev/null || true
  rm -f "$dir/pid"
}

[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd)
case ${1:-} in
  fetch | fetched | start) "$1" ;;
  run)
    trap 'finish KILL' EXIT
    start
    cat >/dev/null
    ;;
  stop) finish TERM ;;
  kill) finish KILL ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
