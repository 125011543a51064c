#!/bin/sh
# A user other than root mounts on a folder of their own, uses the device, and stops the daemon:
# nothing is left.
. "$(dirname "$0")/lib.sh"
requires user-mounts

mkdir "$work/run"
chown nobody "$work/run" "$mount"
pidfile=$work/run/pid
as_user nobody "$echod" --name="$name" --pidfile="$pidfile" --mount="$mount" ||
    fail "echod: exit status $?"
daemon_register

as_user nobody sh -c 'echo hello >"$1"' sh "$device" || fail "the user cannot write"
expect_equal "message" hello "$(as_user nobody cat "$device")"
stop_echod
