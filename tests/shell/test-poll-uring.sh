#!/bin/sh
# io_uring: a poll that is linked to a read; cancelling a read that waits in the driver reaches its EvtRequestCancel.
. "$(dirname "$0")/wdfhost.sh"

uring_poll=$build/tests/shell/uring-poll
[ -x "$uring_poll" ] || skip "built without liburing"
no_uring=$("$uring_poll" cancel-poll /dev/null </dev/null 2>&1) || [ $? -ne 77 ] || skip "$no_uring"

# Of a file whose size is 0 some kernels do not let io_uring read.
has_read() {
    [ "$kind" = cuse ]
}

# start_uring WHAT: it waits; a line to descriptor 8 lets it go on.
start_uring() {
    rm -f "$work/go"
    mkfifo "$work/go"
    : >"$work/said"
    start_client sh -c 'exec "$1" "$2" "$3" <"$4"' sh "$uring_poll" "$1" "$device" "$work/go" \
        >"$work/result" 2>"$work/said"
    exec 8>"$work/go"
    eventually 10 grep -q waiting "$work/said" || fail "uring-poll $1: $(cat "$work/said")"
}

expect_result() { # WHAT EXPECTED
    expect_end "$client"
    expect_equal "exit status of uring-poll, which said '$(cat "$work/said")'" 0 "$client_status"
    expect_equal "$1" "$2" "$(cat "$work/result")"
    exec 8>&-
}

is_in_driver() { # WHAT: a line of the log
    grep -q "$1" "$work/log"
}

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$drivers/bell.so" 2>"$work/log"
host=$client
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
if has_read; then
    start_uring cancel-read
    expect_waiting_in_uring() {
        eventually 10 is_in_driver "bell: EvtIoRead" || fail "no read in the driver: $(tail -n 5 "$work/log")"
    }
    expect_waiting_in_uring
    echo >&8
    expect_end "$client"
    case $(cat "$work/result") in
    EINTR | ECANCELED) ;;
    *) fail "a cancelled read ended with '$(cat "$work/result")' '$(cat "$work/said")'" ;;
    esac
    exec 8>&-
    is_in_driver "bell: EvtRequestCancel" || fail "EvtRequestCancel was not called"
fi
kill -TERM "$pid"
expect_daemon_end
expect_end "$host"

echod=$build/app/echod
start_echod --dispatch=manual
start_uring cancel-poll
echo >&8
expect_result "how a cancelled poll ends" ECANCELED

if has_read; then
    start_uring read
    echo hello >"$device"
    expect_result "what a linked read has read" hello
fi
expect_service
