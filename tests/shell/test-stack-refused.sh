#!/bin/sh
# Invalid stacks: one line says why, and nothing is left. A kernel-mode filter that fails is left
# out (S17.4); the function driver is not.
. "$(dirname "$0")/wdfhost.sh"

# expect_stack_refused STATUS TEXT ARGUMENT...: on top of, or below, the echo driver
expect_stack_refused() {
    refused=$1 words=$2
    shift 2
    expect_refusal "$refused" "$words" "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$drivers/echo-sequential.so" --name="$name" "$@"
    expect_nothing_left
}

echo 'no driver' >"$work/text.so"
ln -s "$drivers/letter-a.so" "$work/link.so"
echo '{}' >"$work/config.json"
echo '{}' >"$work/other.json"
a=$drivers/letter-a.so b=$drivers/letter-b.so
expect_stack_refused 1 'it is no driver: not an ELF shared object' --upper-filter="$work/text.so"
expect_stack_refused 1 'No such file' --lower-filter="$work/missing.so"
expect_stack_refused 2 "the file's name is empty" --upper-filter=
expect_stack_refused 2 'a value is missing' --upper-filter
expect_stack_refused 1 'the driver letter-a is in the stack already' --upper-filter="$a" \
    --upper-filter="$b" \
    --upper-filter="$work/link.so"
expect_stack_refused 1 'the driver echo-sequential is in the stack already' \
    --lower-filter="$drivers/echo-sequential.so"
expect_stack_refused 1 'the driver control makes control devices alone' \
    --upper-filter="$drivers/control.so"
expect_stack_refused 1 'DriverEntry returned' --upper-filter="$drivers/driver-entry-fails.so"
expect_stack_refused 1 'the driver device-add-fails does not add its device' \
    --upper-filter="$drivers/device-add-fails.so"
expect_refusal 1 'the driver device-add-fails does not add its device' "$wdfhost" \
    --pidfile="$pidfile" \
    ${mount:+"--mount=$mount"} "$drivers/device-add-fails.so" --name="$name" --upper-filter="$a"
expect_nothing_left
expect_stack_refused 1 'the driver letter-a is in an earlier stack' --upper-filter="$a" \
    --config="$work/config.json" \
    "$drivers/umdf.so" --name="${name}2" --upper-filter="$a" --config="$work/other.json"
expect_stack_refused 1 "is the driver echo-sequential's already" --config="$work/config.json" \
    --upper-filter="$a" --config="$work/config.json"
expect_refusal 2 'unknown option --upper-filter' "$build/app/echod" --upper-filter="$a"

# Twenty layers; one fails and is left out.
filters=
for layer in 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19; do
    cp "$a" "$work/layer$layer.so"
    filters="$filters --upper-filter=$work/layer$layer.so"
done
# shellcheck disable=SC2086 # the options are words
start_echod "$drivers/echo-sequential.so" --upper-filter="$drivers/letter-fails.so" $filters
printf 'deep' >"$device" || fail "$device does not take a message"
expect_equal "what comes up" deepaaaaaaaaaaaaaaaaaaa "$(message)"
stop_echod
