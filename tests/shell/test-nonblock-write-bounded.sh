#!/bin/sh
# A client that opens, writes without waiting, and closes keeps nothing; what it makes the daemon
# keep is bounded.
. "$(dirname "$0")/lib.sh"

resident_kilobytes() {
    sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$pid/status"
}

writes=1000
leave_memory_untouched
start_echod --dispatch=parallel --delay=60000
before=$(resident_kilobytes)
# Each dd is an open file of its own.
accepted=0
for i in $(seq "$writes"); do
    if dd if=/dev/zero of="$device" oflag=nonblock conv=notrunc bs=126976 count=1 status=none \
        2>"$work/said"; then
        accepted=$i
    else
        grep -q "Resource temporarily unavailable" "$work/said" ||
            fail "a write has failed: $(cat "$work/said")"
        break
    fi
done
[ "$accepted" -ge 10 ] || fail "only $accepted writes are accepted"
[ "$accepted" -lt 100 ] || fail "$accepted writes are accepted: 8 MiB are 67"
grown=$(($(resident_kilobytes) - before))
# 8 MiB of data, and what an allocator and the daemon's threads need.
[ "$grown" -lt 32768 ] || fail "the daemon has grown by $grown KiB"
expect_equal "poll of a full device" "readable - -" "$(within 10 "$fileprobe" poll "$device")"
stop_echod
