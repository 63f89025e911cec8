/* Folders for the files of a test. */
#ifndef RNN_TESTS_FOLDER_H
#define RNN_TESTS_FOLDER_H

#include <stddef.h>

/* Makes an empty folder; `name` ends in XXXXXX, which becomes another text each time.  Returns name, or NULL. */
char *make_folder(char *name);

/* Makes an empty folder the current one; the last six characters of `name` become others each time.  Not 0: that
 * failed. */
int enter_folder(char *name);

size_t count_files(void); /* in the current folder; folders count too */

#endif
