#!/bin/sh
# A mount that is unmounted from outside ends the daemon, in order.
. "$(dirname "$0")/lib.sh"
requires fuse

start_echod
expect_service
if [ "$(id -u)" -eq 0 ]; then
    umount "$mount"
else
    fusermount3 -u "$mount"
fi
expect_daemon_end
