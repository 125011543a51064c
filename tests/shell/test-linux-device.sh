#!/bin/sh
# A stack on a device of Linux: a copy of a terminal, a FIFO, a file and devices of memory behaves
# as they do; clients that are killed leave; filters stand on it; what goes away takes the device
# with it; what can't be served is refused with one line.
. "$(dirname "$0")/wdfhost.sh"

terminal=$build/tests/shell/terminal
link=$work/terminal
log=$work/log
mkfifo "$work/to" "$work/from"

start_terminal() {
    "$terminal" "$link" <"$work/to" >"$work/from" &
    other=$!
    exec 8>"$work/to" 7<"$work/from"
    eventually 10 test -L "$link" || fail "there is no terminal"
}

# In the foreground: its log is looked at.
start_stack() { # ARGUMENT...
    "$wdfhost" -f --name="$name" --pidfile="$pidfile" ${mount:+"--mount=$mount"} "$@" 2>"$log" &
    daemon_register
}

start_copy() { # PATH
    start_stack --on="$1"
}

# A terminal.
start_terminal
start_copy "$(readlink "$link")"
printf 'hello' >"$device" || fail "$device takes no message"
expect_equal "what comes out on the other side" hello "$(within 10 head -c 5 <&7)"
printf 'back\n' >&8
expect_equal "what comes from the other side" back "$(within 10 dd if="$device" bs=100 count=1 \
    status=none)"
for _ in 1 2 3 4 5 6 7 8 9 10; do
    start_client cat "$device" >/dev/null
    eventually 10 is_waiting "$client" || fail "a read does not wait"
    kill -9 "$client"
    expect_end "$client"
done
if [ "$kind" = cuse ]; then
    within 10 stty -F "$device" rows 12 columns 34 || fail "stty does not set the size"
    expect_equal "the size of the terminal" "12 34" \
        "$(within 10 stty -F "$(readlink "$link")" size)"
    within 10 stty -F "$device" 19200 -ixon || fail "stty does not set the speed"
    expect_equal "its speed" 19200 "$(within 10 stty -F "$device" speed)"
fi
# It goes, with a client in it.
start_client cat "$device" >/dev/null
eventually 10 is_waiting "$client" || fail "a read does not wait"
kill "$other"
wait "$other" 2>/dev/null || :
expect_end "$client"
expect_daemon_end
grep -q 'is gone' "$log" || fail "the log does not say that it is gone"
rm "$link"

# A FIFO: a long write waits for its reader, an open for the other side.
mkfifo "$work/fifo"
start_copy "$work/fifo"
head -c 300000 /dev/urandom >"$work/sent"
start_client cat "$work/fifo" >"$work/got"
cat "$work/sent" >"$device" || fail "the FIFO takes no message"
expect_end "$client"
cmp "$work/sent" "$work/got" || fail "something else has come through"
start_client cat "$device" >"$work/got"
cat "$work/sent" >"$work/fifo"
expect_end "$client"
cmp "$work/sent" "$work/got" || fail "something else has come back"
stop_echod

# A file, under a filter that makes trouble and one that shows it.
printf 'aaaaaaaaaaaaaaaa' >"$work/file"
echo '{"Parameters": {"Every": 2, "Fault": "corrupt", "Requests": "read"}}' >"$work/fault.json"
start_stack "$build/app/fault.so" --config="$work/fault.json" --on="$work/file" \
    --upper-filter="$build/app/trace.so"
expect_equal "what is read" 'aaaa`aaaaaaa`aaa' "$(within 10 dd if="$device" bs=4 status=none)"
stop_echod
grep -q 'trace: read of 4 bytes: status 0x00000000, 4 bytes, .*, out 60 61 61 61 |`aaa|' "$log" ||
    fail "the log does not show the read"

# Devices of memory; O_NONBLOCK is the file's own affair.
start_copy /dev/zero
expect_equal "what is read" 131072 "$(within 10 head -c 131072 "$device" | tr -d -c '\0' | wc -c)"
stop_echod
start_copy /dev/full
printf x | not dd of="$device" 2>"$work/error" || fail "/dev/full is not full"
grep -q 'No space left' "$work/error" || fail "another error: $(cat "$work/error")"
stop_echod

# What can't be served.
refuse() { # TEXT ARGUMENT...
    text=$1
    shift
    expect_driver_refused "$text" "$@"
}
refuse "$work is a directory" --on="$work"
refuse "$work/none: No such file" --on="$work/none"
[ ! -b /dev/loop0 ] || refuse 'is a block device' --on=/dev/loop0
expect_refusal 2 'is no absolute path' "$wdfhost" --name="$name" --on=file
expect_refusal 2 'say the name' "$wdfhost" --on=/dev/null
expect_refusal 2 'is on /dev/null already' "$wdfhost" --name="$name" --on=/dev/null --on=/dev/zero
