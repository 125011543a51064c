#!/bin/sh
# Every kind of shell redirection, and the usual programs, write a message; truncating alone writes
# none.
. "$(dirname "$0")/lib.sh"

expect_message() { # WHO TEXT
    expect_equal "message written by $1" "$2" "$(within 10 cat "$device")"
}

start_echod
echo one >"$device"
expect_message '>' one
echo two >>"$device"
expect_message '>>' two
echo three 1<>"$device"
expect_message '<>' three
: >"$device"
expect_message 'nobody: > alone' three
: >>"$device"
expect_message 'nobody: >> alone' three

echo four | tee "$device" >"$work/tee"
expect_message tee four
echo five | tee -a "$device" >"$work/tee"
expect_message 'tee -a' five
echo six | dd of="$device" status=none
expect_message dd six
echo seven | dd of="$device" conv=notrunc oflag=append status=none
expect_message 'dd oflag=append' seven
echo eight >"$work/file"
cp "$work/file" "$device"
expect_message cp eight
