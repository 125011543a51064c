#!/bin/sh
# SIGTERM while an idle client has the device open: the daemon ends all the same, and the client
# then gets errors.
. "$(dirname "$0")/lib.sh"

start_echod
exec 3<>"$device"
echo hello >&3
stop_echod

expect_failure "" sh -c 'echo "too late" >&3'
expect_failure "" cat <&3
