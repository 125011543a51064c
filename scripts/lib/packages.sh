# shellcheck shell=sh
#
# Debian packages: installs what a script needs and the machine lacks, says what it installs, and is
# silent about the rest. Needs say.sh.

packages_install() {
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    packages_authorize "install $missing" || return 1
    say "installing $missing"
    # Without an index apt knows no package, and an old one names files that are no longer there.
    # shellcheck disable=SC2086 # a list
    packages_apt update && packages_apt install --no-install-recommends $missing
}

# For what is downloaded only.
packages_refresh() {
    packages_authorize "update apt's index" && packages_apt update
}

packages_missing() {
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            echo "$package"
    done | paste -sd ' ' -
}

# packages_authorize PURPOSE: finds out how apt-get is run as root, for packages_apt.
packages_authorize() {
    if ! command -v apt-get >/dev/null; then
        say "cannot $1: this is no Debian or Ubuntu, there is no apt-get; get the like by hand"
        return 1
    elif [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        say "cannot $1: this user is not root and there is no sudo; do that as root, then try again"
        return 1
    fi
}

# apt-get tells a long story; only what explains a failure is passed on.
packages_apt() {
    story=$($as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy \
        -o DPkg::Lock::Timeout=120 "$@" 2>&1 </dev/null) &&
        return
    reason=$(printf '%s\n' "$story" | sed -n '/^E: /{p;q;}')
    say "apt-get $* failed: ${reason:-$(printf '%s\n' "$story" | tail -n 1)}; mend that, then try again"
    return 1
}
