#!/bin/sh
# A confined daemon can only make the system calls that it needs: any other fails, and is logged by
# its name. echod is confined unless it is told otherwise; driver files are confined on request.
. "$(dirname "$0")/wdfhost.sh"

seccomp_of_threads() {
    sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$pid/task"/*/status | sort -u
}

attempt() { # NAME
    printf '%s' "$1" 2>/dev/null >"$device"
}

expect_allowed() { # NAME...
    for name_of_call in "$@"; do
        attempt "$name_of_call" || fail "$name_of_call is refused"
    done
}

# The message reaches the log before the call returns.
expect_refused() { # NAME CALL
    ! attempt "$1" || fail "$1 is allowed"
    grep -F "refuses the system call $2 " "$log" >/dev/null ||
        fail "the log names no $2: $(cat "$log")"
}

# start_logged TAG ARGUMENT...: in the foreground, so that its log is a file.
start_logged() {
    choose_device "$1"
    log=$work/log
    shift
    start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$@" 2>"$log"
    daemon=$client
    eventually 20 device_opens || fail "the device does not open; the log: $(cat "$log")"
    daemon_register
}

stop_logged() {
    stop_echod
    expect_end "$daemon"
    expect_equal "exit status" 0 "$client_status"
}

echod=$build/app/echod
if ! start_echod --sandbox=on; then
    skip "no filter of system calls here"
fi
expect_service
stop_echod
start_echod
expect_equal "threads of echod" 2 "$(seccomp_of_threads)"
"$controls" "$device" neither >"$work/stdout" || fail "METHOD_NEITHER: $(cat "$work/stdout")"
expect_service
stop_echod
start_echod --sandbox=off
expect_equal "threads of echod, --sandbox=off" 0 "$(seccomp_of_threads)"
stop_echod
expect_refusal 2 --sandbox run_echod --sandbox=perhaps

echod=$wdfhost
start_logged free "$drivers/forbidden.so"
expect_equal "threads of wdfhost" 0 "$(seccomp_of_threads)"
expect_allowed inet-socket code
stop_logged

start_logged confined --sandbox=on "$drivers/forbidden.so"
expect_allowed unix-socket thread file
expect_refused inet-socket socket
expect_refused execute execve
expect_refused namespace unshare
expect_refused mount mount
expect_refused code mmap
attempt inet-socket || true
expect_equal "lines about socket" 1 "$(grep -c 'system call socket' "$log")"
expect_allowed thread file
stop_logged

start_logged named --sandbox=on "$drivers/forbidden-named.so"
expect_allowed inet-socket code
expect_refused execute execve
stop_logged
expect_driver_refused teleport "$drivers/forbidden-nonsense.so" --sandbox=on
