#!/bin/sh
# A control device may come and go while the daemon runs: its node exists when the driver's call
# returns, and has the mode of its security descriptor; deletion ends new opens, while open files go
# on.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/control.sh"

start_devices control
later=$folder/wdfuse-later
[ ! -e "$later" ] || fail "$later is there already"
order make wdfuse-later
expect_name "$later" wdfuse-later
expect_equal "mode of the node" 644 "$(stat -c %a "$later")"
expect_equal "the nodes" "wdfuse-control wdfuse-later" "$(cd "$folder" && echo wdfuse-[cl]*)"

# The driver makes one at a time.
expect_failure "Device or resource busy" order make wdfuse-later

exec 4<"$later" 5<"$later"
order delete
[ ! -e "$later" ] || fail "$later is left"
expect_failure "$later" sh -c ": <'$later'"
expect_equal "what the open file says" wdfuse-later "$(within 10 cat <&4)"
exec 4<&-
expect_equal "what the other open file says" wdfuse-later "$(within 10 cat <&5)"
exec 5<&-

# And again, many times, at once.
for number in 1 2 3 4 5 6 7 8 9 10; do
    order make wdfuse-later || fail "the device can't be made again, the $number. time"
    expect_name "$later" wdfuse-later
    order delete
    [ ! -e "$later" ] || fail "$later is left after the $number. time"
done
expect_name "$control" wdfuse-control
