#!/bin/sh
# --pidfile holds the daemon's process ID while it serves; if it cannot be written, the start fails.
. "$(dirname "$0")/lib.sh"

start_echod
expect_equal "lines of the pidfile" 1 "$(wc -l <"$pidfile")"
expect_equal "program behind the pidfile" "$(readlink -f "$echod")" "$(readlink "/proc/$pid/exe")"
stop_echod

pidfile=$work/no-such-folder/pid
expect_refusal 1 "$pidfile" run_echod
expect_nothing_left
