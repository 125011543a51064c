#!/bin/sh
# A client's memory that does not answer delays only that client's calls, for a while: others are
# served meanwhile, and the daemon ends when it is told to.
. "$(dirname "$0")/wdfhost.sh"

# start_stuck WHAT COUNT: it goes on until it is killed, or the daemon ends.
start_stuck() {
    : >"$work/stuck"
    start_client "$build/tests/shell/stuck-memory" "$device" "$1" "$2" >"$work/stuck" \
        2>"$work/stuck-errors"
    eventually 20 has_begun_or_ended || fail "$1: no call of the client has come back"
    is_gone "$client" || return 0
    expect_end "$client"
    [ "$client_status" -ne 77 ] || skip "$(cat "$work/stuck-errors")"
    fail "$1: status $client_status: $(cat "$work/stuck-errors")"
}

has_begun_or_ended() {
    [ -s "$work/stuck" ] || is_gone "$client"
}

# Sixteen workers, and more calls than that.
echod=$build/app/echod
start_echod
start_stuck read 40
for _ in 1 2 3; do
    expect_service
done
kill -KILL "$client"
expect_end "$client"
expect_service
run_recorded "$controls" "$device" neither
expect_equal "METHOD_NEITHER afterwards: $(cat "$work/stdout"): status" 0 "$run_status"
start_stuck read 40
stop_echod

# As many as once used up all copiers: another client does not notice.
start_echod
start_stuck read 4
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    run_recorded "$controls" "$device" neither
    expect_equal "METHOD_NEITHER beside stuck memory, time $number: $(cat "$work/stdout"): status" \
        0 "$run_status"
done
stop_echod

echod=$wdfhost
start_driver store
start_stuck write 4
stop_echod
