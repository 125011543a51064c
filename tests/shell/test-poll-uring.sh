#!/bin/sh
# io_uring: a poll that is linked to a read; cancelling a read that waits in the driver reaches its
# EvtRequestCancel.
. "$(dirname "$0")/wdfhost.sh"

uring_poll=$build/tests/shell/uring-poll
[ -x "$uring_poll" ] || skip "built without liburing"
no_uring=$("$uring_poll" cancel-poll /dev/null </dev/null 2>&1) || [ $? -ne 77 ] || skip "$no_uring"

# start_uring WHAT: it waits; a line to descriptor 8 lets it continue.
start_uring() {
    rm -f "$work/go"
    mkfifo "$work/go"
    : >"$work/said"
    # shellcheck disable=SC2016 # for the other shell
    start_client sh -c 'exec "$1" "$2" "$3" <"$4"' sh "$uring_poll" "$1" "$device" "$work/go" \
        >"$work/result" 2>"$work/said"
    exec 8>"$work/go"
    eventually 10 grep -q waiting "$work/said" || fail "uring-poll $1: $(cat "$work/said")"
}

# It succeeds, and has printed one of these.
expect_result() { # WORD...
    expect_end "$client"
    exec 8>&-
    expect_equal "exit status of uring-poll, which said '$(cat "$work/said")'" 0 "$client_status"
    for expected; do
        [ "$expected" != "$(cat "$work/result")" ] || return 0
    done
    fail "uring-poll has printed '$(cat "$work/result")', not '$*'"
}

driver_says() { # WHAT
    grep -q "bell: $1" "$work/log"
}

cancel_read() { # HOW
    start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$drivers/bell.so" \
        2>"$work/log"
    eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
    daemon_register
    start_uring "$1"
    eventually 10 driver_says EvtIoRead || fail "no read in the driver: $(tail -n 5 "$work/log")"
    echo >&8
    expect_result EINTR ECANCELED
    driver_says EvtRequestCancel || fail "EvtRequestCancel was not called"
    stop_echod
}

# In a mount the device is a file of size 0, which some kernels do not read for io_uring: no request
# would reach the daemon, and there is nothing to cancel. They do if the read goes to a pipe.
case $kind in
cuse) cancel_read cancel-read ;;
fuse) cancel_read cancel-splice ;;
esac

echod=$build/app/echod
start_echod --dispatch=manual
start_uring cancel-poll
echo >&8
expect_result ECANCELED

start_uring read
echo hello >"$device"
# Nor, in a mount, does the kernel always read beyond the end of a file of size 0, as io_uring's
# read does.
case $kind in
cuse) expect_result hello ;;
fuse) expect_result hello '' ;;
esac
expect_service
