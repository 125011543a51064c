#!/bin/sh
# Without -f the daemon leaves its terminal: a session of its own, no folder in use, nothing on
# standard output or error.
. "$(dirname "$0")/lib.sh"

run_recorded run_echod
expect_equal "exit status of echod, which said '$(cat "$work/stderr")'" 0 "$run_status"
daemon_register
device_opens || fail "the command returned before the device opens"

expect_equal "what it printed" "" "$(cat "$work/stdout" "$work/stderr")"
expect_equal "its working folder" / "$(readlink "/proc/$pid/cwd")"
# The sixth field of stat, after the name in parentheses: the session.
session=$(sed 's/^.*) //' "/proc/$pid/stat" | cut -d ' ' -f 4)
own_session=$(sed 's/^.*) //' "/proc/$$/stat" | cut -d ' ' -f 4)
[ "$session" != "$own_session" ] || fail "the daemon is in its starter's session"
for descriptor in 0 1 2; do
    expect_equal "its descriptor $descriptor" /dev/null "$(readlink "/proc/$pid/fd/$descriptor")"
done
