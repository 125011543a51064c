#!/bin/sh
# Where FUSE over io_uring can't be had, requests come as they always do, and a daemon that was told
# to use it says so in one line.
# Alone: it switches the module's parameter off for a moment.
. "$(dirname "$0")/lib.sh"

requires uring
requires root

without_uring=$build/tests/shell/without-uring
parameter=/sys/module/fuse/parameters/enable_uring

uses_uring() {
    ls -l "/proc/$pid/fd" >"$work/descriptors"
    grep -qF 'anon_inode:[io_uring]' "$work/descriptors"
}

# expect_old_way REASON COMMAND...: a daemon started by that command does without.
expect_old_way() {
    reason=$1
    shift
    within 20 "$@" "$echod" --foreground --name="$name" --pidfile="$pidfile" --mount="$mount" \
        --uring=on 2>"$work/log" &
    daemon_register
    eventually 10 device_opens || fail "the device does not open"
    expect_service
    stop_echod
    wait
    expect_equal "lines about it" 1 "$(grep -c 'io_uring' "$work/log")"
    grep -qF "requests come by read(2), not by io_uring: $reason" "$work/log" ||
        fail "the log should say '$reason', said '$(cat "$work/log")'"
}

for error in ENOSYS:'Function not implemented' EPERM:'Operation not permitted'; do
    expect_old_way "${error#*:}" "$without_uring" "${error%%:*}"
done

start_echod --uring=on
echo N >"$parameter"
expect_service
uses_uring || fail "the daemon should use io_uring as long as it runs"
stop_echod
expect_old_way "the module fuse is not told to" env
echo Y >"$parameter"

start_echod --uring=auto
uses_uring || fail "auto should use io_uring where there is one"
