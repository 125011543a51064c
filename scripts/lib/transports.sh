# shellcheck shell=sh
#
# Which ways there are here from a client to a driver.

# Why CUSE cannot be used here; nothing: it can. It takes root, the module, and a /dev that the
# kernel fills: in a container's own, /dev/echo would never appear.
cuse_obstacle() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "this user is not root"
    elif ! grep -q ' /dev devtmpfs ' /proc/mounts; then
        echo "/dev is a container's own, in which no node appears"
    elif ! [ -c /dev/cuse ] && ! modprobe -q cuse 2>/dev/null; then
        echo "the kernel has no module cuse"
    elif ! [ -c /dev/cuse ]; then
        echo "there is no /dev/cuse, though the module is loaded"
    fi
}

cuse_is_usable() {
    [ -z "$(cuse_obstacle)" ]
}

# Why nothing can be mounted here; nothing: it can. It takes the device node, and the right to
# mount: root's, which a container may have taken away, or fusermount3's.
fuse_obstacle() {
    if ! [ -r /dev/fuse ] || ! [ -w /dev/fuse ]; then
        echo "this user may not open /dev/fuse"
    elif [ "$(id -u)" -eq 0 ]; then
        capabilities=$(sed -n 's/^CapEff:[[:space:]]*/0x/p' /proc/self/status)
        [ $((capabilities >> 21 & 1)) -eq 1 ] || # CAP_SYS_ADMIN
            echo "this root may not mount (no CAP_SYS_ADMIN)"
    elif ! command -v fusermount3 >/dev/null; then
        echo "there is no fusermount3"
    fi
}

fuse_is_usable() {
    [ -z "$(fuse_obstacle)" ]
}
