#!/bin/sh
# A device whose driver fails a suspend (SIGUSR1) or a resume (SIGUSR2) has failed: it is removed,
# and restarted under the same node; if it does not start, the daemon says so and ends with status
# 1. Waiting clients get an error.
. "$(dirname "$0")/troubled.sh"

for where in suspend exit; do
    start_troubled
    choose_trouble "fail $where"
    kill -USR1 "$troubled"
    expect_said "$name does not suspend: STATUS_UNSUCCESSFUL"
    expect_said "$name is there again"
    # The new one accepts requests, by the same name.
    choose_trouble "none"
    kill -USR1 "$troubled"
    expect_said "$name is suspended"
    kill -TERM "$troubled"
    expect_troubled_end 0
done

for where in entry restart; do
    start_troubled
    choose_trouble "fail $where"
    kill -USR1 "$troubled"
    expect_said "$name is suspended"
    # After entering D0 the driver would get the read, and forget it.
    if [ "$where" = entry ]; then
        start_client cat "$device" 2>"$work/complaints"
        expect_waiting "$client"
    fi
    reader=$client
    kill -USR2 "$troubled"
    expect_said "$name does not resume: STATUS_UNSUCCESSFUL"
    if [ "$where" = restart ]; then
        expect_said "$name is there again"
        kill -TERM "$troubled"
        expect_troubled_end 0
    else
        expect_said "does not add its device: STATUS_DEVICE_POWER_FAILURE"
        expect_troubled_end 1
    fi
    if [ "$where" = entry ]; then
        expect_end "$reader"
        [ "$client_status" -ne 0 ] || fail "the client of a device that has failed has succeeded"
    fi
done

# The same for a stop for a rebalance that wdfctl requests, and the start after it.
for where in exit entry; do
    start_troubled
    choose_trouble "fail $where"
    if [ "$where" = entry ]; then
        within 20 "$build/app/wdfctl" --daemon="$troubled" stop "$name" || fail "stop: status $?"
        verb=start
    else
        verb=stop
    fi
    expect_failure 'the daemon says ' "$build/app/wdfctl" --daemon="$troubled" "$verb" "$name"
    if [ "$where" = exit ]; then
        expect_said "$name is there again"
        choose_trouble none
        kill -TERM "$troubled"
        expect_troubled_end 0
    else
        expect_said "does not add its device: STATUS_DEVICE_POWER_FAILURE"
        expect_troubled_end 1
    fi
done
