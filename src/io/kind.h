/* What a file is that has been taken for a safetensors file. */
#ifndef RNNI_KIND_H
#define RNNI_KIND_H

#include <stddef.h>

#define RNNI_KIND_FIRST 64 /* bytes that suffice to tell */

/* The second half of a message: what the file is and how to convert it, "a zip archive, as ...: ..."; "" if unknown. */
struct rnni_kind {
    char text[288];
};

struct rnni_kind rnni_kind_of(const unsigned char *bytes /* [count], the first of the file */, size_t count);

#endif
