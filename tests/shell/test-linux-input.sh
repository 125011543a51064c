#!/bin/sh
# Copies of uinput and of the input device that it makes through its copy: controls with and without
# a structure, events, a reader that waits, one that is killed; the input device goes, and its copy
# with it.
. "$(dirname "$0")/wdfhost.sh"

requires cuse
requires root
[ -c /dev/uinput ] || skip "there is no /dev/uinput"
uinput=$build/tests/shell/uinput
mkfifo "$work/keys"

start_echod --on=/dev/uinput
start_client sh -c 'exec "$0" make "$1" <"$2" >"$3"' "$uinput" "$device" "$work/keys" "$work/folder"
maker=$client
exec 8>"$work/keys"
eventually 10 grep -q . "$work/folder" || fail "no input device is made"
folder=/sys/devices/virtual/input/$(cat "$work/folder")
expect_equal "the name of the device" 'wdfuse key' "$(cat "$folder/name")"
event=$(cd "$folder" && echo event*)
[ -c "/dev/input/$event" ] || fail "there is no /dev/input/$event"

choose_device event
log=$work/log
"$wdfhost" -f --name="$name" --pidfile="$pidfile" --on="/dev/input/$event" 2>"$log" &
daemon_register
eventually 10 test -c "$device" || fail "no copy of $event"
expect_equal "its name through the copy" 'wdfuse key' "$(within 10 "$uinput" name "$device")"

# Four events a line: the key is pressed, that is all, it is let go, that is all. The originals are
# read beside.
start_client dd if="/dev/input/$event" of="$work/original" bs=24 count=4 status=none iflag=fullblock
original=$client
start_client dd if="$device" of="$work/copied" bs=24 count=4 status=none iflag=fullblock
expect_waiting "$client"
echo >&8
expect_end "$client"
expect_end "$original"
expect_equal "bytes of the events" 96 "$(wc -c <"$work/copied")"
cmp "$work/original" "$work/copied" || fail "other events have come"

for _ in 1 2 3; do
    start_client cat "$device" >/dev/null
    expect_waiting "$client"
    kill -9 "$client"
    expect_end "$client"
done

# The device goes, with a reader in it.
start_client cat "$device" >/dev/null
reader=$client
expect_waiting "$reader"
echo end >&8
expect_end "$maker"
expect_equal "the exit status of its maker" 0 "$client_status"
expect_end "$reader"
expect_daemon_end
grep -q 'is gone' "$log" || fail "the log does not say that it is gone: $(cat "$log")"
