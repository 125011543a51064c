#!/bin/sh
# A thousand reads that wait take less than 2.5 MiB of the daemon's memory, open files included, and
# are released with their client.
# Alone: on a busy machine more workers take part, each with memory of its own.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/shell/killing.sh
. "$(dirname "$0")/killing.sh"

limit=2560

[ -r /proc/self/smaps_rollup ] || skip "the kernel tells no process's memory"
count_memory_of "$echod"
start_echod --dispatch=manual
idle=$(daemon_memory)

start_client "$build/tests/bench/pending" "$device" 1000 >"$work/stdout" 2>"$work/stderr"
eventually 30 grep -q pending "$work/stdout" ||
    fail "the reads are not pending: $(cat "$work/stderr")"
pending=$(daemon_memory)
[ $((pending - idle)) -lt $limit ] ||
    fail "1000 pending reads take $((pending - idle)) KiB, from $idle to $pending; the limit is $limit"

kill -TERM "$client"
expect_end "$client"
expect_service
