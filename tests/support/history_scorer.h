/* A scorer for decoders whose scores depend on all labels so far, and which checks how it is called. */
#ifndef RNN_TESTS_HISTORY_SCORER_H
#define RNN_TESTS_HISTORY_SCORER_H

#include "support/decoders.h"

enum { SCORER_SLOTS = 8192, SCORER_LABELS = 64 };

struct scorer_history {
    int32_t labels[SCORER_LABELS]; /* with the first, of the beginning */
    int32_t length;                /* 0: nothing is in this slot */
};

struct history_scorer {
    uint64_t seed;
    size_t classes, slots; /* slots that there may be */
    int32_t begin;         /* the label of the beginning */
    double scale;          /* of scores: scale * [-1, 1) */
    double forbidden;      /* the part of all scores that is -infinity */
    size_t calls, rows;    /* so far */
    size_t stop_at;        /* this call, counted from 1, returns stop_with, or gives `wrong` as its last score */
    int32_t stop_with;
    float wrong;
    struct scorer_history history[SCORER_SLOTS];
};

/* The score of a label behind those of a history. */
double history_scorer_score(const struct history_scorer *scorer, const struct scorer_history *history, int32_t label);

/* The sum over labels [count], and with `end` not -1 of that after them. */
double history_scorer_sum(const struct history_scorer *scorer, const int32_t *labels, size_t count, int32_t end);

/* The rnn_scorer. */
int32_t history_scorer_call(void *user, float *scores, size_t scores_count, const int32_t *slots, const int32_t *labels,
                            const int32_t *parents, size_t rows);

#endif
