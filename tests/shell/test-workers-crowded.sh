#!/bin/sh
# More clients than workers, whose requests alternately take long and short: all are served, several
# at once, and never more than --workers are inside the driver. Afterwards the daemon sleeps again.
. "$(dirname "$0")/wdfhost.sh"

# Eight clients read, while the duration of a read changes.
serve_crowd() {
    start_client "$build/tests/bench/load" --work=read --clients=8 --seconds=1 --size=16 "$device"
    readers=$client
    for microseconds in 3000 0 1000 0 2000 50; do
        echo "$microseconds" >"$device"
        sleep 0.15
    done
    expect_end "$readers"
    expect_equal "exit status of the readers with --workers=$1" 0 "$client_status"
    most=$(($(within 10 head -c 16 "$device")))
}

for workers in 1 4; do
    start_driver crowded --workers="$workers"
    serve_crowd "$workers" >"$work/rates"
    expect_equal "callbacks inside at once with --workers=$workers" "$workers" "$most"
    eventually 20 is_idle ||
        fail "the daemon runs after its last request: $(daemon_switches) switches"
    stop_echod
done
