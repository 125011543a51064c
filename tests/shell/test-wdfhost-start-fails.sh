#!/bin/sh
# A failed start says which function has refused the driver's request: its name, the status's name
# and the rule, in one line; and in another what did not start.
. "$(dirname "$0")/wdfhost.sh"

# expect_start_failure DRIVER TEXT...: exit status 1, and each of the texts is in a separate line.
expect_start_failure() {
    driver=$1
    shift
    expect_failure "$1" "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} --name="$name" \
        "$drivers/unstartable-$driver.so"
    expect_equal "exit status of $driver" 1 "$run_status"
    for text; do
        expect_equal "lines of $driver with '$text'" 1 "$(grep -cF -e "$text" "$work/stderr")"
    done
}

expect_start_failure entry 'WdfDriverCreate returns STATUS_INFO_LENGTH_MISMATCH (S3.2)' \
    'DriverEntry returned STATUS_INFO_LENGTH_MISMATCH'
expect_start_failure add 'WdfTimerCreate returns STATUS_WDF_PARENT_NOT_SPECIFIED (S9.1)' \
    'does not add its device: STATUS_WDF_PARENT_NOT_SPECIFIED'
expect_start_failure prepare \
    'WdfDeviceCreateSymbolicLink returns STATUS_INVALID_DEVICE_REQUEST (S3.19)' \
    'does not add its device: STATUS_INVALID_DEVICE_REQUEST'
expect_start_failure d0 'WdfMemoryCreate returns STATUS_INVALID_PARAMETER (S8.22)' \
    'does not add its device: STATUS_DEVICE_POWER_FAILURE' # S18.48
expect_nothing_left
