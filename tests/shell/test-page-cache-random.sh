#!/bin/sh
# Clients take random ways into the page cache and around it (test-page-cache.sh), all at once,
# while the device's reads wait: another client is served meanwhile, and they end. WDFUSE_SEED
# selects the ways; WDFUSE_STRESS_SECONDS makes it longer.
. "$(dirname "$0")/lib.sh"

page_cache_client=$build/tests/shell/page-cache-client
seed=${WDFUSE_SEED:-1}
steps=$((20 + 5 * ${WDFUSE_STRESS_SECONDS:-0}))

# A call that does not return is missing here: it would be the next.
last_calls() {
    for file in "$work"/seed-*; do
        printf "%s: %s; " "${file##*/}" "$(tail -n 1 "$file")"
    done
}

expect_served() {
    start_client "$page_cache_client" "$device" innocent
    eventually 5 is_gone "$client" ||
        fail "another client waits; $(last_calls)"
    expect_end "$client"
    expect_equal "status of another client" 0 "$client_status"
}

start_echod --dispatch=manual
takers=
for taker in 0 1 2 3; do
    start_client "$page_cache_client" "$device" random $((seed + taker)) "$steps" \
        >"$work/seed-$((seed + taker))" 2>&1
    takers="$takers $client"
done
all_gone() {
    for taker in $takers; do
        is_gone "$taker" || return 1
    done
}
ends=$(($(date +%s) + $(seconds_patiently 30) + ${WDFUSE_STRESS_SECONDS:-0}))
while :; do
    expect_served
    ! all_gone || break
    [ "$(date +%s)" -lt "$ends" ] || fail "a random client is not done; $(last_calls)"
    sleep 0.1
done
for taker in $takers; do
    expect_end "$taker"
    expect_equal "status of a random client" 0 "$client_status"
done
