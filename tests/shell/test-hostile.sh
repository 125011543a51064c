#!/bin/sh
# Twenty kinds of attack at once (tests/hostile): a well-behaved client is served meanwhile;
# afterwards the daemon serves as before, and has released the memory. tests/hostile/run runs
# longer, and checks times.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/killing.sh"

hostile=$build/tests/hostile/hostile
seconds=${WDFUSE_STRESS_SECONDS:-3}

attack() { # SECONDS
    within $(($1 + 45)) "$hostile" "$device" "$1" ${socket:+"--control=$socket"} \
        ${WDFUSE_STRESS_SECONDS:+--times} >"$work/report" ||
        fail "status $?: $(cat "$work/report")"
}

# A fifth more than after the first time, plus the memory of threads started since.
memory_is_back() {
    now=$(daemon_memory)
    [ "$now" -le $((before + before / 5 + 3072)) ]
}

count_memory_of "$build/app/echod"
start_echod
socket=$(find /run/wdfuse "${XDG_RUNTIME_DIR:-/run}/wdfuse" -maxdepth 1 -name "$pid.socket" \
    2>/dev/null | head -n 1)
attack 2
before=$(daemon_memory)
attack "$seconds"
grep -qaE '__[at]san_init' "$program" || eventually 10 memory_is_back ||
    fail "the daemon had $before KiB, and has $now KiB: $(cat "$work/report")"
expect_service
stop_echod
