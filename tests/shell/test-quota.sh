#!/bin/sh
# A process, and a user, can take only so much of a device: more fails at once with its own error,
# and others are served.
. "$(dirname "$0")/lib.sh"

expect_refusal 2 --quota run_echod --quota=files
expect_refusal 2 --user-quota run_echod --user-quota=files=1,files

# open_files COUNT: by one process, which prints how many it has got.
open_files() {
    # shellcheck disable=SC2016 # for that shell
    sh -c 'device=$1 count=$2
        for number in 3 4 5 6 7 8 9; do
            [ $((number - 2)) -le "$count" ] || break
            eval "exec $number<\"\$device\"" || exit 1
        done' sh "$device" "$1" 2>"$work/complaint"
}

start_echod --quota=files=2,requests=2 --user-quota=requests=3 --dispatch=manual
open_files 2 || fail "two files: $(cat "$work/complaint")"
not open_files 3 || fail "a process has opened three files"
open_files 2 || fail "two files after that: $(cat "$work/complaint")"

# Each reader takes one file and one request.
for number in 1 2 3; do
    start_client cat "$device" >"$work/read.$number"
    expect_waiting "$client"
done
expect_failure 'Disk quota exceeded' cat "$device"
kill -TERM "$client"
expect_end "$client"
start_client cat "$device" >"$work/read.4"
expect_waiting "$client"
kill -TERM "$client"
expect_end "$client"
expect_service
stop_echod

# Without limits nothing is refused.
start_echod --quota=off --user-quota=off --dispatch=manual
open_files 7 || fail "seven files: $(cat "$work/complaint")"
expect_service
