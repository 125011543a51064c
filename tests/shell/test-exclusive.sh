#!/bin/sh
# An exclusive device can be open only once: another open(2) gets EACCES, and the driver does not
# see it (S3.17).
. "$(dirname "$0")/wdfhost.sh"

start_driver exclusive
exec 4<"$device"
expect_failure "Permission denied" dd if="$device" of=/dev/null count=1
expect_equal "what the open file says" "handles 1 files 1" "$(within 10 cat <&4)"
exec 4<&-
# The kernel closes a file a moment after close(2) has returned.
eventually 10 device_opens || fail "the device does not open after the last close"
