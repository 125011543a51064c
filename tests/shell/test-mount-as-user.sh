#!/bin/sh
# A user who is not root mounts on a folder of their own, uses the device, and stops the daemon.
. "$(dirname "$0")/lib.sh"
requires fuse
requires root
requires program setpriv
requires program fusermount3

as_nobody() {
    within 20 setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups "$@"
}
as_nobody "$echod" --version >"$work/version" || skip "user nobody cannot run $echod"
as_nobody sh -c 'exec 3<>/dev/fuse' 2>"$work/stderr" || skip "user nobody cannot open /dev/fuse"

chown nobody "$mount"
mkdir "$work/run"
chown nobody "$work/run"
pidfile=$work/run/pid
as_nobody "$echod" --name="$name" --pidfile="$pidfile" --mount="$mount" || fail "echod: exit status $?"
daemon_register

as_nobody sh -c 'echo hello >"$1"' sh "$device" || fail "the user cannot write"
expect_equal "message" hello "$(as_nobody cat "$device")"
stop_echod
