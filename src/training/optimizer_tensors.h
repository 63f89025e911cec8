/* What an optimiser of a model keeps of each tensor: its place, and the options of rnn_optimizer_set_tensors_int. */
#ifndef RNNI_OPTIMIZER_TENSORS_H
#define RNNI_OPTIMIZER_TENSORS_H

#include "base/option.h"
#include "math/updates.h"

struct rnni_optimizer_tensor {
    const char *name;
    size_t offset, count; /* offset in the parameters, elements */
    size_t rows, columns; /* columns 0: a vector */
    int64_t frozen;
    double rate_factor, decay_factor;
};

extern const struct rnni_option_table rnni_optimizer_tensor_table;

/* All zeros: none. */
struct rnni_optimizer_tensors {
    struct rnni_optimizer_tensor *all; /* [count], in the order of the parameters, without gaps */
    struct rnni_rule *rules;           /* [count] of the next update */
    size_t count, room;
    char *names, *text;      /* the names, each with its 0; room for rnni_optimizer_tensors_write */
    size_t names_count;      /* bytes */
    size_t elements;         /* of all tensors */
    uint64_t hash;           /* of names and shapes in their order */
    int differ, some_frozen; /* not every option has its default; a tensor is frozen */
};

/* Takes memory for `count` tensors with names of `bytes` in all, without their zeros.  0: out of memory. */
int rnni_optimizer_tensors_take(struct rnni_optimizer_tensors *tensors, size_t count, size_t bytes);
void rnni_optimizer_tensors_release(struct rnni_optimizer_tensors *tensors); /* also one that was taken in part */

/* Adds the next tensor, of shape [rows,columns] or, for columns 0, [rows]; there is room for it.  The name has `length`
 * bytes. */
void rnni_optimizer_tensors_add(struct rnni_optimizer_tensors *tensors, const char *name, size_t length, size_t rows,
                                size_t columns);

/* The hash of a list with one more tensor at its end; that of none is 0. */
uint64_t rnni_optimizer_tensors_hash(uint64_t hash, const char *name, size_t rows, size_t columns);

/* Gives the tensors whose names begin with the prefix the option of `from`; how many there are. */
size_t rnni_optimizer_tensors_set(struct rnni_optimizer_tensors *tensors, const char *prefix,
                                  const struct rnni_optimizer_tensor *from, int32_t key);

/* All options become their defaults. */
void rnni_optimizer_tensors_reset(struct rnni_optimizer_tensors *tensors);

/* To be called when an option has changed. */
void rnni_optimizer_tensors_changed(struct rnni_optimizer_tensors *tensors);

/* ---- spans ------------------------------------------------------------------------------------------------------- */

/* Neighbouring parameters with the same options. */
struct rnni_span {
    size_t first, count;
    size_t tensor; /* the first of them, whose rule is that of all */
    int frozen;
};

/* The spans of the elements from `first` to before `end`: *span begins as all zeros, with `first`; 0 after the last.
 * Without options that differ there is one. */
int rnni_optimizer_tensors_next(const struct rnni_optimizer_tensors *tensors, struct rnni_span *span, size_t end);

/* The sum of squares, and the largest magnitude, of `count` elements from `first` on; frozen ones are left out.  NULL:
 * none is frozen. */
double rnni_optimizer_tensors_squares(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first,
                                      size_t count);
double rnni_optimizer_tensors_largest(const struct rnni_optimizer_tensors *tensors, const float *values, size_t first,
                                      size_t count);

/* ---- in files ---------------------------------------------------------------------------------------------------- */

/* One line for each tensor: rows, columns, frozen, rate factor, decay factor, name.  In memory of the table, which has
 * room for every value of the options. */
const char *rnni_optimizer_tensors_write(const struct rnni_optimizer_tensors *tensors);

/* How many bytes longer the text may become. */
size_t rnni_optimizer_tensors_growth(const struct rnni_optimizer_tensors *tensors);

/* The table of a text, for so many elements in all.  RNN_E_FORMAT, RNN_E_MEMORY: *tensors is all zeros. */
int32_t rnni_optimizer_tensors_read(struct rnni_optimizer_tensors *tensors, const char *text, size_t elements,
                                    const char *function);

#endif
