#!/bin/sh
# Closing a file cancels the read that is in flight for it: the driver's EvtRequestCancel is called.
. "$(dirname "$0")/wdfhost.sh"

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/late.so" 2>"$work/log"
host=$client
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register

# The driver may be quicker than the close.
try_and_close() {
    within 10 dd if="$device" iflag=nonblock bs=8 count=1 status=none >"$work/read" \
        2>"$work/said" ||
        :
    grep -q "EvtRequestCancel" "$work/log"
}
eventually 20 try_and_close || fail "no read was cancelled; the log ends: $(tail -n 5 "$work/log")"
kill -TERM "$pid"
expect_daemon_end
expect_end "$host"
expect_equal "exit status of the daemon" 0 "$client_status"
