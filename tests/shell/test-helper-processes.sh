#!/bin/sh
# The daemon's helpers are not a shell, hold nothing of the daemon and no privilege that they do not
# need, and stay when the whole service gets SIGTERM: the daemon ends in order and leaves nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/helpers.sh"
requires root

expect_helper() { # NAME CAPABILITIES
    helper=$(helper_named "$1")
    expect_equal "program of $1" "$(readlink -f "$echod")" "$(readlink "/proc/$helper/exe")"
    expect_equal "capabilities of $1" "$2" "$(helper_status "$helper" CapPrm)"
    expect_equal "no new privileges for $1" 1 "$(helper_status "$helper" NoNewPrivs)"
    expect_equal "groups of $1" '' "$(helper_status "$helper" Groups | tr -d ' ')"
    expect_equal "descriptors of $1" '0 1 2 3' "$(echo "/proc/$helper/fd"/* | sed 's|/[^ ]*/||g')"
    expect_equal "standard descriptors of $1" '/dev/null' \
        "$(readlink "/proc/$helper/fd/0" "/proc/$helper/fd/1" "/proc/$helper/fd/2" | sort -u)"
}

expect_helpers() {
    expect_helper wdfuse-links 0000000000000000
    [ "$kind" = cuse ] || expect_helper wdfuse-warden 0000000000200000
}

# A file and a pipe of others, open when the daemon is started.
start_with_foreign() { # ARGUMENT...
    : >"$work/foreign"
    { start_echod "$@" 7<"$work/foreign"; } 8>&2
    ! readlink "/proc/$pid/fd"/* | grep -F "$work/foreign" ||
        fail "the daemon has a descriptor of whoever has started it"
}

nothing_is_left() {
    [ ! -e "$device" ] && [ ! -e "$pidfile" ] && { [ -z "$mount" ] || not is_mounted "$mount"; }
}

start_with_foreign
expect_helpers
expect_service
signal_service TERM
daemon_forget
expect_nothing_left
[ ! -L "$(echo_link)" ] || fail "the link is left"

# Once it has given up its privileges, it has no file that it could not open itself.
require_users
start_with_foreign --user=nobody --mode=0666
! readlink "/proc/$pid/fd"/* | grep -F "$pidfile" || fail "the daemon can write its pidfile"
expect_helpers
expect_service
signal_service TERM
daemon_forget
expect_nothing_left

# When it is killed, its helpers remove what it can't.
start_echod --user=nobody --mode=0666
kill -KILL "$pid"
eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
daemon_forget
eventually 5 nothing_is_left || expect_nothing_left
