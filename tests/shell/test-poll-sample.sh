#!/bin/sh
# A driver that does not know about polling, slowed down by its timer, with a client that has one
# thread and epoll: never busy, never stuck, results in order, failures once.
. "$(dirname "$0")/wdfhost.sh"

start_driver autosync
for files in 1 16; do
    timeout -k 1 "$(seconds_patiently 60)" "$build/tests/shell/epoll-client" "$device" "$files" \
        $((160 / files)) \
        "$(seconds_patiently 10)" >"$work/results" 2>"$work/said" ||
        fail "$files files: $(cat "$work/results" "$work/said")"
    cat "$work/results"
done
stop_echod
