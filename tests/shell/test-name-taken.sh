#!/bin/sh
# A name that another device has is refused in one line; that device is not affected.
. "$(dirname "$0")/lib.sh"
requires cuse

start_echod
echo hello >"$device"
expect_refusal 1 "$name" "$echod" --name="$name" --pidfile="$work/second.pid"
expect_equal "the first daemon's message" hello "$(within 10 cat "$device")"
[ ! -e "$work/second.pid" ] || fail "the second daemon has left a pidfile"

before=$(stat -c '%F %a %t:%T' /dev/null)
expect_refusal 1 null "$echod" --name=null --pidfile="$work/second.pid"
expect_equal "/dev/null" "$before" "$(stat -c '%F %a %t:%T' /dev/null)"
echo "into the void" >/dev/null
expect_equal "what /dev/null holds" "" "$(cat /dev/null)"
