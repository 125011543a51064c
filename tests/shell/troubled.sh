# shellcheck shell=sh
# The beginning of the tests of tests/drivers/troubled.c: wdfhost.sh, and a daemon in the
# foreground, whose log and exit status can be seen.
#
# For the test to use, besides wdfhost.sh:
#   $troubled   the daemon
#   $work/log   its log

. "$(dirname "$0")/wdfhost.sh"

# run_troubled DRIVER ARGUMENT...: the daemon is on its way when this returns.
run_troubled() {
    driver=$1
    shift
    start_client env --default-signal=HUP "$wdfhost" -f --log-level=debug --pidfile="$pidfile" \
        ${mount:+"--mount=$mount"} "$drivers/$driver.so" --name="$name" "$@" 2>"$work/log"
    troubled=$client
}

# start_troubled ARGUMENT...: the device can be opened when this returns.
start_troubled() {
    run_troubled troubled "$@"
    expect_said "$device is ready"
}

# choose_trouble WORDS...: the driver's trouble from now on.
choose_trouble() {
    printf '%s' "$*" | dd of="$device" bs=100 conv=notrunc status=none ||
        fail "the driver does not take '$*'"
}

# start_reader: starts a client whose read is forgotten, $reader.
start_reader() {
    start_client cat "$device" 2>"$work/complaints"
    reader=$client
    expect_waiting "$reader"
}

expect_reader_fails() {
    expect_end "$reader"
    [ "$client_status" -ne 0 ] || fail "a client whose read was forgotten has succeeded"
}

expect_said() { # WORDS
    eventually 10 grep -qF -e "$1" "$work/log" ||
        fail "the daemon should say '$1', said '$(cat "$work/log")'"
}

# The daemon ends soon, with that status, and nothing of it is left.
expect_troubled_end() { # STATUS
    eventually 15 is_gone "$troubled" ||
        fail "the daemon does not end; it said '$(cat "$work/log")'"
    expect_end "$troubled"
    expect_equal "exit status of the daemon, which said '$(cat "$work/log")'," "$1" "$client_status"
    # A separate process removes what a sudden end leaves.
    eventually 10 nothing_is_left || expect_nothing_left
}

nothing_is_left() {
    [ ! -e "$device" ] && [ ! -e "$pidfile" ] && { [ -z "$mount" ] || not is_mounted "$mount"; }
}
