/* Attention as a problem with an answer: the oracle's, written once more and naively in double, and the library's. */
#ifndef RNN_TESTS_ATTENTION_H
#define RNN_TESTS_ATTENTION_H

#include "support/support.h"

/* What a module is given; arrays on the heap, in float and, the same numbers, in double. */
struct attention_sizes {
    int32_t score;
    size_t query, memory, units;  /* Q M A */
    size_t steps, batch, queries; /* S B T */
    int ragged;                   /* lengths 0 .. S, one of them 0; what lies past the end is not a number */
};

struct attention_problem {
    struct attention_sizes sizes;
    size_t count;                                     /* of parameters */
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

/* All queries at once, forward and back, from gradients of 0. */
struct attention_answer attention_library(const struct attention_problem *problem);

/* The greatest difference of two arrays, by the greatest element of the first; not finite where one is not. */
double attention_distance(const double *expected, const double *actual, size_t count);

/* The first array that is further than `tolerance` from what is expected; ATTENTION_ARRAYS where none is. */
enum attention_array attention_worst(const struct attention_problem *problem, const struct attention_answer *expected,
                                     const struct attention_answer *actual, double tolerance);

/* A block of exactly that size, so that a sanitizer sees a read past the end. */
float *attention_floats(const double *from, size_t count);
void attention_doubles(double *to, const float *from, size_t count);

#endif
