#!/bin/sh
# A daemon that has nothing to do does not run at all: none of its threads is ever switched to.
. "$(dirname "$0")/lib.sh"

# How often its threads have gone to sleep or were stopped, and how many there are.
daemon_switches() {
    cat "/proc/$pid/task"/*/status | awk '/ctxt_switches:/ { count += $2 } END { print NR, count }'
}

# Nothing ran between two looks, half a second apart.
is_idle() {
    switches=$(daemon_switches)
    sleep 0.5
    [ "$switches" = "$(daemon_switches)" ]
}

for options in '' --dispatch=parallel --dispatch=manual; do
    # shellcheck disable=SC2086 # nothing, or a word
    start_echod $options
    eventually 20 is_idle || fail "echod $options runs while there is nothing to do"
    echo hello >"$device"
    read_device >"$work/message"
    eventually 20 is_idle || fail "echod $options runs after its last request: $(daemon_switches) switches"
    stop_echod
done
