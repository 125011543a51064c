#!/bin/sh
# A driver that crashes ends its daemon by the signal, which a core dump shows. Before that, a few
# lines say where: the file and the place in it, the callback, the request and its client.
. "$(dirname "$0")/wdfhost.sh"

# shellcheck disable=SC3045 # no core files; a shell without it leaves them
ulimit -S -c 0

expect_line() { # PATTERN
    grep -q "$1" "$work/log" || fail "crash '$letter': no line '$1' in the log: $(cat "$work/log")"
}

# expect_crash LETTER SIGNAL NUMBER PLACE [BEFORE]: the letter says how to crash; with BEFORE the
# driver is the second one of its daemon.
expect_crash() {
    letter=$1
    choose_device "$letter${5-}"
    start_client "$wdfhost" -f --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
        ${5:+"$drivers/umdf.so" "--name=$name-first"} "$drivers/crashing.so" --name="$name" \
        2>"$work/log"
    daemon=$client
    eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
    daemon_register
    start_client sh -c 'printf %s "$1" >"$2"' sh "$letter" "$device" 2>"$work/complaints"
    writer=$client
    expect_end "$daemon"
    daemon_forget
    expect_equal "exit status of the daemon after " "$((128 + $3))" "$client_status"
    expect_end "$writer"
    expect_line "error: SIG$2 in $4"
    expect_line "error: in the driver's EvtIoWrite of 0x[0-9a-f]*, request 0x[0-9a-f]* of process $writer (sh)\$"
    expect_line 'error: history -[0-9.]* *presented EvtIoWrite, request 0x'
}

own='driver crashing\.so+0x[0-9a-f]* ([A-Za-z]*, crashing\.c:[0-9]*)'
expect_crash s SEGV 11 "$own, at address 0x0\$"
expect_crash a ABRT 6 "libc[^ ]*+0x[0-9a-f]*, probably called from $own\$"
expect_crash f FPE 8 "$own\$"
expect_crash i ILL 4 "$own\$"
expect_crash m SEGV 11 "libc[^ ]*+0x[0-9a-f]*, at address 0x0, probably called from $own\$"
expect_crash n SEGV 11 "0x0, at address 0x0, probably called from $own\$"
expect_crash r SEGV 11 "$own, at address 0x[0-9a-f]*: the thread's stack has overflowed\$"

# Beside another driver.
expect_crash s SEGV 11 "$own, at address 0x0\$" before
expect_crash m SEGV 11 "libc[^ ]*+0x[0-9a-f]*, at address 0x0, probably called from $own\$" before

# The core alone also shows it, if the kernel writes one into the daemon's folder.
case $(cat /proc/sys/kernel/core_pattern) in
*/* | '|'*) exit 0 ;;
esac
# shellcheck disable=SC3045
ulimit -S -c unlimited 2>/dev/null || exit 0
mkdir "$work/cores"
choose_device core
(cd "$work/cores" && exec "$wdfhost" -f --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/crashing.so" --name="$name" 2>"$work/log") &
daemon=$!
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
printf s >"$device" 2>/dev/null || true
eventually 20 is_gone "$daemon" || fail "the daemon is not gone"
daemon_forget
core=$(find "$work/cores" -type f)
[ -n "$core" ] || exit 0
"$build/tests/shell/post-mortem" "$core" >"$work/report" || fail "the core can't be read"
grep -q 'was in the driver: .*EvtIoWrite' "$work/report" || fail "$(cat "$work/report")"
