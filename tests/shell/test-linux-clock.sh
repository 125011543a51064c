#!/bin/sh
# A copy of the clock: hwclock reads it, and a client that waits for an alarm can be killed. To set
# it is for the daemon's administrator (--all-controls).
. "$(dirname "$0")/wdfhost.sh"

requires cuse
requires root
requires program hwclock
[ -c /dev/rtc0 ] || skip "there is no /dev/rtc0"

# The hour and the minute, taken before and after: the original goes on meanwhile.
shown_by() {
    within 10 hwclock --show --utc --rtc="$1" | cut -c 1-16
}

start_echod --on=/dev/rtc0
before=$(shown_by /dev/rtc0)
copied=$(shown_by "$device") || fail "hwclock does not read the copy"
after=$(shown_by /dev/rtc0)
case $copied in
"$before" | "$after") ;;
*) fail "the copy says $copied, the clock $before, then $after" ;;
esac
not within 20 hwclock --systohc --utc --rtc="$device" 2>"$work/error" ||
    fail "a client sets the clock"

# Who waits for an alarm that nobody has set, and is killed, leaves.
for _ in 1 2; do
    start_client dd if="$device" of=/dev/null bs=8 count=1 status=none
    expect_waiting "$client"
    kill -9 "$client"
    expect_end "$client"
done
stop_echod

# Nobody's clock is set but the virtual machine's.
grep -q "^model name.*QEMU" /proc/cpuinfo || exit 0
choose_device free
start_echod --on=/dev/rtc0 --all-controls
within 20 hwclock --systohc --utc --rtc="$device" || fail "hwclock does not set the clock"
stop_echod
