#!/bin/sh
# What a driver leaves behind when it is unloaded is reported: objects with references by class,
# pool by tag, each with the place in the driver that made it. A driver that leaves nothing is not
# mentioned.
. "$(dirname "$0")/wdfhost.sh"

run_and_stop() { # DRIVER
    choose_device "$1"
    start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$drivers/$1.so" 2>"$work/log"
    daemon=$client
    eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
    daemon_register
    stop_echod
    expect_end "$daemon"
    expect_equal "exit status" 0 "$client_status"
}

expect_left() { # PATTERN
    grep -q "driver leaking is unloaded and leaves $1" "$work/log" ||
        fail "the log does not tell of '$1': $(cat "$work/log")"
}

run_and_stop leaking
place='leaking\.so+0x[0-9a-f]* (LeakingEvtDeviceAdd, leaking\.c:[0-9]*)'
object="created by $place, last referenced by $place"
expect_left "2 WDFSTRING with references (S13\.18): $object; $object\$"
expect_left "2 pool blocks (200 bytes) with tag 'Leak' (S13\.18): the first was allocated by $place"

run_and_stop mistaken
not grep 'is unloaded and leaves' "$work/log" ||
    fail "the driver leaves nothing, and the log says it does"
