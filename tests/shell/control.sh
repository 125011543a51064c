# shellcheck shell=sh
# The beginning of tests of drivers with several devices: wdfctl.sh, and the names of
# tests/drivers/control.c.
#
# For the test to use, beside wdfctl.sh:
#   $folder    where the nodes are
#   $control   the control device that the driver makes when it starts

. "$(dirname "$0")/wdfctl.sh"

folder=$(dirname "$device")
control=$folder/wdfuse-control

# start_devices DRIVER ARGUMENT...: the device $device is the control device from now on.
start_devices() {
    name=wdfuse-control
    device=$control
    driver=$1
    shift
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$@" \
        "$drivers/$driver.so" ||
        fail "wdfhost $* $driver.so: exit status $?"
    daemon_register
}

# expect_name NODE NAME: the device of the node returns this as its name.
expect_name() {
    expect_equal "what $1 says" "$2" "$(within 10 cat "$1")"
}

# Where links are, for root and for others.
# shellcheck disable=SC2034 # for the tests
links=/dev/wdfuse/by-name
# shellcheck disable=SC2034 # for the tests
[ "$(id -u)" -eq 0 ] || links=${XDG_RUNTIME_DIR-/nowhere}/wdfuse/by-name

is_link_to() { # LINK NODE
    [ "$(readlink "$1")" = "$2" ]
}

# order COMMAND...: one write to the control device; unlike echo, dd prints what is wrong.
order() {
    echo "$*" >"$work/order"
    within 10 dd if="$work/order" of="$control" conv=notrunc status=none
}
