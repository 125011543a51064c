#!/bin/sh
# echoapp fails in one line that says what, why and what to do.
. "$(dirname "$0")/lib.sh"

expect_refusal 1 "No such file or directory; start echod" "$echoapp" --device="$work/missing"
# A device that discards everything, and one that only has zeros.
expect_failure "returned only 0 of 512 bytes" "$echoapp" --device=/dev/null
expect_failure "byte 1 of 512 is 0x00, written was 0x01" "$echoapp" --device=/dev/zero

start_echod
expect_refusal 1 126976 "$echoapp" --device="$device" --size=126977
expect_refusal 1 "Message too long" "$echoapp" --device="$device" --size=1048576
expect_service

for number in 0 -1 +1 1k 0x10 ' 1' '' 99999999999999999999; do
    expect_refusal 2 --size "$echoapp" "--size=$number"
done
expect_refusal 2 --device "$echoapp" --device=
expect_refusal 2 --device "$echoapp" --device
expect_refusal 2 --frobnicate "$echoapp" --frobnicate
expect_refusal 2 operand "$echoapp" operand
