# shellcheck shell=sh
#
# Which ways there are here from a client to a driver.

# Root, the module, and a /dev that the kernel fills: in a container's own, /dev/echo would never
# appear.
cuse_is_usable() {
    [ "$(id -u)" -eq 0 ] && grep -q ' /dev devtmpfs ' /proc/mounts || return 1
    [ -c /dev/cuse ] || modprobe -q cuse 2>/dev/null
    [ -c /dev/cuse ]
}

# The device node, and the right to mount: root's, which a container may have taken away, or
# fusermount3's.
fuse_is_usable() {
    [ -r /dev/fuse ] && [ -w /dev/fuse ] || return 1
    if [ "$(id -u)" -eq 0 ]; then
        capabilities=$(sed -n 's/^CapEff:[[:space:]]*/0x/p' /proc/self/status)
        [ $((capabilities >> 21 & 1)) -eq 1 ] # CAP_SYS_ADMIN
    else
        command -v fusermount3 >/dev/null
    fi
}
