#!/bin/sh
# A pidfile that a killed daemon has left does not keep the next one from starting.
. "$(dirname "$0")/lib.sh"

start_echod
kill -KILL "$pid"
eventually 5 is_gone "$pid" || fail "the killed daemon is not gone"
daemon_forget
[ -e "$pidfile" ] || fail "who removed the pidfile?"

start_echod
expect_service
