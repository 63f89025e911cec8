/* Sequences of labels as a tree: each is one label behind another sequence, so that sequences that begin alike are kept
 * once.  Number 0 is the empty one. */
#ifndef RNNI_PREFIX_H
#define RNNI_PREFIX_H

#include "base/arena.h"

#include <stdint.h>

#define RNNI_NOWHERE (-1) /* no such prefix, no such place */

struct rnni_prefix {
    int32_t parent, label; /* RNNI_NOWHERE of the empty one */
    int32_t length;
    int32_t place; /* the searcher's: where it stands in the beam, or RNNI_NOWHERE */
};

struct rnni_prefixes {
    struct rnni_prefix *all; /* [room] */
    size_t count, room;
    int32_t *table; /* [table_size] numbers plus 1 by hash of parent and label; 0: free */
    size_t table_size;
};

/* Room for so many prefixes behind the empty one; with `names`, and for a table to find them by. */
void rnni_prefix_plan(struct rnni_prefixes *prefixes, struct rnni_arena *arena, size_t room, int names);

/* Leaves the empty one only. */
void rnni_prefix_clear(struct rnni_prefixes *prefixes);

/* Copies all of `from` into planned prefixes with at least its room, both with names. */
void rnni_prefix_copy(struct rnni_prefixes *prefixes, const struct rnni_prefixes *from);

/* Drops those that nobody needs, in three calls: rnni_prefix_keep_none; rnni_prefix_keep for each that is needed, which
 * keeps those that it begins with too; rnni_prefix_renumber, after which `place` is the new number until
 * rnni_prefix_compact, and then RNNI_NOWHERE.  The empty one is always kept.  Only with names. */
void rnni_prefix_keep_none(struct rnni_prefixes *prefixes);
void rnni_prefix_keep(struct rnni_prefixes *prefixes, int32_t number);
void rnni_prefix_renumber(struct rnni_prefixes *prefixes);
void rnni_prefix_compact(struct rnni_prefixes *prefixes);

/* A new number for `parent` with the label behind it, which is not looked for. */
int32_t rnni_prefix_append(struct rnni_prefixes *prefixes, int32_t parent, int32_t label);

/* With names: the number of `parent` with the label behind it, RNNI_NOWHERE where it has none; or a new one, where it
 * has none. */
int32_t rnni_prefix_find(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label);
int32_t rnni_prefix_name(struct rnni_prefixes *prefixes, int32_t parent, int32_t label);

/* Whether the first of two different sequences, each a parent and the label behind it, comes first as in a dictionary;
 * a parent of RNNI_NOWHERE is that of the empty one. */
int rnni_prefix_before(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label, int32_t other_parent,
                       int32_t other_label);

/* The longest sequence that both begin with. */
int32_t rnni_prefix_common(const struct rnni_prefixes *prefixes, int32_t number, int32_t other);

/* How many labels a parent and one label behind it are; 0 if the parent is RNNI_NOWHERE. */
size_t rnni_prefix_length(const struct rnni_prefixes *prefixes, int32_t parent);

/* Writes the labels of a parent and the label behind it to labels [rnni_prefix_length]. */
void rnni_prefix_write(const struct rnni_prefixes *prefixes, int32_t parent, int32_t label, int32_t *labels);

/* How many sequences of up to `length` of so many labels there are, or `limit` where there are more. */
size_t rnni_prefix_count(size_t labels, size_t length, size_t limit);

#endif
