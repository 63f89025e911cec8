/* The parameters of one layer as the arrays that ONNX and Keras have: see rnn.h for their shapes.  Arguments have been
 * checked; arrays that were left out are NULL. */
#ifndef RNNI_CONVERT_H
#define RNNI_CONVERT_H

#include "network/model.h"

/* The gates of others: how many they write down, and which of theirs each of ours is. */
struct rnni_foreign {
    size_t gates;
    size_t gate[4];     /* [G] */
    size_t peephole[3]; /* [G-1] of ONNX */
};

struct rnni_foreign rnni_convert_onnx_order(const struct rnni_options *options);
struct rnni_foreign rnni_convert_keras_order(const struct rnni_options *options);

/* What of the options an operator or layer of that name does not have, or NULL. */
const char *rnni_convert_onnx_objection(const struct rnni_options *options);
const char *rnni_convert_keras_objection(const struct rnni_options *options);

/* How many biases of [G*H] Keras has: 2 for a GRU with the reset after, else 1; 0 without biases. */
size_t rnni_convert_keras_biases(const struct rnni_options *options);

struct rnni_onnx_import {
    const float *w, *r, *b, *p;
};
struct rnni_onnx_export {
    float *w, *r, *b, *p;
};
void rnni_convert_from_onnx(struct rnn_model *model, size_t layer, struct rnni_onnx_import from);
void rnni_convert_to_onnx(const struct rnn_model *model, size_t layer, struct rnni_onnx_export to);

struct rnni_keras_import {
    const float *kernel, *recurrent, *bias;
};
struct rnni_keras_export {
    float *kernel, *recurrent, *bias;
};
void rnni_convert_from_keras(struct rnn_model *model, size_t run, struct rnni_keras_import from);
void rnni_convert_to_keras(const struct rnn_model *model, size_t run, struct rnni_keras_export to);

#endif
