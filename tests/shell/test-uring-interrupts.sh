#!/bin/sh
# Over io_uring the kernel loses an interrupt that comes while its message is on its way: the client
# leaves all the same, whether the signal is handled or kills.
. "$(dirname "$0")/lib.sh"

requires uring

start_echod --uring=on --dispatch=manual

# The daemon does not run, so that what is asked of it stays on its way; of a client that has opened
# the device before.
for signal in 2 9; do
    mkfifo "$work/go.$signal"
    start_client sh -c 'exec <"$0"; : >"$1"; read -r line' "$device" "$work/go.$signal"
    eventually 5 is_sleeping "$client" || fail "the client should wait for its word to go"
    kill -STOP "$pid"
    : <"$work/go.$signal"
    expect_waiting "$client"
    kill -"$signal" "$client"
    sleep 0.1
    kill -CONT "$pid"
    expect_end "$client"
    expect_equal "exit status of a client ended by signal $signal" $((128 + signal)) \
        "$client_status"
done

expect_service
