#!/bin/sh
# wdfctl: finds a stuck request while every worker is inside the driver, gives the PnP and power
# commands, cancels, and refuses unauthorized users.
# Fixed names: it lists every daemon's devices.
. "$(dirname "$0")/wdfctl.sh"

# A socket goes with its daemon, but a separate process may remove it.
expect_no_socket() {
    eventually 10 test ! -e "$socket_folder/$1.socket" || fail "$socket_folder/$1.socket is left"
}

# Both workers are stuck in EvtIoRead: wdfctl answers, and says in which driver and since when.
start_driver stuck --workers=2
start_client dd if="$device" of="$work/read" bs=8 count=1 status=none
first=$client
start_client dd if="$device" of="$work/read" bs=8 count=1 status=none
expect_waiting "$first"
expect_waiting "$client"
stuck="read 8 .* $first dd +with the driver +stuck +EvtIoRead"
eventually 10 shows "$stuck" requests || fail "the stuck read is not shown: $(ctl requests)"
expect_shown "^wdfhost, process $pid, " list
expect_shown " $name +function +stuck +Started +D0 " devices
expect_shown " $name +[a-z]+ +default +running +0 +[0-9]+$" queues "$name"
expect_shown 'WDFQUEUE 0x' tree "$name"
expect_shown "$stuck"
expect_shown '"command": "dd"' --json requests "$name"
# The main thread is not a worker: its commands are executed while the workers are stuck.
ctl log-level debug || fail "log-level: status $?"
expect_shown "info: the log's level is 'debug' from now on" log
kill -USR1 "$pid"
expect_end "$first"
expect_end "$client"
kill -USR2 "$pid"
gone=$pid
stop_echod
expect_no_socket "$gone"

# Power and PnP.
start_driver autosync
ctl suspend || fail "suspend: status $?"
expect_shown " $name +function +autosync +Started +Dx " devices
start_client cat "$device" >/dev/null 2>"$work/complaint"
eventually 10 shows "read .* $client cat .* (waits for power|queue is stopped)" requests "$name" ||
    fail "no request waits: $(ctl requests)"
request=$(ctl --json requests "$name" | sed -n 's/^ *"handle": "\(.*\)",$/\1/p')
ctl cancel "$request" || fail "cancel: status $?"
expect_end "$client"
[ "$client_status" -ne 0 ] || fail "the client of a cancelled request has succeeded"
ctl resume || fail "resume: status $?"
ctl stop "$name" || fail "stop: status $?"
expect_shown " $name +function +autosync +Stopped " devices
expect_shown " $name +read +[0-9]+ +[0-9]+ +1 " stat "$name"
expect_shown '^      < +[0-9.]+ [a-z]+ +[0-9]+ #+$' stat "$name"
expect_complaint 'the daemon says STATUS_INVALID_DEVICE_STATE' stop "$name"
ctl start "$name" || fail "start: status $?"
echo after >"$device"
expect_equal "the message after a rebalance" after "$(message)"
ctl idle "$name" || fail "idle: status $?"
expect_complaint 'the daemon says STATUS_INVALID_PARAMETER' unplug "$name"
expect_complaint "there is no device 'nobody'" remove nobody
expect_complaint "there is no device 'nobody'" queues nobody
expect_complaint "there is no request '0x1'" cancel 0x1
expect_complaint 'the daemon does not take that request' cancel soon
expect_complaint 'the daemon does not take that level' log-level loud

# Wrong usage.
expect_refusal 2 "'dance': there is no such command" "$wdfctl" dance
expect_refusal 2 "'idle': it wants an argument" "$wdfctl" idle
expect_refusal 2 "'two': a word too many" "$wdfctl" queues one two
expect_refusal 2 "'soon': no number of seconds" "$wdfctl" --timeout=soon list
expect_refusal 1 "there is no daemon 'nobody'" "$wdfctl" --daemon=nobody list

# The log is followed to the daemon's end.
start_client "$wdfctl" --daemon="$pid" --follow log >"$work/followed" 2>"$work/complaint"
follower=$client
eventually 10 grep -q ' is ready$' "$work/followed" || fail "wdfctl log -f shows no log"
ctl log-level info
eventually 10 grep -q "level is 'info' from now on" "$work/followed" ||
    fail "wdfctl log -f does not follow: $(cat "$work/followed")"

# Also of a running daemon.
expect_shown '^thread .* \(wdfhost\): [0-9]+ events$' post-mortem
ctl --svg="$work/live.svg" trace || fail "trace --svg: status $?"
tail -n 1 "$work/live.svg" | grep -q '</svg>$' || fail "the picture is not whole"
expect_refusal 2 "'trace': it wants an argument" "$wdfctl" trace

# A stopped daemon is reported as stopped.
kill -STOP "$pid"
expect_complaint 'the daemon does not answer: it is stopped, or dying' --timeout=1 devices
kill -CONT "$pid"

# The last device is removed: the daemon ends.
gone=$pid
ctl surprise-remove "$name" || fail "surprise-remove: status $?"
expect_daemon_end
expect_end "$follower"
grep -q "$gone.socket: the daemon has gone, or does not serve you" "$work/complaint" ||
    fail "what the follower says: $(cat "$work/complaint")"
expect_no_socket "$gone"

# Without a socket; and what a killed daemon leaves is not in the way.
start_driver autosync --control=off
expect_failure "there is no daemon '$pid'" "$wdfctl" --daemon="$pid" list
stop_echod
expect_refusal 2 "--control: 'maybe' is neither on nor off" "$wdfhost" --control=maybe \
    "$drivers/autosync.so"
start_driver autosync
echo last >"$device"
expect_equal "the message" last "$(message)"
gone=$pid
kill -KILL "$pid"
eventually 10 is_gone "$pid"
daemon_forget
expect_no_socket "$gone"
[ -z "$mount" ] || eventually 10 not is_mounted "$mount" || fail "$mount is still mounted"
rm -f "$pidfile"
# Its ring has its last events.
ring=$socket_folder/wdfhost-$gone.ring
"$wdfctl" --last=100 post-mortem "$ring" >"$work/shown" || fail "post-mortem: status $?"
grep -q 'EvtIoWrite' "$work/shown" || fail "post-mortem shows '$(cat "$work/shown")'"
"$wdfctl" --perfetto="$work/trace.json" --svg="$work/trace.svg" timeline "$ring" ||
    fail "timeline: status $?"
grep -q '"name":"in the driver"' "$work/trace.json" || fail "no request in the trace events"
grep -q '"name":"EvtIoRead"' "$work/trace.json" || fail "no callback in the trace events"
grep -q '<title>write 0x' "$work/trace.svg" || fail "no request in the picture"
tail -n 1 "$work/trace.svg" | grep -q '</svg>$' || fail "the picture is not whole"
expect_failure 'trace.svg' "$wdfctl" post-mortem "$work/trace.svg"
expect_refusal 2 '--perfetto and --svg belong to timeline' "$wdfctl" timeline "$ring"
expect_refusal 1 "$work/none/picture" "$wdfctl" --svg="$work/none/picture" timeline "$ring"

# Another user sees nothing, unless in the daemon's group, and commands nothing.
as() { # ID GROUP COMMAND...
    uid=$1
    gid=$2
    shift 2
    within 20 setpriv --reuid="$uid" --regid="$gid" --clear-groups "$@"
}
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null &&
    as 65534 65534 "$wdfctl" --version >"$work/version"; then
    # In a folder of the daemon, which can remove it.
    mkdir "$work/run"
    chown nobody "$work/run"
    pidfile=$work/run/pid
    start_driver autosync --user=nobody --group=daemon
    expect_failure 'or does not serve you' as 1234 1234 "$wdfctl" --daemon="$pid" list
    group=$(id -g daemon)
    as 1234 "$group" "$wdfctl" --daemon="$pid" devices >"$work/shown" ||
        fail "a member of the group may not look"
    grep -q " $name " "$work/shown" || fail "a member of the group sees '$(cat "$work/shown")'"
    expect_failure "only root and the daemon's user may do that" \
        as 1234 "$group" "$wdfctl" --daemon="$pid" suspend
    as 65534 65534 "$wdfctl" --daemon="$pid" suspend || fail "the daemon's user may not command it"
    ctl resume
    gone=$pid
    stop_echod
    expect_no_socket "$gone"
fi
