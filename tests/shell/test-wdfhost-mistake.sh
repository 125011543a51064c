#!/bin/sh
# A driver's mistake is survived if possible, and the log says which rule it broke, with which
# object, and where in the driver.
. "$(dirname "$0")/wdfhost.sh"

start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/mistaken.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
expect_failure 'not supported' dd if="$device" bs=8 count=1 status=none
mistake='WDFREQUEST 0x[0-9a-f]* is on this queue already.*(S6\.55), called from [a-z]*\.so+0x[0-9a-f]* (MistakenEvtRead, [a-z]*\.c:[0-9]*)'
grep -q "WdfRequestForwardToIoQueue: $mistake" "$work/log" ||
    fail "the log does not tell of the mistake: $(cat "$work/log")"
# Only the first message of a run says where the text of its rule is.
told='(S6\.55), called from .*; wdfhost --explain S6\.55 prints the rule$'
{ grep -q "$told" "$work/log" && [ "$(grep -c 'prints the rule' "$work/log")" -eq 1 ]; } ||
    fail "the log does not say, once, how the rule is looked up: $(cat "$work/log")"
kill -TERM "$pid"
expect_daemon_end
expect_end "$client"
