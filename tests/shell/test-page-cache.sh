#!/bin/sh
# A device's reads wait, and one client leads the kernel into the file's page cache, to its size and
# to its locks, in every possible way. It may be refused, and it may wait: no other client has to
# wait for it, and it can be killed.
. "$(dirname "$0")/lib.sh"

page_cache_client=$build/tests/shell/page-cache-client

is_done_or_sleeping() {
    is_gone "$1" && return 0
    slept_in=$(process_sleeps_in "$1") || return 0
    sleep 0.1
    [ "$slept_in" = "$(process_sleeps_in "$1")" ]
}

expect_innocent_served() { # WAY
    start_client "$page_cache_client" "$device" innocent
    expect_end "$client"
    expect_equal "another client after $1" 0 "$client_status"
}

# A writer that shares an open file with a reader is another client already, and wakes the reader.
expect_settled() { # WAY PID
    case $1 in
    shared) eventually 5 is_gone "$2" || fail "the writer waits for the reader" ;;
    *) eventually 5 is_done_or_sleeping "$2" || fail "$1: does not settle" ;;
    esac
}

go() { # WAY
    start_client "$page_cache_client" "$device" "$1" >"$work/said" 2>&1
    goer=$client
    expect_settled "$1" "$goer"
    expect_innocent_served "$1"
    kill -KILL "$goer" 2>"$work/gone" || is_gone "$goer"
    expect_end "$goer"
    case $client_status in
    0 | 137) ;;
    *) fail "$1: status $client_status; $(cat "$work/said")" ;;
    esac
}

start_echod --dispatch=manual
ways=$("$page_cache_client")
for way in $ways; do
    say "$way"
    go "$way"
    sed 's/^/    /' "$work/said" >&2
done
