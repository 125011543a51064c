#!/bin/sh
# --read=stream: an open file reads a message once, to its end; a later write starts again.
. "$(dirname "$0")/lib.sh"

read_rest() {
    within 10 cat
}

start_echod --read=stream
expect_equal "read before any write" "" "$(within 10 cat "$device")"

echo first >"$device"
expect_equal "first reader" first "$(within 10 cat "$device")"
expect_equal "second reader, by an open of its own" first "$(within 10 cat "$device")"

exec 3<"$device"
expect_equal "a file that stays open" first "$(read_rest <&3)"
expect_equal "the same file at the message's end" "" "$(read_rest <&3)"

echo second >"$device"
expect_equal "the same file after a write" second "$(read_rest <&3)"

echo third >"$device"
expect_equal "a part of the third message" thi "$(within 10 dd bs=3 count=1 status=none <&3)"
echo fourth >"$device"
expect_equal "after a write in the middle of reading" fourth "$(read_rest <&3)"

exec 4<>"$device"
echo fifth >&4
expect_equal "written and read through one open file" fifth "$(read_rest <&4)"
expect_equal "the other open file" fifth "$(read_rest <&3)"
