#define _POSIX_C_SOURCE 200809L
#include "file.h"
#include "die.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINT_SUFFIX ".safetensors"

file_bytes file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    file_bytes read = {NULL, 0};
    size_t capacity = 0;

    if (!file)
        die("%s: %s", path, strerror(errno));
    do { /* not by the size of the file: a pipe has none */
        if (read.count + 1 >= capacity) {
            capacity = capacity ? 2 * capacity : 1 << 16;
            read.bytes = realloc(read.bytes, capacity);
            if (!read.bytes)
                die("%s: not enough memory for more than %zu bytes", path, read.count);
        }
        read.count += fread(read.bytes + read.count, 1, capacity - 1 - read.count, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file))
        die("%s: %s", path, strerror(errno));
    fclose(file);
    if (read.count == 0)
        die("%s: the file is empty", path);
    read.bytes[read.count] = '\0';
    return read;
}

char *file_next_line(char **rest)
{
    char *line = *rest;

    if (!*line)
        return NULL;
    size_t length = strcspn(line, "\n");
    bool ended = line[length] == '\n';
    *rest = line + length + ended;
    if (ended && length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return line;
}

/* ---- folders -------------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *copy_words(const char *words)
{
    char *copy = allocate(strlen(words) + 1, 1);

    return strcpy(copy, words);
}

static bool ends_in(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static void add_name(file_names *found, const char *name)
{
    found->names = realloc(found->names, (found->count + 1) * sizeof *found->names);
    if (!found->names)
        die("not enough memory for %zu names", found->count + 1);
    found->names[found->count++] = copy_words(name);
}

/* The next name in a folder, or NULL behind the last one. */
static const char *next_name(DIR *directory, const char *folder)
{
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (!entry && errno)
        die("%s: %s", folder, strerror(errno));
    return entry ? entry->d_name : NULL;
}

file_names file_names_read(const char *folder, const char *suffix)
{
    DIR *directory = opendir(folder);
    file_names found = {NULL, 0};
    const char *name;

    if (!directory)
        die("%s: %s", folder, strerror(errno));
    while ((name = next_name(directory, folder)))
        if (ends_in(name, suffix))
            add_name(&found, name);
    closedir(directory);
    if (found.count == 0)
        die("%s: no file in it ends in %s", folder, suffix);
    qsort(found.names, found.count, sizeof *found.names, compare_names);
    return found;
}

void file_names_release(file_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (file_names){NULL, 0};
}

char *file_path(const char *folder, const char *name)
{
    size_t size = strlen(folder) + 1 + strlen(name) + 1;
    char *path = allocate(size, 1);

    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

char *file_beside(const char *path, const char *suffix)
{
    size_t length = strlen(path), size = length + strlen(suffix) + 1;
    char *other = allocate(size, 1);

    if (ends_in(path, CHECKPOINT_SUFFIX))
        length -= strlen(CHECKPOINT_SUFFIX);
    snprintf(other, size, "%.*s%s", (int)length, path, suffix);
    return other;
}

/* ---- before a run --------------------------------------------------------------------------------------------- */

void file_check_writable(const char *path)
{
    struct stat before;
    bool existed = lstat(path, &before) == 0; /* not stat: a link that leads to nothing yet is not to be removed */
    FILE *probe = fopen(path, "a");

    if (!probe)
        die("%s: cannot be written: %s", path, strerror(errno));
    fclose(probe);
    if (!existed)
        remove(path);
}

void file_check_replaceable(const char *path)
{
    size_t size = strlen(path) + sizeof ".XXXXXX";
    char *name = allocate(size, 1);
    struct stat info;

    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        die("%s: is there and is not a regular file, so it cannot be replaced", path);
    snprintf(name, size, "%s.XXXXXX", path);
    int probe = mkstemp(name);
    if (probe < 0)
        die("%s: cannot be written: %s", path, strerror(errno));
    close(probe);
    unlink(name);
    free(name);
}

void file_check_differs(const char *output, const char *input)
{
    struct stat written, read;

    if (stat(output, &written) == 0 && stat(input, &read) == 0 && written.st_dev == read.st_dev &&
        written.st_ino == read.st_ino)
        die("%s: is the file that is read, %s; another name is needed", output, input);
}
