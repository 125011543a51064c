# shellcheck shell=sh
# The beginning of tests of driver files: lib.sh, with wdfhost as the daemon that its functions
# start.
#
# For the test to use, besides lib.sh:
#   $wdfhost $drivers   the program, and the folder of the test drivers (tests/drivers)

. "$(dirname "$0")/lib.sh"

wdfhost=$build/app/wdfhost
drivers=$build/tests/drivers
# shellcheck disable=SC2034 # for the functions of lib.sh
echod=$wdfhost
[ -x "$wdfhost" ] || fail "no $wdfhost; build it first"

# start_driver NAME ARGUMENT...: the device of tests/drivers/NAME can be opened when this returns.
start_driver() {
    driver=$1
    shift
    start_echod "$@" "$drivers/$driver.so"
}

# expect_driver_refused TEXT FILE ARGUMENT...: exit status 1 and one line; no device, no pidfile.
expect_driver_refused() {
    refusal=$1
    shift
    expect_refusal 1 "$refusal" "$wdfhost" --name="$name" --pidfile="$pidfile" \
        ${mount:+"--mount=$mount"} "$@"
    expect_nothing_left
}

# One read, of everything there is.
message() {
    within 10 dd if="$device" bs=131072 count=1 status=none
}

# expect_suspended NODE: a client waits, $client. What comes before the device is suspended is still
# answered.
expect_suspended() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        start_client cat "$1" >/dev/null
        ! eventually 1 is_waiting "$client" || return 0
        expect_end "$client"
    done
    fail "$1 is not suspended"
}
