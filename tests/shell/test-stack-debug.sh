#!/bin/sh
# -d shows which driver of a stack has a request, on its way down and back up.
. "$(dirname "$0")/wdfhost.sh"

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/echo-sequential.so" --upper-filter="$drivers/letter-a.so" \
    --upper-filter="$drivers/letter-b.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
printf 'hello' >"$device" || fail "$device does not take a message"
expect_equal "what comes up" helloab "$(message)"
kill "$pid"
expect_daemon_end
expect_end "$client"

# expect_logged PATTERN: a line with this end.
expect_logged() {
    grep -q "$1\$" "$work/log" || fail "no line '$1' in: $(cat "$work/log")"
}
address='0x[0-9a-f]*'
expect_logged "driver letter-b: write request $address is passed to driver letter-a, as $address"
expect_logged "driver letter-a: write request $address is passed to driver echo-sequential, as $address"
expect_logged "driver letter-b: read request $address is sent to driver letter-a, as $address"
expect_logged "driver letter-a: read request $address is sent to driver echo-sequential, as $address"
expect_logged "driver echo-sequential: read request $address: STATUS_SUCCESS, 5 bytes"
expect_logged "driver letter-a: read request $address: STATUS_SUCCESS, 6 bytes"
expect_logged "driver letter-b: read request $address: STATUS_SUCCESS, 7 bytes"
