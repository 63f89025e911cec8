/* The notes (key and value) that a model carries into its checkpoints: a list that keeps the order of setting. */
#ifndef RNNI_NOTES_H
#define RNNI_NOTES_H

#include <stddef.h>

struct rnni_note {
    struct rnni_note *next;
    const char *key, *value; /* in the same block as the note */
};

const struct rnni_note *rnni_notes_find(const struct rnni_note *notes, const char *key);
/* 0 where there is no memory, and nothing is changed. */
int rnni_notes_set(struct rnni_note **notes, const char *key, const char *value);
/* The same behind *end, the link that ends the list, which moves on; for keys that are known to be new. */
int rnni_notes_append(struct rnni_note ***end, const char *key, const char *value);
/* 0 where there is no such note. */
int rnni_notes_remove(struct rnni_note **notes, const char *key);
void rnni_notes_release(struct rnni_note *notes);

#endif
