# shellcheck shell=sh disable=SC2034,SC2154 # lib.sh has them
# Many clients that are killed while they wait, and the daemon's memory afterwards. Sourced after
# lib.sh.

# A file on FUSE takes one write at a time: the kernel holds the others back, where no signal
# reaches them.
at_once() { # read|write
    case $kind-$1 in
    fuse-write) echo 1 ;;
    *) echo 50 ;;
    esac
}

# count_memory_of PROGRAM: makes it the daemon's program, with $echod starting it so that its memory
# can be counted (see without_huge_pages.c). One arena, since it is chance which worker serves how
# many clients.
count_memory_of() {
    leave_memory_untouched
    export MALLOC_ARENA_MAX=1
    program=$1
    cat >"$work/counted" <<PROGRAM
#!/bin/sh
exec '$build/tests/shell/without-huge-pages' '$program' "\$@"
PROGRAM
    chmod +x "$work/counted"
    echod=$work/counted
}

# The daemon's private memory. The kernel counts it for this file, but only estimates VmRSS
# elsewhere.
daemon_memory() {
    sed -n 's/^Anonymous: *\([0-9]*\) kB$/\1/p' "/proc/$pid/smaps_rollup"
}

kill_clients() { # read|write COUNT
    within 20 "$killed_clients" "$1" "$device" "$2" "$(at_once "$1")" "$(seconds_patiently 5)" ||
        fail "killing $2 clients that wait in $1: exit status $?"
}

# The clients have been waited for, so they should not even exist.
none_in_state_d() {
    [ -z "$(cat /proc/[0-9]*/task/[0-9]*/status 2>/dev/null |
        awk '/^Name:/ { name = $2 }
            /^State:/ && $2 == "D" && name ~ /^(killed-clients|echod|wdfhost|wdfuse-|wdf-)/')" ]
}

# The first batches are for one-time allocations: threads with their stacks and buffers, blocks that
# the allocator keeps. Each client has more than a KiB: the request, its buffer of 2 KiB, its open
# file. A leak of 512 bytes for each would be noticed here, and any leak under AddressSanitizer
# (scripts/test).
expect_memory() { # BEFORE NUMBER-OF-CLIENTS
    # A sanitizer keeps freed memory for a while, and reports leaks when the daemon ends.
    ! grep -qaE '__[at]san_init' "$program" || return 0
    now=$(daemon_memory)
    echo "memory: $1 KiB, and $now KiB after $2 clients"
    [ $((now - $1)) -le $(($2 / 2)) ] ||
        fail "the daemon's memory has grown by $((now - $1)) KiB in $2 killed clients"
}

kill_five_hundred() { # read|write
    kill_clients "$1" 150
    before=$(daemon_memory)
    kill_clients "$1" 350
    expect_memory "$before" 350
    eventually 5 none_in_state_d || fail "a process of ours is in state D"
}
