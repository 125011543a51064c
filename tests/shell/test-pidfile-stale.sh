#!/bin/sh
# A pidfile that a machine without power has left does not keep the next daemon from starting.
. "$(dirname "$0")/lib.sh"

echo 4194303 >"$pidfile"

start_echod
expect_service
