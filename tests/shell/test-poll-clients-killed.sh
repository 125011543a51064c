#!/bin/sh
# Clients that are killed while they poll, with a write in flight, leave nothing behind.
. "$(dirname "$0")/lib.sh"
requires program socat

# Also the shell before it sleeps, while dd writes.
is_polling() { # PID
    [ "$(cat "/proc/$1/comm")" = socat ] && is_sleeping "$1"
}

start_echod --dispatch=manual --delay=500
pollers=
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    # shellcheck disable=SC2016 # for the other shell
    start_client sh \
        -c 'exec 3<>"$1"; printf %s "$2" | dd oflag=nonblock status=none >&3; exec socat -u FD:3 -' \
        sh "$device" "$number" >"$work/read-$number"
    pollers="$pollers $client"
done
for poller in $pollers; do
    eventually 10 is_polling "$poller" || fail "process $poller should be a socat that sleeps"
done
for poller in $pollers; do
    kill -KILL "$poller"
done
for poller in $pollers; do
    expect_end "$poller"
done
expect_service
