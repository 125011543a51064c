# shellcheck shell=sh
#
# The Meson build, from nothing. Needs say.sh and packages.sh; the current folder is the checkout's
# root.

build_install() {
    packages_install meson ninja-build pkg-config gcc g++ libc6-dev libfuse3-dev liburing-dev \
        libjansson-dev libsystemd-dev fuse3 check socat
}

# For the tests of clients of 32 bits, which are skipped without it.
build_install_32bit() {
    [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] || packages_install gcc-multilib
}

# For the test of the system's sleep, which is skipped without it.
build_install_bus() {
    packages_install dbus-daemon
}

# build_tree FOLDER [OPTION...]: sets FOLDER up unless it is, and compiles. Meson's and Ninja's
# output is for whoever looks into a failure.
build_tree() {
    tree=$1
    shift
    say "building $tree"
    mkdir -p "$tree"
    { [ -f "$tree/build.ninja" ] || meson setup "$tree" "$@"; } >"$tree/build.log" 2>&1 &&
        ninja -C "$tree" >>"$tree/build.log" 2>&1 && return
    cat "$tree/build.log" >&2
    say "cannot build $tree: the compiler's reasons are above"
    return 1
}
