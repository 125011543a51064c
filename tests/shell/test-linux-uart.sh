#!/bin/sh
# A copy of a serial port with a UART behind it: stty, dd, socat and picocom do on the copy what
# they do on the port. Needs the card of two ports, each at the end of the other's cable, that the
# virtual machine has (tests/vm/run-in-vm): what is written to others may go anywhere.
. "$(dirname "$0")/wdfhost.sh"

requires cuse
requires program socat
requires program picocom

ports() {
    for card in /sys/bus/pci/devices/*; do
        case $(cat "$card/vendor" "$card/device" 2>/dev/null | paste -sd:) in
        0x1b36:0x0003) ls "$card/tty" ;;
        esac
    done
}

port=/dev/$(ports | sed -n 1p)
far=/dev/$(ports | sed -n 2p)
[ "$far" != /dev/ ] || skip "there is no pair of serial ports of QEMU"

stty -F "$far" 115200 raw -echo -hupcl clocal
start_echod --on="$port"

# stty: each way of asking, and what is set is set on the port.
within 10 stty -F "$device" 115200 raw -echo -ixon cs7 parenb ||
    fail "stty sets nothing"
expect_equal "the settings of the port" "$(within 10 stty -F "$device" -g)" "$(stty -F "$port" -g)"
within 10 stty -F "$device" 115200 raw -echo cs8 -parenb || fail "stty sets nothing"
expect_equal "the speed of the port" 115200 "$(stty -F "$port" speed)"
expect_equal "its settings" "$(stty -F "$port" -a)" "$(within 10 stty -F "$device" -a)"

head -c 600 /dev/urandom >"$work/sent"

# receive PATH PROGRAM...: what the program sends comes out at PATH.
receive() {
    start_client head -c 600 "$1" >"$work/got"
    receiver=$client
    shift
    eventually 10 sleeps "$receiver" || fail "nobody reads"
    "$@" || fail "$1: exit status $?"
    expect_end "$receiver"
    cmp "$work/sent" "$work/got" || fail "something else has come out"
}

sleeps() { # PID
    grep -q '^State:.S' "/proc/$1/status"
}

receive "$far" within 10 dd if="$work/sent" of="$device" status=none
receive "$device" within 10 dd if="$work/sent" of="$far" status=none

# socat: bytes of every value both ways at once.
start_client socat "$device,raw,echo=0" EXEC:cat
server=$client
eventually 10 sleeps "$server" || fail "socat does not wait"
receive "$far" within 10 dd if="$work/sent" of="$far" status=none
kill "$server"
expect_end "$server"
receive "$far" within 20 socat -u "OPEN:$work/sent" "$device,raw"

# picocom: shows what comes, sends what it is given, and ends when nothing has come for a while.
printf 'from the far end\n' >"$work/line"
start_client sh -c 'exec picocom --quiet --baud 115200 --exit-after 3000 "$0" >"$1" </dev/null' \
    "$device" "$work/shown"
terminal=$client
is_shown() {
    cat "$work/line" >"$far"
    grep -q 'from the far end' "$work/shown"
}
eventually 10 is_shown || fail "picocom shows nothing: $(cat "$work/shown")"
expect_end "$terminal"
expect_equal "the exit status of picocom" 0 "$client_status"
printf 'hello' >"$work/sent"
start_client head -c 5 "$far" >"$work/got"
receiver=$client
eventually 10 sleeps "$receiver" || fail "nobody reads"
within 20 picocom --quiet --baud 115200 --exit-after 500 "$device" <"$work/sent" >/dev/null ||
    fail "picocom: exit status $?"
expect_end "$receiver"
expect_equal "what picocom has sent" hello "$(cat "$work/got")"

# Who is killed leaves at once.
for _ in 1 2 3; do
    start_client cat "$device" >/dev/null
    expect_waiting "$client"
    kill -9 "$client"
    expect_end "$client"
done
stop_echod
