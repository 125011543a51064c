#!/bin/sh
# wdfctl shows what keeps an idle device in D0, with the tag and the place in the driver's source,
# until the reference is released (S18.14).
. "$(dirname "$0")/wdfhost.sh"

wdfctl=$build/app/wdfctl
[ -x "$wdfctl" ] || fail "no $wdfctl; build it first"
XDG_RUNTIME_DIR=$work
export XDG_RUNTIME_DIR

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/idling.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register

keep() {
    printf stay >"$device" || fail "the device refuses to stay; the log: $(cat "$work/log")"
}

references() {
    within 20 "$wdfctl" --daemon="$pid" refs "$name" || fail "wdfctl refs: exit status $?"
}

references | grep -q 'kept in D0' && fail "nobody keeps it in D0 yet"
keep
keep
references >"$work/shown"
grep -Eq 'kept in D0 by 2 references with tag 0x79617473, taken at idling\.c:[0-9]+$' \
    "$work/shown" || fail "who keeps it in D0 is not shown: $(cat "$work/shown")"
printf go >"$device" || fail "the device refuses to go"
references | grep -q 'kept in D0 by 1 reference with' || fail "one reference is left"
printf go >"$device" || fail "the device refuses to go"
references | grep -q 'kept in D0' && fail "a reference that was given back is shown"

# A forgotten one is logged.
keep
stop_echod
expect_end "$client"
grep -q 'references of WdfDeviceStopIdle were not given back: tag 0x79617473, idling.c:' \
    "$work/log" || fail "the forgotten reference is not told: $(cat "$work/log")"
