#!/bin/sh
# O_NONBLOCK: a write that takes the device long is accepted at once, and the next one is told to
# wait.
. "$(dirname "$0")/lib.sh"

write_text() { # TEXT
    printf %s "$1" | within 10 dd oflag=nonblock status=none >&3
}

start_echod --dispatch=parallel --delay=60000
exec 3>"$device"
write_text first || fail "the first write is not accepted"
expect_failure "Resource temporarily unavailable" write_text second
expect_equal "poll of another open file" "readable writable -" \
    "$(within 10 "$fileprobe" poll "$device")"
expect_equal "the message" first "$(read_device)"
exec 3>&-
# The daemon cancels what it has accepted; otherwise it would not end in time.
stop_echod

# When it is done, the next one is accepted.
start_echod --dispatch=parallel --delay=200
exec 3>"$device"
write_text first || fail "the first write is not accepted"
eventually 10 write_text second 2>/dev/null || fail "the second write is never accepted"
exec 3>&-
expect_equal "the message" second "$(read_device)"
