#!/bin/sh
# Messages are bytes: zeros, newlines and all others come back as they were written.
. "$(dirname "$0")/lib.sh"

start_echod

round_trip() { # FILE
    dd if="$1" of="$device" bs=65536 count=1 conv=notrunc status=none
    within 10 cat "$device" >"$work/read"
    expect_same_bytes "$1" "$1" "$work/read"
}

head -c 16384 /dev/urandom >"$work/random"
head -c 16384 /dev/zero >"$work/zeros"
head -c 16384 /dev/zero | tr '\0' '\377' >"$work/ones"
head -c 16384 /dev/zero | tr '\0' '\n' >"$work/newlines"
printf '\0' >"$work/one zero"
printf '\n' >"$work/one newline"
printf '\032' >"$work/one control-z"
printf 'text\0text' >"$work/zero inside"

for file in "random" "zeros" "ones" "newlines" "one zero" "one newline" "one control-z" \
    "zero inside"; do
    round_trip "$work/$file"
done
