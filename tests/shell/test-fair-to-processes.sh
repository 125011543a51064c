#!/bin/sh
# A process with very many threads gets its share of a device, like any other process, and leaves
# the share of a process with one thread. All of these threads also share the CPUs, with everything
# else that runs here: a tenth of the share is enough, in one of three tries. In the kernel's order
# it is a hundredth.
. "$(dirname "$0")/lib.sh"

start_echod --quota=off --user-quota=off
beside_many() {
    within 20 "$build/tests/shell/fair-clients" "$device" 500 10 >>"$work/rates"
}

beside_many || beside_many || beside_many || fail "$(cat "$work/rates")"
expect_service
stop_echod
