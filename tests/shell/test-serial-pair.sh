#!/bin/sh
# Two virtual serial ports at the ends of a null-modem cable: what is written at one end is read at
# the other. On a node programs for terminals take an end each.
# Fixed names: the programs take locks by the names of the nodes.
. "$(dirname "$0")/wdfhost.sh"

far=$device-far
start_echod --name="$name-far" "$build/app/nullmodem.inf"

printf there >"$device"
expect_equal 'what comes at the far end' there "$(within 10 dd if="$far" bs=64 count=1 status=none)"
printf back >"$far"
expect_equal 'what comes back' back "$(message)"

# Nobody has the far end open: it holds so much, then the writer waits, and can be killed.
start_client dd if=/dev/zero of="$device" bs=10000 count=1 conv=notrunc status=none
expect_waiting "$client"
kill -TERM "$client"
expect_end "$client"
expect_equal 'what the far end holds' 4096 "$(within 10 head -c 4096 "$far" | wc -c)"

[ "$kind" = cuse ] || exit 0
requires program stty

# Hardware flow control: an end that is closed is not ready.
within 10 stty -F "$device" raw -echo crtscts || fail "stty: exit status $?"
start_client dd if=/dev/zero of="$device" bs=5 count=1 conv=notrunc status=none
expect_waiting "$client"
expect_equal 'what the writer has sent' 5 "$(within 10 head -c 5 "$far" | wc -c)"
expect_end "$client"
within 10 stty -F "$device" -crtscts || fail "stty: exit status $?"

if command -v setserial >/dev/null; then
    within 10 setserial -g "$device" >"$work/said" || fail "setserial: exit status $?"
    grep -q "^$device, UART: unknown" "$work/said" || fail "setserial says $(cat "$work/said")"
fi

# listen_far: from now on `heard` is what comes at the far end, and a word can be said there.
listen_far() {
    within 10 stty -F "$far" raw -echo || fail "stty: exit status $?"
    start_client sh -c 'exec cat "$0" >"$1"' "$far" "$work/heard"
    listener=$client
    expect_waiting "$listener"
}

stop_listening() {
    kill -TERM "$listener"
    expect_end "$listener"
}

if command -v minicom >/dev/null && command -v script >/dev/null; then
    listen_far
    cat >"$work/dialogue" <<END
send "who is there?"
expect {
    "me" break
    timeout 60 exit
}
! touch $work/answered
END
    start_client env HOME="$work" TERM=vt100 script -qec \
        "minicom -o -D $device -S $work/dialogue" "$work/typescript" >"$work/screen"
    eventually 20 grep -q 'who is there?' "$work/heard" || fail 'minicom sends nothing'
    printf me >"$far"
    eventually 20 test -e "$work/answered" || fail 'minicom hears nothing'
    kill -TERM "$client"
    expect_end "$client"
    stop_listening
fi

# agetty cannot make it a controlling terminal, and does without: what it says, and whom it logs in,
# is seen at the far end. That user has no shell, and so the session ends.
if command -v agetty >/dev/null && command -v login >/dev/null; then
    listen_far
    start_client setsid -w agetty --local-line --noclear --autologin nobody "${device#/dev/}" \
        115200 vt100
    eventually 20 grep -q 'login: nobody (automatic login)' "$work/heard" ||
        fail "agetty does not log in; it says: $(cat "$work/heard")"
    eventually 20 is_gone "$client" || fail 'the session does not end'
    stop_listening
fi
