#!/bin/sh
# A file that is not a driver, or not a good one, is rejected in one line that names it: exit status
# 1, and nothing is left.
. "$(dirname "$0")/wdfhost.sh"

expect_driver_refused "$work/missing.so: No such file" "$work/missing.so"
expect_driver_refused "$work: it is no driver: not an ELF shared object" "$work"
echo 'not a driver' >"$work/text.so"
expect_driver_refused 'text.so: it is no driver: not an ELF shared object' "$work/text.so"
: >"$work/empty.so"
expect_driver_refused 'empty.so: it is no driver: not an ELF shared object' "$work/empty.so"
mkfifo "$work/fifo.so"
expect_driver_refused 'fifo.so: it is no driver: not an ELF shared object' "$work/fifo.so"
head -c 1000 "$drivers/umdf.so" >"$work/short.so"
expect_driver_refused "short.so: it can't be loaded" "$work/short.so"
# The machine's number is at byte 18: 0xffff is unused.
cp "$drivers/umdf.so" "$work/foreign.so"
printf '\377\377' | dd of="$work/foreign.so" bs=1 seek=18 conv=notrunc status=none
expect_driver_refused 'foreign.so: it is built for another processor' "$work/foreign.so"

expect_driver_refused 'no-entry.so: it is no driver: it has no function DriverEntry' \
    "$drivers/no-entry.so"
expect_driver_refused 'later-version.so: it was built for a later wdfuse' \
    "$drivers/later-version.so"
expect_driver_refused 'it was built for a later wdfuse' "$drivers/later-version-missing-symbol.so"
expect_driver_refused 'undefined symbol: WdfDeviceDoWhatNoVersionCan' "$drivers/missing-symbol.so"
expect_driver_refused 'DriverEntry returned STATUS_INSUFFICIENT_RESOURCES' \
    "$drivers/driver-entry-fails.so"
expect_driver_refused 'does not add its device: STATUS_NO_SUCH_DEVICE' \
    "$drivers/device-add-fails.so"

# A library that is not a driver: every program needs this one.
libc=$(sed -n 's|^.* \(/[^ ]*/libc\.so\.6\)$|\1|p' /proc/self/maps | head -n 1)
[ -z "$libc" ] || expect_driver_refused 'it is no driver: nothing in it was compiled' "$libc"
