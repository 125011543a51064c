#!/bin/sh
# A mount's requests come by io_uring: two hundred reads that wait, more than there were entries at
# first, and the write that answers one of them; then echoes.
. "$(dirname "$0")/lib.sh"

requires uring

start_echod --uring=on --dispatch=manual
ls -l "/proc/$pid/fd" >"$work/descriptors"
grep -qF 'anon_inode:[io_uring]' "$work/descriptors" || fail "the daemon has no io_uring"

"$build/tests/bench/pending" "$device" 200 >"$work/pending" 2>"$work/answered" &
waiting=$!
clients="$clients $waiting"
eventually 10 test -s "$work/pending" || fail "two hundred reads should wait"
echo "for one of them" >"$device"
expect_end "$waiting"
grep -qF 'it returned 16 bytes' "$work/answered" || fail "a read should have the message"
expect_service

seq 30000 | head -c 65536 >"$work/message"
dd if="$work/message" of="$device" bs=65536 count=1 status=none
read_device >"$work/read"
expect_same_bytes "a message of 64 KiB" "$work/message" "$work/read"
