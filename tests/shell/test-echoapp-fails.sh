#!/bin/sh
# echoapp fails in one line that says what, why and what to do.
. "$(dirname "$0")/lib.sh"

# expect_one_line STATUS TEXT ARGUMENT...: what it has done before the failure may stand on standard output.
expect_one_line() {
    expected_status=$1
    expected_text=$2
    shift 2
    status=0
    within 20 "$echoapp" "$@" >"$work/stdout" 2>"$work/stderr" || status=$?
    expect_equal "exit status of echoapp $*: '$(cat "$work/stderr")'" "$expected_status" "$status"
    expect_equal "lines of echoapp $*: '$(cat "$work/stderr")'" 1 "$(wc -l <"$work/stderr")"
    grep -qF -e "$expected_text" "$work/stderr" ||
        fail "echoapp $*: should say '$expected_text', said '$(cat "$work/stderr")'"
}

expect_one_line 1 "No such file or directory; start echod" --device="$work/missing"
# A device that swallows, and one that has nothing but zeros.
expect_one_line 1 "returned only 0 of 512 bytes" --device=/dev/null
expect_one_line 1 "byte 1 of 512 is 0x00, written was 0x01" --device=/dev/zero

start_echod
expect_one_line 1 126976 --device="$device" --size=126977
expect_one_line 1 "Message too long" --device="$device" --size=1048576
expect_service

for number in 0 -1 +1 1k 0x10 ' 1' '' 99999999999999999999; do
    expect_one_line 2 --size "--size=$number"
done
expect_one_line 2 --device --device=
expect_one_line 2 --device --device
expect_one_line 2 --frobnicate --frobnicate
expect_one_line 2 operand operand
