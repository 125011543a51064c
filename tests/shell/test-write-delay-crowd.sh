#!/bin/sh
# Writes that a timer completes, of one client after many: each is answered, whoever of the workers has armed the timer
# and whoever sleeps meanwhile.
. "$(dirname "$0")/lib.sh"

write_for() { # SECONDS CLIENTS
    within 20 "$build/tests/bench/load" --work=write --seconds="$1" --clients="$2" --size=64 "$device" >"$work/rates" ||
        fail "$2 clients whose writes a timer completes: exit status $?"
}

start_echod --dispatch=parallel --delay=1
for _ in 1 2 3; do
    write_for 0.5 8
    write_for 0.3 1
done
within 10 sh -c 'echo "the last one" >"$1"' sh "$device" || fail "a write by the only client is not answered: exit status $?"
stop_echod
