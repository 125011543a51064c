# shellcheck shell=sh
#
# Debian packages of this checkout. Needs say.sh, packages.sh and chroots.sh; the current folder is
# the checkout's root.
# shellcheck disable=SC2154 # $chroots is of chroots.sh

packages=$PWD/build/packages

# What debian/control asks for, which differs by name between the distributions.
package_build_needs() { # DISTRIBUTION
    echo build-essential debhelper fakeroot libfuse3-dev libjansson-dev libseccomp-dev \
        liburing-dev libsystemd-dev lintian meson pkgconf ccache
    case $1 in
    bookworm) echo systemd ;;
    *) echo systemd-dev ;;
    esac
}

# A copy of what belongs to the project.
package_source() { # FOLDER
    rm -rf "$1"
    mkdir -p "$1"
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard
    else
        find . -path './build*' -prune -o -type f -print0
    fi | tar -c --null --files-from=- | tar -x -C "$1"
}

# The project has no mail address of its own, so that there can be none in the packages; and
# pkg-config says what a driver is compiled with, which is more than where headers are.
# shellcheck disable=SC2016 # for the shell that runs it
package_commands='
    set -e
    cd "$1"
    dpkg-buildpackage --build=binary --no-sign
    lintian --fail-on error,warning --allow-root --suppress-tags \
        bogus-mail-host,bogus-mail-host-in-debian-changelog,pkg-config-bad-directive ../*.changes'

# The version in such a copy says for which distribution it is built, the one of ROOT: packages of a
# later one follow those of an earlier one. Ubuntu has its series in the place of unstable.
package_stamp() { # FOLDER ROOT
    # shellcheck disable=SC1091 # another machine's
    (
        . "$2/etc/os-release"
        [ "$ID" = ubuntu ] && series=$VERSION_CODENAME || series=unstable
        sed -i "1s/(\([^)]*\)) [a-z]*;/(\1+$ID$VERSION_ID) $series;/" "$1/debian/changelog"
    )
}

package_keep() { # FROM DISTRIBUTION
    rm -rf "${packages:?}/$2"
    mkdir -p "$packages/$2"
    mv "$1"/*.deb "$1"/*.changes "$1"/*.buildinfo "$packages/$2"
    say "the packages are in ${packages#"$PWD/"}/$2"
}

package_complain() { # LOG NAME
    tail -n 40 "$1" >&2
    say "no packages for $2: the end of $1 is above"
    return 1
}

package_here() {
    # shellcheck disable=SC1091 # this machine's
    name=$(. /etc/os-release && echo "${VERSION_CODENAME:-$ID}")
    # shellcheck disable=SC2046 # a list
    packages_install $(package_build_needs "$name") || return
    place=$packages/build-$name
    package_source "$place/wdfuse"
    package_stamp "$place/wdfuse" ""
    say "building packages for $name"
    DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" PATH=/usr/lib/ccache:$PATH \
        sh -c "$package_commands" sh "$place/wdfuse" >"$packages/$name.log" 2>&1 ||
        package_complain "$packages/$name.log" "$name" || return
    package_keep "$place" "$name"
    rm -rf "$place"
}

package_in_chroot() { # DISTRIBUTION
    chroot_get "$1" "$(package_build_needs "$1" | paste -sd ' ')" "build-$1" || return
    mkdir -p "$packages" "$chroots/ccache-$1"
    mv "$chroots/ccache-$1" "$chroots/build-$1/var/cache/ccache"
    package_source "$chroots/build-$1/build/wdfuse"
    package_stamp "$chroots/build-$1/build/wdfuse" "$chroots/build-$1"
    say "building packages for $1"
    chroot_run "build-$1" env DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
        sh -c "$package_commands" sh /build/wdfuse >"$packages/$1.log" 2>&1 &&
        built=true || built=false
    mv "$chroots/build-$1/var/cache/ccache" "$chroots/ccache-$1"
    $built ||
        package_complain "$packages/$1.log" "$1" || return
    package_keep "$chroots/build-$1/build" "$1"
    rm -rf --one-file-system "${chroots:?}/build-$1"
}
