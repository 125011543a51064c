#!/bin/sh
# Five hundred long reads that wait take less than 8 MiB of the daemon's memory: the 60 MiB of their
# buffers are allocated when there is something to read.
# Alone: on a busy machine more workers take part, each with memory of its own.
. "$(dirname "$0")/lib.sh"

limit=8192

daemon_memory() { # in KiB
    sed -n 's/^Rss:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/smaps_rollup"
}

[ -r /proc/self/smaps_rollup ] || skip "the kernel tells no process's memory"
leave_memory_untouched
start_echod --dispatch=manual
idle=$(daemon_memory)

start_client "$build/tests/bench/pending" "$device" 500 126976 >"$work/stdout" 2>"$work/stderr"
eventually 30 grep -q pending "$work/stdout" ||
    fail "the reads are not pending: $(cat "$work/stderr")"
pending=$(daemon_memory)
[ $((pending - idle)) -lt $limit ] ||
    fail "the pending reads take $((pending - idle)) KiB, from $idle to $pending; the limit is $limit"

kill -TERM "$client"
expect_end "$client"
expect_service
