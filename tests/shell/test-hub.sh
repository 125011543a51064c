#!/bin/sh
# The hub: children come and go by command, with their nodes, each served by the echo or the serial
# driver under a trace filter. A child that is plugged again has the same node.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfctl.sh"

run_hub() {
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$build/app/hub.so" \
        --name="$name" "$@"
}

run_hub --driver='hub\echo'="$build/app/echo.so" --upper-filter="$build/app/trace.so" \
    --driver='hub\serial'="$build/app/serial.so" --upper-filter="$build/app/trace.so" ||
    fail "exit status $?"
daemon_register

command() { # WORD...
    printf %s "$*" >"$device" || fail "'$*': the hub does not take it"
}

refuse() { # WORD...
    ! printf %s "$*" 2>/dev/null >"$device" || fail "'$*': the hub takes it"
}

expect_plugged() { # PORT
    eventually 10 [ -e "$device.$1" ] || fail "there is no $device.$1"
}

expect_unplugged() { # PORT
    eventually 10 not [ -e "$device.$1" ] || fail "$device.$1 is left"
}

expect_table() { # LINE...
    expect_equal 'the table' "$(printf '%s\n' "$@")" "$(cat "$device")"
}

expect_echo() { # PORT TEXT
    printf %s "$2" >"$device.$1" || fail "$device.$1 does not take a message"
    expect_equal "what port $1 says" "$2" \
        "$(within 10 dd if="$device.$1" bs=64 count=1 status=none)"
}

expect_table
command plug 1 echo
expect_plugged 1
expect_echo 1 one
command plug 64 serial
expect_plugged 64
expect_echo 64 serial
expect_table '1 echo' '64 serial'

# Impossible commands.
refuse plug 1 echo
refuse plug 0 echo
refuse plug 65 echo
refuse plug 2
refuse plug 2 'e\cho'
refuse plug 2 seventeen_letters
refuse plug 2 echo 3
refuse unplug 2
refuse eject 2
refuse jump 1
refuse "$(printf '%64s' x)"

# A client waits in a child that is unplugged; the port is free again at once.
start_client dd if="$device.64" bs=64 count=1 status=none
expect_waiting "$client"
command unplug 64
expect_end "$client"
[ "$client_status" -ne 0 ] || fail "the client of a child that has gone has succeeded"
expect_unplugged 64
expect_table '1 echo'
command plug 64 echo
expect_plugged 64
expect_echo 64 again

# In order.
command eject 64
expect_unplugged 64
shows_one() {
    [ "$(cat "$device")" = '1 echo' ]
}
eventually 10 shows_one || fail "an ejected child is in the table"

# No driver for this kind: the child exists, without a node.
command plug 3 mouse
expect_table '1 echo' '3 mouse'
[ ! -e "$device.3" ] || fail "$device.3 is there"
command unplug 3

# All ports at once; all of them go with the daemon.
port=2
while [ "$port" -le 64 ]; do
    command plug "$port" echo
    port=$((port + 1))
done
expect_plugged 64
expect_plugged 33
expect_echo 33 all
expect_equal 'ports in use' 64 "$(grep -c echo "$device")"
[ -z "$mount" ] || expect_equal 'nodes' 65 "$(find "$mount" -type f | grep -c .)"
ctl suspend || fail "suspend: status $?"
ctl resume || fail "resume: status $?"
expect_echo 2 awake
stop_echod
[ ! -e "$device.64" ] || fail "$device.64 is left"

# Fewer ports; the drivers are found through their INFs.
echo '{"Parameters": {"Ports": 2}}' >"$work/two.json"
mkdir "$work/infs"
sed 's/root.serial/hub\\serial/' "$top/app/serial/serial.inf" >"$work/infs/serial.inf"
run_hub --config="$work/two.json" --inf-path="$work/infs" --driver-path="$build/app" ||
    fail "exit status $?"
daemon_register
refuse plug 3 serial
command plug 2 serial
expect_plugged 2
expect_echo 2 installed
expect_equal "mode of $device.2" 666 "$(stat -c %a "$device.2")"
stop_echod
