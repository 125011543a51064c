#!/bin/sh
# The INFs beside the drivers of app/, and the one in docs/inf.md, have no errors and do what they
# say.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

expect_no_complaint() {
    run_recorded "$wdfhost" --check-inf="$1"
    expect_equal "exit status of --check-inf=$1" 0 "$run_status"
    expect_equal "complaints about $1" "" "$(cat "$work/stderr")"
}

for inf in "$build/app/echo.inf" "$build/app/serial.inf" "$build/app/nullmodem.inf" \
    "$top/app/echo/echo.inf" "$top/app/serial/serial.inf"; do
    expect_no_complaint "$inf"
done

start_echod "$build/app/echo.inf"
expect_equal "the mode" 600 "$(stat -c %a "$device")"
expect_service
stop_echod

start_echod "$build/app/serial.inf"
expect_equal "the mode, by its Security" 666 "$(stat -c %a "$device")"
printf hello >"$device"
expect_equal 'what comes back' hello "$(message)"
stop_echod

# The block of the page that is a whole INF, and the one of a UMDF driver to replace a part of it.
# page_block FIRST-LINE: the block of docs/inf.md that begins with it.
page_block() {
    awk -v first="$1" '/^```/ { inside = 0; begins = 1; next }
        begins && $0 == first { inside = 1 }
        { begins = 0 }
        inside' "$top/docs/inf.md"
}

page_block '[Version]' >"$work/toaster.inf"
expect_no_complaint "$work/toaster.inf"
cp "$build/app/serial.so" "$work/toaster.so"
start_echod "$work/toaster.inf"
expect_equal "the mode, by its Security" 644 "$(stat -c %a "$device")"
stop_echod

awk '/^\[Toaster.NT.Services\]/ { exit } { print }' "$work/toaster.inf" >"$work/umdf.inf"
page_block '[Toaster.NT.Services]' | grep -q '^Include = wudfrd.inf$' ||
    fail "the block of a UMDF driver is not where this test looks for it"
page_block '[Toaster.NT.Services]' >>"$work/umdf.inf"
expect_no_complaint "$work/umdf.inf"
cp "$drivers/umdf.so" "$work/toaster.so"
start_echod "$work/umdf.inf"
printf hello >"$device"
expect_equal 'what comes back' hello "$(message)"
stop_echod
