#!/bin/sh
# A device whose driver fails a suspend (SIGUSR1) or a resume (SIGUSR2) has failed: it is removed,
# and the daemon says so and ends with status 1. Whoever waits for it gets an error.
. "$(dirname "$0")/troubled.sh"

for where in suspend pre-exit exit; do
    start_troubled
    choose_trouble "fail $where"
    kill -USR1 "$troubled"
    expect_said "$name does not suspend: STATUS_UNSUCCESSFUL"
    expect_troubled_end 1
done

for where in entry restart; do
    start_troubled
    choose_trouble "fail $where"
    kill -USR1 "$troubled"
    expect_said "$name is suspended"
    # Once D0 is entered the driver would get the read, and forget it.
    if [ "$where" = entry ]; then
        start_client cat "$device" 2>"$work/complaints"
        expect_waiting "$client"
    fi
    reader=$client
    kill -USR2 "$troubled"
    expect_said "$name does not resume: STATUS_UNSUCCESSFUL"
    expect_troubled_end 1
    if [ "$where" = entry ]; then
        expect_end "$reader"
        [ "$client_status" -ne 0 ] || fail "the client of a device that has failed has succeeded"
    fi
done
