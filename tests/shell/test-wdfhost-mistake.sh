#!/bin/sh
# A driver's mistake is survived where that is possible, and the log says which rule it broke, with
# which object, and where in the driver.
. "$(dirname "$0")/wdfhost.sh"

start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/mistaken.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
expect_failure 'not supported' dd if="$device" bs=8 count=1 status=none
mistake='WDFREQUEST 0x[0-9a-f]* is on this queue already.*(S6\.55), called from MistakenEvtRead+0x'
grep -q "WdfRequestForwardToIoQueue: $mistake" "$work/log" ||
    fail "the log does not tell of the mistake: $(cat "$work/log")"
kill -TERM "$pid"
expect_daemon_end
expect_end "$client"
