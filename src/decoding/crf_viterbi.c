/* Viterbi's recursion with k paths for each class instead of one: those that end with class j at step t extend the k
 * best of each class at t - 1.  Of equal scores the smaller class before comes first, so paths are compared from their
 * last step to their first. */
#include "decoding/crf_viterbi.h"

#include "base/assertion.h"
#include "decoding/logits.h"
#include "math/crf_lattice.h"

#include <math.h>
#include <string.h>

/* The step before: its class, and the rank of the path among those that end there. */
struct origin {
    int32_t class, rank;
};

struct search {
    struct rnni_crf_lattice lattice;
    size_t most;
    double *room;           /* of the lattice */
    size_t *rows;           /* [T] of the lattice */
    double *now, *next;     /* [C,most] scores of the paths that end with a class, best first */
    size_t *count, *others; /* [C] how many there are, of now and next */
    size_t *taken;          /* [C] of those of a class, how many are extended already */
    struct origin *origins; /* [T,C,most] */
    float *log_p;           /* [T,C] of the classes at each step */
    float *marginals;       /* [T,B,C] at sequence b */
};

static const float *row_of(const struct search *s, size_t t)
{
    return s->lattice.emissions + rnni_crf_lattice_row(&s->lattice, t) * s->lattice.stride;
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

/* The best `most` of all paths, extended by a step with the scores with[i * stride]; returns how many there are. */
static size_t merge(const struct search *s, const float *with, size_t stride, double emission, double *scores,
                    struct origin *origins)
{
    size_t classes = s->lattice.classes, found = 0;
    memset(s->taken, 0, classes * sizeof *s->taken);
    for (; found < s->most; found++) {
        double top = -(double)INFINITY;
        size_t best = classes;
        for (size_t i = 0; i < classes; i++) {
            if (s->taken[i] == s->count[i])
                continue;
            double score = s->now[i * s->most + s->taken[i]] + (double)with[i * stride] + emission;
            if (score > top) {
                top = score;
                best = i;
            }
        }
        if (best == classes)
            break;
        scores[found] = top;
        origins[found] = (struct origin){(int32_t)best, (int32_t)s->taken[best]++};
    }
    return found;
}

static void begin(const struct search *s)
{
    for (size_t c = 0; c < s->lattice.classes; c++) {
        double score = (double)rnni_crf_lattice_start(&s->lattice)[c] + (double)row_of(s, 0)[c];
        s->now[c * s->most] = score;
        s->count[c] = score > -(double)INFINITY;
    }
}

static void step(struct search *s, size_t t)
{
    size_t classes = s->lattice.classes;
    for (size_t j = 0; j < classes; j++)
        s->others[j] = merge(s, rnni_crf_lattice_after(&s->lattice, 0) + j, classes, (double)row_of(s, t)[j],
                             s->next + j * s->most, s->origins + (t * classes + j) * s->most);
    double *scores = s->now;
    size_t *count = s->count;
    s->now = s->next;
    s->next = scores;
    s->count = s->others;
    s->others = count;
}

/* The scores of the paths are exact to rounding; their order is that of the search. */
static int add_path(const struct search *s, struct rnni_results *found, struct origin at, double *most)
{
    size_t steps = s->lattice.steps, classes = s->lattice.classes;
    struct rnni_result_view view;
    if (!rnni_result_add(found, &view, steps, 0))
        return 0;
    for (size_t t = steps; t-- > 0;) {
        view.tokens[t] = at.class;
        view.steps[t] = (int32_t)t;
        view.scores[t] = s->log_p[t * classes + (size_t)at.class];
        if (t)
            at = s->origins[(t * classes + (size_t)at.class) * s->most + (size_t)at.rank];
    }
    double score = -rnni_crf_lattice_loss(&s->lattice, view.tokens);
    *most = score < *most ? score : *most;
    rnni_result_shorten(found, steps, *most);
    return 1;
}

/* ---- a sequence -------------------------------------------------------------------------------------------------- */

static void take_marginals(struct search *s)
{
    size_t classes = s->lattice.classes;
    for (size_t t = s->lattice.steps; t-- > 0;) {
        rnni_crf_lattice_back(&s->lattice, t);
        for (size_t c = 0; c < classes; c++) {
            double p = rnni_crf_lattice_class(&s->lattice, t, c);
            s->marginals[rnni_crf_lattice_row(&s->lattice, t) * s->lattice.stride + c] = (float)p;
            s->log_p[t * classes + c] = rnni_logits_score(log(p));
        }
        rnni_crf_lattice_leave(&s->lattice, t);
    }
}

static int run(struct search *s, struct rnni_results *found)
{
    double most = 0;
    rnni_crf_lattice_begin(&s->lattice, s->room);
    if (!rnni_crf_lattice_forward(&s->lattice))
        return 1;
    take_marginals(s);
    begin(s);
    for (size_t t = 1; t < s->lattice.steps; t++)
        step(s, t);
    struct origin *last = s->origins; /* [most] those of step 0 are never read */
    size_t count = merge(s, rnni_crf_lattice_end(&s->lattice), 1, 0, s->next, last);
    for (size_t k = 0; k < count; k++)
        if (!add_path(s, found, last[k], &most))
            return 0;
    return 1;
}

/* ---- a batch ----------------------------------------------------------------------------------------------------- */

static size_t longest_of(const struct rnni_ctc_input *input)
{
    size_t longest = 0;
    for (size_t b = 0; b < input->batch; b++) {
        size_t length = rnni_ctc_decoding_length(input, b);
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* No sequence has more than C^T paths. */
static size_t most_of(size_t most, size_t steps, size_t classes)
{
    size_t paths = 1;
    for (size_t t = 0; t < steps && paths < most; t++) {
        paths = rnni_memory_multiply(paths, classes);
        if (classes == 1)
            break;
    }
    return paths < most ? paths : most;
}

static int take_memory(struct search *s, size_t steps, size_t classes)
{
    size_t rows = rnni_memory_multiply(steps, classes), paths = rnni_memory_multiply(classes, s->most);
    s->room = rnni_memory_take(rnni_crf_lattice_room(steps, classes), sizeof *s->room);
    s->rows = rnni_memory_take(steps, sizeof *s->rows);
    s->now = rnni_memory_take(paths, sizeof *s->now);
    s->next = rnni_memory_take(paths, sizeof *s->next);
    s->count = rnni_memory_take(classes, sizeof *s->count);
    s->others = rnni_memory_take(classes, sizeof *s->others);
    s->taken = rnni_memory_take(classes, sizeof *s->taken);
    s->origins = rnni_memory_take(rnni_memory_multiply(rows, s->most), sizeof *s->origins);
    s->log_p = rnni_memory_take(rows, sizeof *s->log_p);
    return s->room && s->rows && s->now && s->next && s->count && s->others && s->taken && s->origins && s->log_p;
}

static void release(struct search *s)
{
    void *const blocks[] = {s->room, s->rows, s->now, s->next, s->count, s->others, s->taken, s->origins, s->log_p};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rnni_memory_release(blocks[i]);
}

static int run_all(struct search *s, struct rnni_results *found, float *marginals, const struct rnni_ctc_input *input)
{
    for (size_t b = 0; b < input->batch; b++) {
        struct rnni_result_view view;
        s->lattice.steps = rnni_ctc_decoding_length(input, b);
        s->lattice.rows = s->rows;
        for (size_t t = 0; t < s->lattice.steps; t++)
            s->rows[t] = rnni_ctc_decoding_place(input, t, b);
        s->lattice.emissions = input->logits + b * input->classes;
        s->marginals = marginals + b * input->classes;
        if (!(s->lattice.steps ? run(s, found) : rnni_result_add(found, &view, 0, 0)) ||
            !rnni_result_end_sequence(found))
            return 0;
    }
    return 1;
}

int rnni_crf_viterbi(struct rnni_results *found, struct rnni_block *marginals, const struct rnni_ctc_input *input,
                     const float *scores, size_t most)
{
    RNNI_ASSERT(most && scores);
    size_t longest = longest_of(input), count = input->steps * input->batch * input->classes;
    struct search s = {
        .lattice = {.stride = input->batch * input->classes, .classes = input->classes, .scores = scores},
        .most = most_of(most, longest, input->classes)};
    int done = rnni_block_grow(marginals, count, sizeof(float), 0) && take_memory(&s, longest, input->classes);
    if (done) {
        memset(marginals->data, 0, count * sizeof(float));
        done = run_all(&s, found, marginals->data, input);
    }
    release(&s);
    return done;
}
