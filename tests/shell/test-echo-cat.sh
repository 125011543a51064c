#!/bin/sh
# What echo writes, cat reads, however requests are dispatched.
. "$(dirname "$0")/lib.sh"

# With manual dispatch a read after the message waits for the next one: cat would not end.
read_line() {
    case $1 in
    *manual*) read_device ;;
    *) within 10 cat "$device" ;;
    esac
}

for dispatch in sequential parallel manual; do
    for workers in '' -s; do
        options="--dispatch=$dispatch${workers:+ $workers}"
        # shellcheck disable=SC2086 # a list
        start_echod $options
        echo "hello, $dispatch" >"$device"
        expect_equal "with $options" "hello, $dispatch" "$(read_line "$options")"
        echo "hello again" >"$device"
        expect_equal "second message with $options" "hello again" "$(read_line "$options")"
        stop_echod
    done
done
