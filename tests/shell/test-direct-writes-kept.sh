#!/bin/sh
# A driver keeps long direct writes in the memory they were received in, more of them than the
# session has spare buffers, while others go on and clients are killed: what it keeps does not
# change.
. "$(dirname "$0")/wdfhost.sh"

# uniform FIRST LETTER: a write of the driver `hoard` (tests/drivers/hoard.c).
uniform() {
    printf %s "$1"
    head -c 99999 /dev/zero | tr '\0' "$(printf %.1s "$2")"
}

write_device() { # FILE
    within 10 dd if="$1" of="$device" bs=100000 count=1 conv=notrunc status=none
}

kept() {
    within 10 dd if="$device" bs=100 count=1 status=none
}

has_kept() {
    [ "$(kept)" = "$1" ]
}

release() {
    within 10 dd if="$device" bs=1 count=1 status=none >"$work/released"
}

start_keepers() { # LETTER...
    keepers=
    for letter; do
        uniform '~' "$letter" >"$work/keep-$letter"
        start_client dd if="$work/keep-$letter" of="$device" bs=100000 count=1 conv=notrunc \
            status=none
        keepers="$keepers $client"
    done
}

expect_all_unchanged() {
    for keeper in $keepers; do
        expect_end "$keeper"
        expect_equal "status of a writer" 0 "$client_status"
    done
}

start_driver hoard
uniform - x >"$work/other"
write_device "$work/other"

# kernel_since MAJOR MINOR
kernel_since() {
    version=$(uname -r)
    minor=${version#*.}
    [ "${version%%.*}" -gt "$1" ] ||
        { [ "${version%%.*}" -eq "$1" ] && [ "${minor%%[!0-9]*}" -ge "$2" ]; }
}

if [ "$kind" = fuse ] && ! kernel_since 6 2; then
    # It lets one write at a time through to a file: the next ones come when it is done.
    # Meanwhile long messages of another kind arrive, which the mount refuses.
    long=$(head -c 4000 /dev/zero | tr '\0' x)
    start_keepers a b c
    for keeper in $keepers; do
        eventually 10 has_kept 1 || fail "no write is kept"
        for _ in 1 2 3 4 5 6 7 8; do
            not ln -s "$long" "$mount/link" 2>"$work/refused" || fail "the mount has taken a link"
        done
        release
    done
    expect_all_unchanged
    stop_echod
    exit
fi

# shellcheck disable=SC2046 # forty letters
start_keepers $(for i in 0 1 2 3 4; do printf "%s$i " a b c d e f g h; done)
eventually 20 has_kept 40 || fail "$(kept) of 40 writes are kept"
for _ in 1 2 3 4 5; do
    write_device "$work/other"
done
survivors=
count=0
for keeper in $keepers; do
    count=$((count + 1))
    if [ $((count % 2)) -eq 0 ]; then
        survivors="$survivors $keeper"
    else
        kill -KILL "$keeper"
        expect_end "$keeper"
    fi
done
eventually 10 has_kept 20 || fail "$(kept) of 20 writes are kept"
for _ in 1 2 3 4 5; do
    write_device "$work/other"
done
keepers=$survivors
release
expect_all_unchanged
