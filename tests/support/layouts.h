/* Networks of every cell that ONNX has, and the arrays of one of their layers: for the tests of the layouts of others.
 */
#ifndef RNN_TESTS_LAYOUTS_H
#define RNN_TESTS_LAYOUTS_H

#include "support/fixture.h"

/* Elements of the largest array (w of layer 1, an LSTM in two directions), and of the parameters of a network. */
enum { MOST = 2 * 4 * H * 2 * H, MOST_PARAMETERS = 4 * MOST };

/* A cell with its gates in the order of rnn.h, of ONNX and of Keras; n is also the only gate of tanh and relu, and g is
 * what others call c. */
struct form {
    const char *name;
    int32_t cell, reset, peepholes, couple;
    const char *gates, *onnx, *keras; /* keras NULL: Keras has no such cell */
};

struct network {
    const struct form *form;
    int32_t direction, bias;
};

/* Every form in every direction, with biases and without. network_at gives 0 past the last. */
int network_at(struct network *network, size_t index);
#define for_all(n) for (size_t at_ = 0; network_at(&(n), at_); at_++)

/* The one of an LSTM with peepholes, of a GRU with the reset after, and of one with the reset before, in two directions
 * and with biases. */
extern const struct network lstm_with_all, gru_after, gru_before;

size_t directions(const struct network *n);
size_t inputs(const struct network *n, size_t layer);

/* The options of the network: I inputs, H hidden units, L layers. */
rnn_config *network_config(const struct network *n);
/* Uses the configuration up. */
rnn_model *create_from(rnn_config *config, int64_t seed);
rnn_model *create(const struct network *n, int64_t seed);

/* How many there are; `to` has room for MOST_PARAMETERS. */
size_t copy_parameters(float *to, const rnn_model *model);

struct array {
    float values[MOST];
    size_t count; /* 0: left out */
};

struct onnx {
    union {
        struct {
            struct array w, r, b, p;
        };
        struct array all[4];
    };
};

/* Arrays of the right sizes, with something in them even where they are left out. The calls are given blocks of exactly
 * these sizes, so that a sanitizer sees what goes past the end.  import_onnx and its like call once for each array, and
 * stop at the first that fails; (NULL, 0) stands for an array that is left out, and export_onnx and its like pass over
 * it where the network has it. */
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

/* Of a form that Keras has. */
void keras_arrays(struct keras *a, const struct network *n, size_t layer, uint64_t seed);
int32_t import_keras(rnn_model *model, size_t layer, size_t direction, struct keras *a);
int32_t export_keras(const rnn_model *model, size_t layer, size_t direction, struct keras *a);

#endif
