# For the scripts of this directory: what a build needs, found or installed through the system's package manager.
# Only what is missing is installed, and nothing is asked.

say()
{
    printf '\n== %s\n' "$*"
}

die()
{
    echo "$*" >&2
    exit 1
}

# ---- is it here? ---------------------------------------------------------------------------------------------------

has_cmake() { command -v cmake >/dev/null; }
has_generator() { command -v ninja >/dev/null || command -v make >/dev/null; }
has_compiler() { printf '#include <stdio.h>\nint main(void) { return 0; }\n' | try_compile; }
has_openblas()
{
    printf '#include <cblas.h>\nint main(void) { return (int)cblas_isamax(0, 0, 1); }\n' |
        try_compile -I/usr/include/openblas -lopenblas ||
        { [ "$manager" = brew ] && brew --prefix --installed openblas >/dev/null 2>&1; }
}
has_cmocka() { command -v pkg-config >/dev/null && pkg-config --exists cmocka; }

try_compile()
{
    probe=$(mktemp) || die "no temporary file can be made"
    ${CC:-cc} -x c - "$@" -o "$probe" >/dev/null 2>&1 && found=0 || found=1
    rm -f "$probe"
    return $found
}

# ---- what it is called -----------------------------------------------------------------------------------------------

# package NEED: the packages that bring it, by the package manager
package()
{
    case $1-$manager in
    compiler-apt-get) echo gcc libc6-dev ;; # gcc only recommends libc6-dev
    compiler-*) echo gcc ;;
    generator-apt-get | generator-dnf) echo ninja-build ;;
    generator-*) echo ninja ;;
    openblas-apt-get) echo libopenblas-dev ;;
    openblas-dnf) echo openblas-devel ;;
    cmocka-apt-get) echo libcmocka-dev pkg-config ;;
    cmocka-dnf) echo libcmocka-devel pkgconf-pkg-config ;;
    cmocka-pacman) echo cmocka pkgconf ;;
    cmocka-brew) echo cmocka pkg-config ;;
    *) echo "$1" ;;
    esac
}

manager=
for candidate in apt-get dnf pacman brew; do
    if command -v $candidate >/dev/null; then
        manager=$candidate
        break
    fi
done

# ---- installing ------------------------------------------------------------------------------------------------------

as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

refreshed=no

# install_packages NAME...: quiet unless it fails
install_packages()
{
    echo "installing by $manager: $*"
    log=$(mktemp) || die "no temporary file can be made"
    if run_manager "$@" </dev/null >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 15 "$log" >&2
    rm -f "$log"
    return 1
}

run_manager()
{
    case $manager in
    apt-get)
        if [ $refreshed = no ]; then
            as_root apt-get -o DPkg::Lock::Timeout=300 update || echo "apt-get update failed"
            refreshed=yes
        fi
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
            install --yes --no-install-recommends "$@"
        ;;
    dnf) as_root dnf install --assumeyes "$@" ;;
    pacman) as_root pacman -Sy --needed --noconfirm "$@" ;;
    brew) brew install "$@" ;;
    esac
}

may_install()
{
    case $manager in
    '') return 1 ;;
    brew) return 0 ;;
    *) [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ;;
    esac
}

# require NEED...: all of them are here afterwards, or the script ends
require()
{
    wanted=
    needs=
    for need in "$@"; do
        if ! has_$need; then
            needs="$needs $need"
            wanted="$wanted $(package $need)"
        fi
    done
    if [ -z "$needs" ]; then
        return
    fi
    may_install || die "missing:$needs; please install$wanted and try again" \
        "(this script does it itself as root or with sudo, by apt-get, dnf or pacman, or by brew)"
    # shellcheck disable=SC2086
    install_packages $wanted || die "could not install:$wanted"
    for need in $needs; do
        has_$need || die "$need is still missing after installing $(package $need)"
    done
}

# The library runs without OpenBLAS too.
prefer_openblas()
{
    if has_openblas; then
        return
    fi
    # shellcheck disable=SC2046
    if may_install && install_packages $(package openblas) && has_openblas; then
        return
    fi
    echo "OpenBLAS is not here and could not be installed: going on with another BLAS or, where there is none," \
        "with the built-in matrix products, which are slower"
}

# ---- building --------------------------------------------------------------------------------------------------------

# build_in DIRECTORY TARGET CMAKE-OPTIONS...: configures, and builds TARGET with what it depends on; "all" is everything
build_in()
{
    directory=$1
    target=$2
    shift 2
    if [ -f "$directory/CMakeCache.txt" ] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$directory/CMakeCache.txt"; then
        rm -rf "$directory/CMakeCache.txt" "$directory/CMakeFiles" # of another checkout, copied here
    fi
    if [ ! -f "$directory/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        set -- -G Ninja "$@"
    fi
    if [ "$manager" = brew ]; then
        set -- -DCMAKE_PREFIX_PATH="$(brew --prefix openblas 2>/dev/null)" "$@"
    fi
    cmake -S "$root" -B "$directory" "$@" && cmake --build "$directory" --target "$target" --parallel "$(processors)"
}

processors()
{
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}
