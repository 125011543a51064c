#!/bin/sh
# An open file is one file object, however many descriptors and processes share it: EvtFileCleanup
# and EvtFileClose are called at the last close (S4.18, S4.20). For an open that EvtDeviceFileCreate
# refuses neither is called, and open(2) fails (S4.12).
. "$(dirname "$0")/wdfhost.sh"

# others_are NUMBER: this many other files are open.
others_are() {
    count=$(($1 + 1))
    [ "$(within 10 cat "$device")" = "handles $count files $count" ]
}

expect_others() { # NUMBER WHEN
    eventually 10 others_are "$1" ||
        fail "$2: should be $1, and the device says '$(within 10 cat "$device")'"
}

start_driver files
expect_others 0 "files open at first"
exec 4<"$device"
expect_others 1 "after one open"
exec 5<&4
expect_others 1 "after a dup"
# A child keeps the file open after the shell has closed it.
start_client sleep 100
child=$client
exec 4<&- 5<&-
expect_others 1 "in the child alone"
kill -KILL "$child"
expect_end "$child"
expect_others 0 "after the last close, which a kill is too"

echo refuse >"$device"
expect_failure "$device" dd if="$device" of=/dev/null count=1
expect_others 0 "after an open that was refused"
