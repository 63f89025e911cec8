/* Folders for the files of a test. */
#ifndef RNN_TESTS_FOLDER_H
#define RNN_TESTS_FOLDER_H

/* Makes an empty folder; `name` ends in XXXXXX, which becomes another text each time. Returns name, or NULL. */
char *make_folder(char *name);

#endif
