#include "model/metadata.h"

#include "base/memory.h"

#include <string.h>

/* The link that points to the note of that key, or the one at the end of the list. */
static struct rnni_metadata **link_to(struct rnni_metadata **notes, const char *key)
{
    while (*notes && strcmp((*notes)->key, key) != 0)
        notes = &(*notes)->next;
    return notes;
}

static struct rnni_metadata *create(const char *key, const char *value)
{
    size_t key_size = strlen(key) + 1, value_size = strlen(value) + 1;
    struct rnni_metadata *note =
        rnni_memory_take(1, rnni_memory_add(sizeof *note, rnni_memory_add(key_size, value_size)));
    if (!note)
        return NULL;
    char *text = (char *)(note + 1);
    note->key = memcpy(text, key, key_size);
    note->value = memcpy(text + key_size, value, value_size);
    return note;
}

const struct rnni_metadata *rnni_metadata_find(const struct rnni_metadata *notes, const char *key)
{
    while (notes && strcmp(notes->key, key) != 0)
        notes = notes->next;
    return notes;
}

int rnni_metadata_set(struct rnni_metadata **notes, const char *key, const char *value)
{
    struct rnni_metadata *note = create(key, value);
    if (!note)
        return 0;
    struct rnni_metadata **link = link_to(notes, key), *old = *link;
    note->next = old ? old->next : NULL;
    *link = note;
    rnni_memory_release(old);
    return 1;
}

int rnni_metadata_append(struct rnni_metadata ***end, const char *key, const char *value)
{
    struct rnni_metadata *note = create(key, value);
    if (!note)
        return 0;
    **end = note;
    *end = &note->next;
    return 1;
}

int rnni_metadata_remove(struct rnni_metadata **notes, const char *key)
{
    struct rnni_metadata **link = link_to(notes, key), *old = *link;
    if (!old)
        return 0;
    *link = old->next;
    rnni_memory_release(old);
    return 1;
}

void rnni_metadata_release(struct rnni_metadata *notes)
{
    while (notes) {
        struct rnni_metadata *next = notes->next;
        rnni_memory_release(notes);
        notes = next;
    }
}
