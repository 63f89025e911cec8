/* Files: all of one in memory, its lines, the names in a folder. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/* The bytes of a file or pipe, with a 0 behind them; dies where it can not be read or is empty. */
typedef struct {
    char *bytes;
    size_t count;
} file_bytes;

file_bytes file_read(const char *path);

/* Cuts text in lines, in place: the next line, without its end ("\n" or "\r\n"), or NULL behind the last one.  *rest
 * is the text at first, which ends at its first 0. */
char *file_next_line(char **rest);

/* The names in a folder that end in `suffix`, sorted by their bytes; dies where there is no folder, or none of them.
 * What it returns is freed by file_names_release. */
typedef struct {
    char **names;
    size_t count;
} file_names;

file_names file_names_read(const char *folder, const char *suffix);
void file_names_release(file_names *names);

/* "folder/name", to be freed. */
char *file_path(const char *folder, const char *name);

/* "model.svg" of "model.safetensors", to be freed: `suffix` in the place of ".safetensors", or behind what does not end
 * in it. */
char *file_beside(const char *path, const char *suffix);

/* Dies where the file can not be written: better now than after the run.  One that is there stays as it is, one that is
 * not is not left behind. */
void file_check_writable(const char *path);

/* Dies where no file can be put in the place of this one, as rnn_save does: that takes a folder that can be written,
 * and not the file. */
void file_check_replaceable(const char *path);

/* Dies where both are the same file: the run would overwrite what it reads. */
void file_check_differs(const char *output, const char *input);

#endif
