#!/bin/sh
# wdfctl inject: allocations fail, and completions fail or are late, exactly as many as requested.
# Files, timers and locks are shown, with their owners.
. "$(dirname "$0")/wdfctl.sh"

start_driver watched --workers=3
ctl log-level info

read_fails() { # WORDS
    start_client dd if="$device" of="$work/read" bs=8 count=1 2>"$work/complaint"
    expect_end "$client"
    [ "$client_status" -ne 0 ] || fail "a read has succeeded that was to fail"
    grep -q "$1" "$work/complaint" || fail "dd says '$(cat "$work/complaint")'"
}

# The second allocation.
ctl inject allocation pool nth=2 || fail "inject: status $?"
expect_shown '^  allocation of pool: 1 fails, after 1 that do not$' inject
expect_equal "the first read" ok "$(message)"
read_fails 'Cannot allocate memory'
expect_equal "the third read" ok "$(message)"
expect_shown 'injected: an allocation fails \(pool\)' log
! shows pool inject || fail "an injection is there still"

# A request without memory; then nothing more is injected.
ctl inject allocation WDFREQUEST count=1000000
read_fails 'Cannot allocate memory'
ctl inject allocation WDFREQUEST count=0
expect_equal "a read without injections" ok "$(message)"

# Completions: another status, for two reads and for no write.
ctl inject completion "$name" status=STATUS_DEVICE_BUSY type=read count=2
expect_shown "^  completion of $name, read, with STATUS_DEVICE_BUSY: 2 fail$" inject
expect_shown '"status": "STATUS_DEVICE_BUSY"' --json inject
echo anything >"$device" || fail "a write fails"
read_fails 'busy'
read_fails 'busy'
expect_equal "the read after two" ok "$(message)"

# Late: the driver has it meanwhile, until its client has given up.
ctl inject completion "$name" delay=600000
start_client cat "$device" >/dev/null
late=$client
eventually 10 shows "read .* $late cat .* with the driver" requests || fail "$(ctl requests)"
expect_shown "^  0x[0-9a-f]+ +$name +$late cat +read +1$|^  - +$name +$late cat +read +1$" files
kill "$late"
expect_end "$late"
# A daemon does not wait for it when it ends, or is told otherwise.
ctl inject completion "$name" delay=600000 count=2
start_client dd if="$device" of="$work/read" bs=8 count=1 status=none
late=$client
eventually 10 shows "read .* $late dd .* with the driver" requests || fail "$(ctl requests)"
ctl inject completion "$name" count=0
expect_end "$late"
expect_equal "status of a late read" 0 "$client_status"
ctl inject completion "$name" delay=600000
start_client dd if="$device" of="$work/read" bs=8 count=1 status=none
late=$client
eventually 10 shows "read .* $late dd .* with the driver" requests || fail "$(ctl requests)"
stop_echod
expect_end "$late"

# Errors.
start_driver watched --workers=3
expect_complaint 'the daemon does not take that status' inject completion "$name" status=LATE
expect_complaint 'the daemon does not take that status' inject completion "$name" \
    status=STATUS_SUCCESS
expect_complaint 'the daemon does not take that type' inject completion "$name" type=fork
expect_complaint 'the daemon does not take that nth' inject allocation pool nth=0
expect_complaint "there is no device 'nobody'" inject completion nobody
expect_refusal 2 "'soon': it sets nothing here" "$wdfctl" inject allocation pool soon
expect_refusal 2 "'usage': inject allocation KIND" "$wdfctl" inject everything

# Timers and locks.
expect_shown "^  0x[0-9a-f]+ +watched +in [0-9.]+ s +60.0 s +0 .*watched.so\+0x" timers
! shows WDFWAITLOCK locks || fail "a lock is held by nobody"
start_client sh -c 'printf hold >"$1"' sh "$device"
eventually 10 shows '^  0x[0-9a-f]+ +WDFWAITLOCK +watched +[0-9]+ \(' locks ||
    fail "the wait lock is not shown: $(ctl locks)"
holder=$client
start_client "$wdfctl" --daemon="$pid" wmi execute 2c8c4d1a-7a3b-4d55-9b11-10273e5c4401 2
eventually 10 shows 'WDFWAITLOCK .*; wanted by [0-9]+ \(' locks ||
    fail "who waits for the lock is not shown: $(ctl locks)"
expect_equal "the read that lets go" ok "$(message)"
expect_end "$holder"
expect_end "$client"
! shows WDFWAITLOCK locks || fail "a lock is shown that was released"
stop_echod
