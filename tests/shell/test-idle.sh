#!/bin/sh
# An idle daemon does not run at all: the kernel switches to none of its threads.
. "$(dirname "$0")/lib.sh"

for options in '' --dispatch=parallel --dispatch=manual; do
    # shellcheck disable=SC2086 # nothing, or a word
    start_echod $options
    eventually 20 is_idle || fail "echod $options runs while there is nothing to do"
    echo hello >"$device"
    read_device >"$work/message"
    eventually 20 is_idle ||
        fail "echod $options runs after its last request: $(daemon_switches) switches"
    stop_echod
done
