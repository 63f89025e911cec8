/* For tests of options of tensors: a network whose gradients the test writes, and its optimisers. */
#ifndef RNN_TESTS_TENSOR_OPTIONS_H
#define RNN_TESTS_TENSOR_OPTIONS_H

#include "support/support.h"

#include <string.h>

/* A network with two classes. */
rnn_model *tensor_model(int32_t cell, int64_t inputs, int64_t units);

/* A session whose gradients the test writes. */
struct tensor_setup {
    rnn_model *model;
    rnn_session *session;
    const float *p;
    float *g;
    size_t count;
};

struct tensor_setup tensor_open(int32_t cell, int64_t inputs, int64_t units);
void tensor_close(struct tensor_setup *t);

void tensor_set_factors(rnn_optimizer *optimizer, const char *prefix, double rate, double decay);
double tensor_rate_factor(rnn_optimizer *o, const char *name);

/* With clipping, decay, factors, exempt biases, frozen tensors and, for Adam and AdamW, AMSGrad. */
rnn_optimizer *tensor_optimizer(const rnn_model *model, int32_t kind);

/* A call on the optimiser `o` must fail with this status and a message that contains `part`. NULL: the message is that
 * of rnn_last_error. */
void tensor_check_refused(int32_t found, int32_t status, const rnn_optimizer *optimizer, const char *part,
                          const char *file, int line);
#define REFUSED(call, status, part) tensor_check_refused(call, status, o, part, __FILE__, __LINE__)

#endif
