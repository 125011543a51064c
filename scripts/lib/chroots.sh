# shellcheck shell=sh
#
# Root folders of other distributions, for packages: made from their mirrors, kept in build/chroots.
# Needs say.sh and packages.sh, and root; the current folder is the checkout's root.

chroots=$PWD/build/chroots

# Why there can be none here; nothing: there can.
chroots_obstacle() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "this user is not root"
    elif ! packages_install mmdebstrap >/dev/null; then
        echo "mmdebstrap cannot be installed"
    elif ! unshare --mount --pid --fork true 2>/dev/null; then
        echo "this root may make no namespace for mounts"
    fi
}

# chroot_base NAME ARCHIVE [PACKAGE...]: the distribution NAME with apt, as an archive. Ubuntu's
# keys are in a package of Debian's.
chroot_base() {
    name=$1 archive=$2
    shift 2
    packages=$(echo apt "$*" | tr ' ' ,)
    set -- --variant=minbase --dpkgopt=force-unsafe-io --include="${packages%,}"
    case $name in
    noble)
        chroot_ubuntu_keys || return
        set -- "$@" --keyring="$chroots/ubuntu-archive-keyring.gpg" --components=main,universe \
            "$name" "$archive" http://archive.ubuntu.com/ubuntu
        ;;
    *) set -- "$@" "$name" "$archive" http://deb.debian.org/debian ;;
    esac
    say "making a root folder of $name"
    mmdebstrap "$@" >"$archive.log" 2>&1 && return
    sed -n '/^E: /p' "$archive.log" >&2
    say "there is no root folder of $name: $archive.log says why; is its mirror reached?"
    rm -f "$archive"
    return 1
}

# Debian 12 has no package with Ubuntu's keys; Debian 13 has.
chroot_ubuntu_keys() {
    [ ! -s "$chroots/ubuntu-archive-keyring.gpg" ] || return 0
    chroot_get trixie "" keys &&
        chroot_run keys sh -c 'apt-get -qq update && apt-get -qq install ubuntu-keyring' \
            >"$chroots/keys.log" 2>&1 &&
        cp "$chroots/keys/usr/share/keyrings/ubuntu-archive-keyring.gpg" "$chroots" &&
        rm -rf --one-file-system "$chroots/keys"
}

# chroot_get NAME PACKAGES FOLDER: a new root folder $chroots/FOLDER with these packages, from an
# archive that is made the first time.
chroot_get() {
    mkdir -p "$chroots"
    kind=$(echo "$2" | cksum | cut -d ' ' -f 1)
    # shellcheck disable=SC2086 # a list
    [ -s "$chroots/$1-$kind.tar" ] || (chroot_base "$1" "$chroots/$1-$kind.tar" $2) || return
    rm -rf --one-file-system "${chroots:?}/$3"
    mkdir "$chroots/$3"
    tar -C "$chroots/$3" -xf "$chroots/$1-$kind.tar" --exclude=./dev/console
}

# chroot_run FOLDER COMMAND...: in there, with what it mounts in a namespace that goes with it. It
# is the namespace's root, as a container's would be: a process in a chroot may make no namespace
# for users. The network and its names are the host's.
chroot_run() {
    root=$chroots/$1
    shift
    [ ! -e /etc/resolv.conf ] || cp /etc/resolv.conf "$root/etc/resolv.conf"
    # shellcheck disable=SC2016 # for that shell
    unshare --mount --pid --fork --kill-child sh -ec '
        mount --bind "$1" "$1"
        cd "$1"
        shift
        mkdir -p dev/pts dev/shm
        mount -t proc proc proc
        mount -t sysfs -o ro sysfs sys
        mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
        mount -t tmpfs tmpfs dev/shm
        pivot_root . mnt
        umount -l /mnt
        exec env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
            DEBIAN_FRONTEND=noninteractive CCACHE_DIR=/var/cache/ccache \
            "$@"' sh "$root" "$@" </dev/null
}
