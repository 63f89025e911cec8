/* Random classes: see RNN_DECODER_SAMPLING. */
#ifndef RNNI_SAMPLE_H
#define RNNI_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct rnni_sampling {
    double temperature;
    size_t top_k; /* below the number of classes; 0: all */
    double top_p;
};

/* tokens [N] from logits [N,C].  Other than 0: no memory, and nothing was written. */
int rnni_sample(int32_t *tokens, const float *logits, size_t rows, size_t classes, struct rnni_sampling sampling,
                int64_t *random);

#endif
