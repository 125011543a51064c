#!/bin/sh
# Synchronization by scope (autosync) or by the driver's lock (driversync) works while a hundred
# asynchronous reads and writes, cancelled ones, killed clients, and suspending and resuming meet.
# scripts/test also runs it on a build with ThreadSanitizer: its reports are failures (lib.sh).
. "$(dirname "$0")/wdfctl.sh"
. "$(dirname "$0")/async.sh"

start_driver_in_foreground() { # DRIVER
    start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$drivers/$1.so" \
        2>"$work/log"
    host=$client
    eventually 20 device_opens || fail "$1: the device does not open; the log: $(cat "$work/log")"
    daemon_register
    expect_equal "the process of $1" "$host" "$pid"
}

suspend_and_resume() { # TIMES
    times=$1
    while [ "$times" -gt 0 ]; do
        times=$((times - 1))
        ctl suspend || fail "$driver does not suspend; the log: $(tail -n 5 "$work/log")"
        ctl resume || fail "$driver does not resume; the log: $(tail -n 5 "$work/log")"
    done
}

# The driver keeps their writes until they are killed, or until it is suspended: then they write
# again. A file on FUSE takes one write at a time: the kernel holds the others back, where no signal
# reaches them.
case $kind in
fuse) killed_at_once=1 ;;
cuse) killed_at_once=5 ;;
esac

start_killing() {
    start_client "$killed_clients" write-on "$device" 25 "$killed_at_once" \
        "$(seconds_patiently 10)" 2>"$work/killed"
    killing=$client
}

expect_killed() {
    eventually 20 is_gone "$killing" || fail "$driver: clients are not killed in time"
    wait "$killing" || fail "$driver: killed clients: $(cat "$work/killed")"
}

all_at_once() {
    start_async --count=100 --engine=threads
    echoing=$client
    start_killing
    suspend_and_resume 10
    expect_killed
    eventually 20 is_gone "$echoing" || fail "$driver: echoapp does not end: $(cat "$work/said")"
    wait "$echoing" || fail "$driver: echoapp: exit status $?: $(cat "$work/said")"
}

# If everything is answered before the signal comes, its status is 0.
cancel_all() { # SIGNAL STATUS
    start_async --count=100 --engine=threads
    suspend_and_resume 2
    kill -"$1" "$client" 2>/dev/null || :
    expect_end "$client"
    case $client_status in
    0 | "$2") ;;
    *) fail "$driver: echoapp ended by SIG$1: exit status $client_status: $(cat "$work/said")" ;;
    esac
}

for driver in autosync driversync; do
    start_driver_in_foreground "$driver"
    all_at_once
    cancel_all INT 130
    cancel_all TERM 143
    echo after >"$device"
    expect_equal "the message of $driver" after "$(message)"
    kill -TERM "$pid"
    expect_daemon_end
    expect_end "$host"
    expect_equal "exit status of the daemon of $driver; the log: $(tail -n 5 "$work/log")" 0 \
        "$client_status"
done
