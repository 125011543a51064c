#!/bin/sh
# Many clients at once: each read yields one complete message of those written, never a mixture.
. "$(dirname "$0")/lib.sh"

letters='a b c d e f g h i j k l m n o p q r s t'

# Each client's message has its own letter and its own size, so that a mixture shows, and so does a cut.
size=0
for letter in $letters; do
    size=$((size + 1777))
    head -c "$size" /dev/zero | tr '\0' "$letter" >"$work/message-$letter"
done

# Runs in a shell of its own: LETTER DEVICE FOLDER.
cat >"$work/client" <<'CLIENT'
set -eu
for round in 1 2 3; do
    dd if="$3/message-$1" of="$2" bs=131072 count=1 conv=notrunc status=none
    dd if="$2" of="$3/read-$1" bs=131072 count=1 status=none
    cmp "$3/read-$1" "$3/message-$(head -c 1 "$3/read-$1")"
done
CLIENT

for options in --dispatch=sequential --dispatch=parallel '--dispatch=manual --read=sample' \
    '--dispatch=parallel --sync=none'; do
    # shellcheck disable=SC2086 # a list
    start_echod $options
    running=
    for letter in $letters; do
        start_client sh "$work/client" "$letter" "$device" "$work" >>"$work/complaints" 2>&1
        running="$running $client"
    done
    for one in $running; do
        eventually 30 is_gone "$one" || fail "with $options a client does not end"
        wait "$one" || fail "with $options a client failed: $(cat "$work/complaints")"
    done
    stop_echod
done
