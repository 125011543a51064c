#!/bin/sh
# A folder that the device cannot be mounted on is refused in one line that names it.
. "$(dirname "$0")/lib.sh"
requires fuse

refused() { # FOLDER
    expect_refusal 1 "$1" "$echod" --name="$name" --pidfile="$pidfile" --mount="$1"
    [ ! -e "$pidfile" ] || fail "$1 was refused, and a pidfile is left"
}

refused "$work/missing"

: >"$work/file"
refused "$work/file"

mkdir "$work/full"
: >"$work/full/file"
refused "$work/full"
[ -e "$work/full/file" ] || fail "the file in the folder is gone"
not is_mounted "$work/full" || fail "the folder is mounted on"

start_echod
echo hello >"$device"
expect_refusal 1 "$mount" "$echod" --name="$name" --pidfile="$work/second.pid" --mount="$mount"
expect_equal "the first daemon's message" hello "$(within 10 cat "$device")"
