#!/bin/sh
# A client that sleeps in select(2) or poll(2) until there is something to read is woken by a write.
. "$(dirname "$0")/lib.sh"
requires program bash
requires program socat

start_echod --dispatch=manual

# Nobody writes: the time expires, which bash reports by a status above 128. In a mount the device
# is a regular file, for which bash ignores the time.
if [ "$kind" = cuse ]; then
    # shellcheck disable=SC2016 # for bash
    run_recorded bash -c 'read -r -t 0.3 line <"$1"' bash "$device"
    [ "$run_status" -gt 128 ] || fail "read -t should run out of time; its status was $run_status"
fi

# shellcheck disable=SC2016 # for bash
start_client bash -c 'read -r -t 30 line <"$1"; echo "$? $line" >"$2"' bash "$device" "$work/one"
one=$client
start_client socat -u OPEN:"$device",rdonly,nonblock CREATE:"$work/two"
two=$client
expect_sleeping "$one"
expect_sleeping "$two"

echo hello >"$device"
expect_end "$one"
expect_equal "what bash has read" "0 hello" "$(cat "$work/one")"
eventually 10 grep -qx hello "$work/two" || fail "socat has read '$(cat "$work/two")'"
for word in several words one by one; do
    echo "$word" >"$device"
    eventually 10 grep -qx "$word" "$work/two" ||
        fail "socat has not read '$word' but '$(cat "$work/two")'"
done
kill -TERM "$two"
expect_end "$two"
expect_service
