#!/bin/sh
# A driver with the vocabulary of a Windows hardware driver, in C and in C++: it starts with an
# empty list of resources, keeps what is written, even across a suspend, and refuses what does not
# fit into its memory.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

for driver in toaster toaster-cplusplus; do
    [ -e "$drivers/$driver.so" ] || continue
    start_driver "$driver"
    expect_equal "$driver: nothing is there yet" '' "$(message)"
    printf bread >"$device" || fail "$driver: the write failed"
    expect_equal "$driver: what was written" bread "$(message)"
    ctl suspend || fail "suspend: status $?"
    ctl resume || fail "resume: status $?"
    expect_equal "$driver: what was written before it was suspended" bread "$(message)"
    if within 10 dd if=/dev/zero of="$device" bs=65 count=1 status=none 2>"$work/refused"; then
        fail "$driver: a write that is too long succeeded"
    fi
    expect_equal "$driver: what was written before" bread "$(message)"
    stop_echod
done
