#!/bin/sh
# Killing a daemon does not hang its clients: they get an error at once, and a new daemon with the
# same name, in the same folder, starts without help.
. "$(dirname "$0")/lib.sh"

kill_daemon_under_clients() {
    expect_waiting "$first"
    expect_waiting "$second"
    kill -KILL "$pid"
    eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
    daemon_forget
    for one in "$first" "$second"; do
        expect_end "$one"
        expect_equal "exit status of a client whose daemon was killed" 1 "$client_status"
    done
    grep -q "$device" "$work/complaints" ||
        fail "the clients have not complained: '$(cat "$work/complaints")'"
}

start_echod --dispatch=manual
start_client cat "$device" 2>"$work/complaints"
first=$client
start_client cat "$device" 2>>"$work/complaints"
second=$client
kill_daemon_under_clients

start_echod --dispatch=parallel --delay=60000
start_client dd if=/dev/zero of="$device" count=1 conv=notrunc 2>"$work/complaints"
first=$client
start_client dd if=/dev/zero of="$device" count=1 conv=notrunc 2>>"$work/complaints"
second=$client
kill_daemon_under_clients

start_echod
expect_service
stop_echod
