#!/bin/sh
# The virtual serial port is a terminal to the programs that want one: stty, socat and picocom. That
# needs a node: for a file in a mount the kernel carries no number that does not say its size, and
# they are told that it is no terminal.
# Fixed names: the driver names its nodes.
. "$(dirname "$0")/wdfhost.sh"
requires program stty

start_echod "$build/app/serial.so"

if [ "$kind" = fuse ]; then
    within 10 stty -F "$device" >"$work/said" 2>"$work/stderr" &&
        fail 'stty takes a file in a mount'
    grep -q 'Inappropriate ioctl for device' "$work/stderr" ||
        fail "stty says $(cat "$work/stderr")"
    exit
fi

# settings WORD...: those of stty -a, which says each as it is (-WORD: off).
settings() {
    within 10 stty -F "$device" -a >"$work/settings" || fail "stty -a: exit status $?"
    for word; do
        grep -qE -- "(^|[ ;])$word([ ;]|\$)" "$work/settings" ||
            fail "stty shows no $word: $(cat "$work/settings")"
    done
}

# stty: what it sets it reads back, else it says so.
settings 'speed 115200 baud' cs8 -parenb -icanon -echo
within 10 stty -F "$device" raw 9600 cs7 parenb -echo || fail "stty: exit status $?"
settings 'speed 9600 baud' cs7 parenb
within 10 stty -F "$device" raw 115200 cs8 -parenb cstopb rows 25 columns 80 -echo ||
    fail "stty: exit status $?"
settings 'speed 115200 baud' 'rows 25' 'columns 80' cs8 -parenb cstopb
# A terminal for people: all of it is there, and lines can be edited.
within 10 stty -F "$device" sane -echo || fail "stty: exit status $?"
settings icanon icrnl opost onlcr isig iexten
start_client head -n 1 "$device" >"$work/line"
expect_waiting "$client"
printf 'hex\177llo\r' >"$device"
expect_end "$client"
expect_equal 'the line' hello "$(cat "$work/line")"
within 10 stty -F "$device" raw -echo || fail "stty: exit status $?"

# A read ends by min and time.
within 10 stty -F "$device" min 0 time 1 -echo || fail "stty: exit status $?"
expect_equal 'what is read of nothing' '' "$(within 10 head -c 1 "$device")"
within 10 stty -F "$device" min 1 time 0 -echo || fail "stty: exit status $?"

# socat makes the terminal raw, and finds every byte as it was.
if command -v socat >/dev/null; then
    head -c 3000 /dev/urandom >"$work/sent"
    start_client sh -c 'exec socat -u "$0",raw,echo=0,readbytes=3000 "CREATE:$1"' "$device" \
        "$work/received"
    within 10 socat -u "OPEN:$work/sent" "$device,raw,echo=0" || fail "socat: exit status $?"
    expect_end "$client"
    expect_same_bytes 'what socat has received' "$work/sent" "$work/received"
fi

# picocom takes the terminal for itself, shows what it has sent, and ends when nothing comes.
if command -v picocom >/dev/null; then
    printf 'is it me?' | within 20 picocom --quiet --baud 57600 --exit-after 1000 "$device" \
        >"$work/shown" || fail "picocom: exit status $?"
    expect_equal 'what picocom shows' 'is it me?' "$(tr -d '\r\n' <"$work/shown")"
fi
