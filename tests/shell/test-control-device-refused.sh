#!/bin/sh
# A control device whose name cannot be a node's, or is taken, is refused; the daemon goes on.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

start_devices control
expect_failure "Invalid argument" order make .hidden
expect_failure "Invalid argument" order make two words
expect_failure "File exists" order make WDFUSE-control
if [ "$kind" = cuse ]; then
    expect_failure "File exists" order make null
    [ -c /dev/null ] || fail "/dev/null is gone"
    expect_equal "rights of /dev/null" 666 "$(stat -c %a /dev/null)"
fi
expect_name "$control" wdfuse-control
