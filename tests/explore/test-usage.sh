#!/bin/sh
# wdfexplore's messages for bad scenarios, for tokens of another build, and for drivers that can't
# be explored: at once, and clear.
#
# usage: test-usage.sh WDFEXPLORE RACE.so STARTS_THREAD.so SLEEPS.so BLOCKS.so GOOD.so FILTER.so
set -u
explorer=$1
race=$2
thread=$3
sleeps=$4
blocks=$5
good=$6
filter=$7
folder=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

# expect STATUS PATTERN COMMAND...: it ends with that status and prints that.
expect() {
    status=$1
    pattern=$2
    shift 2
    output=$(timeout 60 "$@" 2>&1)
    actual=$?
    if [ "$actual" -ne "$status" ] || ! printf '%s\n' "$output" | grep -Eq -e "$pattern"; then
        printf 'FAILED: %s\n  status %s instead of %s, or "%s" not in:\n%s\n' "$*" "$actual" \
            "$status" "$pattern" "$output"
        failures=$((failures + 1))
    fi
}

# scenario TEXT PATTERN: the text is rejected with that message.
scenario() {
    printf '%b' "$1" >"$work/scenario"
    expect 2 "scenario:$2" "$explorer" "$good" --scenario="$work/scenario"
}

scenario 'client A\n    open\n    dance\n' '3: unknown operation "dance"'
scenario 'client A\n    read\n' '2: read takes one number'
scenario 'client A\n    read many\n' '2: "many" is no number'
scenario 'client A\n    write 131073\n' '2: 131073 is too much: at most 131072'
scenario 'client A\n    write 99999999999999999999\n' '2: "99999999999999999999" is no number'
scenario 'client A\n    begin\n' '2: begin what'
scenario 'client A\n    begin close\n' '2: "close" can.t be begun'
scenario 'client A\n    suspend\n' '2: "suspend" is for clients|2: "suspend" is for main'
scenario 'main\n    read 64\n' '2: "read" is for clients'
scenario '    open\n' '1: "open" stands before'
scenario 'client A\n    open\nclient A\n' '3: there is a client A already'
scenario 'client a/b\n' '1: "a/b" can.t be a client'
scenario 'client A repeat 2000\n' '1: 2000 is too much'
scenario '# nothing\n' '1: there is no client'
scenario 'timers 0\nclient A\n open\n' '1: at least one thread'
scenario 'client A\n    open sideways\n' '2: open knows'
scenario 'client A\n    poll\n' '2: poll takes'
scenario 'client A\n    ioctl\n' '2: ioctl takes'
scenario 'client A\n    open child ../x\n' '2: "../x" can.t be a child'
scenario 'main\n    unplug\n' '2: unplug takes a child'
scenario 'main\n    plug 1\n' '2: plug takes nothing more'
scenario 'client A\n    eject 1\n' '2: "eject" is for main'

expect 2 'No such file' "$explorer" "$good" --scenario="$work/missing"
expect 2 'which driver' "$explorer" --scenario="$folder/echo.scenario"
expect 2 'which scenario' "$explorer" "$good"
expect 2 'unknown strategy "luck"' "$explorer" "$good" --scenario="$folder/echo.scenario" \
    --strategy=luck
expect 2 'trace goes with --replay' "$explorer" "$good" --scenario="$folder/echo.scenario" --trace=A
expect 2 "'loud' is none of" "$explorer" "$good" --scenario="$folder/echo.scenario" --trace=A,loud
expect 2 'a number from' "$explorer" "$good" --scenario="$folder/echo.scenario" --depth=0
expect 2 'no driver|No such file' "$explorer" "$folder/echo.scenario" \
    --scenario="$folder/echo.scenario"

# Stacks.
expect 0 'no failure' "$explorer" "$good" --lower-filter="$filter" --seed=1 --schedules=10 \
    --scenario="$folder/echo.scenario" --quiet
expect 2 'the driver is in the stack already' "$explorer" "$good" --upper-filter="$filter" \
    --lower-filter="$filter" --scenario="$folder/echo.scenario"
expect 2 'the driver is in the stack already' "$explorer" "$good" --upper-filter="$good" \
    --scenario="$folder/echo.scenario"
cp "$filter" "$work/$(basename "$good")"
expect 2 'another driver of the stack has a file of that name' "$explorer" "$good" \
    --upper-filter="$work/$(basename "$good")" --scenario="$folder/echo.scenario"
expect 2 'no driver|No such file' "$explorer" "$good" --upper-filter="$folder/echo.scenario" \
    --scenario="$folder/echo.scenario"
expect 2 'one function driver, and not also' "$explorer" "$good" "$filter" \
    --scenario="$folder/echo.scenario"
too_many=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    too_many="$too_many --upper-filter=$filter"
done
# shellcheck disable=SC2086 # sixteen words
expect 2 'too many filters' "$explorer" "$good" $too_many --scenario="$folder/echo.scenario"

expect 3 'calls pthread_create' "$explorer" "$thread" --scenario="$folder/write.scenario" --quiet
expect 3 'calls usleep: it would block' "$explorer" "$sleeps" --scenario="$folder/write.scenario" \
    --quiet
expect 3 'stands still: A has not come back.* it is at .*pause' "$explorer" "$blocks" \
    --scenario="$folder/write.scenario" --quiet

# A token is only valid for one stack, one scenario, one build.
token=$("$explorer" "$race" --scenario="$folder/cancel.scenario" --seed=1 --quiet |
    sed -n 's/^replay: .*--replay=//p')
if [ -z "$token" ]; then
    echo 'FAILED: there is no token'
    failures=$((failures + 1))
fi
expect 1 'FAILED: ' "$explorer" "$race" --scenario="$folder/cancel.scenario" --replay="$token"
expect 2 'it is of another build' "$explorer" "$good" --scenario="$folder/cancel.scenario" \
    --replay="$token"
expect 2 'it is of another build' "$explorer" "$race" --scenario="$folder/cross.scenario" \
    --replay="$token"
expect 2 'it is of another build' "$explorer" "$race" --scenario="$folder/cancel.scenario" \
    --upper-filter="$filter" --replay="$token"
expect 2 'it is no token' "$explorer" "$race" --scenario="$folder/cancel.scenario" --replay=nonsense
expect 2 'it is no token' "$explorer" "$race" --scenario="$folder/cancel.scenario" \
    --replay="luck:1@${token##*@}"
expect 2 'it is no token' "$explorer" "$race" --scenario="$folder/cancel.scenario" \
    --replay="pct:0:0:0@${token##*@}"

# Other seeds are other schedules; the same seed is the same schedule.
schedules_of_seed() {
    "$explorer" "$good" --scenario="$folder/echo.scenario" --seed="$1" --schedules=50 --quiet |
        sed -n 's/.*about/about/p'
}
one=$(schedules_of_seed 5)
same=$(schedules_of_seed 5)
other=$(schedules_of_seed 6)
if [ "$one" != "$same" ] || [ "$one" = "$other" ]; then
    printf 'FAILED: seeds: "%s" and "%s" should be the same, "%s" another\n' "$one" "$same" "$other"
    failures=$((failures + 1))
fi
[ "$failures" -eq 0 ]
