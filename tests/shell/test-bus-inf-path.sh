#!/bin/sh
# Children of a bus driver with INFs in the folder of --inf-path: the one that fits the IDs of a
# child best (S20.20, S20.21) names its drivers, which are loaded when the first such child arrives.
# An error in an INF is reported in one line, and the other INFs still work.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

infs=$work/infs
mkdir "$infs"

# write_inf NAME IDS SERVICE DATE LETTER [BINARY]: the driver appends the letter to a message.
write_inf() {
    cat >"$infs/$1.inf" <<END
[Version]
Signature = "\$Windows NT\$"
ClassGuid = {78A1C341-4539-11D3-B88D-00C04FAD5171}
DriverVer = $4,1.0.0.0
[Manufacturer]
wdfuse = Models, NT\$ARCH\$
[Models.NT\$ARCH\$]
"Mailbox" = Mailbox, $2
[Mailbox.NT]
[Mailbox.NT.HW]
AddReg = Device
[Device]
HKR, , Security, , "D:P(A;;GA;;;SY)(A;;GR;;;WD)"
[Mailbox.NT.Services]
AddService = $3, 2, Service
[Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\\${6:-letter-function}.sys
AddReg        = Letter
[Letter]
HKR, Parameters, Letter, 0x00010001, $5
[Mailbox.NT.Wdf]
END
}

run_bus() {
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} --driver-path="$drivers" \
        --inf-path="$infs" "$@" "$drivers/bus.so" --name="$name" 2>"$work/said"
}

start_bus() {
    run_bus "$@" || fail "exit status $?: $(cat "$work/said")"
    daemon_register
}

# expect_mail NUMBER TEXT: that child returns a message followed by this.
expect_mail() {
    [ -e "$device.$1" ] || fail "there is no $device.$1: $(cat "$work/said")"
    printf one >"$device.$1" || fail "$device.$1 does not take a message"
    expect_equal "what child $1 says" "one$2" \
        "$(within 10 dd if="$device.$1" bs=64 count=1 status=none)"
}

# A compatible ID of the child is better than none; a hardware ID is better than that, whatever the
# dates; its own first hardware ID is the best. No binary is beside the INFs.
write_inf compatible 'wdfuse\box' compatible 01/01/2024 67 # C
start_bus
expect_mail 0 C
expect_equal "mode of $device.0" 644 "$(stat -c %a "$device.0")"
expect_equal "mode of $device" 600 "$(stat -c %a "$device")"
stop_echod

write_inf hardware 'wdfuse\mailbox' hardware 01/01/2001 72 # H
start_bus
expect_mail 0 H
expect_mail 1 H
stop_echod

# The first hardware ID of only child 1; another driver, loaded beside the first.
write_inf first 'wdfuse\mailbox1' first 01/01/2000 70 letter-other # F
cp "$drivers/letter-function.so" "$infs/letter-other.so"
start_bus
expect_mail 0 H
expect_mail 1 F
# Several of each: a file is loaded once for all.
printf 'plug 5' >"$device" || fail "$device does not take a command"
eventually 10 [ -e "$device.5" ] || fail "there is no $device.5"
expect_mail 5 H
stop_echod
rm "$infs/first.inf"

# Of packages that fit equally well, the later one; of equal dates, the first by name.
write_inf later 'wdfuse\mailbox' later 02/01/2001 76 # L
write_inf zlater 'wdfuse\mailbox' zlater 02/01/2001 90
start_bus
expect_mail 0 L
stop_echod

# The INF's settings do not apply to a control device that its driver makes.
if [ -n "$mount" ]; then
    write_inf first 'wdfuse\mailbox1' several 01/01/2000 70 several
    start_bus
    expect_equal "mode of $device.1" 644 "$(stat -c %a "$device.1")"
    expect_equal "mode of the control device" 600 "$(stat -c %a "$mount/wdfuse-control")"
    stop_echod
    rm "$infs/first.inf"
fi

# The command line's choice for any ID of a child takes precedence.
start_bus --driver="wdfuse\\box=$drivers/letter-function.so"
expect_mail 0 f
stop_echod

# A new INF serves the next child of a running bus; it can't change what is loaded.
start_bus
write_inf plugged 'wdfuse\mailbox7' plugged 01/01/2000 80 letter-other # P
printf 'plug 7' >"$device" || fail "$device does not take a command"
eventually 10 [ -e "$device.7" ] || fail "there is no $device.7"
expect_mail 7 P
expect_mail 1 L
stop_echod
rm "$infs/plugged.inf"

# A missing binary, a DriverEntry that fails, a file that is not a driver, an INF with an error:
# their children stay without a driver, the others have theirs, the daemon goes on. refuse TEXT:
# child 1 has no node, for that reason; child 0 has its driver.
refuse() {
    start_bus
    expect_mail 0 L
    [ ! -e "$device.1" ] || fail "$device.1 is there"
    grep -q "$1" "$work/said" || fail "no '$1': $(cat "$work/said")"
    grep -q "the child $name.1 stays without a driver" "$work/said" || fail "$(cat "$work/said")"
    expect_equal "lines about it: $(cat "$work/said")" 2 \
        "$(grep -ci 'error\|warning\|driver' "$work/said")"
    stop_echod
}
write_inf first 'wdfuse\mailbox1' missing 01/01/2000 70 missing
refuse 'there is no missing.so for the driver missing'
write_inf first 'wdfuse\mailbox1' failing 01/01/2000 70 driver-entry-fails
refuse 'the driver failing does not start: DriverEntry returned'
write_inf first 'wdfuse\mailbox1' none 01/01/2000 70 no-entry
refuse 'no-entry.so'
write_inf first 'wdfuse\mailbox1' nodevice 01/01/2000 70 control
refuse 'the driver nodevice makes control devices alone'
write_inf first 'wdfuse\mailbox1' later 01/01/2000 70 letter-other
refuse 'the driver later is that of'
rm "$infs/first.inf"

# An INF with an error is ignored: reported once, however many children come.
sed 's/^\[Service\]/[Lost]/' "$infs/later.inf" >"$infs/a.inf"
start_bus
expect_mail 1 L
expect_equal "lines about a.inf" 1 "$(grep -c 'a.inf:.*the INF is left out' "$work/said")"
stop_echod

rm "$infs"/*.inf
start_bus # no driver is for them: they are raw
printf one >"$device.0" || fail "$device.0 does not take a message"
stop_echod
