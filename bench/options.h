/* What the command line says about every measurement. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <string.h>

struct options {
    size_t threads;     /* of every session, and of what is measured of the machine */
    const char *prefix; /* "": everything */
};

/* Whether what has this name is asked for. */
static inline int options_match(const struct options *options, const char *name)
{
    return strncmp(name, options->prefix, strlen(options->prefix)) == 0;
}

#endif
