/* The prefix beam search of one sequence, which takes one step at a time: see RNN_DECODER_CTC_BEAM. */
#ifndef RNNI_CTC_SEARCH_H
#define RNNI_CTC_SEARCH_H

#include "decoding/best.h"
#include "decoding/logits.h"
#include "decoding/result.h"
#include "decoding/scorer.h"

struct rnni_ctc_rules {
    int32_t blank;
    size_t classes, width, results;
    double threshold;           /* a hypothesis so far below the best is dropped; 0: none is */
    size_t minimum, maximum;    /* labels of a result; maximum 0: any number */
    struct rnni_scorer *scorer; /* with its bonus, also if there is none to call */
};

struct rnni_ctc_search {
    const struct rnni_ctc_rules *rules;
    struct rnni_prefixes prefixes;
    struct rnni_best beam, next; /* after the last step, sorted, and after this one */
    struct rnni_best saved;      /* the beam that rnni_ctc_search_restore goes back to */
    double *log_p;               /* [C] of this step */
    int32_t *promising;          /* [C] labels that might bring something into `next` */
    size_t promising_count;
    size_t steps, saved_steps;
    size_t labellings, longest; /* how many there are after these steps, of any length and of the largest */
    void *names, *lists;        /* the memory of the prefixes, and of what is above */
    struct rnni_block rows;     /* struct rnni_logits [T] of the steps so far */
    struct rnni_block scores;   /* float [slots,C] of the scorer */
    struct rnni_block gains;    /* double [slots] the largest gain of any label */
    struct rnni_block used;     /* uint8_t [slots] */
    size_t slots;
};

/* For a struct of zeros, or one that has been used.  Other than 0: out of memory. */
int rnni_ctc_search_begin(struct rnni_ctc_search *search, const struct rnni_ctc_rules *rules);
void rnni_ctc_search_release(struct rnni_ctc_search *search);

/* Takes one step.  Other than 0: out of memory; then it can only be restored, begun anew or released. */
int rnni_ctc_search_step(struct rnni_ctc_search *search, const float *o /* [C] */);

/* Adds to the scorer what it has not scored yet, with slots from `first` on; then takes the scores from its rows, the
 * first of which is *row.  Slots are below `first` + 3 * width.  Other than 0: out of memory. */
int rnni_ctc_scores_ask(struct rnni_ctc_search *search, size_t first);
void rnni_ctc_scores_take(struct rnni_ctc_search *search, size_t first, size_t *row);

/* Keeps the current state and goes back to it, or forgets it.  Saving cannot fail, for there is room. */
void rnni_ctc_search_save(struct rnni_ctc_search *search);
void rnni_ctc_search_restore(struct rnni_ctc_search *search);
void rnni_ctc_search_forget(struct rnni_ctc_search *search);

/* Adds the results so far and completes the sequence.  Their labels have no steps and scores yet: the first step is
 * RNNI_NOWHERE.  Other than 0: out of memory. */
int rnni_ctc_search_results(struct rnni_ctc_search *search, struct rnni_results *found);

/* How many labels all hypotheses begin with; 0 where there is none. */
size_t rnni_ctc_search_common(const struct rnni_ctc_search *search);

#endif
