#!/bin/sh
# The device-fundamentals suite on a node whose daemon is suspended and resumed: no call of a client
# hangs, and the daemon still serves.
. "$(dirname "$0")/wdfhost.sh"

devfund=$build/tests/devfund/devfund
[ -x "$devfund" ] || fail "no $devfund; build it first"

for driver in driversync mixed; do
    start_driver "$driver"
    within 60 "$devfund" --seed=1 --rounds=1 --clients=3 --operations=150 --daemon="$pid" \
        "$device" >"$work/said" || {
        cat "$work/said"
        fail "devfund fails on $driver"
    }
    [ -e "$device" ] || fail "$device has gone"
    stop_echod
done

# It notices when the daemon is gone.
status=0
"$devfund" --rounds=1 "$device" >"$work/said" || status=$?
expect_equal "status without a daemon" 1 $status
grep -q "$device: No such file" "$work/said" || fail "it says: $(cat "$work/said")"
