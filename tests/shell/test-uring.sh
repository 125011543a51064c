#!/bin/sh
# A mount's requests come by io_uring: echoes, and two hundred reads that wait, more than there were
# entries at first. The write that answers one of them still comes.
. "$(dirname "$0")/lib.sh"

requires uring

start_echod --uring=on --dispatch=manual
grep -qF 'anon_inode:[io_uring]' <<END || fail "the daemon has no io_uring"
$(ls -l "/proc/$pid/fd")
END

seq 30000 | head -c 131072 >"$work/message"
expect_service
dd if="$work/message" of="$device" bs=131072 count=1 status=none
read_device >"$work/read"
expect_same_bytes "a message of 128 KiB" "$work/message" "$work/read"

"$build/tests/bench/pending" "$device" 200 >"$work/pending" &
waiting=$!
clients="$clients $waiting"
eventually 10 test -s "$work/pending" || fail "two hundred reads should wait"
echo "for one of them" >"$device"
expect_end "$waiting"
expect_service
