#!/bin/sh
# A daemon of a user other than root is killed: the user's next one starts in the same folder
# without help.
. "$(dirname "$0")/lib.sh"
requires user-mounts

mkdir "$work/run"
chown nobody "$work/run" "$mount"
pidfile=$work/run/pid
start_as_nobody() {
    as_user nobody "$echod" --name="$name" --pidfile="$pidfile" --mount="$mount" ||
        fail "echod: exit status $?"
    daemon_register
}

start_as_nobody
as_user nobody sh -c 'echo hello >"$1"' sh "$device" || fail "the user cannot write"
kill -KILL "$pid"
eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
daemon_forget

start_as_nobody
as_user nobody sh -c 'echo "hello again" >"$1"' sh "$device" ||
    fail "the user cannot write to the second daemon"
expect_equal "message" "hello again" "$(as_user nobody cat "$device")"
stop_echod
