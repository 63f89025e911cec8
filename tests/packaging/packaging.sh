#!/bin/sh
# packaging.sh SETTINGS WAY: one of the functions below named in tests/packaging/CMakeLists.txt.  `install` installs the
# library, checks the list of files and moves the tree; the others build and run the consumer against the moved tree.
set -eu
. "$1"
way=$2
here=$(cd "$(dirname "$0")" && pwd)
consumer=$here/consumer/consumer.c
moved=$work/moved
export LC_ALL=C
unset LD_LIBRARY_PATH LD_RUN_PATH DESTDIR

fail()
{
    echo "$*"
    exit 1
}

skip()
{
    echo "skipped: $*"
    exit 77
}

# fresh NAME: an empty directory of this way alone
fresh()
{
    rm -rf "$work/$1"
    mkdir -p "$work/$1"
    cd "$work/$1"
}

# expected COMPONENT-PATTERN: the files that ought to be there
expected()
{
    config=$(echo "${build_type:-noconfig}" | tr '[:upper:]' '[:lower:]')
    {
        sed -n "s|^$1 ||p" "$here/installed.txt"
        if echo documentation | grep -qx "$1"; then
            (cd "$source" && find examples -type f | sed 's|^|@docdir@/|')
            [ ! -d "$build/man" ] || (cd "$build" && find man -type f | sed 's|^man|@mandir@|')
        fi
    } | sed "s|@libdir@|$libdir|; s|@includedir@|$includedir|
        s|@datadir@|$datadir|; s|@docdir@|$docdir|; s|@mandir@|$mandir|
        s|@config@|$config|; s|@version@|$version|; s|@soversion@|$soversion|" | sort
}

# holds_exactly DIRECTORY COMPONENT-PATTERN [FILES THAT ARE ABSENT, AN EXPRESSION]
holds_exactly()
{
    expected "$2" | grep -vE "${3:-^$}" >expected.txt
    (cd "$1" && find . ! -type d | sed 's|^\./||' | sort) >found.txt
    diff expected.txt found.txt || fail "$1: expected (<) and found (>) differ"
    echo "$(wc -l <found.txt) files, as expected"
}

# install_build OPTIONS...: from this build, whose list of what its user installed stays as it is
install_build()
{
    rm -rf "$work/manifests"
    mkdir -p "$work/manifests"
    for manifest in "$build"/install_manifest*.txt; do
        [ ! -f "$manifest" ] || mv "$manifest" "$work/manifests"
    done
    "$cmake" --install "$build" "$@" >log.txt
    rm -f "$build"/install_manifest*.txt
    for manifest in "$work/manifests"/*.txt; do
        [ ! -f "$manifest" ] || mv "$manifest" "$build"
    done
}

install()
{
    fresh install
    rm -rf "$moved"
    install_build --prefix "$work/install/usr"
    holds_exactly usr '[a-z]*'
    link=$(readlink "usr/$libdir/librnn.so") || fail "librnn.so is no link"
    [ "$link" = "librnn.so.$soversion" ] || fail "librnn.so -> $link"
    for place in "$work/install" "$build" "$source"; do
        if grep -rIlF "$place" usr; then
            fail "these installed files speak of $place, so the tree cannot be moved"
        fi
    done
    for link in $(grep -oE '\]\([^)#]+' "usr/$docdir/README.md" | sed 's/^](//' | grep -v '^https\{0,1\}:'); do
        [ -f "usr/$docdir/$link" ] || fail "the installed README.md has a link to $link, which is not there"
    done
    mv usr "$moved"
}

# The man pages: without a warning, and of every function.
man_pages()
{
    command -v man >/dev/null || skip "no man"
    pages=$moved/$mandir/man3
    [ -d "$pages" ] || skip "no man pages were made"
    fresh man
    for page in "$pages"/rnn*.3; do
        grep -q '^\.so ' "$page" || LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings --local-file "$page" 2>&1 >/dev/null
    done >log.txt
    [ ! -s log.txt ] || fail "man warns: $(cat log.txt)"
    for name in $(sed -n 's/^ *\(rnn_[a-z0-9_]*\);$/\1/p' "$source/src/api/librnn.map"); do
        page=$(sed -n 's/^\.so man3\///p' "$pages/$name.3")
        grep -q "^\.SS .*$name" "$pages/${page:-$name.3}" || fail "no page describes $name"
    done
    MANPATH=$moved/$mandir MANPAGER=cat man 3 rnn_step >page.txt
    grep -q 'rnn_step' page.txt || fail "man does not find rnn_step"
}

install_destdir()
{
    fresh destdir
    DESTDIR=$work/destdir/root
    export DESTDIR
    install_build
    unset DESTDIR
    [ "$(ls root)" = "$(echo "$prefix" | cut -d/ -f2)" ] || fail "beside the prefix: $(ls root)"
    holds_exactly "root$prefix" '[a-z]*'
}

install_components()
{
    fresh components
    for component in runtime development static documentation; do
        install_build --prefix "$PWD/$component" --component $component
        holds_exactly $component $component
    done
}

use_pkgconfig()
{
    command -v pkg-config >/dev/null || skip "pkg-config is not here"
    PKG_CONFIG_PATH=$1/$libdir/pkgconfig
    export PKG_CONFIG_PATH
    [ "$(pkg-config --modversion rnn)" = "$version" ] || fail "rnn.pc is of version $(pkg-config --modversion rnn)"
}

# compile "COMPILER AND FLAGS" "FLAGS OF PKG-CONFIG": these are words of a shell, with \ before a space
compile()
{
    echo "$1 consumer.c $2"
    eval "$1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \"\$consumer\" -o program $2"
}

# run_program [NAME]: it must run and be of this version
run_program()
{
    output=$("./${1:-program}") || fail "${1:-program} failed"
    echo "$output"
    case $output in
    "librnn $version, "*) ;;
    *) fail "expected: librnn $version, ..." ;;
    esac
}

needs_librnn()
{
    readelf -d "$1" | grep -q "NEEDED.*librnn.so.$soversion\]" || fail "$1 does not need librnn.so.$soversion"
}

needs_no_librnn()
{
    if readelf -d "$1" | grep 'NEEDED.*librnn'; then
        fail "$1 needs librnn.so, so it is not linked with librnn.a"
    fi
}

pkgconfig_shared()
{
    fresh "$way"
    use_pkgconfig "$moved"
    flags=$(pkg-config --cflags --libs rnn)
    case $flags in
    *blas*) fail "a user of the shared library needs no BLAS, but is told: $flags" ;;
    esac
    compile "$1" "$flags"
    needs_librnn program
    LD_LIBRARY_PATH="$moved/$libdir" run_program
}

pkgconfig_static()
{
    fresh "$way"
    use_pkgconfig "$moved"
    compile "$cc -std=c99" "$(pkg-config --cflags --libs --static rnn | sed 's/-lrnn/-l:librnn.a/')"
    needs_no_librnn program
    run_program
}

pkgconfig_fully_static()
{
    fresh "$way"
    use_pkgconfig "$moved"
    libraries=$(pkg-config --libs-only-l --static rnn | sed 's/-lrnn//')
    echo 'int main(void) { return 0; }' >empty.c
    if ! $cc -static empty.c $libraries -o empty 2>log.txt; then
        skip "these libraries are not all here for static linking: $libraries"
    fi
    compile "$cc -std=c99 -static" "$(pkg-config --cflags --libs --static rnn)"
    if readelf -d program | grep NEEDED; then
        fail "the program is not fully static"
    fi
    run_program
}

# configure SOURCE OPTIONS...: a CMake project of the user
configure()
{
    "$cmake" -B build -G "$generator" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$moved" -S "$@" >log.txt 2>&1
}

build_consumer()
{
    configure "$here/consumer" "$@" && "$cmake" --build build >>log.txt 2>&1 || fail "$(cat log.txt)"
}

find_package_shared()
{
    fresh "$way"
    build_consumer -DWAY=shared -DCMAKE_DISABLE_FIND_PACKAGE_BLAS=ON
    grep -F "rnn_DIR:PATH=$moved" build/CMakeCache.txt || fail "found was $(grep rnn_DIR build/CMakeCache.txt)"
    needs_librnn build/with_rnn
    run_program build/with_rnn
}

find_package_static()
{
    fresh "$way"
    build_consumer -DWAY=static
    needs_no_librnn build/with_rnn_static
    run_program build/with_rnn_static
}

add_subdirectory()
{
    fresh "$way"
    build_consumer -DWAY=source -DSOURCE="$source" -DRNN_BLAS="$blas"
    needs_librnn build/with_rnn
    needs_no_librnn build/with_rnn_static
    run_program build/with_rnn
    run_program build/with_rnn_static

    for shared in ON OFF; do # rnn::rnn is what the parent asks for, and no more is built than that
        find build -name 'librnn.*' -exec rm {} +
        build_consumer -DWAY=source_alone -DSOURCE="$source" -DRNN_BLAS="$blas" -DBUILD_SHARED_LIBS=$shared
        case $shared in
        ON) needs_librnn build/with_rnn ;;
        OFF) needs_no_librnn build/with_rnn ;;
        esac
        run_program build/with_rnn
        [ "$(find build -name librnn.a -o -name librnn.so | wc -l)" = 1 ] || fail "both libraries were built"
    done
}

# A user's shared library that contains librnn.a exports its own function alone, and works.
plugin()
{
    fresh "$way"
    use_pkgconfig "$moved"
    printf '%s\n' '#define main consumer_main' '#include "consumer.c"' '#undef main' 'int plugin(void);' \
        'int plugin(void) { return consumer_main(); }' >plugin.c
    eval "$cc -shared -fPIC -fvisibility=default -I'$here/consumer' plugin.c -o libplugin.so \
        $(pkg-config --cflags --libs --static rnn | sed 's/-lrnn/-l:librnn.a/')"
    needs_no_librnn libplugin.so
    nm -D --defined-only libplugin.so | awk '$2 != "A" { print $3 }' >exports.txt
    if grep -E '^rnni?_' exports.txt; then
        fail "libplugin.so exports functions of librnn.a"
    fi
    grep -qx plugin exports.txt || fail "libplugin.so does not export its own function: $(cat exports.txt)"
    echo 'int plugin(void); int main(void) { return plugin(); }' >main.c
    $cc main.c -o program ./libplugin.so
    run_program
}

# One library, chosen by BUILD_SHARED_LIBS, from a source folder through a build folder to a prefix whose names have
# spaces, without CMocka.
one_library()
{
    fresh "$way"
    folder=$PWD
    moved="$folder/a prefix"
    mkdir 'a source'
    (cd "$source" && cp -R CMakeLists.txt LICENSE README.md CHANGELOG.md SECURITY.md librnn.pc.in abi cmake docs examples \
        include src "$folder/a source")
    use_one_library ON 'librnn[.]a|rnn-static' needs_librnn
    use_one_library OFF 'librnn[.]so|rnn-shared' needs_no_librnn
}

# use_one_library BUILD_SHARED_LIBS FILES-OF-THE-OTHER CHECK-OF-PROGRAMS
use_one_library()
{
    PKG_CONFIG_LIBDIR=/nowhere "$cmake" -S 'a source' -B 'a build' -G "$generator" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_BUILD_TYPE="$build_type" -DRNN_BLAS="$blas" -DBUILD_SHARED_LIBS="$1" \
        -DRNN_BUILD_TESTS=ON -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF >log.txt 2>&1 || fail "$(cat log.txt)"
    grep 'no tests: they need CMocka' log.txt || fail "the configuration does not say why it has no tests: $(cat log.txt)"
    "$cmake" --build 'a build' >log.txt 2>&1 || fail "$(cat log.txt)"
    "$cmake" --install 'a build' --prefix "$moved" >log.txt
    holds_exactly "$moved" '[a-z]*' "$2"

    use_pkgconfig "$moved"
    compile "$cc" "$(pkg-config --cflags --libs rnn)"
    $3 program
    LD_LIBRARY_PATH="$moved/$libdir" run_program
    rm -rf build
    build_consumer -DWAY=any
    $3 build/with_rnn
    run_program build/with_rnn
    uninstalls
}

# The target uninstall leaves neither files of the library nor folders of its name, and everything else.
uninstalls()
{
    echo "of another package" >"$moved/$libdir/other"
    "$cmake" --build 'a build' --target uninstall >log.txt 2>&1 || fail "$(cat log.txt)"
    left=$(find "$moved" ! -type d -o -name '*rnn')
    [ "$left" = "$moved/$libdir/other" ] || fail "left is: $left"
    if "$cmake" --build 'a build' --target uninstall >log.txt 2>&1; then
        fail "a second uninstall was accepted"
    fi
    tr -s '\n ' ' ' <log.txt | grep -q 'it has no install_manifest.txt' || fail "$(cat log.txt)"
    rm "$moved/$libdir/other"
}

# Who wants the library alone is not told about tests.
no_tests()
{
    fresh "$way"
    PKG_CONFIG_LIBDIR=/nowhere configure "$source" -DRNN_BUILD_TESTS=OFF -DRNN_BLAS="$blas" || fail "$(cat log.txt)"
    if grep -i cmocka log.txt; then
        fail "a build without tests looks for CMocka"
    fi
}

# stand_in INTEGER-OF-HEADER INTEGER-OF-LIBRARY: a library that is found as OpenBLAS, and its header
stand_in()
{
    rm -rf stand_in
    mkdir -p stand_in/lib stand_in/include
    printf '%s\n' '#include <stdint.h>' 'enum { CblasRowMajor = 101, CblasNoTrans = 111, CblasTrans = 112 };' \
        "float cblas_sdot($1, const float *, $1, const float *, $1);" \
        "void cblas_sger(int, $1, $1, float, const float *, $1, const float *, $1, float *, $1);" \
        "void cblas_sgemv(int, int, $1, $1, float, const float *, $1, const float *, $1, float, float *, $1);" \
        "void cblas_sgemm(int, int, int, $1, $1, $1, float, const float *, $1, const float *, $1, float, float *, $1);" \
        >stand_in/include/cblas.h
    printf '%s\n' '#include <stdint.h>' "float cblas_sdot($2 n, const float *x, $2 x_step, const float *y, $2 y_step)" \
        '{' '    float sum = 0;' "    for ($2 i = 0; i < n; i++)" '        sum += x[i * x_step] * y[i * y_step];' \
        '    return sum;' '}' 'void sgemm_(void) {}' 'void cblas_sger(void) {}' 'void cblas_sgemv(void) {}' \
        'void cblas_sgemm(void) {}' >stand_in/blas.c
    $cc -shared -fPIC -Wl,-soname,libopenblas.so.0 stand_in/blas.c -o stand_in/lib/libopenblas.so.0
    ln -s libopenblas.so.0 stand_in/lib/libopenblas.so
    rm -rf build
}

# configure_stand_in RNN_BLAS
configure_stand_in()
{
    configure "$source" -DRNN_BUILD_TESTS=OFF -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF -DRNN_BLAS="$1" \
        -DRNN_CBLAS_INCLUDE_DIR="$PWD/stand_in/include" -DBLA_VENDOR=OpenBLAS -DCMAKE_PREFIX_PATH="$PWD/stand_in"
}

# A CBLAS with 64-bit integers is refused, whether its header says so or only its library has them.
ilp64()
{
    fresh "$way"
    printf '%s\n' '_Static_assert(sizeof(void *) == 8, "");' >word.c
    $cc -c word.c 2>log.txt || skip "words have not 64 bits"
    stand_in int int
    configure_stand_in cblas || fail "the stand-in with int was refused: $(cat log.txt)"
    grep 'matrix products  own kernels, and CBLAS on request: libopenblas.so.0' log.txt || fail "$(cat log.txt)"
    for header in int64_t int; do
        stand_in $header int64_t
        if configure_stand_in cblas; then
            fail "a CBLAS with 64-bit integers was accepted; its header says $header"
        fi
        tr -s '\n ' ' ' <log.txt | grep -q 'its integers have 64 bits (ILP64)' || fail "another reason: $(cat log.txt)"
        rm -rf build
        configure_stand_in auto || fail "$(cat log.txt)"
        grep 'matrix products .*is not used: its integers have 64 bits (ILP64)' log.txt || fail "$(cat log.txt)"
    done
}

# What `git archive` gives builds, and passes a test.
git_archive()
{
    fresh "$way"
    git -C "$source" rev-parse HEAD >log.txt 2>&1 || skip "$source is no checkout"
    mkdir source
    git -C "$source" archive HEAD | tar -xf - -C source
    "$cmake" -S source -B build -G "$generator" -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE="$build_type" -DRNN_BLAS="$blas" \
        -DRNN_BUILD_EXAMPLES=OFF -DRNN_BUILD_BENCH=OFF >log.txt 2>&1 || fail "$(cat log.txt)"
    "$cmake" --build build --target rnn rnn_static readme_example old_client test_worked_example >log.txt 2>&1 ||
        fail "$(cat log.txt)"
    (cd build && "$ctest" --no-tests=error -R '^(readme_example|old_client|worked_example)$') || fail "its tests fail"
}

# Without the shared library a plain -lrnn takes the static one.
install_static_alone()
{
    fresh static_alone
    moved=$PWD/usr
    for component in development static; do
        install_build --prefix "$moved" --component $component
    done
    use_pkgconfig "$moved"
    compile "$cc -std=c99" "$(pkg-config --cflags --libs --static rnn)"
    needs_no_librnn program
    run_program
    build_consumer -DWAY=static
    run_program build/with_rnn_static
}

# What find_package must refuse, with a reason.
refusals()
{
    fresh "$way"
    for query in '0.0.9' '0.2' '1.0' '0.1 COMPONENTS imaginary' '0.1 COMPONENTS shared imaginary'; do
        rm -rf build
        printf '%s\n' 'cmake_minimum_required(VERSION 3.18)' 'project(refused LANGUAGES C)' \
            "find_package(rnn $query REQUIRED)" >CMakeLists.txt
        if configure .; then
            fail "find_package(rnn $query) was accepted"
        fi
        grep -qE 'considered but not accepted|none called imaginary' log.txt || fail "another reason: $(cat log.txt)"
        echo "refused: find_package(rnn $query)"
    done
}

cxx11_gcc()
{
    command -v g++ >/dev/null || skip "g++ is not here"
    pkgconfig_shared "g++ -std=c++11 -x c++"
}

cxx11_clang()
{
    command -v clang++ >/dev/null || skip "clang++ is not here"
    pkgconfig_shared "clang++ -std=c++11 -x c++"
}

case $way in
pkgconfig_shared) pkgconfig_shared "$cc -std=c99" ;;
*) $way ;;
esac
