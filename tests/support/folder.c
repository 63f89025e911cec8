#define _DEFAULT_SOURCE /* mkdtemp */
#include "support/folder.h"

#include "support/support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef _WIN32
#include <direct.h>
#include <io.h>
#endif

char *make_folder(char *name)
{
#ifdef _WIN32
    _mkdir("/tmp"); /* may be there */
    return _mktemp(name) && _mkdir(name) == 0 ? name : NULL;
#elif defined(__wasi__) /* has no mkdtemp */
    unsigned number = 0;
    (void)getentropy(&number, sizeof number);
    snprintf(name + strlen(name) - 6, 7, "%06x", number & 0xffffff);
    return mkdir(name, 0700) == 0 ? name : NULL;
#else
    return mkdtemp(name);
#endif
}

int enter_folder(char *name)
{
    memset(name + strlen(name) - 6, 'X', 6);
    return make_folder(name) ? chdir(name) : -1;
}

size_t count_files(void)
{
    size_t count = 0;
    DIR *folder = opendir(".");
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}
