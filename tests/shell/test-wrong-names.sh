#!/bin/sh
# A name that cannot be a device's is wrong usage: it never leads out of the folder of devices.
. "$(dirname "$0")/lib.sh"

for bad_name in '' . .. a/ a//b a/../b ./a a/-b /etc/passwd ../echo 'two
lines' "$(printf 'tab\there')" "$(head -c 300 /dev/zero | tr '\0' n)"; do
    expect_refusal 2 --name "$echod" --name="$bad_name" --pidfile="$pidfile" \
        ${mount:+"--mount=$mount"}
    [ ! -e "$pidfile" ] || fail "the name '$bad_name' was refused, and left a pidfile"
    [ -z "$mount" ] || not is_mounted "$mount" ||
        fail "the name '$bad_name' was refused, and left a mount"
done

# One device would be the folder of the other.
expect_refusal 2 --name "$echod" --name="$name/echo" --name="$name" --pidfile="$pidfile" \
    ${mount:+"--mount=$mount"}
