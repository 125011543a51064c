# shellcheck shell=sh
#
# The Meson build, from nothing. Needs say.sh and packages.sh; the current folder is the checkout's
# root.

build_install_programs() {
    packages_install meson ninja-build pkg-config gcc libc6-dev libfuse3-dev liburing-dev \
        libjansson-dev libsystemd-dev libseccomp-dev fuse3
}

# For the tests as well: Check, CMake, drivers in C++, serial lines and a terminal for them, the
# words of the pages and the debugger that they show.
build_install() {
    build_install_programs &&
        packages_install g++ check cmake socat picocom minicom codespell gdb groff man-db
}

# For the tests of clients of 32 bits, which are skipped without it.
build_install_32bit() {
    [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ] || packages_install gcc-multilib
}

# For the test of the system's sleep, which is skipped without it.
build_install_bus() {
    packages_install dbus-daemon
}

# build_set_up FOLDER [OPTION...]: sets FOLDER up unless it is, to $tree/build.log.
build_set_up() {
    mkdir -p "$1"
    [ -f "$1/build.ninja" ] || meson setup "$@" >"$1/build.log" 2>&1
}

build_give_up() { # FOLDER
    cat "$1/build.log" >&2
    say "cannot build $1: the compiler's reasons are above"
    return 1
}

# build_tree FOLDER [OPTION...]: sets FOLDER up unless it is, and compiles all of it. Meson's and
# Ninja's output is for whoever looks into a failure. A folder that was set up before there was
# Check has no tests yet.
build_tree() {
    tree=$1
    say "building $tree"
    {
        build_set_up "$@" && {
            [ -d "$tree/tests" ] ||
                meson setup --reconfigure --clearcache "$tree" >>"$tree/build.log" 2>&1
        } && ninja -C "$tree" >>"$tree/build.log" 2>&1
    } || build_give_up "$tree"
}

# Ninja for the programs alone, with a line for every twenty steps.
build_shown() { # FOLDER
    { ninja -C "$1" programs 2>&1 || echo "it failed"; } | tee -a "$1/build.log" |
        awk 'match($0, /^\[[0-9]+\/[0-9]+\]/) {
                split(substr($0, 2, RLENGTH - 2), step, "/")
                if (step[1] == step[2] || step[1] - told >= 20) {
                    print "  " step[1] " of " step[2]
                    fflush()
                    told = step[1]
                }
            }
            { last = $0 }
            END { exit last == "it failed" }' >&2
}

# build_programs FOLDER: the same without the tests, for a user who waits: says how far it is.
build_programs() {
    tree=$1
    say "building the programs in $tree"
    if ! build_set_up "$tree" || ! build_shown "$tree"; then
        build_give_up "$tree"
    fi
}
