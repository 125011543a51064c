#!/bin/sh
# --trace logs a driver's trace messages: those of the selected flags, up to their levels, with
# place, flag and level. A driver in C for the kernel-mode framework, and one in C++ for the
# user-mode one.
. "$(dirname "$0")/wdfhost.sh"

# start_traced DRIVER ARGUMENT...: in the foreground, with the log in a file.
start_traced() {
    driver=$1
    shift
    start_client "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$@" \
        "$drivers/$driver.so" 2>"$work/log"
    eventually 20 test -e "$pidfile" || fail "not ready: $(cat "$work/log")"
    daemon_register
}

says() {
    grep -qF -e "$1" "$work/log" || fail "not in the log: $1: $(cat "$work/log")"
}

says_not() {
    ! grep -qF -e "$1" "$work/log" || fail "in the log: $1: $(cat "$work/log")"
}

use() {
    echo hello >"$device" || fail 'the write failed'
    expect_equal 'what is read' hello "$(message)"
}

start_traced traced --trace=TRACE_REQUEST,information --trace=TRACE_OTHER
use
! dd if=/dev/zero of="$device" bs=100 count=1 status=none 2>/dev/null ||
    fail 'a write that is too long is taken'
stop_echod
says 'TRACE_REQUEST, information: KindWrite of 6 bytes'
says 'TRACE_REQUEST, warning: TracedWrite: 0x80000005(STATUS_BUFFER_OVERFLOW)'
says 'TRACE_OTHER: there is a device, TRUE'
says_not 'KindRead'
says_not 'TRACE_START'

start_traced traced --trace='*' --trace=TRACE_REQUEST,0
use
stop_echod
says 'traced.c:'
says 'TRACE_START, information: DriverEntry of '
says 'TRACE_START, information: TracedUnload'
says_not 'TRACE_REQUEST'

start_traced traced --trace=8A1F3B52-0D47-4C11-9B6E-5E20C7D3A4F1
use
stop_echod
says 'TRACE_REQUEST, verbose: --> TracedRead'
says_not 'TRACE_OTHER'

# Without it, nothing is logged.
start_traced traced
use
stop_echod
says_not 'TRACE_'

start_traced traced --trace=TRACE_REQEST
stop_echod
says '--trace=TRACE_REQEST: the driver has no such flag; it has '
says 'TRACE_START, TRACE_REQUEST'
start_traced umdf --trace=TRACE_REQUEST
stop_echod
says '--trace=TRACE_REQUEST: the driver traces nothing'

# The flight recorder keeps what was not selected, except verbose messages, and prints it when the
# driver crashes.
# shellcheck disable=SC3045 # no core files; a shell without it leaves them
ulimit -c 0
start_traced traced-crashing
daemon=$client
echo hello >"$device" || fail 'the write failed'
says_not 'KindWrite'
! cat "$device" >/dev/null 2>&1 || fail 'the driver has not crashed'
expect_end "$daemon"
daemon_forget
grep -q __asan_ "$build/app/wdfhost" || says 'error: recorder default: traced.c:'
grep -q __asan_ "$build/app/wdfhost" || says 'TRACE_REQUEST, information: KindWrite of 6 bytes'
says_not 'KindRead'
rm -f "$pidfile"
[ -z "$mount" ] || choose_device after-crash

expect_refusal 2 "--trace: 'loud' is none of" "$wdfhost" --trace=A,loud "$drivers/traced.so"
expect_refusal 2 "--trace: '' is not FLAG" "$wdfhost" --trace= "$drivers/traced.so"

[ -e "$drivers/traced-umdf.so" ] || exit 0
start_traced traced-umdf --trace='*'
expect_equal 'what is read' 1 "$(dd if="$device" bs=1 count=1 status=none)"
stop_echod
says 'TRACE_START, information: DriverEntry with HRESULT 0x00000000(S_OK)'
says 'tracedumdf.cc:'
says 'TRACE_OTHER, verbose: umdf Next counts 1'
says 'TRACE_REQUEST, verbose: --> Read'
