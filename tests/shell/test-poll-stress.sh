#!/bin/sh
# Completion, poll and read race on many files, for WDFUSE_STRESS_SECONDS (3): no wake-up is missed,
# no client is busy, results come in order and failures once. scripts/test also runs it on a build
# with ThreadSanitizer.
. "$(dirname "$0")/wdfhost.sh"

polling_clients=$build/tests/shell/polling-clients
seconds=${WDFUSE_STRESS_SECONDS:-3}

start_driver late
timeout -k 1 $((seconds + $(seconds_patiently 40))) \
    "$polling_clients" "$device" 24 "$seconds" "$(seconds_patiently 10)" >"$work/results" \
    2>"$work/said" ||
    fail "polling clients: $(cat "$work/said")"
cat "$work/results"
stop_echod
