#!/bin/sh
# Many clients at once: each read returns one complete message of those written, never a mixture.
. "$(dirname "$0")/lib.sh"

letters='a b c d e f g h i j k l m n o p q r s t'

# Each client's message has its own letter and size, so that a mixture, or a cut, is noticed.
size=0
for letter in $letters; do
    size=$((size + 1777))
    head -c "$size" /dev/zero | tr '\0' "$letter" >"$work/message-$letter"
done

# In a VM a program takes long to start.
rounds='1 2 3'
[ "$patience" -lt 5 ] || rounds=1

# Runs in a shell of its own: LETTER DEVICE FOLDER ROUND...
cat >"$work/client" <<'CLIENT'
set -eu
letter=$1 device=$2 folder=$3
shift 3
for round; do
    dd if="$folder/message-$letter" of="$device" bs=131072 count=1 conv=notrunc status=none
    dd if="$device" of="$folder/read-$letter" bs=131072 count=1 status=none
    cmp "$folder/read-$letter" "$folder/message-$(head -c 1 "$folder/read-$letter")"
done
CLIENT

for options in --dispatch=sequential --dispatch=parallel '--dispatch=manual --read=sample' \
    '--dispatch=parallel --sync=none'; do
    # shellcheck disable=SC2086 # a list
    start_echod $options
    running=
    for letter in $letters; do
        # shellcheck disable=SC2086 # a list
        start_client sh "$work/client" "$letter" "$device" "$work" $rounds >>"$work/complaints" 2>&1
        running="$running $client"
    done
    for one in $running; do
        eventually 30 is_gone "$one" || fail "with $options a client does not end"
        wait "$one" || fail "with $options a client failed: $(cat "$work/complaints")"
    done
    stop_echod
done
