#!/bin/sh
# The echo device knows no Linux ioctl, only the codes that <wdfuse/ioctl.h> sends: each of the
# others fails, whatever its code and argument, and does no harm.
. "$(dirname "$0")/lib.sh"

start_echod
echo hello >"$device"

# _IO, _IOR, _IOW and _IOWR of type 'w'; a terminal's; 16383 bytes of argument; CTL_CODEs of all
# four methods.
for code in 0x7701 0x80047701 0x40047701 0xc0407701 0xffffffff 0x5401 0 \
    0x222000 0x222001 0x222002 0x222003 0xbfff7701 0x7fff7701; do
    for argument in '' no-argument; do
        # shellcheck disable=SC2086 # nothing, or a word
        result=$(within 10 "$fileprobe" ioctl "$device" $code $argument) ||
            fail "ioctl $code: no answer"
        case $result in
        E*) ;;
        *) fail "ioctl $code $argument: should fail, returned $result" ;;
        esac
    done
done
expect_equal "message" hello "$(within 10 cat "$device")"
