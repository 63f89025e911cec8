/* Made by generate_networks.py from PyTorch 2.13.0; not to be edited.
 * nn.RNN, nn.LSTM, nn.GRU, nn.Embedding, nn.Linear, nn.CrossEntropyLoss, clip_grad_norm_ and SGD, in double. */
/* clang-format off */
#ifndef RNN_TESTS_TORCH_RNN_H
#define RNN_TESTS_TORCH_RNN_H

#include "rnn.h"

#define GOLDEN_DESCENT_STEPS 10
#define GOLDEN_RATE 0.1
#define GOLDEN_MAX_NORM 1.0
#define GOLDEN_MOST 992 /* elements of the largest array */

struct golden {
    const char *name;
    int32_t cell, direction, bias, reduction;
    size_t inputs, vocabulary, embedding, hidden, projection, layers, classes; /* I V E H P L C */
    size_t steps, batch;                                                       /* T B */
    size_t tensor_count, parameter_count;
    const char *const *tensors; /* of the flat block, in its order: "weight_ih_l0 [4,3]" */

    const double *parameters; /* the flat block */
    const double *x;          /* [T,B,I], or NULL */
    const int32_t *tokens;    /* [T,B], or NULL */
    const int32_t *targets;   /* [T,B], classes of y: 0 .. Y-1 */
    const int32_t *lengths;   /* [B], or NULL: T for all */
    const double *h0;         /* [L*D,B,R] */
    const double *c0;         /* [L*D,B,H], or NULL */
    const double *dh;         /* [L*D,B,R], or NULL: what the loss adds to the gradient of the final h */
    const double *dc;         /* [L*D,B,H], or NULL */

    const double *y;         /* [T,B,Y] */
    const double *h;         /* [L*D,B,R], final */
    const double *c;         /* [L*D,B,H], final, or NULL */
    const double *dx;        /* [T,B,I], or NULL */
    const double *dh0;       /* [L*D,B,R] */
    const double *dc0;       /* [L*D,B,H], or NULL */
    const double *gradients; /* the flat block, before clipping */
    const double *losses;    /* cross-entropy at each step of gradient descent; the first is that of y */
    const double *norms;     /* of the gradients at each step, before clipping */
    const double *trained;   /* the flat block after the last step */
};

#include "torch_tanh.h"
#include "torch_relu.h"
#include "torch_lstm.h"
#include "torch_lstmp.h"
#include "torch_gru.h"

static const char *const tensors_0[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_1[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]",
};

static const char *const tensors_2[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l0_reverse [4,3]",
    "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]",
};

static const char *const tensors_3[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "weight_ih_l0_reverse [4,3]", "weight_hh_l0_reverse [4,4]",
    "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_4[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l1 [4,4]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]",
};

static const char *const tensors_5[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]",
    "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]",
};

static const char *const tensors_6[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "weight_ih_l0_reverse [4,3]", "weight_hh_l0_reverse [4,4]",
    "weight_ih_l1 [4,8]", "weight_hh_l1 [4,4]", "weight_ih_l1_reverse [4,8]", "weight_hh_l1_reverse [4,4]",
    "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_7[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "weight_ih_l0_reverse [4,2]",
    "weight_hh_l0_reverse [4,4]", "weight_ih_l1 [4,8]", "weight_hh_l1 [4,4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_8[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]",
    "weight_ih_l2 [4,4]", "weight_hh_l2 [4,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_9[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l1 [4,4]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l2 [4,4]", "weight_hh_l2 [4,4]",
    "bias_ih_l2 [4]", "bias_hh_l2 [4]",
};

static const char *const tensors_10[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l0_reverse [4,4]",
    "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]", "weight_ih_l1 [4,8]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "bias_ih_l1_reverse [4]", "bias_hh_l1_reverse [4]", "weight_ih_l2 [4,8]",
    "weight_hh_l2 [4,4]", "bias_ih_l2 [4]", "bias_hh_l2 [4]", "weight_ih_l2_reverse [4,8]",
    "weight_hh_l2_reverse [4,4]", "bias_ih_l2_reverse [4]", "bias_hh_l2_reverse [4]", "head.weight [3,8]",
    "head.bias [3]",
};

static const char *const tensors_11[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l0_reverse [4,4]",
    "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]", "weight_ih_l1 [4,8]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "bias_ih_l1_reverse [4]", "bias_hh_l1_reverse [4]", "weight_ih_l2 [4,8]",
    "weight_hh_l2 [4,4]", "bias_ih_l2 [4]", "bias_hh_l2 [4]", "weight_ih_l2_reverse [4,8]",
    "weight_hh_l2_reverse [4,4]", "bias_ih_l2_reverse [4]", "bias_hh_l2_reverse [4]",
};

static const char *const tensors_12[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_13[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "head.weight [3,4]",
    "head.bias [3]",
};

static const char *const tensors_14[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]",
    "weight_ih_l0_reverse [4,2]", "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]",
};

static const char *const tensors_15[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "weight_ih_l0_reverse [4,3]", "weight_hh_l0_reverse [4,4]",
};

static const char *const tensors_16[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]", "head.weight [3,4]",
    "head.bias [3]",
};

static const char *const tensors_17[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]",
};

static const char *const tensors_18[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l0_reverse [4,4]",
    "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]", "weight_ih_l1 [4,8]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "bias_ih_l1_reverse [4]", "bias_hh_l1_reverse [4]", "head.weight [3,8]",
    "head.bias [3]",
};

static const char *const tensors_19[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "weight_ih_l0_reverse [4,4]", "weight_hh_l0_reverse [4,4]",
    "weight_ih_l1 [4,8]", "weight_hh_l1 [4,4]", "weight_ih_l1_reverse [4,8]", "weight_hh_l1_reverse [4,4]",
};

static const char *const tensors_20[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]",
    "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l2 [4,4]",
    "weight_hh_l2 [4,4]", "bias_ih_l2 [4]", "bias_hh_l2 [4]",
};

static const char *const tensors_21[] = {
    "weight_ih_l0 [4,4]", "weight_hh_l0 [4,4]", "weight_ih_l1 [4,4]", "weight_hh_l1 [4,4]", "weight_ih_l2 [4,4]",
    "weight_hh_l2 [4,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_22[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [4,2]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]",
    "weight_ih_l0_reverse [4,2]", "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]",
    "weight_ih_l1 [4,8]", "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "bias_ih_l1_reverse [4]", "bias_hh_l1_reverse [4]", "weight_ih_l2 [4,8]",
    "weight_hh_l2 [4,4]", "bias_ih_l2 [4]", "bias_hh_l2 [4]", "weight_ih_l2_reverse [4,8]",
    "weight_hh_l2_reverse [4,4]", "bias_ih_l2_reverse [4]", "bias_hh_l2_reverse [4]", "head.weight [3,8]",
    "head.bias [3]",
};

static const char *const tensors_23[] = {
    "weight_ih_l0 [4,3]", "weight_hh_l0 [4,4]", "bias_ih_l0 [4]", "bias_hh_l0 [4]", "weight_ih_l0_reverse [4,3]",
    "weight_hh_l0_reverse [4,4]", "bias_ih_l0_reverse [4]", "bias_hh_l0_reverse [4]", "weight_ih_l1 [4,8]",
    "weight_hh_l1 [4,4]", "bias_ih_l1 [4]", "bias_hh_l1 [4]", "weight_ih_l1_reverse [4,8]",
    "weight_hh_l1_reverse [4,4]", "bias_ih_l1_reverse [4]", "bias_hh_l1_reverse [4]", "weight_ih_l2 [4,8]",
    "weight_hh_l2 [4,4]", "bias_ih_l2 [4]", "bias_hh_l2 [4]", "weight_ih_l2_reverse [4,8]",
    "weight_hh_l2_reverse [4,4]", "bias_ih_l2_reverse [4]", "bias_hh_l2_reverse [4]",
};

static const char *const tensors_24[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]",
    "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_25[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,4]",
};

static const char *const tensors_26[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_ih_l0_reverse [16,4]",
    "weight_hh_l0_reverse [16,4]", "bias_ih_l0_reverse [16]", "bias_hh_l0_reverse [16]", "head.weight [3,8]",
    "head.bias [3]",
};

static const char *const tensors_27[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,4]", "weight_ih_l0_reverse [16,3]", "weight_hh_l0_reverse [16,4]",
    "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_28[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_ih_l1 [16,4]",
    "weight_hh_l1 [16,4]", "bias_ih_l1 [16]", "bias_hh_l1 [16]",
};

static const char *const tensors_29[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]",
    "weight_ih_l1 [16,4]", "weight_hh_l1 [16,4]", "bias_ih_l1 [16]", "bias_hh_l1 [16]",
};

static const char *const tensors_30[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_ih_l0_reverse [16,4]",
    "weight_hh_l0_reverse [16,4]", "bias_ih_l0_reverse [16]", "bias_hh_l0_reverse [16]", "weight_ih_l1 [16,8]",
    "weight_hh_l1 [16,4]", "bias_ih_l1 [16]", "bias_hh_l1 [16]", "weight_ih_l1_reverse [16,8]",
    "weight_hh_l1_reverse [16,4]", "bias_ih_l1_reverse [16]", "bias_hh_l1_reverse [16]", "head.weight [3,8]",
    "head.bias [3]",
};

static const char *const tensors_31[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,4]", "weight_ih_l0_reverse [16,2]",
    "weight_hh_l0_reverse [16,4]", "weight_ih_l1 [16,8]", "weight_hh_l1 [16,4]", "weight_ih_l1_reverse [16,8]",
    "weight_hh_l1_reverse [16,4]", "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_32[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,4]", "bias_ih_l0 [16]", "bias_hh_l0 [16]",
    "weight_ih_l1 [16,4]", "weight_hh_l1 [16,4]", "bias_ih_l1 [16]", "bias_hh_l1 [16]", "weight_ih_l2 [16,4]",
    "weight_hh_l2 [16,4]", "bias_ih_l2 [16]", "bias_hh_l2 [16]",
};

static const char *const tensors_33[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,4]", "weight_ih_l1 [16,4]", "weight_hh_l1 [16,4]", "weight_ih_l2 [16,4]",
    "weight_hh_l2 [16,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_34[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,4]", "weight_ih_l0_reverse [16,3]", "weight_hh_l0_reverse [16,4]",
    "weight_ih_l1 [16,8]", "weight_hh_l1 [16,4]", "weight_ih_l1_reverse [16,8]", "weight_hh_l1_reverse [16,4]",
    "weight_ih_l2 [16,8]", "weight_hh_l2 [16,4]", "weight_ih_l2_reverse [16,8]", "weight_hh_l2_reverse [16,4]",
};

static const char *const tensors_35[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_hr_l0 [2,4]",
};

static const char *const tensors_36[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,2]", "weight_hr_l0 [2,4]", "head.weight [3,2]",
    "head.bias [3]",
};

static const char *const tensors_37[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,2]", "weight_hr_l0 [2,4]",
    "weight_ih_l0_reverse [16,2]", "weight_hh_l0_reverse [16,2]", "weight_hr_l0_reverse [2,4]", "head.weight [3,4]",
    "head.bias [3]",
};

static const char *const tensors_38[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_hr_l0 [2,4]",
    "weight_ih_l0_reverse [16,4]", "weight_hh_l0_reverse [16,2]", "bias_ih_l0_reverse [16]", "bias_hh_l0_reverse [16]",
    "weight_hr_l0_reverse [2,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_39[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,2]", "weight_hr_l0 [2,4]", "weight_ih_l1 [16,2]", "weight_hh_l1 [16,2]",
    "weight_hr_l1 [2,4]",
};

static const char *const tensors_40[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]",
    "weight_hr_l0 [2,4]", "weight_ih_l1 [16,2]", "weight_hh_l1 [16,2]", "bias_ih_l1 [16]", "bias_hh_l1 [16]",
    "weight_hr_l1 [2,4]",
};

static const char *const tensors_41[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,2]", "weight_hr_l0 [2,4]", "weight_ih_l0_reverse [16,4]",
    "weight_hh_l0_reverse [16,2]", "weight_hr_l0_reverse [2,4]", "weight_ih_l1 [16,4]", "weight_hh_l1 [16,2]",
    "weight_hr_l1 [2,4]", "weight_ih_l1_reverse [16,4]", "weight_hh_l1_reverse [16,2]", "weight_hr_l1_reverse [2,4]",
    "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_42[] = {
    "weight_ih_l0 [16,4]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_hr_l0 [2,4]",
    "weight_ih_l1 [16,2]", "weight_hh_l1 [16,2]", "bias_ih_l1 [16]", "bias_hh_l1 [16]", "weight_hr_l1 [2,4]",
    "weight_ih_l2 [16,2]", "weight_hh_l2 [16,2]", "bias_ih_l2 [16]", "bias_hh_l2 [16]", "weight_hr_l2 [2,4]",
};

static const char *const tensors_43[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [16,2]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]",
    "weight_hr_l0 [2,4]", "weight_ih_l1 [16,2]", "weight_hh_l1 [16,2]", "bias_ih_l1 [16]", "bias_hh_l1 [16]",
    "weight_hr_l1 [2,4]", "weight_ih_l2 [16,2]", "weight_hh_l2 [16,2]", "bias_ih_l2 [16]", "bias_hh_l2 [16]",
    "weight_hr_l2 [2,4]",
};

static const char *const tensors_44[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,2]", "weight_hr_l0 [2,4]", "weight_ih_l0_reverse [16,3]",
    "weight_hh_l0_reverse [16,2]", "weight_hr_l0_reverse [2,4]", "weight_ih_l1 [16,4]", "weight_hh_l1 [16,2]",
    "weight_hr_l1 [2,4]", "weight_ih_l1_reverse [16,4]", "weight_hh_l1_reverse [16,2]", "weight_hr_l1_reverse [2,4]",
    "weight_ih_l2 [16,4]", "weight_hh_l2 [16,2]", "weight_hr_l2 [2,4]", "weight_ih_l2_reverse [16,4]",
    "weight_hh_l2_reverse [16,2]", "weight_hr_l2_reverse [2,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_45[] = {
    "weight_ih_l0 [16,3]", "weight_hh_l0 [16,2]", "bias_ih_l0 [16]", "bias_hh_l0 [16]", "weight_hr_l0 [2,4]",
    "weight_ih_l0_reverse [16,3]", "weight_hh_l0_reverse [16,2]", "bias_ih_l0_reverse [16]", "bias_hh_l0_reverse [16]",
    "weight_hr_l0_reverse [2,4]", "weight_ih_l1 [16,4]", "weight_hh_l1 [16,2]", "bias_ih_l1 [16]", "bias_hh_l1 [16]",
    "weight_hr_l1 [2,4]", "weight_ih_l1_reverse [16,4]", "weight_hh_l1_reverse [16,2]", "bias_ih_l1_reverse [16]",
    "bias_hh_l1_reverse [16]", "weight_hr_l1_reverse [2,4]", "weight_ih_l2 [16,4]", "weight_hh_l2 [16,2]",
    "bias_ih_l2 [16]", "bias_hh_l2 [16]", "weight_hr_l2 [2,4]", "weight_ih_l2_reverse [16,4]",
    "weight_hh_l2_reverse [16,2]", "bias_ih_l2_reverse [16]", "bias_hh_l2_reverse [16]", "weight_hr_l2_reverse [2,4]",
};

static const char *const tensors_46[] = {
    "weight_ih_l0 [12,4]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]", "head.weight [3,4]",
    "head.bias [3]",
};

static const char *const tensors_47[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [12,2]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]",
    "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_48[] = {
    "weight_ih_l0 [12,3]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]", "weight_ih_l0_reverse [12,3]",
    "weight_hh_l0_reverse [12,4]", "bias_ih_l0_reverse [12]", "bias_hh_l0_reverse [12]",
};

static const char *const tensors_49[] = {
    "weight_ih_l0 [12,4]", "weight_hh_l0 [12,4]", "weight_ih_l0_reverse [12,4]", "weight_hh_l0_reverse [12,4]",
    "head.weight [3,8]", "head.bias [3]",
};

static const char *const tensors_50[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [12,2]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]",
    "weight_ih_l1 [12,4]", "weight_hh_l1 [12,4]", "bias_ih_l1 [12]", "bias_hh_l1 [12]",
};

static const char *const tensors_51[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [12,2]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]",
    "weight_ih_l1 [12,4]", "weight_hh_l1 [12,4]", "bias_ih_l1 [12]", "bias_hh_l1 [12]", "head.weight [3,4]",
    "head.bias [3]",
};

static const char *const tensors_52[] = {
    "weight_ih_l0 [12,4]", "weight_hh_l0 [12,4]", "weight_ih_l0_reverse [12,4]", "weight_hh_l0_reverse [12,4]",
    "weight_ih_l1 [12,8]", "weight_hh_l1 [12,4]", "weight_ih_l1_reverse [12,8]", "weight_hh_l1_reverse [12,4]",
};

static const char *const tensors_53[] = {
    "weight_ih_l0 [12,3]", "weight_hh_l0 [12,4]", "weight_ih_l0_reverse [12,3]", "weight_hh_l0_reverse [12,4]",
    "weight_ih_l1 [12,8]", "weight_hh_l1 [12,4]", "weight_ih_l1_reverse [12,8]", "weight_hh_l1_reverse [12,4]",
};

static const char *const tensors_54[] = {
    "weight_ih_l0 [12,4]", "weight_hh_l0 [12,4]", "weight_ih_l1 [12,4]", "weight_hh_l1 [12,4]", "weight_ih_l2 [12,4]",
    "weight_hh_l2 [12,4]", "head.weight [3,4]", "head.bias [3]",
};

static const char *const tensors_55[] = {
    "weight_ih_l0 [12,3]", "weight_hh_l0 [12,4]", "bias_ih_l0 [12]", "bias_hh_l0 [12]", "weight_ih_l1 [12,4]",
    "weight_hh_l1 [12,4]", "bias_ih_l1 [12]", "bias_hh_l1 [12]", "weight_ih_l2 [12,4]", "weight_hh_l2 [12,4]",
    "bias_ih_l2 [12]", "bias_hh_l2 [12]",
};

static const char *const tensors_56[] = {
    "embedding.weight [4,2]", "weight_ih_l0 [12,2]", "weight_hh_l0 [12,4]", "weight_ih_l0_reverse [12,2]",
    "weight_hh_l0_reverse [12,4]", "weight_ih_l1 [12,8]", "weight_hh_l1 [12,4]", "weight_ih_l1_reverse [12,8]",
    "weight_hh_l1_reverse [12,4]", "weight_ih_l2 [12,8]", "weight_hh_l2 [12,4]", "weight_ih_l2_reverse [12,8]",
    "weight_hh_l2_reverse [12,4]",
};

static const char *const tensors_57[] = {
    "weight_ih_l0 [12,3]", "weight_hh_l0 [12,4]", "weight_ih_l0_reverse [12,3]", "weight_hh_l0_reverse [12,4]",
    "weight_ih_l1 [12,8]", "weight_hh_l1 [12,4]", "weight_ih_l1_reverse [12,8]", "weight_hh_l1_reverse [12,4]",
    "weight_ih_l2 [12,8]", "weight_hh_l2 [12,4]", "weight_ih_l2_reverse [12,8]", "weight_hh_l2_reverse [12,4]",
    "head.weight [3,8]", "head.bias [3]",
};

static const struct golden goldens[] = {
    {
    .name = "tanh_1_forward_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 5, .parameter_count = 47, .tensors = tensors_0,
    .parameters = tanh_1_forward_full_parameters, .tokens = tanh_1_forward_full_tokens,
    .targets = tanh_1_forward_full_targets, .h0 = tanh_1_forward_full_h0, .dh = tanh_1_forward_full_dh,
    .y = tanh_1_forward_full_y, .h = tanh_1_forward_full_h, .dh0 = tanh_1_forward_full_dh0,
    .gradients = tanh_1_forward_full_gradients, .losses = tanh_1_forward_full_losses,
    .norms = tanh_1_forward_full_norms, .trained = tanh_1_forward_full_trained,
    },
    {
    .name = "tanh_1_forward_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 2, .parameter_count = 32, .tensors = tensors_1,
    .parameters = tanh_1_forward_ragged_parameters, .tokens = tanh_1_forward_ragged_tokens,
    .targets = tanh_1_forward_ragged_targets, .lengths = tanh_1_forward_ragged_lengths, .h0 = tanh_1_forward_ragged_h0,
    .y = tanh_1_forward_ragged_y, .h = tanh_1_forward_ragged_h, .dh0 = tanh_1_forward_ragged_dh0,
    .gradients = tanh_1_forward_ragged_gradients, .losses = tanh_1_forward_ragged_losses,
    .norms = tanh_1_forward_ragged_norms, .trained = tanh_1_forward_ragged_trained,
    },
    {
    .name = "tanh_1_both_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 1, .reduction = RNN_SUM,
    .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1, .classes = 0, .steps = 4,
    .batch = 3, .tensor_count = 8, .parameter_count = 72, .tensors = tensors_2,
    .parameters = tanh_1_both_full_parameters, .x = tanh_1_both_full_x, .targets = tanh_1_both_full_targets,
    .h0 = tanh_1_both_full_h0, .y = tanh_1_both_full_y, .h = tanh_1_both_full_h, .dx = tanh_1_both_full_dx,
    .dh0 = tanh_1_both_full_dh0, .gradients = tanh_1_both_full_gradients, .losses = tanh_1_both_full_losses,
    .norms = tanh_1_both_full_norms, .trained = tanh_1_both_full_trained,
    },
    {
    .name = "tanh_1_both_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 83, .tensors = tensors_3,
    .parameters = tanh_1_both_ragged_parameters, .x = tanh_1_both_ragged_x, .targets = tanh_1_both_ragged_targets,
    .lengths = tanh_1_both_ragged_lengths, .h0 = tanh_1_both_ragged_h0, .dh = tanh_1_both_ragged_dh,
    .y = tanh_1_both_ragged_y, .h = tanh_1_both_ragged_h, .dx = tanh_1_both_ragged_dx, .dh0 = tanh_1_both_ragged_dh0,
    .gradients = tanh_1_both_ragged_gradients, .losses = tanh_1_both_ragged_losses, .norms = tanh_1_both_ragged_norms,
    .trained = tanh_1_both_ragged_trained,
    },
    {
    .name = "tanh_2_forward_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 80, .tensors = tensors_4,
    .parameters = tanh_2_forward_full_parameters, .tokens = tanh_2_forward_full_tokens,
    .targets = tanh_2_forward_full_targets, .h0 = tanh_2_forward_full_h0, .y = tanh_2_forward_full_y,
    .h = tanh_2_forward_full_h, .dh0 = tanh_2_forward_full_dh0, .gradients = tanh_2_forward_full_gradients,
    .losses = tanh_2_forward_full_losses, .norms = tanh_2_forward_full_norms, .trained = tanh_2_forward_full_trained,
    },
    {
    .name = "tanh_2_forward_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 80, .tensors = tensors_5,
    .parameters = tanh_2_forward_ragged_parameters, .tokens = tanh_2_forward_ragged_tokens,
    .targets = tanh_2_forward_ragged_targets, .lengths = tanh_2_forward_ragged_lengths, .h0 = tanh_2_forward_ragged_h0,
    .y = tanh_2_forward_ragged_y, .h = tanh_2_forward_ragged_h, .dh0 = tanh_2_forward_ragged_dh0,
    .gradients = tanh_2_forward_ragged_gradients, .losses = tanh_2_forward_ragged_losses,
    .norms = tanh_2_forward_ragged_norms, .trained = tanh_2_forward_ragged_trained,
    },
    {
    .name = "tanh_2_both_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 10, .parameter_count = 179, .tensors = tensors_6,
    .parameters = tanh_2_both_full_parameters, .x = tanh_2_both_full_x, .targets = tanh_2_both_full_targets,
    .h0 = tanh_2_both_full_h0, .dh = tanh_2_both_full_dh, .y = tanh_2_both_full_y, .h = tanh_2_both_full_h,
    .dx = tanh_2_both_full_dx, .dh0 = tanh_2_both_full_dh0, .gradients = tanh_2_both_full_gradients,
    .losses = tanh_2_both_full_losses, .norms = tanh_2_both_full_norms, .trained = tanh_2_both_full_trained,
    },
    {
    .name = "tanh_2_both_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 11, .parameter_count = 179, .tensors = tensors_7,
    .parameters = tanh_2_both_ragged_parameters, .tokens = tanh_2_both_ragged_tokens,
    .targets = tanh_2_both_ragged_targets, .lengths = tanh_2_both_ragged_lengths, .h0 = tanh_2_both_ragged_h0,
    .y = tanh_2_both_ragged_y, .h = tanh_2_both_ragged_h, .dh0 = tanh_2_both_ragged_dh0,
    .gradients = tanh_2_both_ragged_gradients, .losses = tanh_2_both_ragged_losses, .norms = tanh_2_both_ragged_norms,
    .trained = tanh_2_both_ragged_trained,
    },
    {
    .name = "tanh_3_forward_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 111, .tensors = tensors_8,
    .parameters = tanh_3_forward_full_parameters, .tokens = tanh_3_forward_full_tokens,
    .targets = tanh_3_forward_full_targets, .h0 = tanh_3_forward_full_h0, .dh = tanh_3_forward_full_dh,
    .y = tanh_3_forward_full_y, .h = tanh_3_forward_full_h, .dh0 = tanh_3_forward_full_dh0,
    .gradients = tanh_3_forward_full_gradients, .losses = tanh_3_forward_full_losses,
    .norms = tanh_3_forward_full_norms, .trained = tanh_3_forward_full_trained,
    },
    {
    .name = "tanh_3_forward_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 12, .parameter_count = 116, .tensors = tensors_9,
    .parameters = tanh_3_forward_ragged_parameters, .x = tanh_3_forward_ragged_x,
    .targets = tanh_3_forward_ragged_targets, .lengths = tanh_3_forward_ragged_lengths, .h0 = tanh_3_forward_ragged_h0,
    .y = tanh_3_forward_ragged_y, .h = tanh_3_forward_ragged_h, .dx = tanh_3_forward_ragged_dx,
    .dh0 = tanh_3_forward_ragged_dh0, .gradients = tanh_3_forward_ragged_gradients,
    .losses = tanh_3_forward_ragged_losses, .norms = tanh_3_forward_ragged_norms,
    .trained = tanh_3_forward_ragged_trained,
    },
    {
    .name = "tanh_3_both_full", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 26, .parameter_count = 331, .tensors = tensors_10,
    .parameters = tanh_3_both_full_parameters, .tokens = tanh_3_both_full_tokens, .targets = tanh_3_both_full_targets,
    .h0 = tanh_3_both_full_h0, .dh = tanh_3_both_full_dh, .y = tanh_3_both_full_y, .h = tanh_3_both_full_h,
    .dh0 = tanh_3_both_full_dh0, .gradients = tanh_3_both_full_gradients, .losses = tanh_3_both_full_losses,
    .norms = tanh_3_both_full_norms, .trained = tanh_3_both_full_trained,
    },
    {
    .name = "tanh_3_both_ragged", .cell = RNN_CELL_TANH, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 24, .parameter_count = 304, .tensors = tensors_11,
    .parameters = tanh_3_both_ragged_parameters, .tokens = tanh_3_both_ragged_tokens,
    .targets = tanh_3_both_ragged_targets, .lengths = tanh_3_both_ragged_lengths, .h0 = tanh_3_both_ragged_h0,
    .dh = tanh_3_both_ragged_dh, .y = tanh_3_both_ragged_y, .h = tanh_3_both_ragged_h, .dh0 = tanh_3_both_ragged_dh0,
    .gradients = tanh_3_both_ragged_gradients, .losses = tanh_3_both_ragged_losses, .norms = tanh_3_both_ragged_norms,
    .trained = tanh_3_both_ragged_trained,
    },
    {
    .name = "relu_1_forward_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 4, .parameter_count = 43, .tensors = tensors_12,
    .parameters = relu_1_forward_full_parameters, .x = relu_1_forward_full_x, .targets = relu_1_forward_full_targets,
    .h0 = relu_1_forward_full_h0, .y = relu_1_forward_full_y, .h = relu_1_forward_full_h, .dx = relu_1_forward_full_dx,
    .dh0 = relu_1_forward_full_dh0, .gradients = relu_1_forward_full_gradients, .losses = relu_1_forward_full_losses,
    .norms = relu_1_forward_full_norms, .trained = relu_1_forward_full_trained,
    },
    {
    .name = "relu_1_forward_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 55, .tensors = tensors_13,
    .parameters = relu_1_forward_ragged_parameters, .tokens = relu_1_forward_ragged_tokens,
    .targets = relu_1_forward_ragged_targets, .lengths = relu_1_forward_ragged_lengths, .h0 = relu_1_forward_ragged_h0,
    .dh = relu_1_forward_ragged_dh, .y = relu_1_forward_ragged_y, .h = relu_1_forward_ragged_h,
    .dh0 = relu_1_forward_ragged_dh0, .gradients = relu_1_forward_ragged_gradients,
    .losses = relu_1_forward_ragged_losses, .norms = relu_1_forward_ragged_norms,
    .trained = relu_1_forward_ragged_trained,
    },
    {
    .name = "relu_1_both_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 72, .tensors = tensors_14,
    .parameters = relu_1_both_full_parameters, .tokens = relu_1_both_full_tokens, .targets = relu_1_both_full_targets,
    .h0 = relu_1_both_full_h0, .dh = relu_1_both_full_dh, .y = relu_1_both_full_y, .h = relu_1_both_full_h,
    .dh0 = relu_1_both_full_dh0, .gradients = relu_1_both_full_gradients, .losses = relu_1_both_full_losses,
    .norms = relu_1_both_full_norms, .trained = relu_1_both_full_trained,
    },
    {
    .name = "relu_1_both_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 4, .parameter_count = 56, .tensors = tensors_15,
    .parameters = relu_1_both_ragged_parameters, .x = relu_1_both_ragged_x, .targets = relu_1_both_ragged_targets,
    .lengths = relu_1_both_ragged_lengths, .h0 = relu_1_both_ragged_h0, .dh = relu_1_both_ragged_dh,
    .y = relu_1_both_ragged_y, .h = relu_1_both_ragged_h, .dx = relu_1_both_ragged_dx, .dh0 = relu_1_both_ragged_dh0,
    .gradients = relu_1_both_ragged_gradients, .losses = relu_1_both_ragged_losses, .norms = relu_1_both_ragged_norms,
    .trained = relu_1_both_ragged_trained,
    },
    {
    .name = "relu_2_forward_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 75, .tensors = tensors_16,
    .parameters = relu_2_forward_full_parameters, .x = relu_2_forward_full_x, .targets = relu_2_forward_full_targets,
    .h0 = relu_2_forward_full_h0, .y = relu_2_forward_full_y, .h = relu_2_forward_full_h, .dx = relu_2_forward_full_dx,
    .dh0 = relu_2_forward_full_dh0, .gradients = relu_2_forward_full_gradients, .losses = relu_2_forward_full_losses,
    .norms = relu_2_forward_full_norms, .trained = relu_2_forward_full_trained,
    },
    {
    .name = "relu_2_forward_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 5, .parameter_count = 64, .tensors = tensors_17,
    .parameters = relu_2_forward_ragged_parameters, .tokens = relu_2_forward_ragged_tokens,
    .targets = relu_2_forward_ragged_targets, .lengths = relu_2_forward_ragged_lengths, .h0 = relu_2_forward_ragged_h0,
    .y = relu_2_forward_ragged_y, .h = relu_2_forward_ragged_h, .dh0 = relu_2_forward_ragged_dh0,
    .gradients = relu_2_forward_ragged_gradients, .losses = relu_2_forward_ragged_losses,
    .norms = relu_2_forward_ragged_norms, .trained = relu_2_forward_ragged_trained,
    },
    {
    .name = "relu_2_both_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 1, .reduction = RNN_SUM,
    .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2, .classes = 3, .steps = 4,
    .batch = 3, .tensor_count = 18, .parameter_count = 219, .tensors = tensors_18,
    .parameters = relu_2_both_full_parameters, .tokens = relu_2_both_full_tokens, .targets = relu_2_both_full_targets,
    .h0 = relu_2_both_full_h0, .dh = relu_2_both_full_dh, .y = relu_2_both_full_y, .h = relu_2_both_full_h,
    .dh0 = relu_2_both_full_dh0, .gradients = relu_2_both_full_gradients, .losses = relu_2_both_full_losses,
    .norms = relu_2_both_full_norms, .trained = relu_2_both_full_trained,
    },
    {
    .name = "relu_2_both_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 160, .tensors = tensors_19,
    .parameters = relu_2_both_ragged_parameters, .tokens = relu_2_both_ragged_tokens,
    .targets = relu_2_both_ragged_targets, .lengths = relu_2_both_ragged_lengths, .h0 = relu_2_both_ragged_h0,
    .y = relu_2_both_ragged_y, .h = relu_2_both_ragged_h, .dh0 = relu_2_both_ragged_dh0,
    .gradients = relu_2_both_ragged_gradients, .losses = relu_2_both_ragged_losses, .norms = relu_2_both_ragged_norms,
    .trained = relu_2_both_ragged_trained,
    },
    {
    .name = "relu_3_forward_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 13, .parameter_count = 120, .tensors = tensors_20,
    .parameters = relu_3_forward_full_parameters, .tokens = relu_3_forward_full_tokens,
    .targets = relu_3_forward_full_targets, .h0 = relu_3_forward_full_h0, .dh = relu_3_forward_full_dh,
    .y = relu_3_forward_full_y, .h = relu_3_forward_full_h, .dh0 = relu_3_forward_full_dh0,
    .gradients = relu_3_forward_full_gradients, .losses = relu_3_forward_full_losses,
    .norms = relu_3_forward_full_norms, .trained = relu_3_forward_full_trained,
    },
    {
    .name = "relu_3_forward_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 111, .tensors = tensors_21,
    .parameters = relu_3_forward_ragged_parameters, .tokens = relu_3_forward_ragged_tokens,
    .targets = relu_3_forward_ragged_targets, .lengths = relu_3_forward_ragged_lengths, .h0 = relu_3_forward_ragged_h0,
    .dh = relu_3_forward_ragged_dh, .y = relu_3_forward_ragged_y, .h = relu_3_forward_ragged_h,
    .dh0 = relu_3_forward_ragged_dh0, .gradients = relu_3_forward_ragged_gradients,
    .losses = relu_3_forward_ragged_losses, .norms = relu_3_forward_ragged_norms,
    .trained = relu_3_forward_ragged_trained,
    },
    {
    .name = "relu_3_both_full", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 1, .reduction = RNN_SUM,
    .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 3, .classes = 3, .steps = 4,
    .batch = 3, .tensor_count = 27, .parameter_count = 323, .tensors = tensors_22,
    .parameters = relu_3_both_full_parameters, .tokens = relu_3_both_full_tokens, .targets = relu_3_both_full_targets,
    .h0 = relu_3_both_full_h0, .y = relu_3_both_full_y, .h = relu_3_both_full_h, .dh0 = relu_3_both_full_dh0,
    .gradients = relu_3_both_full_gradients, .losses = relu_3_both_full_losses, .norms = relu_3_both_full_norms,
    .trained = relu_3_both_full_trained,
    },
    {
    .name = "relu_3_both_ragged", .cell = RNN_CELL_RELU, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 24, .parameter_count = 296, .tensors = tensors_23,
    .parameters = relu_3_both_ragged_parameters, .x = relu_3_both_ragged_x, .targets = relu_3_both_ragged_targets,
    .lengths = relu_3_both_ragged_lengths, .h0 = relu_3_both_ragged_h0, .y = relu_3_both_ragged_y,
    .h = relu_3_both_ragged_h, .dx = relu_3_both_ragged_dx, .dh0 = relu_3_both_ragged_dh0,
    .gradients = relu_3_both_ragged_gradients, .losses = relu_3_both_ragged_losses, .norms = relu_3_both_ragged_norms,
    .trained = relu_3_both_ragged_trained,
    },
    {
    .name = "lstm_1_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 7, .parameter_count = 151, .tensors = tensors_24,
    .parameters = lstm_1_forward_full_parameters, .tokens = lstm_1_forward_full_tokens,
    .targets = lstm_1_forward_full_targets, .h0 = lstm_1_forward_full_h0, .c0 = lstm_1_forward_full_c0,
    .y = lstm_1_forward_full_y, .h = lstm_1_forward_full_h, .c = lstm_1_forward_full_c, .dh0 = lstm_1_forward_full_dh0,
    .dc0 = lstm_1_forward_full_dc0, .gradients = lstm_1_forward_full_gradients, .losses = lstm_1_forward_full_losses,
    .norms = lstm_1_forward_full_norms, .trained = lstm_1_forward_full_trained,
    },
    {
    .name = "lstm_1_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 2, .parameter_count = 128, .tensors = tensors_25,
    .parameters = lstm_1_forward_ragged_parameters, .tokens = lstm_1_forward_ragged_tokens,
    .targets = lstm_1_forward_ragged_targets, .lengths = lstm_1_forward_ragged_lengths, .h0 = lstm_1_forward_ragged_h0,
    .dh = lstm_1_forward_ragged_dh, .c0 = lstm_1_forward_ragged_c0, .dc = lstm_1_forward_ragged_dc,
    .y = lstm_1_forward_ragged_y, .h = lstm_1_forward_ragged_h, .c = lstm_1_forward_ragged_c,
    .dh0 = lstm_1_forward_ragged_dh0, .dc0 = lstm_1_forward_ragged_dc0, .gradients = lstm_1_forward_ragged_gradients,
    .losses = lstm_1_forward_ragged_losses, .norms = lstm_1_forward_ragged_norms,
    .trained = lstm_1_forward_ragged_trained,
    },
    {
    .name = "lstm_1_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 10, .parameter_count = 347, .tensors = tensors_26,
    .parameters = lstm_1_both_full_parameters, .tokens = lstm_1_both_full_tokens, .targets = lstm_1_both_full_targets,
    .h0 = lstm_1_both_full_h0, .dh = lstm_1_both_full_dh, .c0 = lstm_1_both_full_c0, .dc = lstm_1_both_full_dc,
    .y = lstm_1_both_full_y, .h = lstm_1_both_full_h, .c = lstm_1_both_full_c, .dh0 = lstm_1_both_full_dh0,
    .dc0 = lstm_1_both_full_dc0, .gradients = lstm_1_both_full_gradients, .losses = lstm_1_both_full_losses,
    .norms = lstm_1_both_full_norms, .trained = lstm_1_both_full_trained,
    },
    {
    .name = "lstm_1_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 251, .tensors = tensors_27,
    .parameters = lstm_1_both_ragged_parameters, .x = lstm_1_both_ragged_x, .targets = lstm_1_both_ragged_targets,
    .lengths = lstm_1_both_ragged_lengths, .h0 = lstm_1_both_ragged_h0, .c0 = lstm_1_both_ragged_c0,
    .y = lstm_1_both_ragged_y, .h = lstm_1_both_ragged_h, .c = lstm_1_both_ragged_c, .dx = lstm_1_both_ragged_dx,
    .dh0 = lstm_1_both_ragged_dh0, .dc0 = lstm_1_both_ragged_dc0, .gradients = lstm_1_both_ragged_gradients,
    .losses = lstm_1_both_ragged_losses, .norms = lstm_1_both_ragged_norms, .trained = lstm_1_both_ragged_trained,
    },
    {
    .name = "lstm_2_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 304, .tensors = tensors_28,
    .parameters = lstm_2_forward_full_parameters, .x = lstm_2_forward_full_x, .targets = lstm_2_forward_full_targets,
    .h0 = lstm_2_forward_full_h0, .dh = lstm_2_forward_full_dh, .c0 = lstm_2_forward_full_c0,
    .dc = lstm_2_forward_full_dc, .y = lstm_2_forward_full_y, .h = lstm_2_forward_full_h, .c = lstm_2_forward_full_c,
    .dx = lstm_2_forward_full_dx, .dh0 = lstm_2_forward_full_dh0, .dc0 = lstm_2_forward_full_dc0,
    .gradients = lstm_2_forward_full_gradients, .losses = lstm_2_forward_full_losses,
    .norms = lstm_2_forward_full_norms, .trained = lstm_2_forward_full_trained,
    },
    {
    .name = "lstm_2_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 296, .tensors = tensors_29,
    .parameters = lstm_2_forward_ragged_parameters, .tokens = lstm_2_forward_ragged_tokens,
    .targets = lstm_2_forward_ragged_targets, .lengths = lstm_2_forward_ragged_lengths, .h0 = lstm_2_forward_ragged_h0,
    .dh = lstm_2_forward_ragged_dh, .c0 = lstm_2_forward_ragged_c0, .dc = lstm_2_forward_ragged_dc,
    .y = lstm_2_forward_ragged_y, .h = lstm_2_forward_ragged_h, .c = lstm_2_forward_ragged_c,
    .dh0 = lstm_2_forward_ragged_dh0, .dc0 = lstm_2_forward_ragged_dc0, .gradients = lstm_2_forward_ragged_gradients,
    .losses = lstm_2_forward_ragged_losses, .norms = lstm_2_forward_ragged_norms,
    .trained = lstm_2_forward_ragged_trained,
    },
    {
    .name = "lstm_2_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 18, .parameter_count = 795, .tensors = tensors_30,
    .parameters = lstm_2_both_full_parameters, .tokens = lstm_2_both_full_tokens, .targets = lstm_2_both_full_targets,
    .h0 = lstm_2_both_full_h0, .c0 = lstm_2_both_full_c0, .y = lstm_2_both_full_y, .h = lstm_2_both_full_h,
    .c = lstm_2_both_full_c, .dh0 = lstm_2_both_full_dh0, .dc0 = lstm_2_both_full_dc0,
    .gradients = lstm_2_both_full_gradients, .losses = lstm_2_both_full_losses, .norms = lstm_2_both_full_norms,
    .trained = lstm_2_both_full_trained,
    },
    {
    .name = "lstm_2_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 11, .parameter_count = 611, .tensors = tensors_31,
    .parameters = lstm_2_both_ragged_parameters, .tokens = lstm_2_both_ragged_tokens,
    .targets = lstm_2_both_ragged_targets, .lengths = lstm_2_both_ragged_lengths, .h0 = lstm_2_both_ragged_h0,
    .c0 = lstm_2_both_ragged_c0, .y = lstm_2_both_ragged_y, .h = lstm_2_both_ragged_h, .c = lstm_2_both_ragged_c,
    .dh0 = lstm_2_both_ragged_dh0, .dc0 = lstm_2_both_ragged_dc0, .gradients = lstm_2_both_ragged_gradients,
    .losses = lstm_2_both_ragged_losses, .norms = lstm_2_both_ragged_norms, .trained = lstm_2_both_ragged_trained,
    },
    {
    .name = "lstm_3_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 13, .parameter_count = 456, .tensors = tensors_32,
    .parameters = lstm_3_forward_full_parameters, .tokens = lstm_3_forward_full_tokens,
    .targets = lstm_3_forward_full_targets, .h0 = lstm_3_forward_full_h0, .dh = lstm_3_forward_full_dh,
    .c0 = lstm_3_forward_full_c0, .dc = lstm_3_forward_full_dc, .y = lstm_3_forward_full_y, .h = lstm_3_forward_full_h,
    .c = lstm_3_forward_full_c, .dh0 = lstm_3_forward_full_dh0, .dc0 = lstm_3_forward_full_dc0,
    .gradients = lstm_3_forward_full_gradients, .losses = lstm_3_forward_full_losses,
    .norms = lstm_3_forward_full_norms, .trained = lstm_3_forward_full_trained,
    },
    {
    .name = "lstm_3_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 399, .tensors = tensors_33,
    .parameters = lstm_3_forward_ragged_parameters, .tokens = lstm_3_forward_ragged_tokens,
    .targets = lstm_3_forward_ragged_targets, .lengths = lstm_3_forward_ragged_lengths, .h0 = lstm_3_forward_ragged_h0,
    .c0 = lstm_3_forward_ragged_c0, .y = lstm_3_forward_ragged_y, .h = lstm_3_forward_ragged_h,
    .c = lstm_3_forward_ragged_c, .dh0 = lstm_3_forward_ragged_dh0, .dc0 = lstm_3_forward_ragged_dc0,
    .gradients = lstm_3_forward_ragged_gradients, .losses = lstm_3_forward_ragged_losses,
    .norms = lstm_3_forward_ragged_norms, .trained = lstm_3_forward_ragged_trained,
    },
    {
    .name = "lstm_3_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 12, .parameter_count = 992, .tensors = tensors_34,
    .parameters = lstm_3_both_full_parameters, .x = lstm_3_both_full_x, .targets = lstm_3_both_full_targets,
    .h0 = lstm_3_both_full_h0, .dh = lstm_3_both_full_dh, .c0 = lstm_3_both_full_c0, .dc = lstm_3_both_full_dc,
    .y = lstm_3_both_full_y, .h = lstm_3_both_full_h, .c = lstm_3_both_full_c, .dx = lstm_3_both_full_dx,
    .dh0 = lstm_3_both_full_dh0, .dc0 = lstm_3_both_full_dc0, .gradients = lstm_3_both_full_gradients,
    .losses = lstm_3_both_full_losses, .norms = lstm_3_both_full_norms, .trained = lstm_3_both_full_trained,
    },
    {
    .name = "lstm_3_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 12, .parameter_count = 992, .tensors = tensors_34,
    .parameters = lstm_3_both_ragged_parameters, .x = lstm_3_both_ragged_x, .targets = lstm_3_both_ragged_targets,
    .lengths = lstm_3_both_ragged_lengths, .h0 = lstm_3_both_ragged_h0, .c0 = lstm_3_both_ragged_c0,
    .y = lstm_3_both_ragged_y, .h = lstm_3_both_ragged_h, .c = lstm_3_both_ragged_c, .dx = lstm_3_both_ragged_dx,
    .dh0 = lstm_3_both_ragged_dh0, .dc0 = lstm_3_both_ragged_dc0, .gradients = lstm_3_both_ragged_gradients,
    .losses = lstm_3_both_ragged_losses, .norms = lstm_3_both_ragged_norms, .trained = lstm_3_both_ragged_trained,
    },
    {
    .name = "lstmp_1_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 2, .layers = 1,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 5, .parameter_count = 120, .tensors = tensors_35,
    .parameters = lstmp_1_forward_full_parameters, .x = lstmp_1_forward_full_x, .targets = lstmp_1_forward_full_targets,
    .h0 = lstmp_1_forward_full_h0, .dh = lstmp_1_forward_full_dh, .c0 = lstmp_1_forward_full_c0,
    .dc = lstmp_1_forward_full_dc, .y = lstmp_1_forward_full_y, .h = lstmp_1_forward_full_h,
    .c = lstmp_1_forward_full_c, .dx = lstmp_1_forward_full_dx, .dh0 = lstmp_1_forward_full_dh0,
    .dc0 = lstmp_1_forward_full_dc0, .gradients = lstmp_1_forward_full_gradients, .losses = lstmp_1_forward_full_losses,
    .norms = lstmp_1_forward_full_norms, .trained = lstmp_1_forward_full_trained,
    },
    {
    .name = "lstmp_1_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 2, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 89, .tensors = tensors_36,
    .parameters = lstmp_1_forward_ragged_parameters, .tokens = lstmp_1_forward_ragged_tokens,
    .targets = lstmp_1_forward_ragged_targets, .lengths = lstmp_1_forward_ragged_lengths,
    .h0 = lstmp_1_forward_ragged_h0, .c0 = lstmp_1_forward_ragged_c0, .y = lstmp_1_forward_ragged_y,
    .h = lstmp_1_forward_ragged_h, .c = lstmp_1_forward_ragged_c, .dh0 = lstmp_1_forward_ragged_dh0,
    .dc0 = lstmp_1_forward_ragged_dc0, .gradients = lstmp_1_forward_ragged_gradients,
    .losses = lstmp_1_forward_ragged_losses, .norms = lstmp_1_forward_ragged_norms,
    .trained = lstmp_1_forward_ragged_trained,
    },
    {
    .name = "lstmp_1_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 2, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 167, .tensors = tensors_37,
    .parameters = lstmp_1_both_full_parameters, .tokens = lstmp_1_both_full_tokens,
    .targets = lstmp_1_both_full_targets, .h0 = lstmp_1_both_full_h0, .dh = lstmp_1_both_full_dh,
    .c0 = lstmp_1_both_full_c0, .dc = lstmp_1_both_full_dc, .y = lstmp_1_both_full_y, .h = lstmp_1_both_full_h,
    .c = lstmp_1_both_full_c, .dh0 = lstmp_1_both_full_dh0, .dc0 = lstmp_1_both_full_dc0,
    .gradients = lstmp_1_both_full_gradients, .losses = lstmp_1_both_full_losses, .norms = lstmp_1_both_full_norms,
    .trained = lstmp_1_both_full_trained,
    },
    {
    .name = "lstmp_1_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 2, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 12, .parameter_count = 287, .tensors = tensors_38,
    .parameters = lstmp_1_both_ragged_parameters, .tokens = lstmp_1_both_ragged_tokens,
    .targets = lstmp_1_both_ragged_targets, .lengths = lstmp_1_both_ragged_lengths, .h0 = lstmp_1_both_ragged_h0,
    .dh = lstmp_1_both_ragged_dh, .c0 = lstmp_1_both_ragged_c0, .dc = lstmp_1_both_ragged_dc,
    .y = lstmp_1_both_ragged_y, .h = lstmp_1_both_ragged_h, .c = lstmp_1_both_ragged_c, .dh0 = lstmp_1_both_ragged_dh0,
    .dc0 = lstmp_1_both_ragged_dc0, .gradients = lstmp_1_both_ragged_gradients, .losses = lstmp_1_both_ragged_losses,
    .norms = lstmp_1_both_ragged_norms, .trained = lstmp_1_both_ragged_trained,
    },
    {
    .name = "lstmp_2_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 2, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 160, .tensors = tensors_39,
    .parameters = lstmp_2_forward_full_parameters, .x = lstmp_2_forward_full_x, .targets = lstmp_2_forward_full_targets,
    .h0 = lstmp_2_forward_full_h0, .dh = lstmp_2_forward_full_dh, .c0 = lstmp_2_forward_full_c0,
    .dc = lstmp_2_forward_full_dc, .y = lstmp_2_forward_full_y, .h = lstmp_2_forward_full_h,
    .c = lstmp_2_forward_full_c, .dx = lstmp_2_forward_full_dx, .dh0 = lstmp_2_forward_full_dh0,
    .dc0 = lstmp_2_forward_full_dc0, .gradients = lstmp_2_forward_full_gradients, .losses = lstmp_2_forward_full_losses,
    .norms = lstmp_2_forward_full_norms, .trained = lstmp_2_forward_full_trained,
    },
    {
    .name = "lstmp_2_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 2, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 11, .parameter_count = 216, .tensors = tensors_40,
    .parameters = lstmp_2_forward_ragged_parameters, .tokens = lstmp_2_forward_ragged_tokens,
    .targets = lstmp_2_forward_ragged_targets, .lengths = lstmp_2_forward_ragged_lengths,
    .h0 = lstmp_2_forward_ragged_h0, .c0 = lstmp_2_forward_ragged_c0, .y = lstmp_2_forward_ragged_y,
    .h = lstmp_2_forward_ragged_h, .c = lstmp_2_forward_ragged_c, .dh0 = lstmp_2_forward_ragged_dh0,
    .dc0 = lstmp_2_forward_ragged_dc0, .gradients = lstmp_2_forward_ragged_gradients,
    .losses = lstmp_2_forward_ragged_losses, .norms = lstmp_2_forward_ragged_norms,
    .trained = lstmp_2_forward_ragged_trained,
    },
    {
    .name = "lstmp_2_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 2, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 14, .parameter_count = 431, .tensors = tensors_41,
    .parameters = lstmp_2_both_full_parameters, .tokens = lstmp_2_both_full_tokens,
    .targets = lstmp_2_both_full_targets, .h0 = lstmp_2_both_full_h0, .c0 = lstmp_2_both_full_c0,
    .y = lstmp_2_both_full_y, .h = lstmp_2_both_full_h, .c = lstmp_2_both_full_c, .dh0 = lstmp_2_both_full_dh0,
    .dc0 = lstmp_2_both_full_dc0, .gradients = lstmp_2_both_full_gradients, .losses = lstmp_2_both_full_losses,
    .norms = lstmp_2_both_full_norms, .trained = lstmp_2_both_full_trained,
    },
    {
    .name = "lstmp_2_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 2, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 14, .parameter_count = 431, .tensors = tensors_41,
    .parameters = lstmp_2_both_ragged_parameters, .tokens = lstmp_2_both_ragged_tokens,
    .targets = lstmp_2_both_ragged_targets, .lengths = lstmp_2_both_ragged_lengths, .h0 = lstmp_2_both_ragged_h0,
    .dh = lstmp_2_both_ragged_dh, .c0 = lstmp_2_both_ragged_c0, .dc = lstmp_2_both_ragged_dc,
    .y = lstmp_2_both_ragged_y, .h = lstmp_2_both_ragged_h, .c = lstmp_2_both_ragged_c, .dh0 = lstmp_2_both_ragged_dh0,
    .dc0 = lstmp_2_both_ragged_dc0, .gradients = lstmp_2_both_ragged_gradients, .losses = lstmp_2_both_ragged_losses,
    .norms = lstmp_2_both_ragged_norms, .trained = lstmp_2_both_ragged_trained,
    },
    {
    .name = "lstmp_3_forward_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 2, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 15, .parameter_count = 344, .tensors = tensors_42,
    .parameters = lstmp_3_forward_full_parameters, .tokens = lstmp_3_forward_full_tokens,
    .targets = lstmp_3_forward_full_targets, .h0 = lstmp_3_forward_full_h0, .c0 = lstmp_3_forward_full_c0,
    .y = lstmp_3_forward_full_y, .h = lstmp_3_forward_full_h, .c = lstmp_3_forward_full_c,
    .dh0 = lstmp_3_forward_full_dh0, .dc0 = lstmp_3_forward_full_dc0, .gradients = lstmp_3_forward_full_gradients,
    .losses = lstmp_3_forward_full_losses, .norms = lstmp_3_forward_full_norms, .trained = lstmp_3_forward_full_trained,
    },
    {
    .name = "lstmp_3_forward_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 2, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 16, .parameter_count = 320, .tensors = tensors_43,
    .parameters = lstmp_3_forward_ragged_parameters, .tokens = lstmp_3_forward_ragged_tokens,
    .targets = lstmp_3_forward_ragged_targets, .lengths = lstmp_3_forward_ragged_lengths,
    .h0 = lstmp_3_forward_ragged_h0, .c0 = lstmp_3_forward_ragged_c0, .y = lstmp_3_forward_ragged_y,
    .h = lstmp_3_forward_ragged_h, .c = lstmp_3_forward_ragged_c, .dh0 = lstmp_3_forward_ragged_dh0,
    .dc0 = lstmp_3_forward_ragged_dc0, .gradients = lstmp_3_forward_ragged_gradients,
    .losses = lstmp_3_forward_ragged_losses, .norms = lstmp_3_forward_ragged_norms,
    .trained = lstmp_3_forward_ragged_trained,
    },
    {
    .name = "lstmp_3_both_full", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_SUM, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 2, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 20, .parameter_count = 607, .tensors = tensors_44,
    .parameters = lstmp_3_both_full_parameters, .x = lstmp_3_both_full_x, .targets = lstmp_3_both_full_targets,
    .h0 = lstmp_3_both_full_h0, .dh = lstmp_3_both_full_dh, .c0 = lstmp_3_both_full_c0, .dc = lstmp_3_both_full_dc,
    .y = lstmp_3_both_full_y, .h = lstmp_3_both_full_h, .c = lstmp_3_both_full_c, .dx = lstmp_3_both_full_dx,
    .dh0 = lstmp_3_both_full_dh0, .dc0 = lstmp_3_both_full_dc0, .gradients = lstmp_3_both_full_gradients,
    .losses = lstmp_3_both_full_losses, .norms = lstmp_3_both_full_norms, .trained = lstmp_3_both_full_trained,
    },
    {
    .name = "lstmp_3_both_ragged", .cell = RNN_CELL_LSTM, .direction = RNN_DIRECTION_BOTH, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 2, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 30, .parameter_count = 784, .tensors = tensors_45,
    .parameters = lstmp_3_both_ragged_parameters, .x = lstmp_3_both_ragged_x, .targets = lstmp_3_both_ragged_targets,
    .lengths = lstmp_3_both_ragged_lengths, .h0 = lstmp_3_both_ragged_h0, .c0 = lstmp_3_both_ragged_c0,
    .y = lstmp_3_both_ragged_y, .h = lstmp_3_both_ragged_h, .c = lstmp_3_both_ragged_c, .dx = lstmp_3_both_ragged_dx,
    .dh0 = lstmp_3_both_ragged_dh0, .dc0 = lstmp_3_both_ragged_dc0, .gradients = lstmp_3_both_ragged_gradients,
    .losses = lstmp_3_both_ragged_losses, .norms = lstmp_3_both_ragged_norms, .trained = lstmp_3_both_ragged_trained,
    },
    {
    .name = "gru_1_forward_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 135, .tensors = tensors_46,
    .parameters = gru_1_forward_full_parameters, .tokens = gru_1_forward_full_tokens,
    .targets = gru_1_forward_full_targets, .h0 = gru_1_forward_full_h0, .y = gru_1_forward_full_y,
    .h = gru_1_forward_full_h, .dh0 = gru_1_forward_full_dh0, .gradients = gru_1_forward_full_gradients,
    .losses = gru_1_forward_full_losses, .norms = gru_1_forward_full_norms, .trained = gru_1_forward_full_trained,
    },
    {
    .name = "gru_1_forward_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 7, .parameter_count = 119, .tensors = tensors_47,
    .parameters = gru_1_forward_ragged_parameters, .tokens = gru_1_forward_ragged_tokens,
    .targets = gru_1_forward_ragged_targets, .lengths = gru_1_forward_ragged_lengths, .h0 = gru_1_forward_ragged_h0,
    .dh = gru_1_forward_ragged_dh, .y = gru_1_forward_ragged_y, .h = gru_1_forward_ragged_h,
    .dh0 = gru_1_forward_ragged_dh0, .gradients = gru_1_forward_ragged_gradients, .losses = gru_1_forward_ragged_losses,
    .norms = gru_1_forward_ragged_norms, .trained = gru_1_forward_ragged_trained,
    },
    {
    .name = "gru_1_both_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 1, .reduction = RNN_SUM,
    .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1, .classes = 0, .steps = 4,
    .batch = 3, .tensor_count = 8, .parameter_count = 216, .tensors = tensors_48,
    .parameters = gru_1_both_full_parameters, .x = gru_1_both_full_x, .targets = gru_1_both_full_targets,
    .h0 = gru_1_both_full_h0, .dh = gru_1_both_full_dh, .y = gru_1_both_full_y, .h = gru_1_both_full_h,
    .dx = gru_1_both_full_dx, .dh0 = gru_1_both_full_dh0, .gradients = gru_1_both_full_gradients,
    .losses = gru_1_both_full_losses, .norms = gru_1_both_full_norms, .trained = gru_1_both_full_trained,
    },
    {
    .name = "gru_1_both_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 1,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 6, .parameter_count = 219, .tensors = tensors_49,
    .parameters = gru_1_both_ragged_parameters, .tokens = gru_1_both_ragged_tokens,
    .targets = gru_1_both_ragged_targets, .lengths = gru_1_both_ragged_lengths, .h0 = gru_1_both_ragged_h0,
    .y = gru_1_both_ragged_y, .h = gru_1_both_ragged_h, .dh0 = gru_1_both_ragged_dh0,
    .gradients = gru_1_both_ragged_gradients, .losses = gru_1_both_ragged_losses, .norms = gru_1_both_ragged_norms,
    .trained = gru_1_both_ragged_trained,
    },
    {
    .name = "gru_2_forward_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 9, .parameter_count = 224, .tensors = tensors_50,
    .parameters = gru_2_forward_full_parameters, .tokens = gru_2_forward_full_tokens,
    .targets = gru_2_forward_full_targets, .h0 = gru_2_forward_full_h0, .dh = gru_2_forward_full_dh,
    .y = gru_2_forward_full_y, .h = gru_2_forward_full_h, .dh0 = gru_2_forward_full_dh0,
    .gradients = gru_2_forward_full_gradients, .losses = gru_2_forward_full_losses, .norms = gru_2_forward_full_norms,
    .trained = gru_2_forward_full_trained,
    },
    {
    .name = "gru_2_forward_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 11, .parameter_count = 239, .tensors = tensors_51,
    .parameters = gru_2_forward_ragged_parameters, .tokens = gru_2_forward_ragged_tokens,
    .targets = gru_2_forward_ragged_targets, .lengths = gru_2_forward_ragged_lengths, .h0 = gru_2_forward_ragged_h0,
    .y = gru_2_forward_ragged_y, .h = gru_2_forward_ragged_h, .dh0 = gru_2_forward_ragged_dh0,
    .gradients = gru_2_forward_ragged_gradients, .losses = gru_2_forward_ragged_losses,
    .norms = gru_2_forward_ragged_norms, .trained = gru_2_forward_ragged_trained,
    },
    {
    .name = "gru_2_both_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 0, .reduction = RNN_MEAN,
    .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2, .classes = 0, .steps = 4,
    .batch = 3, .tensor_count = 8, .parameter_count = 480, .tensors = tensors_52,
    .parameters = gru_2_both_full_parameters, .tokens = gru_2_both_full_tokens, .targets = gru_2_both_full_targets,
    .h0 = gru_2_both_full_h0, .dh = gru_2_both_full_dh, .y = gru_2_both_full_y, .h = gru_2_both_full_h,
    .dh0 = gru_2_both_full_dh0, .gradients = gru_2_both_full_gradients, .losses = gru_2_both_full_losses,
    .norms = gru_2_both_full_norms, .trained = gru_2_both_full_trained,
    },
    {
    .name = "gru_2_both_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 0,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 2,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 456, .tensors = tensors_53,
    .parameters = gru_2_both_ragged_parameters, .x = gru_2_both_ragged_x, .targets = gru_2_both_ragged_targets,
    .lengths = gru_2_both_ragged_lengths, .h0 = gru_2_both_ragged_h0, .y = gru_2_both_ragged_y,
    .h = gru_2_both_ragged_h, .dx = gru_2_both_ragged_dx, .dh0 = gru_2_both_ragged_dh0,
    .gradients = gru_2_both_ragged_gradients, .losses = gru_2_both_ragged_losses, .norms = gru_2_both_ragged_norms,
    .trained = gru_2_both_ragged_trained,
    },
    {
    .name = "gru_3_forward_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 0,
    .reduction = RNN_SUM, .inputs = 0, .vocabulary = 4, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 3, .steps = 4, .batch = 3, .tensor_count = 8, .parameter_count = 303, .tensors = tensors_54,
    .parameters = gru_3_forward_full_parameters, .tokens = gru_3_forward_full_tokens,
    .targets = gru_3_forward_full_targets, .h0 = gru_3_forward_full_h0, .y = gru_3_forward_full_y,
    .h = gru_3_forward_full_h, .dh0 = gru_3_forward_full_dh0, .gradients = gru_3_forward_full_gradients,
    .losses = gru_3_forward_full_losses, .norms = gru_3_forward_full_norms, .trained = gru_3_forward_full_trained,
    },
    {
    .name = "gru_3_forward_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_FORWARD, .bias = 1,
    .reduction = RNN_MEAN, .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3,
    .classes = 0, .steps = 4, .batch = 3, .tensor_count = 12, .parameter_count = 348, .tensors = tensors_55,
    .parameters = gru_3_forward_ragged_parameters, .x = gru_3_forward_ragged_x, .targets = gru_3_forward_ragged_targets,
    .lengths = gru_3_forward_ragged_lengths, .h0 = gru_3_forward_ragged_h0, .dh = gru_3_forward_ragged_dh,
    .y = gru_3_forward_ragged_y, .h = gru_3_forward_ragged_h, .dx = gru_3_forward_ragged_dx,
    .dh0 = gru_3_forward_ragged_dh0, .gradients = gru_3_forward_ragged_gradients, .losses = gru_3_forward_ragged_losses,
    .norms = gru_3_forward_ragged_norms, .trained = gru_3_forward_ragged_trained,
    },
    {
    .name = "gru_3_both_full", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 0, .reduction = RNN_MEAN,
    .inputs = 0, .vocabulary = 4, .embedding = 2, .hidden = 4, .projection = 0, .layers = 3, .classes = 0, .steps = 4,
    .batch = 3, .tensor_count = 13, .parameter_count = 728, .tensors = tensors_56,
    .parameters = gru_3_both_full_parameters, .tokens = gru_3_both_full_tokens, .targets = gru_3_both_full_targets,
    .h0 = gru_3_both_full_h0, .y = gru_3_both_full_y, .h = gru_3_both_full_h, .dh0 = gru_3_both_full_dh0,
    .gradients = gru_3_both_full_gradients, .losses = gru_3_both_full_losses, .norms = gru_3_both_full_norms,
    .trained = gru_3_both_full_trained,
    },
    {
    .name = "gru_3_both_ragged", .cell = RNN_CELL_GRU, .direction = RNN_DIRECTION_BOTH, .bias = 0, .reduction = RNN_SUM,
    .inputs = 3, .vocabulary = 0, .embedding = 0, .hidden = 4, .projection = 0, .layers = 3, .classes = 3, .steps = 4,
    .batch = 3, .tensor_count = 14, .parameter_count = 771, .tensors = tensors_57,
    .parameters = gru_3_both_ragged_parameters, .x = gru_3_both_ragged_x, .targets = gru_3_both_ragged_targets,
    .lengths = gru_3_both_ragged_lengths, .h0 = gru_3_both_ragged_h0, .dh = gru_3_both_ragged_dh,
    .y = gru_3_both_ragged_y, .h = gru_3_both_ragged_h, .dx = gru_3_both_ragged_dx, .dh0 = gru_3_both_ragged_dh0,
    .gradients = gru_3_both_ragged_gradients, .losses = gru_3_both_ragged_losses, .norms = gru_3_both_ragged_norms,
    .trained = gru_3_both_ragged_trained,
    },
};

#endif
