#!/bin/sh
# A planted race is found within 10,000 schedules, and its token replays to the same failure, with a
# trace.
#
# usage: test-race.sh WDFEXPLORE DRIVER.so SCENARIO PATTERN [OPTION...]
set -u
explorer=$1
driver=$2
scenario=$3
pattern=$4
shift 4

fail() {
    printf 'FAILED: %s\n' "$1"
    exit 1
}

found=$("$explorer" "$driver" --scenario="$scenario" --schedules=10000 --quiet "$@")
status=$?
printf '%s\n' "$found"
[ "$status" -eq 1 ] || fail "exit status $status, not 1: the race was not found"
failure=$(printf '%s\n' "$found" | grep '^FAILED: ')
printf '%s\n' "$failure" | grep -Eq "$pattern" ||
    fail "the failure is not the planted one ($pattern)"

# The printed line, pasted.
arguments=$(printf '%s\n' "$found" | sed -n 's/^replay: wdfexplore //p')
[ -n "$arguments" ] || fail 'there is no replay line'
replay() {
    # shellcheck disable=SC2086 # words; no path has a blank
    "$explorer" $arguments
}
replayed=$(replay)
status=$?
[ "$status" -eq 1 ] || fail "exit status $status, not 1: the replay does not fail"
[ "$(printf '%s\n' "$replayed" | grep '^FAILED: ')" = "$failure" ] ||
    fail 'the replay fails otherwise'
[ "$(printf '%s\n' "$replayed" | grep -c '(.*:[0-9]*)$')" -ge 20 ] ||
    fail 'the trace does not say where'

# Twice exactly the same.
again=$(replay)
[ "$again" = "$replayed" ] || fail 'two replays differ'
