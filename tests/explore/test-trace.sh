#!/bin/sh
# A replay with --trace shows the driver's trace messages in order; an exploration is the same with
# and without them.
#
# usage: test-trace.sh WDFEXPLORE CRASHING.so SCENARIO
set -u
explorer=$1
driver=$2
scenario=$3
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
    echo "FAILED: $*"
    cat "$work/said"
    exit 1
}

timeout 100 "$explorer" "$driver" --scenario="$scenario" --schedules=50 --quiet --seed=1 \
    >"$work/said" 2>&1
[ $? -eq 1 ] || fail 'the crash is not found'
token=$(grep -o -- '--replay=.*' "$work/said" | head -1)
[ -n "$token" ] || fail 'there is no token'
timeout 100 "$explorer" "$driver" --scenario="$scenario" "$token" \
    --trace=TRACE_REQUEST,information --trace=TRACE_START >"$work/said" 2>&1
[ $? -eq 1 ] || fail 'the replay does not fail'
grep -q 'info: traced.c:[0-9]*: TRACE_START, information: DriverEntry of ' "$work/said" ||
    fail 'no message of the start'
grep -q 'TRACE_REQUEST, information: KindWrite of ' "$work/said" || fail 'no message of a request'
! grep -q 'KindRead' "$work/said" || fail 'a message that nobody asked for'
timeout 100 "$explorer" "$driver" --scenario="$scenario" "$token" >"$work/said" 2>&1
! grep -q 'TRACE_' "$work/said" || fail 'messages without --trace'
