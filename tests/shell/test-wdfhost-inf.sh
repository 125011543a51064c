#!/bin/sh
# wdfhost NAME.inf does what the INF says: finds the drivers, stacks them, gives them their registry
# values below the administrator's file, and sets the node's mode (S20.24-S20.34, S20.46).
. "$(dirname "$0")/wdfhost.sh"

cp "$top/tests/inf/stack.inf" "$work/letters.inf"

# Registry values: later ones win; NOCLOBBER and OVERWRITEONLY work (S20.25, S20.26).
# The binary is found whatever its letter case (S20.32).
start_echod --driver-path="$work" --driver-path="$drivers" "$work/letters.inf"
expect_equal "what the driver reads" "number=5 text=hello list=red,green starts=1" "$(message)"
expect_equal "the mode, by Security (S20.28)" 644 "$(stat -c %a "$device")"
exec 4<"$device"
! device_opens || fail "two open files of an exclusive device (S20.28)"
exec 4<&-
stop_echod

# The administrator's file takes precedence, and the INF's values are not written to it.
config=$work/driver.json
printf '{"Parameters": {"Text": "mine", "Other": 1}}' >"$config"
start_echod --driver-path="$drivers" --mode=640 "$work/letters.inf" --config="$config"
expect_equal "what the driver reads" "number=5 text=mine list=red,green starts=1" "$(message)"
expect_equal "the mode" 640 "$(stat -c %a "$device")"
printf 'kept' >"$device" || fail "the driver cannot write to its parameters"
grep -q '"Written": "kept"' "$config" || fail "the file is $(cat "$config")"
! grep -q 'Number\|List' "$config" || fail "the file has the INF's values: $(cat "$config")"
stop_echod

# Another device of the same INF: filters around the function driver; the second one gets its letter
# from the INF.
start_echod --driver-path="$drivers" "$work/letters.inf" --hardware-id='ROOT\alphabet'
printf 'x' >"$device"
expect_equal "what comes up through the stack" xfaz "$(message)"
stop_echod

# Filters of the command line are outside those of the INF.
cp "$drivers/letter-a.so" "$work/letter-c.so"
start_echod --driver-path="$drivers" "$work/letters.inf" --hardware-id='ROOT\LETTERS' \
    --upper-filter="$work/letter-c.so"
printf 'x' >"$device"
expect_equal "what comes up through the stack" xfaza "$(message)"
stop_echod

# What the INF says of the device is available as properties, even before the driver creates it
# (S17.38, S20.28, S20.46). The date of DriverVer is in units of 100 ns since 1601.
date=$((($(date -u -d 2025-11-29 +%s) + 11644473600) * 10000000))
start_echod --driver-path="$drivers" "$work/letters.inf" --hardware-id='ROOT\installed'
expect_equal "what the INF says" "before=A device
description=A device
manufacturer=The makers
id=ROOT\installed
compatible absent
class=Sample
guid={78A1C341-4539-11D3-B88D-00C04FAD5171}
friendly=My device
location=On the desk
key={78A1C341-4539-11D3-B88D-00C04FAD5171}\0000
service=installed
version=1.2.3.4
date=$date
provider=wdfuse
section=Installed
inf=letters.inf
class guid 78a1c341" "$(within 10 dd if="$device" bs=4096 count=1 status=none)"
stop_echod

# The drivers are beside the INF, which names the device.
cp "$drivers/parameters.so" "$work/Parameters.SO"
if [ -n "$mount" ]; then
    within 20 "$wdfhost" --mount="$mount" --pidfile="$pidfile" "$work/letters.inf" ||
        fail "exit status $?"
    daemon_register
    [ -e "$mount/letters" ] || fail "there is no device 'letters': $(ls "$mount")"
    device=$mount/letters
    stop_echod
    device=$mount/$name
fi

# Errors end the start in one line, and nothing is left.
rm "$work/Parameters.SO"
expect_driver_refused "letters.inf: there is no PARAMETERS.so for the driver Parameters in $work; --driver-path names" \
    "$work/letters.inf"
expect_driver_refused "there is no echo-sequential.so for the driver bottom in $work nor in --driver-path" \
    "$work/letters.inf" --hardware-id='root\letters' --driver-path="$work"
expect_driver_refused 'letters.inf has no model for root\nothing' "$work/letters.inf" \
    --hardware-id='root\nothing'
expect_driver_refused 'parameters.so is no INF' "$drivers/parameters.so" \
    --hardware-id='root\nothing'
expect_driver_refused 'missing.inf: No such file' "$work/missing.inf"
sed 's/^\[Parameters.Values\]/[Lost]/' "$work/letters.inf" >"$work/bad.inf"
expect_driver_refused 'bad.inf:37:17: error: there is no section [Parameters.Values]' \
    "$work/bad.inf"
sed 's/^\[.*\.Service\]/[Lost]/' "$work/letters.inf" >"$work/worse.inf"
expect_driver_refused 'worse.inf:30:29: error: there is no section [Parameters.Service] for the service Parameters (and 5 more: see --check-inf)' \
    "$work/worse.inf"
sed 's/D:P(A;;GA;;;SY)/O:SY/' "$work/letters.inf" >"$work/insecure.inf"
expect_driver_refused 'insecure.inf: the Security O:SY(A;;GR;;;WD) is no descriptor' \
    "$work/insecure.inf" \
    --driver-path="$drivers"
sed -e 's/AddService = Parameters, 2,.*/AddService = , 2/' -e '/^KmdfService = Parameters/d' \
    "$work/letters.inf" >"$work/null.inf"
expect_driver_refused 'null.inf: the device has no function driver: there is nothing to load' \
    "$work/null.inf"
