#!/bin/sh
# logind waits until the device is in Dx before the system sleeps, and the device returns when the
# system wakes (S18.29, S18.30). The bus and the logind are the test's own.
. "$(dirname "$0")/wdfhost.sh"
requires program dbus-daemon

logind=$build/tests/shell/fake-logind
status=0
"$logind" </dev/null >/dev/null 2>&1 || status=$?
[ "$status" -ne 77 ] || skip "built without libsystemd"

cat >"$work/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=$work/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
CONF
start_client dbus-daemon --config-file="$work/bus.conf" --nofork --nopidfile
bus=$client
bus_listens() {
    [ -S "$work/bus" ]
}
eventually 10 bus_listens || fail "dbus-daemon does not listen"
DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
export DBUS_SYSTEM_BUS_ADDRESS

mkfifo "$work/orders"
exec 8<>"$work/orders" # neither end waits for the other
start_client "$logind" <"$work/orders" >"$work/said" 8>&-
exec 9>"$work/orders" 8>&-
says() { # TEXT TIMES
    [ "$(grep -c "$1" "$work/said")" -ge "$2" ]
}
order() { # ORDER ANSWER TIMES
    echo "$1" >&9
    eventually 20 says "$2" "$3" ||
        fail "$1: logind says: $(cat "$work/said"); the log: $(cat "$work/log")"
}
eventually 10 says ready 1 || fail "the logind does not start"
login1=$client

start_client "$wdfhost" -d --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} \
    "$drivers/idling.so" 2>"$work/log" 9>&-
eventually 20 device_opens || fail "the device does not open; the log: $(cat "$work/log")"
daemon_register
for times in 1 2; do
    order sleep asleep "$times"
    expect_equal "suspended devices" "$times" "$(grep -c 'is suspended' "$work/log")"
    order wake awake "$times"
    expect_equal "resumed devices" "$times" "$(grep -c 'is resumed' "$work/log")"
done

# Without its bus it goes on.
kill "$bus"
expect_end "$bus"
exec 9>&-
expect_end "$login1"
bus_is_missed() {
    grep -q 'the bus of logind has ended' "$work/log"
}
eventually 10 bus_is_missed || fail "the end of the bus is not noticed; the log: $(cat "$work/log")"
case $(message) in
[0-9]*) ;;
*) fail "the device does not answer; the log: $(cat "$work/log")" ;;
esac
kill "$pid"
expect_daemon_end
