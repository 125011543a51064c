#!/bin/sh
# echoapp --async does not wait for ever for a daemon that does not answer: a second signal ends it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

for engine in $engines; do
    # It does not wait for the daemon at all.
    [ "$engine" != poll ] || continue
    start_echod --delay=60000
    start_async --engine="$engine"
    eventually 10 has_outstanding "$engine" || fail "nothing is outstanding with $engine"
    kill -STOP "$pid"
    kill -INT "$client"
    kill -TERM "$client"
    eventually 10 grep -q 'have not come back' "$work/said" ||
        fail "with $engine it does not give up: $(cat "$work/said")"
    # The kernel does not let a process go while the daemon has its request.
    kill -CONT "$pid"
    expect_end "$client"
    expect_equal "exit status with $engine, which said '$(cat "$work/said")'" 130 "$client_status"
    stop_echod
done
