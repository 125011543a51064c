#!/bin/sh
# wdfctl wmi: lists blocks, reads and writes instances and items, executes methods, and shows events
# as they come, to each watcher while it watches; it reports what does not exist. With a MOF all of
# it goes by names.
. "$(dirname "$0")/wdfctl.sh"

block=2c8c4d1a-7a3b-4d55-9b11-10273e5c4401
start_driver watched

expect_shown "^  $block  $name +watched +1 " wmi
expect_shown "\"guid\": \"$block\"" --json wmi list
expect_shown '^  0000  07 00 00 00 ' wmi get "$block"
expect_shown '"data": "07000000"' --json wmi get "$name/$block/0"
ctl wmi set "{$block}" 01020304 || fail "wmi set: status $?"
expect_shown ' 01 02 03 04 ' wmi get "$block"
ctl wmi set-item "$block" 2 ff || fail "wmi set-item: status $?"
expect_shown ' ff 02 03 04 ' wmi get "$block"
expect_shown '^  0000  63 62 61  *cba$' wmi execute "$block" 1 61 6263

# With a MOF: names and values, and the class's name for its GUID.
cat >"$work/watched.mof" <<END
[WMI, Dynamic, Provider("WMIProv"), guid("$block")]
class Watched {
    [key, read] string InstanceName;
    [read] boolean Active;
    [WmiDataId(1), read, write] uint16 Low;
    [WmiDataId(2), read, write] uint16 High;
};
END
shown=$(ctl --mof="$work/watched.mof" wmi get "$block") || fail "wmi get by MOF: status $?"
expect_equal "the items by GUID" "Low = 767
High = 1027" "$shown"
expect_equal "the items by the class's name" "$shown" \
    "$(ctl --mof="$work" wmi get "$name/Watched/0")"
ctl --mof="$work/watched.mof" wmi set Watched 02000300 || fail "wmi set by MOF: status $?"
expect_shown '^Low = 2$' --mof="$work/watched.mof" wmi get watched
ctl wmi set "$block" ff020304
sed 's/uint16 High/uint64 High/' "$work/watched.mof" >"$work/longer.mof"
expect_shown '^.the data end here: Watched says' --mof="$work/longer.mof" wmi get "$block"
printf 'class {' >"$work/wrong.mof"
expect_complaint 'wrong.mof: ' --mof="$work/wrong.mof" wmi get "$block"
expect_complaint 'absent.mof: No such file' --mof="$work/absent.mof" wmi get "$block"
expect_refusal 2 "'devices': --mof belongs to wmi" "$wdfctl" --mof="$work" devices
rm "$work/wrong.mof"

# Errors.
expect_complaint 'the daemon says STATUS_WMI_SET_FAILURE' wmi set "$block" 01
expect_complaint 'the daemon says STATUS_WMI_ITEMID_NOT_FOUND' wmi set-item "$block" 3 01
expect_complaint 'the daemon says STATUS_WMI_INSTANCE_NOT_FOUND' wmi get "$block/1"
expect_complaint 'the daemon does not take that data' wmi set "$block" 123
no_text=$(printf 'a\377')
expect_refusal 2 "'usage': wmi get " "$wdfctl" wmi get "$no_text/$block"
expect_refusal 2 "'usage': wmi get " "$wdfctl" wmi get "/$block"
expect_complaint "'execute': the data are no text" wmi execute "$block" 1 "$no_text"
expect_complaint 'no MOF describes it: there are no names' wmi execute "$block" Turn
expect_complaint 'no MOF describes it: there are no names' wmi set "$block" Low=1
expect_complaint 'the daemon does not take that guid' wmi get "$block-"
expect_complaint 'the daemon does not take that guid' wmi get Watched
expect_complaint "there is no block 'nobody/$block'" wmi get "nobody/$block"
expect_complaint "there is no block '${block%1}2'" wmi get "${block%1}2"
expect_refusal 2 "'dance': it is none of" "$wdfctl" wmi dance
expect_refusal 2 "'usage': wmi set " "$wdfctl" wmi set "$block"
expect_refusal 2 "'usage': wmi get " "$wdfctl" wmi get "$block/soon"

# Events: each watcher gets them.
start_client "$wdfctl" --daemon="$pid" wmi watch "$block" >"$work/first"
first=$client
start_client "$wdfctl" --daemon="$pid" --json wmi watch "$block" >"$work/second"
second=$client
# The empty answer says that it watches.
eventually 10 grep -q '"events"' "$work/second" || fail "nobody watches"
fires() { # until the first one gets it, too
    printf 'fire bread' >"$device"
    grep -q "^  0000  62 72 65 61 64 .* bread$" "$work/first"
}
eventually 10 fires || fail "an event is not shown: '$(cat "$work/first")'"
grep -qE " $block, instance 0 of $name" "$work/first" || fail "$(cat "$work/first")"
eventually 10 grep -q '"data": "6272656164"' "$work/second" || fail "$(cat "$work/second")"
kill "$second"
expect_end "$second"
printf 'fire jam' >"$device"
eventually 10 grep -q ' jam$' "$work/first" || fail "who goes on watching sees nothing"

# A method that hangs holds up neither who asked for it nor who looks. Nobody waits for it any more,
# but it returns in the end.
start_client sh -c 'printf hold >"$1"' sh "$device"
holder=$client
eventually 10 shows WDFWAITLOCK locks || fail "nobody holds the lock"
expect_complaint "no answer in time: a driver's callback has not returned" --timeout=1 \
    wmi execute "$block" 2
expect_shown " $name " devices
expect_equal "the read that lets go" ok "$(message)"
expect_end "$holder"
expect_shown '^  0000  ff 02 03 04 ' wmi get "$block"

# A watcher does not keep the daemon alive.
stop_echod
expect_end "$first"

# Objects in objects, arrays, methods with inputs and outputs, and a block that comes and goes
# (S12.5, S12.8), as Microsoft's wmisamp has them.
mof=$top/tests/drivers/panel.mof
start_driver panel
ctl --mof="$mof" wmi execute PanelState SetMain On=true Level=-3 Seconds=0x10 ||
    fail "a method by name: status $?"
ctl --mof="$mof" wmi set PanelState 'Rows[1].Level=7' 'Codes={1, 2, 3, 255}' ||
    fail "items by name: status $?"
expect_equal "the panel" 'Main.On = true
Main.Level = -3
Main.Seconds = 16
Rows[0].On = false
Rows[0].Level = 0
Rows[0].Seconds = 0
Rows[1].On = false
Rows[1].Level = 7
Rows[1].Seconds = 0
Codes = {1, 2, 3, 255}' "$(ctl --mof="$mof" wmi get PanelState)"
ctl --mof="$mof" wmi set-item PanelState codes '{4, 5, 6, 7}' || fail "an item: status $?"
expect_shown '^Codes = .4, 5, 6, 7.$' --mof="$mof" wmi get PanelState
expect_equal "a method's output" 'Total = 4294967296' \
    "$(ctl --mof="$mof" wmi execute PanelState Sum First=4294967295 Second=1)"
expect_complaint 'PanelState: Second has no value' --mof="$mof" wmi execute PanelState Sum First=1
expect_complaint "'Multiply': the block has no such method" --mof="$mof" wmi execute PanelState \
    Multiply
expect_complaint "'Colour': the block has no such item" --mof="$mof" wmi set-item PanelState \
    Colour 1
expect_complaint "the daemon says STATUS_WMI_ITEMID_NOT_FOUND" --mof="$mof" wmi execute PanelState 9
expect_complaint "the daemon says STATUS_INVALID_PARAMETER_MIX" --mof="$mof" wmi execute \
    PanelState 1 00
expect_complaint "PanelState: Main.Level: '32768' is no value of its type" --mof="$mof" wmi set \
    PanelState Main.Level=32768
# A buffer that is a byte too small for the output (S19.18), by the socket: wdfctl has always room.
sum_within() { # SIZE
    printf '{"method": "org.wdfuse.control.ExecuteWmi", "parameters": {"guid": "%s", "id": 2,
        "data": "0100000002000000", "output_size": %d}}\0' \
        5b0d1e30-62d8-4c0e-8f0a-6e1d6a9c2b02 "$1"
}
if command -v socat >/dev/null; then
    { sum_within 7 && sum_within 8; } |
        within 10 socat -t 1 - "UNIX-CONNECT:$socket_folder/$pid.socket" | tr '\0' '\n' \
        >"$work/sums"
    head -n 1 "$work/sums" | grep -q STATUS_BUFFER_TOO_SMALL || fail "$(cat "$work/sums")"
    grep -q '"data": *"0300000000000000"' "$work/sums" || fail "$(cat "$work/sums")"
fi
expect_complaint 'the daemon says STATUS_WMI_INSTANCE_NOT_FOUND' --mof="$mof" wmi get PanelNotes
for _ in 1 2; do
    expect_equal "notes come" 'AreThere = 1' "$(ctl --mof="$mof" wmi execute PanelState Toggle)"
    ctl --mof="$mof" wmi set PanelNotes 000000000000 || fail "the notes: status $?"
    ctl --mof="$mof" wmi set PanelNotes Count=2 'Title=to do' 'Numbers={8, 9}' ||
        fail "notes by name: status $?"
    expect_equal "the notes" 'Count = 2
Title = "to do"
Numbers = {8, 9}' "$(ctl --mof="$mof" wmi get PanelNotes)"
    expect_equal "notes go" 'AreThere = 0' "$(ctl --mof="$mof" wmi execute PanelState Toggle)"
done
stop_echod
