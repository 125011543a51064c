#!/bin/sh
# The daemon ends, in order or killed, while clients sleep in poll(2): they are woken at once and
# told that it is over, and reading fails.
. "$(dirname "$0")/lib.sh"
requires program bash
requires program socat

# What poll returns to a waiting reader, and what the next read returns: for a device that is going,
# or a daemon that has gone.
expect_hung_up() { # SIGNAL WHAT
    case $1:$2 in
    TERM:"in err hup "E*) ;;
    TERM:"err "E* | KILL:"err "E*) ;; # the kernel's answer, not the daemon's
    *) fail "after SIG$1 poll and read say '$2'" ;;
    esac
    case ${2##* } in
    ENODEV | ENOTCONN | ECONNABORTED) ;;
    *) fail "after SIG$1 reading fails with ${2##* }" ;;
    esac
}

for signal in TERM KILL; do
    start_echod --dispatch=manual
    # shellcheck disable=SC2016 # for bash
    start_client bash -c 'read -r -t 50 line <"$1"' bash "$device" 2>"$work/bash"
    one=$client
    start_client socat -u OPEN:"$device",rdonly,nonblock CREATE:"$work/read" 2>"$work/socat"
    two=$client
    start_client "$fileprobe" poll-and-read "$device" >"$work/probe" 2>&1
    three=$client
    expect_sleeping "$one"
    expect_sleeping "$two"
    expect_sleeping "$three"

    before=$(milliseconds_now)
    kill -"$signal" "$pid"
    expect_end "$three"
    took=$(($(milliseconds_now) - before))
    [ "$took" -lt $((2000 * patience)) ] || fail "who polls hears of SIG$signal after $took ms"
    expect_hung_up "$signal" "$(cat "$work/probe")"
    case $signal in
    TERM) expect_daemon_end ;;
    KILL)
        eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
        daemon_forget
        ;;
    esac
    expect_end "$one"
    [ "$client_status" -eq 1 ] ||
        fail "bash should fail to read after SIG$signal; its status was $client_status"
    expect_end "$two"
    rm -f "$work/read"
    eventually 10 not device_opens || fail "the device is still there"
done
