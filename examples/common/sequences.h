/* Labelled sequences, as rnn_fit is given them. */
#ifndef SEQUENCES_H
#define SEQUENCES_H

#include <stddef.h>
#include <stdint.h>

#include <rnn.h>

typedef struct {
    float *x;        /* [steps,inputs]; NULL: the sequence is tokens */
    int32_t *tokens; /* [steps] or NULL */
    int32_t *labels; /* one class, or a string of them for CTC */
    size_t steps, label_count;
    int32_t group; /* who spoke, wrote, ...: only the program knows */
} sequence;

typedef struct {
    sequence *items;
    size_t count, capacity;
    size_t inputs; /* of a step of x */
} sequence_list;

/* Takes over what `added` points to. */
void sequences_add(sequence_list *list, sequence added);
void sequences_release(sequence_list *list);

/* Parts laid end to end, a new sequence of real numbers with the labels of all. */
sequence sequences_join(const sequence *const *parts, size_t count, size_t inputs);

/* A copy of a sequence of real numbers in which each has some noise added, normal with this deviation. */
sequence sequence_noisy(const sequence *original, size_t inputs, double deviation, uint64_t *random);

/* A dataset of all, to be destroyed. */
rnn_dataset *sequences_dataset(const sequence_list *list);

/* Makes sequences [T,B,...] of the items first .. first + batch - 1: T is that of the longest of them. */
typedef struct {
    float *x;         /* [T,B,inputs], 0 past the end; or NULL */
    int32_t *tokens;  /* [T,B], 0 past the end; or NULL */
    int32_t *lengths; /* [B] */
    size_t steps, batch, inputs;
} sequence_batch;

sequence_batch sequences_batch(const sequence_list *list, size_t first, size_t batch);
void sequence_batch_release(sequence_batch *batch);

/* The edits (insertions, deletions, substitutions; Levenshtein 1966) that make one string of labels the other. */
size_t edit_distance(const int32_t *a, size_t a_count, const int32_t *b, size_t b_count);

#endif
