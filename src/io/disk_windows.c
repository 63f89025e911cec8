#define WIN32_LEAN_AND_MEAN
#undef _WIN32_WINNT         /* zig defines it */
#define _WIN32_WINNT 0x0601 /* Windows 7 */

#include "io/disk.h"

#include "base/status.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#define LARGEST_PIECE ((size_t)1 << 30) /* a DWORD counts the bytes of a call */
#define LONGEST_PATH  1024              /* without the name of the new file; Windows itself may allow less */
#define NAME_ROOM     32                /* for that name */
#define NAME_TRIES    100

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* The system's text for an error, as UTF-8 without the end of the line. */
static void describe(char *text, int size, DWORD error)
{
    wchar_t wide[128];
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, wide,
                                  sizeof wide / sizeof *wide, NULL);
    while (length && (wide[length - 1] <= L' ' || wide[length - 1] == L'.'))
        length--;
    int bytes = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text, size - 1, NULL, NULL);
    text[bytes] = 0;
    if (!length || bytes <= 0)
        snprintf(text, (size_t)size, "error %lu", error);
}

/* Fails with the system's reason for `error`. */
static int32_t fail(const char *function, const char *what, const char *path, DWORD error)
{
    char reason[256];
    describe(reason, sizeof reason, error);
    return rnni_status_fail(NULL, RNN_E_IO, "%s: cannot %s \"%s\": %s", function, what, rnni_utf8_quote(path).text,
                            reason);
}

static int32_t fail_kind(const char *function, const char *path, int is_directory)
{
    return rnni_status_fail(NULL, RNN_E_IO, "%s: \"%s\" is %s, expected a regular file", function,
                            rnni_utf8_quote(path).text, is_directory ? "a directory" : "a device or pipe");
}

/* The path in UTF-16; RNN_E_IO: it is not UTF-8, or too long. */
static int32_t widen(wchar_t wide[LONGEST_PATH], const char *path, const char *function)
{
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, LONGEST_PATH) > 0)
        return RNN_OK;
    DWORD error = GetLastError();
    if (error == ERROR_NO_UNICODE_TRANSLATION)
        return rnni_status_fail(NULL, RNN_E_IO, "%s: cannot open \"%s\": the path is not UTF-8", function,
                                rnni_utf8_quote(path).text);
    return fail(function, "open", path, error == ERROR_INSUFFICIENT_BUFFER ? ERROR_FILENAME_EXCED_RANGE : error);
}

static int is_directory(const wchar_t *wide)
{
    DWORD attributes = GetFileAttributesW(wide);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static HANDLE handle_of(const struct rnni_disk *disk)
{
    return (HANDLE)disk->handle;
}

/* 0 after a failure. */
static int inspect(HANDLE file, uint64_t *count, int64_t changed[2])
{
    BY_HANDLE_FILE_INFORMATION about;
    if (!GetFileInformationByHandle(file, &about))
        return 0;
    *count = (uint64_t)about.nFileSizeHigh << 32 | about.nFileSizeLow;
    changed[0] = about.ftLastWriteTime.dwHighDateTime;
    changed[1] = about.ftLastWriteTime.dwLowDateTime;
    return 1;
}

int32_t rnni_disk_open(struct rnni_disk *disk, const char *path, const char *function)
{
    wchar_t wide[LONGEST_PATH];
    RNNI_TRY(widen(wide, path, function));
    if (is_directory(wide))
        return fail_kind(function, path, 1);
    HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return fail(function, "open", path, GetLastError());
    *disk = (struct rnni_disk){.handle = (intptr_t)file};
    int32_t status = RNN_OK;
    if (GetFileType(file) != FILE_TYPE_DISK)
        status = fail_kind(function, path, 0);
    else if (!inspect(file, &disk->count, disk->changed))
        status = fail(function, "inspect", path, GetLastError());
    if (status)
        rnni_disk_close(disk);
    return status;
}

void rnni_disk_close(const struct rnni_disk *disk)
{
    CloseHandle(handle_of(disk));
}

int32_t rnni_disk_read(const struct rnni_disk *disk, unsigned char *bytes, uint64_t offset, size_t count, size_t *got,
                       const char *path, const char *function)
{
    *got = 0;
    while (*got < count) {
        size_t left = count - *got;
        uint64_t at = offset + *got;
        OVERLAPPED place = {.Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};
        DWORD n = 0;
        if (!ReadFile(handle_of(disk), bytes + *got, (DWORD)(left < LARGEST_PIECE ? left : LARGEST_PIECE), &n,
                      &place)) {
            DWORD error = GetLastError();
            if (error != ERROR_HANDLE_EOF)
                return fail(function, "read", path, error);
        }
        if (n == 0)
            break;
        *got += n;
    }
    return RNN_OK;
}

bool rnni_disk_is_unchanged(const struct rnni_disk *disk)
{
    uint64_t count;
    int64_t changed[2];
    return inspect(handle_of(disk), &count, changed) && count == disk->count && changed[0] == disk->changed[0] &&
           changed[1] == disk->changed[1];
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* Gives the system's error. */
static DWORD write_all(HANDLE file, const unsigned char *bytes, size_t count)
{
    while (count > 0) {
        DWORD n = 0;
        if (!WriteFile(file, bytes, (DWORD)(count < LARGEST_PIECE ? count : LARGEST_PIECE), &n, NULL))
            return GetLastError();
        if (n == 0)
            return ERROR_WRITE_FAULT; /* rather than try for ever */
        bytes += n;
        count -= n;
    }
    return 0;
}

/* Another name for each thread, process and call. */
static void choose_name(wchar_t *name)
{
    static atomic_uint counter;
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    uint64_t number = (uint64_t)now.QuadPart << 20 ^ (uint64_t)GetCurrentProcessId() << 32 ^ GetCurrentThreadId();
    swprintf(name, NAME_ROOM, L".rnn-%08x%08x%04x.tmp", (unsigned)(number >> 32), (unsigned)number,
             atomic_fetch_add(&counter, 1) & 0xffff);
}

/* The length of the directory, with the character that ends it. */
static size_t directory_length(const wchar_t *path)
{
    size_t length = 0;
    for (size_t i = 0; path[i]; i++)
        if (wcschr(L"/\\:", path[i]))
            length = i + 1;
    return length;
}

/* `name` [LONGEST_PATH + NAME_ROOM], that of the new file, begins with the directory of `path`, `length` characters. */
static int32_t fill_new(wchar_t *name, size_t length, const char *path, const unsigned char *bytes, size_t count,
                        const char *function)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD error = ERROR_FILE_EXISTS;
    for (int i = 0; i < NAME_TRIES && file == INVALID_HANDLE_VALUE && error == ERROR_FILE_EXISTS; i++) {
        choose_name(name + length);
        file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        error = GetLastError();
    }
    if (file == INVALID_HANDLE_VALUE)
        return fail(function, "create a new file beside", path, error);
    const char *what = "write the new file for";
    error = write_all(file, bytes, count);
    if (!error && !FlushFileBuffers(file)) {
        what = "sync the new file for";
        error = GetLastError();
    }
    if (!CloseHandle(file) && !error) {
        what = "close the new file for";
        error = GetLastError();
    }
    if (!error)
        return RNN_OK;
    DeleteFileW(name);
    return fail(function, what, path, error);
}

/* MoveFileExW replaces in one step.  ReplaceFileW would keep permissions, but may fail with the old file gone. */
int32_t rnni_disk_replace(const char *path, const unsigned char *bytes, size_t count, const char *function)
{
    wchar_t wide[LONGEST_PATH], name[LONGEST_PATH + NAME_ROOM];
    RNNI_TRY(widen(wide, path, function));
    if (is_directory(wide))
        return fail_kind(function, path, 1);
    size_t length = directory_length(wide);
    memcpy(name, wide, length * sizeof *name);
    RNNI_TRY(fill_new(name, length, path, bytes, count, function));
    if (MoveFileExW(name, wide, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return RNN_OK;
    DWORD error = GetLastError();
    DeleteFileW(name);
    return fail(function, "rename the new file to", path, error);
}
