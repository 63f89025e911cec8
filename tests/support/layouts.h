/* For tests of the layouts of ONNX and Keras: networks of every cell that ONNX has, and the arrays of one layer. */
#ifndef RNN_TESTS_LAYOUTS_H
#define RNN_TESTS_LAYOUTS_H

#include "support/fixture.h"

/* Elements of the largest array (w of layer 1 of a bidirectional LSTM), and parameters of the largest network. */
enum { MOST = 2 * 4 * H * 2 * H, MOST_PARAMETERS = 4 * MOST };

/* A cell with its gates in the order of rnn.h, of ONNX and of Keras. The only gate of tanh and relu is called n too; g
 * is the gate that others call c. */
struct form {
    const char *name;
    int32_t cell, reset, peepholes, couple;
    const char *gates, *onnx, *keras; /* keras NULL: Keras has no such cell */
};

struct network {
    const struct form *form;
    int32_t direction, bias;
};

/* Every form in every direction, with and without biases. network_at returns 0 past the last one. */
int network_at(struct network *network, size_t index);
#define for_all(n) for (size_t at_ = 0; network_at(&(n), at_); at_++)

/* Bidirectional networks with biases: an LSTM with peepholes, a GRU with RNN_RESET_AFTER, a GRU with
 * RNN_RESET_BEFORE. */
extern const struct network lstm_with_all, gru_after, gru_before;

size_t directions(const struct network *n);
size_t inputs(const struct network *n, size_t layer);

/* The options of the network: I inputs, H hidden units, L layers. */
rnn_config *network_config(const struct network *n);
/* Destroys the configuration. */
rnn_model *create_from(rnn_config *config, int64_t seed);
rnn_model *create(const struct network *n, int64_t seed);

/* Copies all parameters to `to` [MOST_PARAMETERS] and returns their number. */
size_t copy_parameters(float *to, const rnn_model *model);

struct array {
    float values[MOST];
    size_t count; /* 0: absent */
};

struct onnx {
    union {
        struct {
            struct array w, r, b, p;
        };
        struct array all[4];
    };
};

/* Random arrays of the right sizes, filled even if they are absent (count 0). The calls get blocks of exactly these
 * sizes, so that a sanitizer finds accesses past the end. import_onnx and import_keras make one call for each array
 * and stop at the first failure; for an absent array they pass (NULL, 0). export_onnx and export_keras skip absent
 * arrays. */
void onnx_arrays(struct onnx *a, const struct network *n, size_t layer, uint64_t seed);
int32_t import_onnx(rnn_model *model, size_t layer, struct onnx *a);
int32_t export_onnx(const rnn_model *model, size_t layer, struct onnx *a);

struct keras {
    union {
        struct {
            struct array kernel, recurrent, bias;
        };
        struct array all[3];
    };
};

/* One call of rnn_model_import_onnx, rnn_model_export_onnx, or those of Keras: `which` is RNN_ONNX_... or
 * RNN_KERAS_.... */
struct convert_call {
    rnn_model *to;         /* of an import */
    const rnn_model *from; /* of an export */
    size_t layer, direction;
    int keras, exports;
};
int32_t convert_one(const struct convert_call *call, int32_t which, struct array *a);

/* For forms that Keras has. */
void keras_arrays(struct keras *a, const struct network *n, size_t layer, uint64_t seed);
int32_t import_keras(rnn_model *model, size_t layer, size_t direction, struct keras *a);
int32_t export_keras(const rnn_model *model, size_t layer, size_t direction, struct keras *a);

#endif
