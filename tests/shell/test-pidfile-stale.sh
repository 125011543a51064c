#!/bin/sh
# A pidfile left by a power failure does not prevent the next start.
. "$(dirname "$0")/lib.sh"

echo 4194303 >"$pidfile"

start_echod
expect_service
