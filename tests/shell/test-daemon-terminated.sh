#!/bin/sh
# SIGTERM is an orderly removal: clients that wait get an error at once, the daemon ends, and
# nothing is left.
. "$(dirname "$0")/lib.sh"

terminate_under_clients() {
    expect_waiting "$first"
    expect_waiting "$second"
    stop_echod
    for one in "$first" "$second"; do
        expect_end "$one"
        expect_equal "exit status of a client whose device was removed" 1 "$client_status"
    done
    grep -q "$device" "$work/complaints" ||
        fail "the clients have not complained: '$(cat "$work/complaints")'"
}

start_echod --dispatch=manual
start_client cat "$device" 2>"$work/complaints"
first=$client
start_client cat "$device" 2>>"$work/complaints"
second=$client
terminate_under_clients

start_echod --dispatch=parallel --delay=60000
start_client dd if=/dev/zero of="$device" count=1 conv=notrunc 2>"$work/complaints"
first=$client
start_client dd if=/dev/zero of="$device" count=1 conv=notrunc 2>>"$work/complaints"
second=$client
terminate_under_clients
