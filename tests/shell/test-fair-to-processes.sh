#!/bin/sh
# A process with very many threads takes its share of a device, as any other process does, and
# leaves the share of one that has a single thread. The CPUs are shared by all of these threads as
# well, and with whatever else runs here: a tenth of the share is enough, in one of three tries. In
# the order of the kernel it is a hundredth.
. "$(dirname "$0")/lib.sh"

start_echod --quota=off --user-quota=off
beside_many() {
    within 20 "$build/tests/shell/fair-clients" "$device" 500 10 >>"$work/rates"
}

beside_many || beside_many || beside_many || fail "$(cat "$work/rates")"
expect_service
stop_echod
