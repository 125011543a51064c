#!/bin/sh
# Children of a bus driver with an INF: its function driver and filters form a stack on top of the
# child, with the INF's registry values, mode and exclusive opens (S20.24, S20.28, S20.34).
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"

cat >"$work/mailbox.inf" <<'END'
[Version]
Signature = "$Windows NT$"
ClassGuid = {78A1C341-4539-11D3-B88D-00C04FAD5171}
[Manufacturer]
wdfuse = Models, NT$ARCH$
[Models.NT$ARCH$]
"Another one" = Nothing, wdfuse\nothing
"Mailbox"     = Mailbox, WDFUSE\mailbox
[Nothing.NT]
[Nothing.NT.Services]
AddService = , 2
[Mailbox.NT]
[Mailbox.NT.HW]
AddReg = Device
[Device]
HKR, , Security, , "D:P(A;;GA;;;SY)(A;;GR;;;WD)"
HKR, , Exclusive, 0x00010001, 1
HKR, , UpperFilters, 0x00010008, upper
[Mailbox.NT.Services]
AddService = function, 2, Function
AddService = upper, , Upper
[Function]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\letter-function.sys
[Upper]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %13%\letter-b.sys
AddReg        = Letter
[Letter]
HKR, Parameters, Letter, 0x00010001, 66
[Mailbox.NT.Wdf]
END

run_bus() { # MODEL-ID
    within 20 "$wdfhost" --pidfile="$pidfile" ${mount:+"--mount=$mount"} --driver-path="$drivers" \
        "$drivers/bus.so" \
        --name="$name" --driver="$1=$work/mailbox.inf"
}

run_bus 'wdfuse\mailbox' || fail "exit status $?"
daemon_register
printf one >"$device.0" || fail "$device.0 does not take a message"
expect_equal "what the child says" "onefB" \
    "$(within 10 dd if="$device.0" bs=64 count=1 status=none)"
expect_equal "mode of $device.0" 644 "$(stat -c %a "$device.0")"
expect_equal "mode of $device" 600 "$(stat -c %a "$device")"
exec 4<"$device.1"
! (: <"$device.1") 2>"$work/stderr" || fail "two open files of an exclusive child"
exec 4<&-
stop_echod

refuse() { # TEXT ID
    expect_refusal 1 "$1" run_bus "$2"
    expect_nothing_left
}
refuse 'mailbox.inf has no model for wdfuse\other' 'wdfuse\other'
refuse 'mailbox.inf: the device has no function driver' 'wdfuse\nothing'
