/* The rows of option tables (option.h), for the files that have one.  Each of them defines FIELD(field): the name of an
 * option in files, NULL if it is in none, and its offset in the struct. */
#ifndef RNNI_OPTION_ROWS_H
#define RNNI_OPTION_ROWS_H

#include "base/option.h"

/* A key is named here, before it is replaced by its number. */
#define INTEGER(key, field, least, most)                                                                               \
    {                                                                                                                  \
        key, RNNI_INTEGER, #key, FIELD(field), least, most, 0, 0, 0                                                    \
    }
#define REAL(key, field, least, most)                                                                                  \
    {                                                                                                                  \
        key, RNNI_REAL, #key, FIELD(field), 0, 0, least, most, 0                                                       \
    }
#define TEXT(key, field)                                                                                               \
    {                                                                                                                  \
        key, RNNI_TEXT, #key, FIELD(field), 0, 0, 0, 0, 0                                                              \
    }

#endif
