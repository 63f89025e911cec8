#define _DEFAULT_SOURCE /* mkdtemp */
#include "support/folder.h"

#include <stdlib.h>
#ifdef _WIN32
#include <direct.h>
#include <io.h>
#endif

char *make_folder(char *name)
{
#ifdef _WIN32
    _mkdir("/tmp"); /* may be there */
    return _mktemp(name) && _mkdir(name) == 0 ? name : NULL;
#else
    return mkdtemp(name);
#endif
}
