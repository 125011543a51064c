#!/bin/sh
# A driver that never returns does not stop its daemon from ending: --stop-timeout after SIGTERM the
# daemon says what the driver is doing and what it holds, and ends with status 1. Clients get an
# error, and nothing is left.
. "$(dirname "$0")/troubled.sh"

# A forgotten request.
start_troubled --stop-timeout=1
start_reader
kill -TERM "$troubled"
expect_troubled_end 1
expect_reader_fails
expect_said "within 1 s (--stop-timeout)"
expect_said "$name: driver troubled has not completed a read request"
expect_said "of process $reader, "
expect_said "has had it since EvtIoRead"

# Callbacks that hang, of the device and of the driver (S11.39).
while read -r where callback; do
    start_troubled --stop-timeout=1
    choose_trouble "hang $where"
    kill -TERM "$troubled"
    expect_troubled_end 1
    expect_said "$callback has not returned"
done <<END
suspend EvtDeviceSelfManagedIoSuspend of $name
pre-exit EvtDeviceD0ExitPreInterruptsDisabled of $name
exit EvtDeviceD0Exit of $name
unload EvtDriverUnload
END

# An unload that hangs, of one of two drivers: the clients of both are told, and nothing is left of
# either. The log says which of the two is stuck.
start_troubled --stop-timeout=1 "$drivers/umdf.so" --name="$name-beside"
beside=${device%"$name"}$name-beside
eventually 10 test -e "$beside" || fail "there is no $beside"
choose_trouble "hang unload"
start_client cat "$beside" 2>"$work/complaints"
kill -TERM "$troubled"
expect_troubled_end 1
expect_end "$client"
expect_said "driver troubled: EvtDriverUnload has not returned"
not grep -q "driver umdf: .* has not returned" "$work/log" ||
    fail "the other driver is said to be stuck: $(cat "$work/log")"
[ ! -e "$beside" ] || fail "$beside is left"

# A start that hangs.
run_troubled stuck-start --stop-timeout=1
expect_said "troubled: entry"
kill -TERM "$troubled"
expect_troubled_end 1
expect_said "EvtDeviceD0Entry of $name has not returned"

# The end has begun by itself.
if [ "$kind" = fuse ]; then
    start_troubled --stop-timeout=1
    choose_trouble "hang unload"
    unmount "$mount"
    expect_troubled_end 1
    expect_said "EvtDriverUnload has not returned"
fi
