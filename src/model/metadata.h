/* The notes (key and value) that a model carries into its checkpoints: a list that keeps the order of setting. */
#ifndef RNNI_METADATA_H
#define RNNI_METADATA_H

#include <stddef.h>

struct rnni_metadata {
    struct rnni_metadata *next;
    const char *key, *value; /* in the same block as the note */
};

const struct rnni_metadata *rnni_metadata_find(const struct rnni_metadata *notes, const char *key);
/* 0 where there is no memory, and nothing is changed. */
int rnni_metadata_set(struct rnni_metadata **notes, const char *key, const char *value);
/* The same behind *end, the link that ends the list, which moves on; for keys that are known to be new. */
int rnni_metadata_append(struct rnni_metadata ***end, const char *key, const char *value);
/* 0 where there is no such note. */
int rnni_metadata_remove(struct rnni_metadata **notes, const char *key);
void rnni_metadata_release(struct rnni_metadata *notes);

#endif
