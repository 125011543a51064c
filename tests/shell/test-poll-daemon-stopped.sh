#!/bin/sh
# The daemon ends, orderly or killed, while clients sleep in poll(2): they are woken at once, and reading fails.
. "$(dirname "$0")/lib.sh"
requires program bash
requires program socat

for signal in TERM KILL; do
    start_echod --dispatch=manual
    # shellcheck disable=SC2016 # for bash
    start_client bash -c 'read -r -t 50 line <"$1"' bash "$device" 2>"$work/bash"
    one=$client
    start_client socat -u OPEN:"$device",rdonly,nonblock CREATE:"$work/read" 2>"$work/socat"
    two=$client
    expect_sleeping "$one"
    expect_sleeping "$two"

    kill -"$signal" "$pid"
    case $signal in
    TERM) expect_daemon_end ;;
    KILL)
        eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
        daemon_forget
        ;;
    esac
    expect_end "$one"
    [ "$client_status" -eq 1 ] || fail "bash should fail to read after SIG$signal; its status was $client_status"
    expect_end "$two"
    rm -f "$work/read"
    eventually 10 not device_opens || fail "the device is still there"
done
