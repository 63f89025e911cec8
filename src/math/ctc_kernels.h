/* Kernels of connectionist temporal classification. */
#ifndef RNNI_CTC_KERNELS_H
#define RNNI_CTC_KERNELS_H

#include <stddef.h>

#define RNNI_LOG_ZERO (-1e30) /* stands for log(0): sums of it stay finite */

/* One step of the recursion of CTC, for states i = 0 .. count - 1, all logarithms:
 *
 *     blank_out[i] = log(exp(blank[i]) + exp(beside[i])) + p_blank
 *     label_out[i] = log(exp(label[i]) + exp(enter[i]) + exp(jump[i] + skip[i])) + p[i]
 *
 * In double, as they fall by about the loss over a sequence; what is added at a step is small, and made in float. */
struct rnni_ctc_step {
    const double *blank, *beside, *label, *enter, *jump, *skip, *p; /* [count] */
    double p_blank;
    double *blank_out, *label_out; /* [count] */
    size_t count;
};

struct rnni_ctc_kernels {
    void (*step)(const struct rnni_ctc_step *step);

    /* w [n] = exp(a + b - p[i] - log_p), p NULL: 0; gives the sum. */
    float (*occupancy)(float *w, const double *a, const double *b, const double *p, double log_p, size_t n);
};

/* Those in use: see kernels.h. */
const struct rnni_ctc_kernels *rnni_ctc_kernels(void);

#endif
