#!/bin/sh
# What a client can pass to a device control and should not: bad lengths, sizes and addresses. Each
# has its errno, and the device goes on.
. "$(dirname "$0")/lib.sh"

start_echod
for what in lengths lies addresses neither; do
    run_recorded "$controls" "$device" "$what"
    [ "$run_status" -ne 77 ] || skip "$(cat "$work/stdout")"
    expect_equal "$what: $(cat "$work/stdout" "$work/stderr"): status" 0 "$run_status"
    expect_service
done
