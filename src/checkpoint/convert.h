/* The parameters of one layer as the arrays that ONNX and Keras have: see rnn.h for their shapes.  Arguments have been
 * checked, and the options have what is asked for. */
#ifndef RNNI_CONVERT_H
#define RNNI_CONVERT_H

#include "model/model.h"

struct rnni_foreign rnni_convert_onnx_order(const struct rnni_options *options);
struct rnni_foreign rnni_convert_keras_order(const struct rnni_options *options);

/* What of the options an operator or layer of that name does not have, or NULL. */
const char *rnni_convert_onnx_objection(const struct rnni_options *options);
const char *rnni_convert_keras_objection(const struct rnni_options *options);

/* How many biases of [G*H] Keras has: 2 where not all of them join the input product, else 1; 0 without biases. */
size_t rnni_convert_keras_biases(const struct rnni_options *options);

/* Reads or writes what of a layer belongs to the input RNN_ONNX_...; values NULL: 0. */
void rnni_convert_from_onnx(struct rnn_model *model, size_t layer, int32_t input, const float *values);
void rnni_convert_to_onnx(const struct rnn_model *model, size_t layer, int32_t input, float *values);

/* The same of one run and RNN_KERAS_.... */
void rnni_convert_from_keras(struct rnn_model *model, size_t run, int32_t weight, const float *values);
void rnni_convert_to_keras(const struct rnn_model *model, size_t run, int32_t weight, float *values);

/* The same of BasicLSTMCell of TensorFlow 1: kernel [K+H,G*H] and bias [G*H], to which `forget` is added for the forget
 * gate. */
const char *rnni_convert_tf1_objection(const struct rnni_options *options);
void rnni_convert_from_tf1(struct rnn_model *model, size_t run, const float *kernel, const float *bias, double forget);

#endif
