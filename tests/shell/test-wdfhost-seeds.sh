#!/bin/sh
# A first driver (docs/seeds.md): an open, a write, a read and a close reach its callbacks, in that
# order, and what it prints is in the log.
. "$(dirname "$0")/wdfhost.sh"

has_printed() { # LINE...
    printed=$(sed -n 's/^wdfhost: debug: seeds: //p' "$work/log")
    [ "$printed" = "$(printf '%s\n' "$@")" ]
}

expect_printed() { # LINE...
    eventually 10 has_printed "$@" ||
        fail "the driver should have printed '$*', but has '$printed'; the log: $(cat "$work/log")"
}

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/seeds.so" 2>"$work/log"
host=$client
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
expect_printed opened closed

{
    printf 'hello\0' >&3
    within 10 dd bs=100 count=1 status=none <&3 >"$work/read"
} 3<>"$device"
printf 'Greetings from the driver\0' >"$work/expected"
expect_same_bytes 'what is read' "$work/expected" "$work/read"
expect_printed opened closed opened 'was told hello' closed

# No callback for device controls.
expect_failure 'Inappropriate ioctl' stty -F "$device"
stop_echod
expect_end "$host"
expect_equal 'exit status' 0 "$client_status"
