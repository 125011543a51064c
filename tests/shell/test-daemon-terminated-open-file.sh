#!/bin/sh
# SIGTERM while a client holds the device open, idle: the daemon ends all the same, the client gets
# errors from then on.
. "$(dirname "$0")/lib.sh"

start_echod
exec 3<>"$device"
echo hello >&3
stop_echod

expect_failure "" sh -c 'echo "too late" >&3'
expect_failure "" cat <&3
