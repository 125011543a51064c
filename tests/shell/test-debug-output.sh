#!/bin/sh
# -d shows what clients ask of the driver, and none of the messages between the kernel and the
# daemon; -dd shows these as well. Lines start with the time on a terminal, and only there.
. "$(dirname "$0")/lib.sh"

shows_request='debug: (write|read|EvtIo(Read|Write)|.*request)'
shows_wire='unique: [0-9]+, (opcode|error|success)'

# serve OPTION: the log while a message is echoed is in $work/log.
serve() {
    start_client "$echod" "$1" --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        2>"$work/log"
    eventually 20 device_opens || fail "$1: the device does not open: $(cat "$work/log")"
    daemon_register
    expect_service
    kill -TERM "$pid"
    expect_daemon_end
    expect_end "$client"
}

serve -d
grep -qE "$shows_request" "$work/log" || fail "-d shows no request: $(cat "$work/log")"
! grep -E "$shows_wire" "$work/log" >"$work/wire" || fail "-d shows the wire: $(cat "$work/wire")"
! grep -qE '^[0-9]{2}:[0-9]{2}:|: [0-9]{2}:[0-9]{2}:' "$work/log" || fail "times without a terminal"
serve -dd
grep -qE "$shows_request" "$work/log" || fail "-dd shows no request: $(cat "$work/log")"
grep -qE "$shows_wire" "$work/log" || fail "-dd does not show the wire: $(cat "$work/log")"

script -qec true /dev/null </dev/null >/dev/null 2>&1 || skip "no terminal can be had here"
start_client script -qefc "'$echod' -dd --name='$name' --pidfile='$pidfile' \
    ${mount:+"--mount='$mount'"}" /dev/null </dev/null >"$work/terminal"
eventually 20 device_opens || fail "on a terminal the device does not open"
daemon_register
expect_service
kill -TERM "$pid"
expect_daemon_end
expect_end "$client"
timed=': [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} debug: '
grep -qE "${timed}.*unique: " "$work/terminal" ||
    fail "the wire has no time: $(cat "$work/terminal")"
grep -E ' debug: ' "$work/terminal" | grep -vE "$timed" >"$work/untimed" &&
    fail "lines without a time: $(cat "$work/untimed")"
exit 0
