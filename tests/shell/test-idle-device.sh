#!/bin/sh
# A device without requests idles in D3, and returns when a read arrives, which waits meanwhile,
# also through a filter (S11.27, S18.9). In D3 it costs nothing: no thread of its daemon runs. From
# there it is suspended and removed.
. "$(dirname "$0")/wdfctl.sh"

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/idling.so" --upper-filter="$drivers/letter-a.so" 2>"$work/log"
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register

has_gone_to_sleep() { # TIMES
    [ "$(grep -c 'D0Exit to 4' "$work/log")" -ge "$1" ]
}

for times in 1 2 3; do
    eventually 10 has_gone_to_sleep "$times" ||
        fail "the device does not idle out; the log: $(cat "$work/log")"
    expect_equal "how often it was in D0" "$((times + 1))a" "$(message)"
done

eventually 10 has_gone_to_sleep 4 ||
    fail "the device does not idle out; the log: $(cat "$work/log")"
eventually 20 is_idle || fail "an idle device in D3 runs: $(daemon_switches) switches"

ctl suspend || fail "suspend: status $?"
ctl resume || fail "resume: status $?"
case $(message) in
[0-9]*a) ;;
*) fail "the device does not answer after a suspend; the log: $(cat "$work/log")" ;;
esac
kill "$pid"
expect_daemon_end
expect_end "$client"
expect_equal "exit status; the log: $(cat "$work/log")" 0 "$client_status"
