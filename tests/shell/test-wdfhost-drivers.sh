#!/bin/sh
# One daemon serves the devices of several drivers, of either framework. A driver's options follow
# its file; a failure names the driver, and then nothing is served.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

other=$(dirname "$device")/${name}2
config=$work/driver.json
echo '{"Parameters": {"Number": 7, "Text": "hello", "List": ["red"]}}' >"$config"

within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$drivers/umdf.so" \
    --name="$name" \
    "$drivers/parameters.so" --name="${name}2" --mode=0640 --config="$config" ||
    fail "exit status $?"
daemon_register
echo hello >"$device" || fail "$device does not take a message"
expect_equal "what the second driver reads" 7 \
    "$(within 10 dd if="$other" bs=4096 count=1 status=none | sed 's/number=\([0-9]*\) .*/\1/')"
expect_equal "the mode of the first driver's device" 600 "$(stat -c %a "$device")"
expect_equal "the mode of the second driver's device" 640 "$(stat -c %a "$other")"
printf 'kept' >"$other" || fail "the second driver cannot write to its parameters"
grep -q '"Written": "kept"' "$config" || fail "the file is $(cat "$config")"
stop_echod
[ ! -e "$other" ] || fail "$other is still there"

# expect_refused STATUS TEXT ARGUMENT...
expect_refused() {
    refused=$1 words=$2
    shift 2
    expect_refusal "$refused" "$words" "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        "$@"
    expect_nothing_left
}

cp "$drivers/umdf.so" "$work/copy.so"
ln -s "$drivers/umdf.so" "$work/again.so"
mkdir "$work/folder"
cp "$drivers/umdf.so" "$work/folder/umdf.so"
expect_refused 2 'follow the file that they belong to' --name="$name" "$drivers/umdf.so" \
    "$work/copy.so"
expect_refused 2 'given twice' "$drivers/umdf.so" --name="$name" "$work/copy.so" --name="$name"
expect_refused 1 'one file is one driver' "$drivers/umdf.so" --name="$name" "$work/again.so" \
    --name="${name}2"
expect_refused 1 'one file is one driver' "$drivers/umdf.so" --name="$name" "$drivers/umdf.so" \
    --name="${name}2"
expect_refused 1 'the driver umdf is that of' \
    "$drivers/umdf.so" --name="$name" "$work/folder/umdf.so" --name="${name}2"
expect_refused 1 "is the driver umdf's already: give parameters a file of its own" \
    "$drivers/umdf.so" --name="$name" --config="$config" "$drivers/parameters.so" \
    --name="${name}2" --config="$config"
expect_refused 1 'built for a later wdfuse' "$drivers/umdf.so" --name="$name" \
    "$drivers/later-version.so" --name="${name}2"
