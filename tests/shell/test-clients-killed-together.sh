#!/bin/sh
# Twenty clients that wait, killed at the same moment, are all gone at once.
. "$(dirname "$0")/lib.sh"

start_echod --dispatch=manual
waiting=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    start_client cat "$device" >"$work/read"
    waiting="$waiting $client"
done
for one in $waiting; do
    expect_waiting "$one"
done

# shellcheck disable=SC2086 # a list
kill -KILL $waiting
for one in $waiting; do
    expect_end "$one"
done
expect_service
