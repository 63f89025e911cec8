/* Attention: a random problem, and its results by the oracle, which computes the equations naively in double, and by
 * the library. */
#ifndef RNN_TESTS_ATTENTION_H
#define RNN_TESTS_ATTENTION_H

#include "support/support.h"

/* The sizes and inputs of a module. The arrays are in double, of numbers that are exact as float. */
struct attention_sizes {
    int32_t score;
    size_t query, memory, units;  /* Q M A */
    size_t steps, batch, queries; /* S B T */
    int ragged;                   /* lengths 0 .. S, one of them 0; memory past the end is NaN */
};

struct attention_problem {
    struct attention_sizes sizes;
    size_t count;                                     /* number of parameters */
    int32_t *lengths;                                 /* [B], or NULL */
    double *parameters, *memory, *queries, *dcontext; /* dL/dcontext, L = sum of dcontext * context */
};

enum attention_array { CONTEXT, WEIGHTS, DQUERIES, DMEMORY, DPARAMETERS, ATTENTION_ARRAYS };

struct attention_answer {
    double *array[ATTENTION_ARRAYS];
};

struct attention_problem attention_draw(struct attention_sizes sizes, uint64_t seed);
void attention_forget(struct attention_problem *problem);
struct attention_answer attention_make_room(const struct attention_problem *problem);
void attention_release(struct attention_answer *answer);
size_t attention_count(const struct attention_problem *problem, enum attention_array array);

/* By the equations of rnn.h, element by element. */
void attention_forward(const struct attention_problem *problem, double *context, double *weights);
struct attention_answer attention_oracle(const struct attention_problem *problem);

/* A module with the parameters and the memory of the problem. */
rnn_attention *attention_module(const struct attention_problem *problem);

/* Forward and backward with all queries at once, from gradients of 0. */
struct attention_answer attention_library(const struct attention_problem *problem);

/* The largest difference of two arrays, relative to the largest element of the first; not finite if an element is
 * not. */
double attention_distance(const double *expected, const double *actual, size_t count);

/* The first array that differs from the expected one by more than `tolerance`, or ATTENTION_ARRAYS. */
enum attention_array attention_worst(const struct attention_problem *problem, const struct attention_answer *expected,
                                     const struct attention_answer *actual, double tolerance);

/* A block of exactly that size, so that a sanitizer finds reads past the end. */
float *attention_floats(const double *from, size_t count);
void attention_doubles(double *to, const float *from, size_t count);

#endif
