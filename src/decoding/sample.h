/* Random classes: see rnn_sample. */
#ifndef RNNI_SAMPLE_H
#define RNNI_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct rnni_sampling {
    double temperature;
    size_t top_k; /* 0: all */
    double top_p;
};

/* tokens [B] from logits [B,C].  Other than 0: no memory, and nothing was written. */
int rnni_sample(int32_t *tokens, const float *logits, size_t batch, size_t classes, struct rnni_sampling sampling,
                int64_t *random);

#endif
