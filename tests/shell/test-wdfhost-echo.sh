#!/bin/sh
# Drivers built as files serve a device like a linked-in driver: what was written is read back, and
# what is too long is refused.
. "$(dirname "$0")/wdfhost.sh"

for driver in autosync driversync umdf; do
    start_driver "$driver"
    echo "hello from $driver" >"$device" || fail "$driver: the write failed"
    expect_equal "the message of $driver" "hello from $driver" "$(message)"
    head -c 4096 /dev/urandom >"$work/longest"
    # The first byte means something to these drivers.
    printf x | dd of="$work/longest" conv=notrunc status=none
    cat "$work/longest" >"$device"
    message >"$work/read"
    expect_same_bytes "the longest message of $driver" "$work/longest" "$work/read"
    expect_failure 'Value too large' dd if=/dev/zero of="$device" bs=4097 count=1 conv=notrunc \
        status=none
    stop_echod
done
