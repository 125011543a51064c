#!/bin/sh
# The daemon of a user other than root is killed together with its helper processes: the user's next
# start removes the mount and the links, and root can remove the user's mount with wdfctl clean.
# Alone: another daemon that starts meanwhile would remove it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/helpers.sh"
requires user-mounts

links=$work/run/wdfuse
mkdir "$work/run" "$work/second"
chown nobody "$work/run" "$work/second" "$mount"
chmod 700 "$work/run"
pidfile=$work/run/pid
start_as_nobody() { # MOUNT
    as_user nobody env XDG_RUNTIME_DIR="$work/run" "$echod" --name="$name" --pidfile="$pidfile" \
        --mount="$1" || fail "echod: exit status $?"
    daemon_register
}

kill_service() {
    [ -L "$(echo_link)" ] || fail "$(echo_link): no link"
    signal_service KILL
    daemon_forget
    rm -f "$pidfile"
}

start_as_nobody "$mount"
warden=$(helper_named wdfuse-warden)
expect_equal "capabilities of the warden" 0000000000000000 "$(helper_status "$warden" CapPrm)"
kill_service
start_as_nobody "$work/second"
not is_mounted "$mount" || fail "$mount is still mounted"
[ -L "$(echo_link)" ] || fail "$(echo_link): no link"
expect_equal "where the link leads" "$work/second/$name" "$(readlink "$(echo_link)")"
kill -TERM "$pid"
eventually 10 is_gone "$pid" || fail "the daemon did not end"
daemon_forget

start_as_nobody "$mount"
kill_service
within 20 "$build/app/wdfctl" clean || fail "wdfctl clean: exit status $?"
not is_mounted "$mount" || fail "$mount is still mounted"
