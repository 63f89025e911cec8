/* librnn: recurrent neural networks, trained and run on the CPU.
 *
 * The simplest network (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 10.2), for t = 1 .. T:
 *
 *     h(t) = tanh(U x(t) + W h(t-1) + b)        the hidden layer; stacked layers take h of the one below as x
 *     o(t) = V h(t) + c                         the dense head: logits
 *     p(t) = softmax(o(t))                      in the loss function, or by rnn_softmax
 *     L    = sum over t of -log p(t)[target(t)]
 *
 * LSTM, GRU and the other cells stand in the place of the first line: see RNN_CELL.
 *
 * The whole training loop:
 *
 *     rnn_config_create(&config); rnn_config_set_int(config, ...); rnn_create(&model, config);
 *     rnn_session_create(&session, model, RNN_TRAINING);
 *     repeat
 *         rnn_reset_state(session, batch);             leave it out to carry the state on (truncated BPTT)
 *         rnn_forward(session, y, ...);
 *         rnn_softmax_cross_entropy(&loss, dy, ... y ...);
 *         rnn_zero_gradients(session);
 *         rnn_backward(session, NULL, 0, dy, ...);
 *         rnn_clip_gradient_norm(session, NULL, 1.0);
 *         rnn_sgd_step(session, 0.1);
 *
 * Letters for shapes, in this file and in every error sentence:
 *
 *     T time steps   B batch   I input features   V vocabulary   E embedding   H hidden units   P projection
 *     G gates of a cell   C classes (outputs of the head)   L layers   D directions (1 or 2)
 *     R elements of h: P with a projection, else H
 *     F features that a layer hands on: D*R, or R where two directions are summed
 *     Y outputs: C, or F in a network without a head
 *
 * All numbers are 32-bit floats, all arrays row-major: x is [T,B,I], element (t,b,i) at x[(t*B + b)*I + i];
 * outputs are [T,B,Y], or [B,Y] where a sequence has one (RNN_OUTPUT); states are [L*D,B,R] and [L*D,B,H], layer by
 * layer, in each the forward direction first; parameter names, order, shapes and gate order are PyTorch's.
 *
 * RULES THAT HOLD FOR EVERY FUNCTION
 *
 *  Arguments     Handle first (or where to put a new one), then outputs, then inputs, then options.  Every array
 *                is followed by its number of elements; a wrong number is RNN_E_SIZE, never a crash.
 *  NULL          Any pointer may be NULL: the call then returns RNN_E_NULL, unless its text says what NULL means.
 *                "(NULL, 0) allowed" means that the array and its count may be left out together.
 *  Errors        A function returns RNN_OK (0) or one of RNN_E_... (negative).  A call that fails has changed
 *                nothing that the caller can see: no output, weight, state or gradient.  It leaves one sentence
 *                that names the function, the argument, what was expected and what came: see rnn_last_error.
 *                RNN_E_NULL and RNN_E_MEMORY are possible wherever a pointer is taken or memory is needed and are
 *                not repeated below.
 *  Overlap       Output arrays must not overlap other arguments unless the text says that they may.
 *  Threads       rnn_config and rnn_session: one thread at a time, any number of them in parallel.  rnn_model: read
 *                by any number of threads and sessions at once; a call that changes it (marked "changes the model")
 *                wants it alone.  Plain functions on arrays: any number at once.  The library starts no thread but
 *                where rnn_session_set_threads asks for them, and no result depends on their number.
 *  Ownership     Arrays belong to the caller and are not kept after the call, but for x where
 *                rnn_session_set_recompute says so.  Pointers that a function hands out stay owned by the library;
 *                the text says how long they live.  Handles may be destroyed in any order: a session keeps its model
 *                alive.
 *  Side effects  The library never prints, exits, aborts, reads the environment, installs signal handlers or
 *                changes the process's floating-point or BLAS settings.
 */
#ifndef RNN_H
#define RNN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define RNN_API __attribute__((visibility("default")))
#else
#define RNN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version -------------------------------------------------------------------------------------------------- */

#define RNN_VERSION_MAJOR  0
#define RNN_VERSION_MINOR  1
#define RNN_VERSION_PATCH  0
#define RNN_VERSION_NUMBER (RNN_VERSION_MAJOR * 10000 + RNN_VERSION_MINOR * 100 + RNN_VERSION_PATCH)

/* RNN_VERSION_NUMBER of the library that runs (the macro is that of the header that was compiled against). */
RNN_API int32_t rnn_version(void);

/* The version as text, "0.1.0".  Static storage. */
RNN_API const char *rnn_version_string(void);

/* How the running library was built and what it chose on this machine, one line of text: version, provider of the
 * matrix products (cblas or builtin), instruction set of the kernels, compiler.  For people and bug
 * reports; the wording may change.  Static storage. */
RNN_API const char *rnn_build_info(void);

/* ---- status and errors ---------------------------------------------------------------------------------------- */

#define RNN_OK            0
#define RNN_E_NULL        (-1)  /* a pointer that must be given is NULL */
#define RNN_E_SIZE        (-2)  /* an array has another number of elements than its shape asks for */
#define RNN_E_VALUE       (-3)  /* a key, option, number, token, target or length is outside its range */
#define RNN_E_STATE       (-4)  /* a call out of order, such as rnn_backward without rnn_forward */
#define RNN_E_MEMORY      (-5)  /* memory could not be had, or the size does not fit in size_t */
#define RNN_E_IO          (-6)  /* the operating system refused to open, read, write, sync or rename a file */
#define RNN_E_FORMAT      (-7)  /* not a well-formed checkpoint, or its tensors do not fit its network */
#define RNN_E_NAME        (-8)  /* no parameter or metadata of that name */
#define RNN_E_NONFINITE   (-9)  /* a gradient is infinite or not a number */
#define RNN_E_UNSUPPORTED (-10) /* well formed, but beyond what this version does (a dtype, an option) */

/* The name and meaning of a status: rnn_status_string(RNN_E_SIZE) begins "RNN_E_SIZE: ".  Any number is allowed, an
 * unknown one gives "unknown status".  Static storage. */
RNN_API const char *rnn_status_string(int32_t status);

/* The sentence of the last call that failed in the calling thread, "" before the first.  Never NULL.  Lives in the
 * thread and is overwritten by its next failing call, so copy what is to be kept. */
RNN_API const char *rnn_last_error(void);

/* ---- configuration of a network ------------------------------------------------------------------------------- */

typedef struct rnn_config rnn_config;

/* Keys.  Integer options, for rnn_config_set_int; sizes are at least 1 where they are not 0, at most 2^31 - 1. */
#define RNN_CELL            1  /* one of RNN_CELL_..., default RNN_CELL_TANH */
#define RNN_INPUT_SIZE      2  /* I: features of a real-valued input; default 0: the input is tokens */
#define RNN_VOCABULARY      3  /* V: number of different tokens; default 0: the input is real-valued */
#define RNN_EMBEDDING_SIZE  4  /* E: tokens enter as rows of a trained [V,E] table; default 0: they enter one-hot */
#define RNN_HIDDEN_SIZE     5  /* H: must be set */
#define RNN_LAYERS          6  /* L: default 1, at most 1024 */
#define RNN_CLASSES         7  /* C: outputs of the dense head; default 0: no head, the output is the top layer's */
#define RNN_SEED            8  /* any int64, default 0: the same seed gives the same initial weights on every machine */
#define RNN_DIRECTION       9  /* one of RNN_DIRECTION_..., default RNN_DIRECTION_FORWARD */
#define RNN_MERGE           10 /* how two directions become one output: one of RNN_MERGE_..., default concatenated */
#define RNN_BIAS            11 /* 1 (default), or 0: the layers have no bias_ih and bias_hh; the head keeps its own */
#define RNN_PROJECTION_SIZE 12 /* P: LSTM only, h = W_hr (o * tanh(c)), Sak et al. 2014; default 0: none */
#define RNN_RESIDUAL        13 /* 1: every layer but the first hands on h + its input (Wu et al. 2016); default 0 */
#define RNN_OUTPUT          14 /* which steps have an output: one of RNN_OUTPUT_..., default RNN_OUTPUT_EVERY_STEP */
#define RNN_RESET           15 /* GRU only: one of RNN_RESET_..., default RNN_RESET_AFTER */
#define RNN_PEEPHOLES       16 /* LSTM only, 1: gates see c, Gers et al. 2002; default 0 */
#define RNN_COUPLE          17 /* LSTM only: one gate for input and forget, RNN_COUPLE_...; default 0: two gates */
#define RNN_LAYER_NORM      18 /* LSTM, and GRU with RNN_RESET_AFTER, 1: layer normalisation; default 0 */
#define RNN_ACTIVATION_F    19 /* one of RNN_ACTIVATION_..., default 0: the cell's own, see there */
#define RNN_ACTIVATION_G    20
#define RNN_ACTIVATION_H    21
#define RNN_INIT_INPUT      22 /* how weight_ih, weight_hr, head.weight start: RNN_INIT_UNIFORM (default) or _XAVIER */
#define RNN_INIT_RECURRENT  23 /* how weight_hh starts: RNN_INIT_UNIFORM (default), _XAVIER or _ORTHOGONAL */
#define RNN_INIT_BIAS       24 /* how all biases start: RNN_INIT_UNIFORM (default) or RNN_INIT_ZERO */
/* Real options, for rnn_config_set_real.  "Unset" reads as not-a-number and can not be set again. */
#define RNN_INIT_RANGE        101 /* r, 0 to 1e30, of RNN_INIT_UNIFORM; default 0: 1/sqrt(H) */
#define RNN_FORGET_BIAS       102 /* LSTM, sLSTM: where the forget gate's bias starts, -1e30 to 1e30; default unset */
#define RNN_DROPOUT           103 /* p, 0 to 0.99: on what a layer hands to the next; default 0 */
#define RNN_RECURRENT_DROPOUT 104 /* p, 0 to 0.99: on h(t-1) in the products W h(t-1); default 0 */
#define RNN_ZONEOUT           105 /* p, 0 to 0.99: an element of h keeps its value from the step before; default 0 */
#define RNN_ZONEOUT_CELL      106 /* LSTM only: the same for c; default 0 */
#define RNN_CLIP              107 /* RNN, GRU, LSTM: what enters f and g is clipped to [-clip, clip]; default 0: not */
#define RNN_CELL_CLIP         108 /* LSTM only: c(t) is clipped to [-clip, clip]; default 0: not */
#define RNN_ALPHA_F           109 /* parameters of RNN_ACTIVATION_F, -1e30 to 1e30; default unset: as listed there */
#define RNN_BETA_F            110
#define RNN_ALPHA_G           111 /* of RNN_ACTIVATION_G */
#define RNN_BETA_G            112
#define RNN_ALPHA_H           113 /* of RNN_ACTIVATION_H */
#define RNN_BETA_H            114
/* Text options, for rnn_config_set_text: how the names of the parameters begin, at most 127 bytes of UTF-8
 * without control characters. */
#define RNN_PREFIX         201 /* of the layers' parameters, such as "encoder.lstm."; default "" */
#define RNN_EMBEDDING_NAME 202 /* default "embedding.": the table is then embedding.weight */
#define RNN_HEAD_NAME      203 /* default "head.": the head is then head.weight and head.bias */

/* Values of RNN_CELL, with their equations.  W_i. x + b_i. is the input product of a gate, W_h. h(t-1) + b_h. the
 * recurrent one; * is element by element; f, g, k are RNN_ACTIVATION_F, _G, _H.  Gates stand in this order in the rows
 * of weight_ih [G*H,I] and weight_hh [G*H,R].
 *
 * RNN_CELL_TANH, RNN_CELL_RELU: Elman 1990.  G = 1.  f is tanh or relu.
 *     h(t) = f(W_i x(t) + b_i + W_h h(t-1) + b_h)
 *
 * RNN_CELL_LSTM: Hochreiter and Schmidhuber 1997; Gers et al. 2000.  Gates i, f, g, o.  f sigmoid, g and k tanh.
 *     i = f(W_ii x + b_ii + W_hi h(t-1) + b_hi + p_i * c(t-1))            p only with RNN_PEEPHOLES
 *     f = f(W_if x + b_if + W_hf h(t-1) + b_hf + p_f * c(t-1))
 *     g = g(W_ig x + b_ig + W_hg h(t-1) + b_hg)
 *     c(t) = f * c(t-1) + i * g                                           clipped with RNN_CELL_CLIP
 *     o = f(W_io x + b_io + W_ho h(t-1) + b_ho + p_o * c(t))
 *     h(t) = o * k(c(t)),  or W_hr (o * k(c(t))) with a projection
 *   With RNN_COUPLE there are three gates: i, g, o and f = 1 - i, or f, g, o and i = 1 - f.
 *   With RNN_LAYER_NORM (Ba, Kiros and Hinton 2016, equations 20 to 22), N being the normalisation of a row, over all
 *   G*H elements of a product, to mean 0 and variance 1 (1e-5 is added to the variance):
 *     W_i. x + b_i. becomes norm_ih * N(W_i. x) + b_i.,  W_h. h + b_h. becomes norm_hh * N(W_h. h) + b_h.,
 *     k(c(t)) becomes k(norm_c * N(c(t)) + norm_c_bias); what is kept as c(t) is not normalised
 *
 * RNN_CELL_GRU: Cho et al. 2014.  Gates r, z, n.  f sigmoid, g tanh.
 *     r = f(W_ir x + b_ir + W_hr h(t-1) + b_hr)
 *     z = f(W_iz x + b_iz + W_hz h(t-1) + b_hz)
 *     n = g(W_in x + b_in + r * (W_hn h(t-1) + b_hn))                     RNN_RESET_AFTER
 *     n = g(W_in x + b_in + W_hn (r * h(t-1)) + b_hn)                     RNN_RESET_BEFORE
 *     h(t) = (1 - z) * n + z * h(t-1)
 *   With RNN_LAYER_NORM (Ba, Kiros and Hinton 2016, supplement) as above; N goes over r and z together, 2*H elements,
 *   and over n alone, and so the reset is applied after: r * (norm_hn * N(W_hn h) + b_hn).
 *
 * RNN_CELL_MINGRU: Feng et al. 2024, "Were RNNs All We Needed?", section 3.1.  Gates z, n; no weight_hh, no bias_hh.
 * f sigmoid, g the identity.
 *     z = f(W_iz x + b_iz),  n = g(W_in x + b_in),  h(t) = (1 - z) * h(t-1) + z * n
 *
 * RNN_CELL_SLSTM: Beck et al. 2024, "xLSTM", equations 8 to 17, with one head.  Gates i, f, z, o; the four sums of
 * products a_i, a_f, a_z, a_o are as in the LSTM.  Four states: h, c, n and m.
 *     m(t) = max(log(sigmoid(a_f)) + m(t-1), a_i),  or a_i where n(t-1) = 0: nothing has been stored yet
 *     i = exp(a_i - m(t)),  f = exp(log(sigmoid(a_f)) + m(t-1) - m(t)), 0 where n(t-1) = 0
 *     c(t) = f * c(t-1) + i * tanh(a_z),  n(t) = f * n(t-1) + i,  h(t) = sigmoid(a_o) * c(t) / n(t) */
#define RNN_CELL_TANH   1
#define RNN_CELL_RELU   2
#define RNN_CELL_LSTM   3
#define RNN_CELL_GRU    4
#define RNN_CELL_MINGRU 5
#define RNN_CELL_SLSTM  6

/* Values of RNN_DIRECTION.  The reverse direction begins at the last valid step of each sequence and ends at t = 0; its
 * parameters have the suffix "_reverse".  Networks that have one want whole sequences: rnn_step refuses them. */
#define RNN_DIRECTION_FORWARD 1
#define RNN_DIRECTION_REVERSE 2
#define RNN_DIRECTION_BOTH    3 /* Schuster and Paliwal 1997 */

/* Values of RNN_MERGE. */
#define RNN_MERGE_CONCATENATE 1 /* forward first: F = 2*R */
#define RNN_MERGE_SUM         2 /* F = R */

/* Values of RNN_OUTPUT.  With the last two, y is [B,Y], one row for each sequence, 0 for a sequence of length 0.  The
 * last step is that of each direction: the last valid one, and in reverse that at t = 0.  What RNN_RESIDUAL adds is
 * taken from the same step; to the sum of two directions it is added once, from the last valid step. */
#define RNN_OUTPUT_EVERY_STEP 1
#define RNN_OUTPUT_LAST_STEP  2
#define RNN_OUTPUT_MEAN       3 /* the features' mean over the valid steps, before the head */

/* Values of RNN_RESET. */
#define RNN_RESET_AFTER  1 /* PyTorch, cuDNN, Keras (reset_after=True), ONNX with linear_before_reset=1 */
#define RNN_RESET_BEFORE 2 /* ONNX by default; Cho et al. 2014 */

/* Values of RNN_COUPLE. */
#define RNN_COUPLE_FORGET 1 /* f = 1 - i: Greff et al. 2017; input_forget of ONNX */
#define RNN_COUPLE_INPUT  2 /* i = 1 - f: the coupled LSTM of TensorFlow Lite */

/* Values of RNN_ACTIVATION_F, _G and _H: the table of ONNX, a being alpha and b beta, with their defaults; where none
 * is named, none may be set. */
#define RNN_ACTIVATION_TANH             1
#define RNN_ACTIVATION_SIGMOID          2
#define RNN_ACTIVATION_RELU             3
#define RNN_ACTIVATION_HARD_SIGMOID     4  /* min(max(a*x + b, 0), 1); a 0.2, b 0.5; a > 0 */
#define RNN_ACTIVATION_LEAKY_RELU       5  /* x for x >= 0, else a*x; a 0.01; a >= 0 */
#define RNN_ACTIVATION_THRESHOLDED_RELU 6  /* x for x > a, else 0; a 1; a >= 0 */
#define RNN_ACTIVATION_SCALED_TANH      7  /* a*tanh(b*x); a 1, b 1; a not 0 */
#define RNN_ACTIVATION_ELU              8  /* x for x >= 0, else a*(exp(x) - 1); a 1; a >= 0 */
#define RNN_ACTIVATION_SOFTSIGN         9  /* x / (1 + |x|) */
#define RNN_ACTIVATION_SOFTPLUS         10 /* log(1 + exp(x)) */
#define RNN_ACTIVATION_AFFINE           11 /* a*x + b; a 1, b 0: the identity */

/* Values of RNN_INIT_....  The embedding table always starts normal with variance 1, norm_... weights at 1 and norm_c
 * biases at 0, peepholes as biases do. */
#define RNN_INIT_UNIFORM    1 /* uniform in [-r, r], r being RNN_INIT_RANGE: PyTorch's rule */
#define RNN_INIT_XAVIER     2 /* each gate uniform in [-r, r], r = sqrt(6 / (rows + columns)); Glorot and Bengio 2010 */
#define RNN_INIT_ORTHOGONAL 3 /* each gate with orthonormal rows or columns; Saxe et al. 2014 */
#define RNN_INIT_ZERO       4

/* What is random in training.  rnn_forward in a training session draws masks, rnn_backward goes back through the same;
 * inference sessions, and rnn_step everywhere, use the expectation.  With m an element of a mask, 0 with probability p:
 *
 *   RNN_DROPOUT            x = m * x / (1-p) for the output of every layer but the top one (so for none of one layer);
 *                          Zaremba et al. 2014
 *   RNN_RECURRENT_DROPOUT  W h(t-1) becomes W (m * h(t-1) / (1-p)), one mask for all steps of a sequence: Gal and
 *                          Ghahramani 2016.  Not for minGRU, which has no such product
 *   RNN_ZONEOUT, _CELL     s(t) = s(t-1) with probability p, drawn for every step; in inference and rnn_step
 *                          s(t) = p * s(t-1) + (1-p) * (what it would be): Krueger et al. 2017, equations 8 and 9 */

/* A new configuration with the defaults above; release it with rnn_config_destroy. */
RNN_API int32_t rnn_config_create(rnn_config **out);
RNN_API void rnn_config_destroy(rnn_config *config); /* NULL does nothing */

/* Sets one option.  RNN_E_VALUE: unknown key, key of another kind, or value outside the range of the key; the
 * configuration keeps what it had.  Text is copied.  Options that contradict each other are found by rnn_create. */
RNN_API int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value);
RNN_API int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value);
RNN_API int32_t rnn_config_set_text(rnn_config *config, int32_t key, const char *value);

/* Reads one option.  RNN_E_VALUE: unknown key or key of another kind.  Text lives until the option is set again or the
 * configuration ends. */
RNN_API int32_t rnn_config_get_int(rnn_config *config, int64_t *value, int32_t key);
RNN_API int32_t rnn_config_get_real(rnn_config *config, double *value, int32_t key);
RNN_API int32_t rnn_config_get_text(rnn_config *config, const char **value, int32_t key);

/* Sets the options that a safetensors file tells.  Of a checkpoint of librnn: all of them.  Of a file of another
 * writer, such as safetensors.torch.save_file(module.state_dict()), what the names and shapes under RNN_PREFIX,
 * RNN_EMBEDDING_NAME and RNN_HEAD_NAME of this configuration tell: RNN_CELL (one gate: RNN_CELL_TANH unless it is
 * RNN_CELL_RELU already; three: RNN_CELL_GRU unless it is an LSTM with RNN_COUPLE already; four: RNN_CELL_LSTM unless
 * it is RNN_CELL_SLSTM already; two and no weight_hh: RNN_CELL_MINGRU), RNN_INPUT_SIZE or, where there is a table,
 * RNN_VOCABULARY and RNN_EMBEDDING_SIZE (without one a configuration with RNN_VOCABULARY keeps tokens, one-hot),
 * RNN_HIDDEN_SIZE, RNN_LAYERS, RNN_DIRECTION, RNN_BIAS, RNN_PROJECTION_SIZE and RNN_CLASSES.  All other options stay as
 * they are.  Then rnn_create and rnn_load_parameters make the network.
 * RNN_E_IO: the file cannot be read.  RNN_E_FORMAT: malformed, or no weight_ih_l0 (or weight_ih_l0_reverse) under the
 * prefix, or shapes that no network has.  RNN_E_UNSUPPORTED: a number of gates that is none of these, a rank above 8,
 * or an option of a later version.  The configuration is unchanged then. */
RNN_API int32_t rnn_config_infer(rnn_config *config, const char *path);
RNN_API int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count);

/* Like rnn_last_error, but the last failure on this handle, from whichever thread; for hosts that move work between
 * threads.  "" before the first failure and for NULL.  Lives until the next failure on, or the end of, the handle. */
RNN_API const char *rnn_config_last_error(const rnn_config *config);

/* ---- model: architecture and weights -------------------------------------------------------------------------- */

typedef struct rnn_model rnn_model;

/* A new network with freshly drawn weights.  Exactly one of RNN_INPUT_SIZE and RNN_VOCABULARY must be set, and
 * RNN_HIDDEN_SIZE.  The configuration is only read (and gets the error sentence); it may be changed and used again or
 * destroyed.  Release the model with rnn_destroy.
 * RNN_E_VALUE: options missing or contradictory: an option that the cell does not have, a pair that nothing defines, or
 * G*H or F above 2^31 - 1.
 * RNN_E_MEMORY: also where the number of parameters overflows.
 * Cost: the parameters twice (the private copy holds the layouts that the kernels want); RNN_INIT_ORTHOGONAL takes
 * about 2*G*H^3 multiplications for each layer and direction. */
RNN_API int32_t rnn_create(rnn_model **out, rnn_config *config);

/* Models are reference-counted: rnn_create and rnn_load give one reference, every session and every rnn_retain holds
 * one more, rnn_destroy drops one, and the last one dropped frees the model.  Safe from any thread. */
RNN_API int32_t rnn_retain(rnn_model *model);
RNN_API void rnn_destroy(rnn_model *model); /* NULL does nothing */

/* Reads back the options that the model was created or loaded with.  Text lives as long as the model.  RNN_E_VALUE:
 * unknown key or of another kind. */
RNN_API int32_t rnn_get_int(const rnn_model *model, int64_t *value, int32_t key);
RNN_API int32_t rnn_get_real(const rnn_model *model, double *value, int32_t key);
RNN_API int32_t rnn_get_text(const rnn_model *model, const char **value, int32_t key);

/* A summary for people, in lines of UTF-8: the options that are set, each layer with its shapes, the number of
 * parameters, and the memory of the model and of a session for inference and for training over `steps` time steps of
 * `batch` sequences.  The wording may change.  *size is the number of bytes with the final 0; with (NULL, 0) for `text`
 * that is all the call does.  RNN_E_SIZE: capacity < the size; *size is set even so, the text is untouched.
 * RNN_E_VALUE: steps or batch as in rnn_session_reserve. */
RNN_API int32_t rnn_describe(const rnn_model *model, char *text, size_t capacity, size_t *size, size_t steps,
                             size_t batch);

/* The parameters are named tensors in one flat block, in this order and without gaps, for each layer k and in it for
 * each direction (suffix "_reverse" for the reverse one):
 *
 *     embedding.weight   [V,E]       with RNN_EMBEDDING_SIZE only
 *     weight_ih_l{k}     [G*H,K]     K = I, V or E for k = 0, else F
 *     weight_hh_l{k}     [G*H,R]     not in minGRU
 *     bias_ih_l{k}       [G*H]       with RNN_BIAS only; two vectors as in PyTorch, both take their whole gradient
 *     bias_hh_l{k}       [G*H]       the same; not in minGRU
 *     weight_hr_l{k}     [P,H]       with RNN_PROJECTION_SIZE only
 *     peephole_l{k}      [3*H]       with RNN_PEEPHOLES only: i, f, o; with RNN_COUPLE [2*H]: the one that is left, o
 *     norm_ih_l{k}       [G*H]       these four with RNN_LAYER_NORM only
 *     norm_hh_l{k}       [G*H]
 *     norm_c_l{k}        [H]         LSTM only
 *     norm_c_bias_l{k}   [H]         LSTM only
 *     head.weight        [C,F]       with RNN_CLASSES only
 *     head.bias          [C]         with RNN_CLASSES only
 *
 * G is 1 for tanh and relu, 4 for LSTM (3 with RNN_COUPLE) and sLSTM, 3 for GRU, 2 for minGRU.  The names begin as
 * RNN_PREFIX, RNN_EMBEDDING_NAME and RNN_HEAD_NAME say.
 *
 * rnn_tensor_count: how many tensors.  rnn_tensor_info: tensor number `index`, in that order: its name (lives as long
 * as the model), its rank and shape, and the offset of its first element in the flat block.  `shape` has room for
 * shape_count >= rank elements (2 suffice today); elements past the rank are left alone.  Any output may be NULL.
 * RNN_E_VALUE: no such index.  RNN_E_SIZE: shape_count < rank. */
RNN_API int32_t rnn_tensor_count(const rnn_model *model, size_t *count);
RNN_API int32_t rnn_tensor_info(const rnn_model *model, const char **name, size_t *rank, size_t *shape,
                                size_t shape_count, size_t *offset, size_t index);

/* A view of the flat block, to read.  The pointer lives as long as the model; what it points to changes with every
 * call that changes the model. */
RNN_API int32_t rnn_parameters(const rnn_model *model, const float **values, size_t *count);

/* Overwrites all parameters by `values`, in the order of the flat block.  Changes the model.
 * RNN_E_SIZE: values_count is not the number of parameters.  Cost: one pass over the parameters. */
RNN_API int32_t rnn_set_parameters(rnn_model *model, const float *values, size_t values_count);

/* Copies one tensor out or in, by name.  rnn_set_parameter changes the model.
 * RNN_E_NAME: no tensor of that name.  RNN_E_SIZE: values_count is not its number of elements. */
RNN_API int32_t rnn_get_parameter(const rnn_model *model, float *values, size_t values_count, const char *name);
RNN_API int32_t rnn_set_parameter(rnn_model *model, const float *values, size_t values_count, const char *name);

/* Notes that travel with the model into its checkpoints: UTF-8 key and value (an alphabet, a date, a score).
 * rnn_set_metadata copies both, replaces a note of the same key and changes the model; value NULL removes the note.
 * rnn_get_metadata hands out the value, which lives until that note is set again or removed or the model ends.
 * RNN_E_VALUE (rnn_set_metadata): the key is empty, begins with "rnn." (reserved) or is "format", or key or value is
 * not UTF-8.
 * RNN_E_NAME: no note of that key to read or to remove. */
RNN_API int32_t rnn_set_metadata(rnn_model *model, const char *key, const char *value);
RNN_API int32_t rnn_get_metadata(const rnn_model *model, const char **value, const char *key);

/* ---- checkpoints ---------------------------------------------------------------------------------------------- */

/* Checkpoints are safetensors files (https://huggingface.co/docs/safetensors): every tensor as F32 under its name
 * above, options (RNN_CELL to RNN_SEED, and others that are not at their defaults) and notes in __metadata__.
 *
 * rnn_save writes to a new file beside `path`, syncs it, renames it to `path` and syncs the directory: whenever it
 * fails, or the machine stops, `path` holds the old checkpoint or the new one, whole.  A `path` that exists and is not
 * a regular file (a directory, a device) is refused; a symbolic link is replaced by the file.
 * RNN_E_IO: the sentence has the reason, where there is one the system's; the new file is removed, or, where only the
 * last step failed, syncing the directory, in place.  RNN_E_UNSUPPORTED: the notes are longer than a header of the
 * format can be (100 MB). */
RNN_API int32_t rnn_save(const rnn_model *model, const char *path);

/* The same bytes into memory.  *size is how many there are; with (NULL, 0) for the buffer that is all it does.
 * RNN_E_SIZE: capacity < the size; *size is set even so, the buffer is untouched.  RNN_E_UNSUPPORTED: as rnn_save. */
RNN_API int32_t rnn_save_memory(const rnn_model *model, void *bytes, size_t capacity, size_t *size);

/* A new model from a checkpoint of librnn; release it with rnn_destroy.  *out is set only on success.  The bytes given
 * to rnn_load_memory may be released afterwards.  Any input is safe to give: it is checked in full first.
 * Tensors may be F32, F16 or BF16; the latter two are widened.
 * RNN_E_IO: the file cannot be read.  RNN_E_FORMAT: malformed, or a tensor is missing, extra or of another shape than
 * the options say.  RNN_E_UNSUPPORTED: another dtype, a rank above 8, or a cell or option of a later version. */
RNN_API int32_t rnn_load(rnn_model **out, const char *path);
RNN_API int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count);

/* Overwrites all parameters by those of a safetensors file of any writer, such as a state_dict of PyTorch; its
 * __metadata__ is not looked at.  Every tensor of the model must be there under its name, in its shape, as F32, F16 or
 * BF16.  A tensor of the file whose name begins with RNN_PREFIX, RNN_EMBEDDING_NAME or RNN_HEAD_NAME and which the
 * model has not is refused, and with a prefix of "" so is every other; with a prefix, names that begin with none of the
 * three belong to somebody else.  Changes the model.
 * RNN_E_IO, RNN_E_FORMAT, RNN_E_UNSUPPORTED: as rnn_load; the model is unchanged. */
RNN_API int32_t rnn_load_parameters(rnn_model *model, const char *path);
RNN_API int32_t rnn_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);

/* ---- layouts of others: one layer as arrays ------------------------------------------------------------------- */

/* The parameters of layer `layer` from, or to, the inputs of the ONNX operators RNN, GRU and LSTM (opset 7 to 22):
 *
 *   w  [D,G*H,K]   gates i, o, f, c of LSTM and z, r, h of GRU; G is 4 for every LSTM: with RNN_COUPLE the rows of the
 *   r  [D,G*H,H]   gate that is not there are passed over, and written as 0
 *   b  [D,2*G*H]   input biases, then recurrent ones; (NULL, 0) allowed, and needed without RNN_BIAS: 0
 *   p  [D,3*H]     peepholes i, o, f; (NULL, 0) allowed, and needed without RNN_PEEPHOLES: 0
 *
 * The options are the caller's to set: hidden_size is RNN_HIDDEN_SIZE, direction RNN_DIRECTION, activations and their
 * alphas and betas RNN_ACTIVATION_F, _G, _H and so on (the same for both directions: ONNX could give each its own),
 * clip RNN_CLIP, linear_before_reset RNN_RESET, input_forget RNN_COUPLE_FORGET.  With layout=1 the caller transposes x
 * and the states; these arrays are the same.
 * What ONNX has no attribute for (RNN_CELL_CLIP, zoneout, residual connections, pooled outputs) is not in the arrays.
 * rnn_import_onnx changes the model; the arrays must not lie within it.  rnn_export_onnx overwrites the arrays; each
 * may be left out as (NULL, 0), but b must be given with RNN_BIAS and p with RNN_PEEPHOLES, so that nothing is lost.
 * RNN_E_SIZE: a count; an array that the options rule out.  RNN_E_VALUE: no such layer; an array within the model.
 * RNN_E_UNSUPPORTED: ONNX has no such cell: minGRU, sLSTM, and LSTM or GRU with layer normalisation, projection or
 * RNN_COUPLE_INPUT. */
RNN_API int32_t rnn_import_onnx(rnn_model *model, size_t layer, const float *w, size_t w_count, const float *r,
                                size_t r_count, const float *b, size_t b_count, const float *p, size_t p_count);
RNN_API int32_t rnn_export_onnx(const rnn_model *model, size_t layer, float *w, size_t w_count, float *r,
                                size_t r_count, float *b, size_t b_count, float *p, size_t p_count);

/* The parameters of one direction (0, or 1 for the reverse one of two) of layer `layer` from, or to, the weights of the
 * Keras layers SimpleRNN, GRU and LSTM:
 *
 *   kernel     [K,G*H]     gates i, f, c, o of LSTM and z, r, h of GRU
 *   recurrent  [H,G*H]
 *   bias       [G*H], or [2,G*H] of GRU with reset_after=True, input biases first; (NULL, 0) with RNN_BIAS 0.  One
 *              vector becomes bias_ih, and bias_hh 0; the other way it is their sum
 *
 * rnn_import_keras changes the model; the arrays must not lie within it.  rnn_export_keras overwrites the arrays;
 * kernel and recurrent may be left out as (NULL, 0).  What Keras' layers have no argument for is not in the arrays.
 * RNN_E_SIZE: a count; a bias without RNN_BIAS.  RNN_E_VALUE: no such layer or direction; an array within the model.
 * RNN_E_UNSUPPORTED: Keras has no such cell: minGRU, sLSTM, and LSTM or GRU with layer normalisation, projection,
 * peepholes or coupled gates. */
RNN_API int32_t rnn_import_keras(rnn_model *model, size_t layer, size_t direction, const float *kernel,
                                 size_t kernel_count, const float *recurrent, size_t recurrent_count, const float *bias,
                                 size_t bias_count);
RNN_API int32_t rnn_export_keras(const rnn_model *model, size_t layer, size_t direction, float *kernel,
                                 size_t kernel_count, float *recurrent, size_t recurrent_count, float *bias,
                                 size_t bias_count);

/* ---- session: what one thread needs to run or train a model --------------------------------------------------- */

typedef struct rnn_session rnn_session;

/* What a session is for. */
#define RNN_INFERENCE 1 /* rnn_forward and rnn_step; small: no gradients, nothing saved over time */
#define RNN_TRAINING  2 /* these and rnn_backward; holds a gradient for every parameter, at first 0 */

/* A new session with a state of zeros for batch 1; it holds a reference on the model.  Release it with
 * rnn_session_destroy.  RNN_E_VALUE: mode is neither RNN_INFERENCE nor RNN_TRAINING. */
RNN_API int32_t rnn_session_create(rnn_session **out, rnn_model *model, int32_t mode);
RNN_API void rnn_session_destroy(rnn_session *session); /* NULL does nothing */

/* Takes all memory for up to `steps` time steps of up to `batch` sequences, in one block, so that rnn_reset_state,
 * rnn_forward, rnn_backward and rnn_step within these bounds allocate nothing.  Optional: without it, calls grow the
 * block when they need to.  Never shrinks it.  Keeps the state; discards what rnn_forward saved for rnn_backward.
 * RNN_E_VALUE: steps or batch is 0, or one of them or their product is above 2^31 - 1 (so for every run).
 * Memory: grows with steps * batch; rnn_describe says how much it is.  For tanh and relu, forward, without residual
 * connections, dropout and zoneout, in floats per time step and sequence, X being I, E + 1, or 1 for one-hot tokens:
 * training (L+2)*H + 2*X + C, inference min(L,2)*H + X + C. */
RNN_API int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);

/* Begins new sequences: the state becomes zeros for `batch` sequences.  Every rnn_forward and rnn_step works on as many
 * sequences as the state has, starts from the state and leaves the state after its last step, so a long sequence may
 * be given in pieces, and rnn_forward over T steps equals T calls of rnn_step, up to rounding (but for what is random
 * in training, and for outputs of a whole sequence).  Discards what rnn_forward saved.
 * RNN_E_VALUE: batch is 0 or above 2^31 - 1. */
RNN_API int32_t rnn_reset_state(rnn_session *session, size_t batch);

/* Kinds of state. */
#define RNN_STATE_H 1 /* h, [L*D,B,R] */
#define RNN_STATE_C 2 /* c of LSTM and sLSTM, [L*D,B,H] */
#define RNN_STATE_N 3 /* n of sLSTM, [L*D,B,H] */
#define RNN_STATE_M 4 /* m of sLSTM, [L*D,B,H] */

/* Copies the state out, or overwrites it (the initial state of the next call, or that of an encoder given to a
 * decoder); neither discards what rnn_forward saved.  The reverse direction's initial state is that before the last
 * valid step, its final state that after t = 0.  RNN_E_VALUE: the cell has no state of that kind.  RNN_E_SIZE:
 * values_count is not that of the kind. */
RNN_API int32_t rnn_get_state(rnn_session *session, float *values, size_t values_count, int32_t kind);
RNN_API int32_t rnn_set_state(rnn_session *session, const float *values, size_t values_count, int32_t kind);

/* rnn_set_state_gradient: dL/d(final state) of the last rnn_forward, for the next rnn_backward, which adds it to what
 * comes from dy; without this call it is 0.  rnn_get_state_gradient: dL/d(initial state), from rnn_backward until the
 * next call that discards the run.
 * Training sessions only.  RNN_E_STATE: no rnn_forward (no rnn_backward) to which it belongs, or an inference session.
 * RNN_E_VALUE, RNN_E_SIZE: as above. */
RNN_API int32_t rnn_set_state_gradient(rnn_session *session, const float *values, size_t values_count, int32_t kind);
RNN_API int32_t rnn_get_state_gradient(rnn_session *session, float *values, size_t values_count, int32_t kind);

/* Where the masks of RNN_DROPOUT, RNN_RECURRENT_DROPOUT, RNN_ZONEOUT and RNN_ZONEOUT_CELL begin: after this call the
 * next rnn_forward of the session draws the first masks of `seed`, the one after it the second, and so on.  A mask
 * depends on the seed, on how many rnn_forward came before, on the layer, the direction, the sequence and the step
 * within that call alone.  A new session begins with RNN_SEED of its model; sessions that train one model side by side
 * want different seeds.
 * RNN_E_STATE: an inference session. */
RNN_API int32_t rnn_seed_dropout(rnn_session *session, int64_t seed);

/* Lets the calls on this session work on `threads` threads, 1 to 1024: the caller's, and threads - 1 of its own, which
 * this call starts.  They wait awake for a quarter of a millisecond after a piece of work, then sleep, and end with the
 * session or with the next of these calls.  Default 1: no thread.
 *
 * Rows of a batch are shared among the threads; of one or few sequences the hidden units, if there are enough of them;
 * the directions of a layer; layers, one behind the other; and what is done for all time steps at once.  Each number is
 * made by one thread, in an order that does not depend on how many there are, so the results are the same to the bit.
 * Cells with layer normalisation, peepholes, a projection or the reset before share less; work of a few microseconds is
 * not shared.
 *
 * The threads have the floating-point modes and the scheduling of the thread that makes this call, and block all
 * signals but those of faults.  A caller waits for them awake, so it should not be of a higher real-time priority.  Not
 * to be used after fork in the child.  More threads than there are free cores make every call slower.  Memory for each
 * thread: 9*H numbers, B*H more with a projection or the reset before, and while only running the gates of max(B,96)
 * rows.
 *
 * Keeps the state; discards what rnn_forward saved.  RNN_E_VALUE: threads is 0 or above 1024.  RNN_E_MEMORY also where
 * a thread could not be started. */
RNN_API int32_t rnn_session_set_threads(rnn_session *session, size_t threads);

/* The same on threads of the caller's.  The session calls parallel_for(user, count, task, context), from the thread
 * that is in a call on the session, with 2 <= count <= threads; it has to call task(context, index) once for each index
 * below count, on whatever threads and in whatever order, one after the other too, and to return when all of them have
 * returned.  Each task takes from about a microsecond to that of the whole call.  NULL: back to one thread, without
 * regard to `threads` and user.  user is handed on and may be NULL; it has to live until the session is destroyed or
 * told otherwise.  RNN_E_VALUE: as above. */
typedef void (*rnn_task)(void *context, size_t index);
typedef void (*rnn_parallel_for)(void *user, size_t count, rnn_task task, void *context);
RNN_API int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads, rnn_parallel_for parallel_for,
                                             void *user);

/* Trades time for memory in the training on long sequences: where rnn_forward is given more than `steps` time steps, it
 * goes in segments of so many, keeps what rnn_backward needs of the last segment alone, and of the others the state in
 * which they begin, from which rnn_backward runs them forward again (Gruslys et al. 2016, "Memory-Efficient
 * Backpropagation Through Time").  With steps near the square root of T memory grows with that root; time by what a
 * forward pass is of a training step, a third at most.  Default 0: everything is kept.  The results are the same to the
 * bit but for the order of the sums of gradients.
 *
 * The array x of rnn_forward is then not copied: it must live, unchanged, until rnn_backward has returned.
 * Keeps the state; discards what rnn_forward saved.  To be followed by rnn_session_reserve where later calls must not
 * allocate.  RNN_E_STATE: an inference session.  RNN_E_VALUE: steps is above 2^31 - 1.  RNN_E_UNSUPPORTED: a network
 * with a reverse direction, or with one output a sequence (RNN_OUTPUT). */
RNN_API int32_t rnn_session_set_recompute(rnn_session *session, size_t steps);

/* Like rnn_last_error, but the last failure on this session: see rnn_config_last_error. */
RNN_API const char *rnn_session_last_error(const rnn_session *session);

/* ---- running -------------------------------------------------------------------------------------------------- */

/* The network over `steps` time steps of the B sequences of the state (see rnn_reset_state), by the equations of
 * RNN_CELL and at the top of this file: y(t) = V h(t) + c, logits, or what the top layer hands on in a network without
 * a head.
 *
 *   y        [T,B,Y], or [B,Y] as RNN_OUTPUT says; overwritten; (NULL, 0) allowed where only the state is wanted
 *   x        [T,B,I] real numbers; tokens [T,B], each 0 .. V-1
 *   lengths  [B], valid steps of each sequence, 0 .. T, in any order; (NULL, 0) allowed: T for all.  What x holds past
 *            the end is not looked at, y is 0 there, and the state left is that after the sequence's last step (the
 *            unchanged one for length 0)
 *
 * rnn_forward is for networks of RNN_INPUT_SIZE, rnn_forward_tokens for those of RNN_VOCABULARY.  In a training session
 * the call saves what rnn_backward needs, x included (but see rnn_session_set_recompute).
 * RNN_E_STATE: input of the other kind.  RNN_E_SIZE: a count.  RNN_E_VALUE: steps is 0 or too large, a length or token
 * is out of range (the sentence says which and where).
 * States below 1e-30 become 0, so that a silent stream does not get slow on subnormal numbers; so do their gradients.
 * Cost: about 2*B*T*(D*G*H*(L*R + I + (L-1)*F) + F*C) multiplications and additions (no input product for tokens);
 * steps past the end of a sequence cost nothing. */
RNN_API int32_t rnn_forward(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count,
                            const int32_t *lengths, size_t lengths_count, size_t steps);
RNN_API int32_t rnn_forward_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                   size_t tokens_count, const int32_t *lengths, size_t lengths_count, size_t steps);

/* One time step: the same as rnn_forward with steps = 1, y [B,Y], x [B,I], tokens [B], without the cost of setting up
 * a run over time.  For streams: it allocates nothing and, in a session of one thread, takes no lock and makes no
 * system call.  Discards what rnn_forward saved.  Errors: as rnn_forward; RNN_E_STATE also for a network with a reverse
 * direction, which begins where a stream has not yet come. */
RNN_API int32_t rnn_step(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count);
RNN_API int32_t rnn_step_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                size_t tokens_count);

/* ---- training ------------------------------------------------------------------------------------------------- */

/* Back-propagation through time over the last rnn_forward (Werbos 1990; Goodfellow et al. 2016, section 10.2.2).  For
 * the tanh cell, with g(t) = dL/do(t) = dy(t):
 *
 *     delta(t) = V' g(t) + W' diag(1 - h(t+1)^2) delta(t+1)      dL/dh(t), from the last step of each sequence down
 *     a(t)     = diag(1 - h(t)^2) delta(t)
 *     dc += sum g(t)     dV += sum g(t) h(t)'     db += sum a(t)     dW += sum a(t) h(t-1)'     dU += sum a(t) x(t)'
 *     dx(t) = U' a(t)
 *
 * sums over all valid steps of all sequences; for the other cells it is the chain rule on their equations (LSTM: Graves
 * and Schmidhuber 2005, the full gradient).  Parameter gradients accumulate until rnn_zero_gradients.
 *
 *   dx  [T,B,I], overwritten, 0 past the end of a sequence; (NULL, 0) allowed: not wanted, and saves its product.
 *       Networks of tokens have none
 *   dy  [T,B,Y], or [B,Y] as y; what it holds past the end of a sequence, or for one of length 0, is not looked at;
 *       (NULL, 0) allowed: no loss on the outputs, only what rnn_set_state_gradient gave, as in an encoder whose
 *       state alone is used
 *
 * The saved run is used up.  RNN_E_STATE: not a training session; no rnn_forward since the last rnn_backward or since
 * a call that discards it; the model's parameters were changed since; dx for a network of tokens.  RNN_E_SIZE: a
 * count.  Cost: about twice that of rnn_forward. */
RNN_API int32_t rnn_backward(rnn_session *session, float *dx, size_t dx_count, const float *dy, size_t dy_count);

/* Sets every parameter gradient to 0.  RNN_E_STATE: an inference session (so for all functions on gradients below). */
RNN_API int32_t rnn_zero_gradients(rnn_session *session);

/* A view of the parameter gradients, in the layout of the parameters' flat block, to read and to write.  The pointer
 * lives as long as the session. */
RNN_API int32_t rnn_gradients(rnn_session *session, float **values, size_t *count);

/* Copies the gradient of one tensor out, by name.  RNN_E_NAME, RNN_E_SIZE: as rnn_get_parameter. */
RNN_API int32_t rnn_get_gradient(rnn_session *session, float *values, size_t values_count, const char *name);

/* Clips by global norm (Pascanu, Mikolov and Bengio 2013, section 3.2): n = sqrt(sum of squares of all gradients); if
 * n > max_norm every gradient is multiplied by max_norm / n.  *norm is n before clipping; NULL allowed.
 * RNN_E_VALUE: max_norm is not a positive finite number.  RNN_E_NONFINITE: a gradient is infinite or not a number;
 * nothing is changed, the sentence names the tensor. */
RNN_API int32_t rnn_clip_gradient_norm(rnn_session *session, double *norm, double max_norm);

/* Clips each gradient to [-max_abs, max_abs].  RNN_E_VALUE, RNN_E_NONFINITE: as above. */
RNN_API int32_t rnn_clip_gradient_value(rnn_session *session, double max_abs);

/* Gradient descent: parameter -= rate * gradient, for all.  Changes the session's model; keeps the gradients.
 * RNN_E_VALUE: rate is not finite, or beyond FLT_MAX.  RNN_E_NONFINITE: a gradient is infinite or not a number; no
 * parameter is changed, the sentence names the tensor.  Cost: two passes over the gradients, one over the parameters.
 */
RNN_API int32_t rnn_sgd_step(rnn_session *session, double rate);

/* ---- losses: plain functions on arrays ------------------------------------------------------------------------ */

/* How losses over many steps become one number. */
#define RNN_SUM  1 /* the sum over all valid steps of all sequences */
#define RNN_MEAN 2 /* that sum divided by the number of valid steps; 0 where there is none */

/* Softmax and cross-entropy with one target class per step (Goodfellow et al. 2016, section 6.2.2.3), in log space:
 *
 *     L = reduction over valid (t,b) of  log(sum over c of exp(o[c])) - o[target]        in nats
 *     dL/do = softmax(o) - onehot(target)                                                (over the count for RNN_MEAN)
 *
 *   loss      overwritten
 *   dlogits   [T,B,C], overwritten, 0 past the end of a sequence; (NULL, 0) allowed; may be the array `logits` itself
 *   logits    [T,B,C]
 *   targets   [T,B], 0 .. C-1 at valid steps, not looked at past the end
 *   lengths   [B], 0 .. T; (NULL, 0) allowed: T for all
 *
 * RNN_E_SIZE: a count.  RNN_E_VALUE: steps, batch or classes is 0 or too large, a target or length is out of range,
 * an unknown reduction.  Numbers that are not finite go the way of the equations: the loss shows them. */
RNN_API int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count, const float *logits,
                                          size_t logits_count, const int32_t *targets, size_t targets_count,
                                          const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
                                          size_t classes, int32_t reduction);

/* p[c] = exp(o[c]) / sum over c of exp(o[c]), for each of the count / classes rows.  p may be the array `logits`
 * itself.  RNN_E_SIZE: the counts differ or are no multiple of classes.  RNN_E_VALUE: classes is 0 or too large. */
RNN_API int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes);

#ifdef __cplusplus
}
#endif

#endif
