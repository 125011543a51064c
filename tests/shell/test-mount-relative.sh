#!/bin/sh
# --mount and --pidfile take paths relative to the user's folder, although a daemon runs in /.
. "$(dirname "$0")/lib.sh"
requires fuse

(
    cd "$work"
    within 20 "$echod" --name="$name" --pidfile="$(basename "$pidfile")" \
        --mount="$(basename "$mount")"
) || fail "echod: exit status $?"
daemon_register
expect_service
stop_echod
