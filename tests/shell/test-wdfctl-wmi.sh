#!/bin/sh
# wdfctl wmi: lists blocks, reads and writes instances and items, executes methods, and shows events
# as they come, to each watcher while it watches; it reports what does not exist.
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

# A watcher does not keep the daemon alive.
stop_echod
expect_end "$first"
