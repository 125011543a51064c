#!/bin/sh
# A device in a port of the hub gives a wake signal: its driver, from another file, returns from D3,
# and the suspended daemon with it (S18.24, S18.26, S18.34).
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

start_client "$wdfhost" -d --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$build/app/hub.so" \
    --name="$name" --driver='hub\idling'="$drivers/idling.so" \
    --driver='hub\echo'="$build/app/echo.so" 2>"$work/log"
eventually 20 device_opens || fail "the hub does not open; the log: $(cat "$work/log")"
daemon_register

says() { # TEXT [TIMES]
    [ "$(grep -c "$1" "$work/log")" -ge "${2:-1}" ]
}
expect_log() { # TEXT [TIMES]
    eventually 10 says "$@" || fail "no '$1' in the log: $(cat "$work/log")"
}
command() { # WORD...
    printf %s "$*" >"$device" || fail "'$*': the hub does not take it: $(cat "$work/log")"
}
expect_answer() {
    case $(within 10 dd if="$device.1" bs=16 count=1 status=none) in
    [0-9]*) ;;
    *) fail "the device in port 1 does not answer; the log: $(cat "$work/log")" ;;
    esac
}

command plug 1 idling
command plug 2 echo
eventually 10 [ -e "$device.1" ] || fail "there is no $device.1; the log: $(cat "$work/log")"

# It idles, armed, until the device wakes.
expect_log 'armed for S0'
command wake 1
expect_log 'woken from S0'
expect_log 'armed for S0' 2
expect_answer

# So does the daemon. A device that is not armed, or absent, wakes nothing.
ctl suspend || fail "suspend: status $?"
expect_log 'armed for Sx'
expect_log 'is suspended'
! printf 'wake 2' 2>/dev/null >"$device" || fail "a device that is not armed wakes"
! printf 'wake 3' 2>/dev/null >"$device" || fail "an empty port wakes"
says 'is resumed' && fail "the daemon is awake; the log: $(cat "$work/log")"
command wake 1
expect_log 'woken from Sx'
expect_log 'is resumed'
expect_answer

kill "$pid"
expect_daemon_end
expect_end "$client"
expect_equal "exit status; the log: $(cat "$work/log")" 0 "$client_status"
