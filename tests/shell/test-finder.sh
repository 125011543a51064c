#!/bin/sh
# A driver that finds another driver's devices in the same daemon: children that come and go on the
# hub, each served by the echo driver. The driver's registry keeps the number that have come.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

config=$work/finder.json
printf '{}\n' >"$config"

run_finder() {
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$build/app/hub.so" \
        --name="$name" --driver='hub\echo'="$build/app/echo.so" \
        "$build/tests/drivers/finder.so" --name="$name-finder" --config="$config" ||
        fail "exit status $?"
    daemon_register
}

command() { # WORD...
    printf %s "$*" >"$device" || fail "'$*': the hub does not take it"
}

has_found() { # LINE...
    [ "$(within 10 dd if="$device-finder" bs=4096 count=1 status=none)" = "$(printf '%s\n' "$@")" ]
}

expect_found() { # LINE...
    eventually 10 has_found "$@" ||
        fail "the finder says: $(dd if="$device-finder" bs=4096 count=1 status=none)"
}

run_finder
expect_found '0 have come'
command plug 1 echo
expect_found "$name.1" '1 have come'
command plug 2 echo
expect_found "$name.1" "$name.2" '2 have come'
command unplug 1
expect_found "$name.2" '2 have come'
command plug 1 echo
expect_found "$name.2" "$name.1" '3 have come'
stop_echod

grep -q 'Device Properties' "$config" || fail "nothing is kept: $(cat "$config")"
run_finder
expect_found '3 have come'
command plug 3 echo
expect_found "$name.3" '4 have come'
stop_echod
