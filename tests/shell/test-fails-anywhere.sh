#!/bin/sh
# One allocation, thread or system call of the daemon fails, each in turn, while it starts or
# serves. The daemon ends with a reason or serves on: no crash, no client that hangs, and nothing
# left except what the next start removes. A selection of calls; with WDFUSE_STRESS_SECONDS as many
# as there is time for.
. "$(dirname "$0")/lib.sh"

failing=$build/tests/shell/failing.so
! grep -qaE '__[at]san_init' "$echod" || skip "a sanitizer has the allocations"

step=199
ends_at=
if [ -n "${WDFUSE_STRESS_SECONDS-}" ]; then
    step=1
    ends_at=$(($(date +%s) + WDFUSE_STRESS_SECONDS))
fi

# Without memory, libseccomp makes a filter that forbids what it should allow.
start_failing() { # KIND NUMBER FROM
    rm -rf "$work/failed" "$work/from"
    start_client env LD_PRELOAD="$failing" WDFUSE_FAIL="$1:$2" WDFUSE_FAIL_LOG="$work/failed" \
        WDFUSE_FAIL_NOT=libseccomp \
        ${3:+"WDFUSE_FAIL_FROM=$3"} \
        "$echod" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} 2>"$work/log"
    daemon=$client
}

failed_here() {
    printf '%s %s' "$where" "$(cat "$work/failed" 2>/dev/null)"
}

opens_or_is_gone() {
    is_gone "$daemon" || device_opens
}

# Any answer will do.
is_answered() { # COMMAND...
    status=0
    within 5 "$@" >/dev/null 2>&1 </dev/null || status=$?
    case $status in
    124 | 137) is_gone "$daemon" || fail "$(failed_here): '$*' hangs: $(cat "$work/log")" ;;
    esac
}

use_device() {
    is_answered sh -c 'echo hello >"$1"' sh "$device"
    is_answered dd if="$device" iflag=nonblock count=1
    is_answered "$controls" "$device" echo
    is_answered "$echoapp" "$device"
}

expect_orderly_end() {
    is_gone "$daemon" || kill -TERM "$daemon"
    eventually 20 is_gone "$daemon" || fail "$(failed_here): it does not end: $(cat "$work/log")"
    wait "$daemon" && status=0 || status=$?
    [ "$status" -lt 126 ] || fail "$(failed_here): status $status: $(cat "$work/log")"
    [ "$status" -eq 0 ] || grep -qE 'error: |no memory' "$work/log" ||
        fail "$(failed_here): status $status without a reason: $(cat "$work/log")"
}

# What it could not remove itself.
take_away_mount() {
    [ -z "$mount" ] || ! grep -qF " $mount " /proc/self/mounts || umount -l "$mount"
    rm -f "$pidfile"
}

# fails_at KIND NUMBER start|service: false if there is no such call.
fails_at() {
    where="$3, $1 $2:"
    from=
    [ "$3" = start ] || from=$work/from
    start_failing "$1" "$2" "$from"
    eventually 20 opens_or_is_gone ||
        fail "$(failed_here): neither serves nor ends: $(cat "$work/log")"
    : >"$work/from"
    is_gone "$daemon" || use_device
    expect_orderly_end
    take_away_mount
    [ -s "$work/failed" ]
}

is_time() {
    [ -z "$ends_at" ] || [ "$(date +%s)" -lt "$ends_at" ]
}

for when in start service; do
    for what in memory thread call; do
        number=1
        while is_time && fails_at "$what" "$number" "$when"; do
            number=$((number + step))
        done
    done
done
start_echod
expect_service
stop_echod
