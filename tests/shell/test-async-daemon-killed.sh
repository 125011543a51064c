#!/bin/sh
# echoapp --async ends soon, with an error, when its daemon is killed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/async.sh"

for dispatch in sequential manual; do
    for engine in $engines; do
        start_echod --dispatch=$dispatch --delay=60000
        start_async --engine="$engine"
        eventually 10 has_outstanding "$engine" || fail "nothing is outstanding with $engine"
        kill -KILL "$pid"
        eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
        daemon_forget
        expect_end "$client"
        expect_equal "exit status with $engine, which said '$(cat "$work/said")'" 1 "$client_status"
        expect_equal "lines on what went wrong, '$(cat "$work/said")'" 1 \
            "$(grep -c "^echoapp: .*$device" "$work/said")"
    done
done
