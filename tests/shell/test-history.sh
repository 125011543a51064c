#!/bin/sh
# A driver in C++, as a file: its classes are in the contexts of the device and of each file. Each
# file reads all lines from the first one kept; a read after the last one waits.
. "$(dirname "$0")/wdfhost.sh"

[ -e "$drivers/history.so" ] || skip 'built without a C++ compiler'
start_driver history
echo one >"$device" || fail 'the write failed'
echo two >"$device" || fail 'the write failed'
expect_equal 'the first line' one "$(message)"
expect_equal 'the first line, by another file' one "$(message)"
expect_equal 'two reads of one file' 'one
two' "$(within 10 dd if="$device" bs=64 count=2 status=none)"

start_client dd if="$device" bs=64 count=3 status=none >"$work/read"
reader=$client
eventually 10 grep -q two "$work/read" || fail "the second line was not read"
expect_waiting "$reader"
echo three >"$device" || fail 'the write failed'
expect_end "$reader"
expect_equal 'what was read' 'one
two
three' "$(cat "$work/read")"
stop_echod
