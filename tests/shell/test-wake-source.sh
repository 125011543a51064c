#!/bin/sh
# An armed device is woken by a file that becomes readable, and then wakes the suspended daemon
# (S18.20, S18.24).
. "$(dirname "$0")/wdfctl.sh"

expect_driver_refused "--wake-source: $work/signal: No such file or directory; make it first" \
    --wake-source="$work/signal" "$drivers/idling.so"

mkfifo "$work/signal"
start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    --wake-source="$work/signal" "$drivers/idling.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register

says() { # TEXT [TIMES]
    [ "$(grep -c "$1" "$work/log")" -ge "${2:-1}" ]
}
expect_log() { # TEXT [TIMES]
    eventually 10 says "$@" || fail "no '$1' in the log: $(cat "$work/log")"
}
signal_wake() {
    within 10 sh -c 'echo now >"$1"' sh "$work/signal"
}

expect_log 'armed for S0'
signal_wake
expect_log 'woken from S0'
expect_log 'armed for S0' 2
ctl suspend || fail "suspend: status $?"
expect_log 'armed for Sx'
expect_log 'is suspended'
signal_wake
expect_log 'woken from Sx'
expect_log 'is resumed'
case $(message) in
[0-9]*) ;;
*) fail "the device does not answer; the log: $(cat "$work/log")" ;;
esac
kill "$pid"
expect_daemon_end
expect_end "$client"
expect_equal "exit status; the log: $(cat "$work/log")" 0 "$client_status"
