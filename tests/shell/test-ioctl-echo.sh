#!/bin/sh
# Every control code of the echo device works, by every method, with data of every length that the
# kernel carries; one byte more is refused with a reason.
. "$(dirname "$0")/lib.sh"

case $kind in
fuse) limit=16335 message_limit=16335 ;;
cuse) limit=131024 message_limit=126976 ;;
esac

start_echod
for size in 1 2 512 4096 "$message_limit"; do
    run_recorded "$echoapp" --device="$device" --ioctl --size="$size"
    expect_equal "status of echoapp --ioctl --size=$size, which said '$(cat "$work/stderr")'" 0 \
        "$run_status"
    expect_equal "what was verified with $size bytes" 9 "$(wc -l <"$work/stdout")"
done
for method in buffered out-direct neither; do
    run_recorded "$echoapp" --device="$device" --ioctl="$method" --size="$limit"
    expect_equal "status of the longest, $method, which said '$(cat "$work/stderr")'" 0 \
        "$run_status"
    expect_failure "Message too long" "$echoapp" --device="$device" --ioctl="$method" \
        --size=$((limit + 1))
done

# A message sent by METHOD_IN_DIRECT is like any other, and a cleared message is gone.
echo hello >"$device"
"$echoapp" --device="$device" --ioctl=in-direct --size=100 >"$work/stdout"
expect_equal "length of the message" 100 "$(read_device | wc -c)"
"$echoapp" --device="$device" --ioctl=clear >"$work/stdout"
expect_equal "length of the message that was cleared" 0 "$(read_device | wc -c)"
expect_service

expect_refusal 2 "--ioctl=nonsense" "$echoapp" --device="$device" --ioctl=nonsense
expect_refusal 2 "--ioctl" "$echoapp" --device="$device" --ioctl --async
