#!/bin/sh
# A service manager is told when the device can be opened, what the daemon does, that it is alive,
# and that it ends; journal lines have their priority.
. "$(dirname "$0")/lib.sh"

heard=$work/heard
start_client "$build/tests/shell/fake-service-manager" "$work/notify" >"$heard"
manager=$client
eventually 10 grep -qx ready "$heard" || fail "no service manager"

run_service() { # ARGUMENT...
    start_client env NOTIFY_SOCKET="$work/notify" WATCHDOG_USEC=100000 "$@" \
        "$echod" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} 2>"$work/log"
}

expect_heard() { # LINE
    eventually 10 grep -qx "$1" "$heard" || fail "not told: '$1', but: $(cat "$heard")"
}

beats() {
    grep -cx WATCHDOG=1 "$heard" || :
}

# more_beats_than COUNT
more_beats_than() {
    [ "$(beats)" -gt "$1" ]
}

run_service
service=$client
expect_heard READY=1
device_opens || fail "it is not ready"
expect_heard "MAINPID=$service"
daemon_register
before=$(beats)
eventually 10 more_beats_than $((before + 2)) || fail "it does not say that it is alive"

kill -USR1 "$service"
expect_heard 'STATUS=the devices are suspended'
kill -USR2 "$service"
expect_heard 'STATUS=the devices work'
not grep -qx STOPPING=1 "$heard" || fail "it ends too early"
stop_echod
expect_heard STOPPING=1

# A watchdog meant for another process, and no service manager.
: >"$heard"
run_service WATCHDOG_PID=1
expect_heard READY=1
daemon_register
kill -USR1 "$client"
expect_heard 'STATUS=the devices are suspended'
[ "$(beats)" -eq 0 ] || fail "it speaks to somebody else's watchdog"
kill -USR2 "$client"
stop_echod
grep -q '^echod: info: ' "$work/log" || fail "the log is '$(cat "$work/log")'"

# A journal on standard error: any file will do.
: >"$work/log"
run_service JOURNAL_STREAM="$(stat -c %d:%i "$work/log")"
eventually 10 test -s "$pidfile" || fail "not ready: $(cat "$work/log")"
daemon_register
stop_echod
grep -q '^<6>' "$work/log" || fail "no priorities in '$(cat "$work/log")'"
not grep -qv '^<[3-7]>' "$work/log" || fail "a line without priority in '$(cat "$work/log")'"
kill -TERM "$manager"
