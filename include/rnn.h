/* librnn: recurrent neural networks, trained and run on the CPU.
 *
 * The simplest network (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 10.2), for t = 1 .. T:
 *
 *     h(t) = tanh(U x(t) + W h(t-1) + b)        the hidden layer; a stacked layer takes h of the layer below as x
 *     o(t) = V h(t) + c                         the dense head: logits
 *     p(t) = softmax(o(t))                      in the loss, or by rnn_softmax
 *     L    = sum over t of -log p(t)[target(t)]
 *
 * LSTM, GRU and the other cells replace the first line: see RNN_CELL.
 *
 * The training loop:
 *
 *     rnn_config_create(&config); rnn_config_set_int(config, ...); rnn_create(&model, config);
 *     rnn_session_create(&session, model, RNN_TRAINING);
 *     repeat
 *         rnn_reset_state(session, batch);             omit it to carry the state on (truncated BPTT)
 *         rnn_forward(session, y, ...);
 *         rnn_softmax_cross_entropy(&value, dy, ... y ...);      or another loss: rnn_loss_create
 *         rnn_zero_gradients(session);
 *         rnn_backward(session, NULL, 0, dy, ...);
 *         rnn_session_clip_gradient_norm(session, NULL, 1.0);
 *         rnn_sgd_step(session, 0.1);                  or rnn_optimizer_step: momentum, RMSprop, Adagrad, Adam, AdamW
 *
 * or rnn_fit, which runs this loop over datasets:
 *
 *     rnn_dataset_create(&training); repeat: rnn_dataset_add(training, &index, x, ...);
 *                                            rnn_dataset_set_classes(training, index, ...);      or _set_values
 *     rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model);
 *     rnn_loss_create(&loss, RNN_LOSS_CROSS_ENTROPY);
 *     rnn_trainer_create(&trainer, model, optimizer, loss); rnn_trainer_set_int(trainer, RNN_EPOCHS, 20);
 *     rnn_fit(trainer, training, validation);
 *
 * Letters for shapes, in this file and in error messages:
 *
 *     T time steps   B batch   I input features   V vocabulary   E embedding   H hidden units   P projection
 *     G gates of a cell   C classes (outputs of the head)   L layers   D directions (1 or 2)
 *     R elements of h: P with a projection, else H
 *     F features that a layer outputs: D*R, or R if two directions are summed
 *     Y outputs of the network: C, or F without a head
 *
 * All numbers are 32-bit floats.  All arrays are row-major: x is [T,B,I], element (t,b,i) is x[(t*B + b)*I + i].
 * Outputs are [T,B,Y], or [B,Y] with one output for each sequence (RNN_OUTPUT).  States are [L*D,B,R] and [L*D,B,H], by
 * layer, within a layer the forward direction first.  Parameter names, order, shapes and gate order are PyTorch's.
 *
 * RULES FOR EVERY FUNCTION
 *
 *  Arguments     The handle first (or where to put a new one), then outputs, then inputs, then options, then a callback
 *                and its `user`.  Getters mirror setters: handle, what is addressed (a key, name, kind or index),
 *                value. Every array is followed by its number of elements; a wrong number is RNN_E_SIZE, never a crash.
 *  NULL          Any pointer may be NULL: the call then returns RNN_E_NULL, unless the text says what NULL means.
 *                "(NULL, 0) allowed" means that the array and its count may be omitted together.
 *  Errors        A function returns RNN_OK (0) or one of RNN_E_... (negative).  A call that fails changes nothing that
 *                the caller can see: no output, weight, state or gradient.  It leaves a message that names the
 *                function, the argument, the expected and the actual value: see rnn_last_error.  RNN_E_NULL and
 *                RNN_E_MEMORY are possible wherever a pointer is passed or memory is needed; they are not repeated
 *                below.
 *  Alignment     Arrays need the alignment of their elements, 4 bytes for float and int32_t, and no more.
 *  Overlap       Output arrays must not overlap other arguments unless the text allows it.
 *  Threads       rnn_config, rnn_session, rnn_loss, rnn_decoder, rnn_optimizer, rnn_attention and rnn_trainer: one
 *                thread at a time; different handles may be used in parallel.  rnn_model and rnn_dataset: any number
 *                of threads and sessions may read one at once; a call marked "changes the model" needs exclusive
 *                access.  Functions without a handle: any number at once.  The library starts threads only for
 *                rnn_session_set_threads, rnn_loss_set_threads, rnn_optimizer_set_threads and RNN_THREADS, and no
 *                result depends on their number (except with a CBLAS: see RNN_PRODUCTS).
 *  Ownership     Arrays belong to the caller and are not kept after the call, except for x under
 *                rnn_session_set_recompute.  Returned pointers belong to the library; the text says how long they live.
 *                Handles may be destroyed in any order: a session keeps its model alive.
 *  Stack         64 KiB suffice for every call of a Release build with RNN_PRODUCTS_OWN, plus what callbacks need.  A
 *                CBLAS needs what it needs.  OpenBLAS 0.3.21 takes 60 KiB of the stack of every thread (its TLS) of a
 *                program that links it, such as one with the static library.
 *  Side effects  The library never prints, exits, aborts, reads the environment, installs signal handlers or changes
 *                the floating-point or BLAS settings of the process.
 */
#ifndef RNN_H
#define RNN_H

#include <stddef.h>
#include <stdint.h>

/* RNN_API exports a function.  Define RNN_STATIC to link with the static library: Windows needs it, and the packages of
 * CMake and pkg-config define it.  A shared library that contains the static one does not export its functions. */
#if defined(RNN_STATIC)
#define RNN_API
#elif defined(_WIN32)
#define RNN_API __declspec(dllimport)
#elif defined(__GNUC__)
#define RNN_API __attribute__((visibility("default")))
#else
#define RNN_API
#endif

/* The compiler warns if a program ignores the status of a call.  Define RNN_NODISCARD empty to turn this off. */
#ifndef RNN_NODISCARD
#if defined(__GNUC__)
#define RNN_NODISCARD __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
#define RNN_NODISCARD _Check_return_
#else
#define RNN_NODISCARD
#endif
#endif

/* The compiler warns if a program uses a function that a later major version will not have; the text says what to use
 * instead.  Define RNN_DEPRECATED(text) empty to turn this off. */
#ifndef RNN_DEPRECATED
#if defined(__GNUC__)
#define RNN_DEPRECATED(text) __attribute__((deprecated(text)))
#elif defined(_MSC_VER)
#define RNN_DEPRECATED(text) __declspec(deprecated(text))
#else
#define RNN_DEPRECATED(text)
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- version -------------------------------------------------------------------------------------------------- */

#define RNN_VERSION_MAJOR  0
#define RNN_VERSION_MINOR  9
#define RNN_VERSION_PATCH  0
#define RNN_VERSION_NUMBER (RNN_VERSION_MAJOR * 10000 + RNN_VERSION_MINOR * 100 + RNN_VERSION_PATCH)

/* RNN_VERSION_NUMBER of the running library (the macro is that of the header at compile time). */
RNN_API int32_t rnn_version(void);

/* The version as text, "0.9.0".  Static storage. */
RNN_API const char *rnn_version_string(void);

/* One line of text for people and bug reports: version, providers of the matrix products (own, and the CBLAS that
 * RNN_PRODUCTS_CBLAS stands for, if there is one), instruction set that the kernels use on this machine, compiler.  The
 * wording may change.  Static storage. */
RNN_API const char *rnn_build_info(void);

/* ---- status and errors ---------------------------------------------------------------------------------------- */

#define RNN_OK            0
#define RNN_E_NULL        (-1)  /* a required pointer is NULL */
#define RNN_E_SIZE        (-2)  /* the number of elements of an array differs from that of its shape */
#define RNN_E_VALUE       (-3)  /* a key, option, number, token, target or length is out of range */
#define RNN_E_STATE       (-4)  /* a call out of order, such as rnn_backward without rnn_forward */
#define RNN_E_MEMORY      (-5)  /* out of memory, or the size does not fit in size_t */
#define RNN_E_IO          (-6)  /* the operating system cannot open, read, write, sync or rename a file */
#define RNN_E_FORMAT      (-7)  /* not a well-formed checkpoint, or its tensors do not fit the network */
#define RNN_E_NAME        (-8)  /* no parameter or metadata with that name */
#define RNN_E_NONFINITE   (-9)  /* a gradient or loss is infinite or NaN, or an update would be */
#define RNN_E_UNSUPPORTED (-10) /* well formed, but this version does not support it (a dtype, an option) */

/* The name and meaning of a status: rnn_status_string(RNN_E_SIZE) begins with "RNN_E_SIZE: ".  Any number is allowed;
 * an unknown one gives "unknown status".  Static storage. */
RNN_API const char *rnn_status_string(int32_t status);

/* The message of the last call that failed in the calling thread, "" before the first.  Never NULL.  The next failing
 * call of the thread overwrites it. */
RNN_API const char *rnn_last_error(void);

/* ---- configuration of a network ------------------------------------------------------------------------------- */

typedef struct rnn_config rnn_config;

/* Keys.  Integer options, for rnn_config_set_int; sizes are at most 2^31 - 1. */
#define RNN_CELL            1  /* one of RNN_CELL_..., default RNN_CELL_TANH */
#define RNN_INPUT_SIZE      2  /* I: features of a real-valued input; default 0: the input is tokens */
#define RNN_VOCABULARY      3  /* V: number of different tokens; default 0: the input is real-valued */
#define RNN_EMBEDDING_SIZE  4  /* E: tokens enter as rows of a trained [V,E] table; default 0: they enter one-hot */
#define RNN_HIDDEN_SIZE     5  /* H: must be set */
#define RNN_LAYERS          6  /* L: default 1, at most 1024 */
#define RNN_CLASSES         7  /* C: outputs of the dense head, also of real values; default 0: no head, see Y */
#define RNN_SEED            8  /* any int64, default 0: the same seed gives the same initial weights on every machine */
#define RNN_DIRECTION       9  /* one of RNN_DIRECTION_..., default RNN_DIRECTION_FORWARD */
#define RNN_MERGE           10 /* how two directions become one output: one of RNN_MERGE_..., default concatenated */
#define RNN_BIAS            11 /* 1 (default), or 0: layers without bias_ih and bias_hh; the head keeps its bias */
#define RNN_PROJECTION_SIZE 12 /* P: LSTM only, h = W_hr (o * tanh(c)), Sak et al. 2014; default 0: none */
#define RNN_RESIDUAL        13 /* 1: every layer but the first outputs h + its input (Wu et al. 2016); default 0 */
#define RNN_OUTPUT          14 /* which steps have an output: one of RNN_OUTPUT_..., default RNN_OUTPUT_EVERY_STEP */
#define RNN_RESET           15 /* GRU only: one of RNN_RESET_..., default RNN_RESET_AFTER */
#define RNN_PEEPHOLES       16 /* LSTM only, 1: gates see c, Gers et al. 2002; default 0 */
#define RNN_COUPLE          17 /* LSTM only: one gate for input and forget, RNN_COUPLE_...; default 0: two gates */
#define RNN_LAYER_NORM      18 /* LSTM, and GRU with RNN_RESET_AFTER, 1: layer normalisation; default 0 */
#define RNN_ACTIVATION_F    19 /* one of RNN_ACTIVATION_..., default 0: the cell's own, see there */
#define RNN_ACTIVATION_G    20
#define RNN_ACTIVATION_H    21
#define RNN_INIT_INPUT      22 /* weight_ih, weight_hr, head.weight: RNN_INIT_UNIFORM (default) or _XAVIER */
#define RNN_INIT_RECURRENT  23 /* weight_hh, if a matrix: RNN_INIT_UNIFORM (default), _XAVIER or _ORTHOGONAL */
#define RNN_INIT_BIAS       24 /* all biases: RNN_INIT_UNIFORM (default) or RNN_INIT_ZERO */
#define RNN_PRODUCTS        25 /* who makes the matrix products: one of RNN_PRODUCTS_..., default automatic */
#define RNN_PRECISION       37 /* format of the weights: one of RNN_PRECISION_..., default RNN_PRECISION_FLOAT32 */
/* Of a layer of a list alone: rnn_config_set_layer_int. */
#define RNN_OUTPUT_SIZE 26 /* dense, conv1d: outputs; embedding: E; must be set */
#define RNN_KERNEL_SIZE 27 /* conv1d: steps that an output sees; default 1 */
#define RNN_STRIDE      28 /* conv1d: steps from one output to the next; default 1 */
#define RNN_DILATION    29 /* conv1d: steps from one tap of the kernel to the next; default 1 */
#define RNN_GROUPS      30 /* conv1d: groups of inputs and outputs that do not see each other; default 1 */
#define RNN_PADDING     31 /* conv1d: one of RNN_PADDING_..., default RNN_PADDING_CAUSAL */
#define RNN_ACTIVATION  32 /* dense, conv1d, activation: one of RNN_ACTIVATION_..., default 0: none */
#define RNN_SOURCE      33 /* skip: the layer whose output joins, default RNN_SOURCE_INPUT */
/* Of networks and layers. */
#define RNN_INITIAL_STATE 34 /* 1: the states before the first step are parameters; default 0: zeros; not sLSTM */
#define RNN_TIED          35 /* 1: the head's weight is the embedding's table, so E = F, C = V; default 0 */
/* Of networks alone.  1: the transitions of a linear-chain CRF are parameters, see RNN_LOSS_CRF; needs RNN_CLASSES and
 * RNN_OUTPUT_EVERY_STEP; default 0.  crf.start_transitions [C], crf.end_transitions [C] and crf.transitions [C,C] are
 * the last parameters; element [i,j] is the score of class j after class i, as in pytorch-crf.  They start uniform in
 * [-0.1, 0.1].  The outputs of the network do not depend on them. */
#define RNN_CRF 36
/* Real options, for rnn_config_set_real.  "Unset" reads as NaN and cannot be set again. */
#define RNN_INIT_RANGE        101 /* r of RNN_INIT_UNIFORM, 0 to 1e30; default 0: 1/sqrt(H) */
#define RNN_FORGET_BIAS       102 /* LSTM, sLSTM: initial bias of the forget gate, -1e30 to 1e30; default unset */
#define RNN_DROPOUT           103 /* p, 0 to 0.99: between layers, so L > 1; default 0 */
#define RNN_RECURRENT_DROPOUT 104 /* p, 0 to 0.99: on h(t-1) in the products W h(t-1); default 0 */
#define RNN_ZONEOUT           105 /* p, 0 to 0.99: an element of h keeps its value from the previous step; default 0 */
#define RNN_ZONEOUT_CELL      106 /* LSTM only: the same for c; default 0 */
#define RNN_CLIP              107 /* RNN, IndRNN, GRU, LSTM: input of f and g is clipped to [-clip, clip]; default 0 */
#define RNN_CELL_CLIP         108 /* LSTM only: c(t) is clipped to [-clip, clip]; default 0: off */
#define RNN_ALPHA_F           109 /* parameters of RNN_ACTIVATION_F, -1e30 to 1e30; default unset: as listed there */
#define RNN_BETA_F            110
#define RNN_ALPHA_G           111 /* of RNN_ACTIVATION_G */
#define RNN_BETA_G            112
#define RNN_ALPHA_H           113 /* of RNN_ACTIVATION_H */
#define RNN_BETA_H            114
#define RNN_ALPHA             115 /* parameters of RNN_ACTIVATION, -1e30 to 1e30; default unset: as listed there */
#define RNN_BETA              116
/* RNN_EPSILON, below, is also an option of layer norm and RMS norm: see RNN_KIND_.... */
/* Text options, for rnn_config_set_text: the beginnings of parameter names, at most 127 bytes of UTF-8 without control
 * characters. */
#define RNN_PREFIX         201 /* of the layers' parameters, such as "encoder.lstm."; default "" */
#define RNN_EMBEDDING_NAME 202 /* default "embedding.": the table is then embedding.weight */
#define RNN_HEAD_NAME      203 /* default "head.": the head is then head.weight and head.bias */
#define RNN_CRF_NAME       204 /* default "crf.": the transitions are then crf.transitions and so on */

/* Values of RNN_CELL, with their equations.  W_i. x + b_i. is the input product of a gate, W_h. h(t-1) + b_h. the
 * recurrent product; * is element by element; f, g, k are RNN_ACTIVATION_F, _G, _H.  The gates are in this order in the
 * rows of weight_ih [G*H,I] and weight_hh [G*H,R].
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
 *   With RNN_LAYER_NORM (Ba, Kiros and Hinton 2016, equations 20 to 22), where N normalises a row, over all G*H
 *   elements of a product, to mean 0 and variance 1 (1e-5 is added to the variance):
 *     W_i. x + b_i. becomes norm_ih * N(W_i. x) + b_i.,  W_h. h + b_h. becomes norm_hh * N(W_h. h) + b_h.,
 *     k(c(t)) becomes k(norm_c * N(c(t)) + norm_c_bias); the state c(t) itself is not normalised
 *
 * RNN_CELL_GRU: Cho et al. 2014.  Gates r, z, n.  f sigmoid, g tanh.
 *     r = f(W_ir x + b_ir + W_hr h(t-1) + b_hr)
 *     z = f(W_iz x + b_iz + W_hz h(t-1) + b_hz)
 *     n = g(W_in x + b_in + r * (W_hn h(t-1) + b_hn))                     RNN_RESET_AFTER
 *     n = g(W_in x + b_in + W_hn (r * h(t-1)) + b_hn)                     RNN_RESET_BEFORE
 *     h(t) = (1 - z) * n + z * h(t-1)
 *   With RNN_LAYER_NORM (Ba, Kiros and Hinton 2016, supplement) as above, where N covers r and z together, 2*H
 *   elements, and n alone; the reset is therefore applied after: r * (norm_hn * N(W_hn h) + b_hn).
 *
 * RNN_CELL_MINGRU: Feng et al. 2024, "Were RNNs All We Needed?", section 3.1.  Gates z, n; no weight_hh, no bias_hh.
 * f sigmoid, g the identity.
 *     z = f(W_iz x + b_iz),  n = g(W_in x + b_in),  h(t) = (1 - z) * h(t-1) + z * n
 *
 * RNN_CELL_SLSTM: Beck et al. 2024, "xLSTM", equations 8 to 17, with one head.  Gates i, f, z, o; the four sums of
 * products a_i, a_f, a_z, a_o are as in the LSTM.  Four states: h, c, n and m.
 *     m(t) = max(log(sigmoid(a_f)) + m(t-1), a_i),  or a_i if n(t-1) = 0 (nothing is stored yet)
 *     i = exp(a_i - m(t)),  f = exp(log(sigmoid(a_f)) + m(t-1) - m(t)), 0 if n(t-1) = 0
 *     c(t) = f * c(t-1) + i * tanh(a_z),  n(t) = f * n(t-1) + i,  h(t) = sigmoid(a_o) * c(t) / n(t)
 *
 * RNN_CELL_INDRNN: Li et al. 2018, "Independently Recurrent Neural Network (IndRNN)", equation 2.  G = 1.  f is relu.
 * weight_hh is a vector u [H]: a unit sees its own state alone; no bias_hh.  u starts uniform in [-r, r].
 *     h(t) = f(W_i x(t) + b_i + u * h(t-1))
 *
 * RNN_CELL_MINGRU_HIGHWAY: the minGRU of PufferLib 4.0 (src/models.cu).  Gates n, z, p; no weight_hh, no bias_hh; its
 * weight [3*H,H] is weight_ih, without RNN_BIAS.  The positive candidate is that of Feng et al. 2024, appendix B; the
 * highway gate p (Srivastava, Greff and Schmidhuber 2015) mixes the input into the output, so K = H in every layer:
 * RNN_INPUT_SIZE or RNN_EMBEDDING_SIZE is RNN_HIDDEN_SIZE, and two directions in more than one layer are summed.
 *     n = G(W_in x + b_in),  G(a) = a + 0.5 for a >= 0, else sigmoid(a)
 *     z = sigmoid(W_iz x + b_iz),  c(t) = (1 - z) * c(t-1) + z * n
 *     p = sigmoid(W_ip x + b_ip),  h(t) = p * c(t) + (1 - p) * x(t)
 *   Two states: c is what the next step sees, h is the output alone. */
#define RNN_CELL_TANH           1
#define RNN_CELL_RELU           2
#define RNN_CELL_LSTM           3
#define RNN_CELL_GRU            4
#define RNN_CELL_MINGRU         5
#define RNN_CELL_SLSTM          6
#define RNN_CELL_INDRNN         7
#define RNN_CELL_MINGRU_HIGHWAY 8

/* Values of RNN_DIRECTION.  The reverse direction begins at the last valid step of each sequence and ends at t = 0; its
 * parameters have the suffix "_reverse".  A network with a reverse direction needs whole sequences: rnn_step returns
 * RNN_E_STATE. */
#define RNN_DIRECTION_FORWARD 1
#define RNN_DIRECTION_REVERSE 2
#define RNN_DIRECTION_BOTH    3 /* Schuster and Paliwal 1997 */

/* Values of RNN_MERGE. */
#define RNN_MERGE_CONCATENATE 1 /* forward first: F = 2*R */
#define RNN_MERGE_SUM         2 /* F = R */

/* Values of RNN_OUTPUT.  With the last two, y is [B,Y], one row for each sequence, 0 for a sequence of length 0.  The
 * last step is that of each direction: the last valid step, and in reverse the step t = 0.  RNN_RESIDUAL adds the input
 * of the same step; to the sum of two directions it adds the input of the last valid step, once.
 * With two directions RNN_OUTPUT_LAST_STEP is PyTorch's torch.cat((h_n[-2], h_n[-1]), 1), not its y[:, -1]
 * (batch_first), where the reverse direction has read one step only.  For y[:, -1] use RNN_OUTPUT_EVERY_STEP and take
 * row T-1 of y; in training dy is 0 in the other rows. */
#define RNN_OUTPUT_EVERY_STEP 1
#define RNN_OUTPUT_LAST_STEP  2
#define RNN_OUTPUT_MEAN       3 /* the features' mean over the valid steps, before the head */
#define RNN_OUTPUT_MAXIMUM    4 /* of a pooling layer of a list alone: the largest value of each feature */

/* Values of RNN_RESET. */
#define RNN_RESET_AFTER  1 /* PyTorch, cuDNN, Keras (reset_after=True), ONNX with linear_before_reset=1 */
#define RNN_RESET_BEFORE 2 /* ONNX by default; Cho et al. 2014 */

/* Values of RNN_COUPLE. */
#define RNN_COUPLE_FORGET 1 /* f = 1 - i: Greff et al. 2017; input_forget of ONNX */
#define RNN_COUPLE_INPUT  2 /* i = 1 - f: the coupled LSTM of TensorFlow Lite */

/* Values of RNN_PRODUCTS: who makes the matrix products.  An option of networks and of attention, in no file.
 * rnn_model_get_int returns which of the last two the model uses.
 *
 *   RNN_PRODUCTS_AUTOMATIC  OWN on CPUs with AVX2, AVX-512 or NEON; elsewhere CBLAS if it can be loaded, else OWN
 *   RNN_PRODUCTS_OWN        the kernels of this library: the same bits in every batch and for every number of threads
 *   RNN_PRODUCTS_CBLAS      a CBLAS, such as OpenBLAS: all products with weights, gradients of weights, and products
 *                           with the memory of attention, by these functions:
 *
 *     cblas_sgemv  products with one row: W h(t-1) of one sequence, forward and backward; all products of rnn_step
 *     cblas_sgemm  products with more rows: those of a batch, and those of all steps at once (U x, V h)
 *     cblas_sger   gradients of weights, batch 1: one outer product for each step
 *     cblas_sgemm  gradients of weights, larger batches
 *
 * A CBLAS gives the results of the kernels up to rounding.  Their bits may depend on the batch, the number of threads
 * and the CPU, also where this file promises the same bits otherwise.  The model has no second copy of its parameters.
 *
 * rnn_create and rnn_attention_set_int return RNN_E_UNSUPPORTED for RNN_PRODUCTS_CBLAS if the library was built without
 * a CBLAS or cannot load it.  The shared library loads it in the first call that needs it, and keeps it.
 *
 * The library never changes the number of threads of a CBLAS.  OpenBLAS uses all cores by default: set
 * OPENBLAS_NUM_THREADS=1 if networks are small or sessions have threads of their own.  The library cannot answer for
 * what a CBLAS does with too little memory: OpenBLAS 0.3.21, with 300 MB of address space for two cores, prints a
 * message or does not return. */
#define RNN_PRODUCTS_AUTOMATIC 0
#define RNN_PRODUCTS_OWN       1
#define RNN_PRODUCTS_CBLAS     2

/* Values of RNN_PRECISION: the number format of the weights that the products of a model read, for inference.  An
 * option of networks and of attention, in no file: rnn_model_parameters, rnn_save and all other functions give float32.
 *
 *   RNN_PRECISION_FLOAT32  the parameters as they are
 *   RNN_PRECISION_BF16     bfloat16, rounded to the nearest: 8 significant bits instead of 24, the same range; the sums
 *                          are those of float32.  A CPU with AVX512-BF16 rounds the vectors that the weights multiply
 *                          as well
 *   RNN_PRECISION_INT8     symmetric 8-bit integers (Krishnamoorthi 2018, section 2.2)
 *
 * With INT8 each row i of a weight W, such as a unit of a gate, has a scale.  The vector a that W multiplies, such as
 * h(t-1) of a sequence, is quantised in the same way at run time:
 *
 *     w8[i,k] = round(W[i,k] / v[i]),   v[i] = max over k of |W[i,k]| / 127
 *     a8[k] = round(a[k] / s),          s = max over k of |a[k]| / 63
 *     (W a)[i] = s * v[i] * (sum over k of w8[i,k] * a8[k])
 *
 * So a has 7 bits with its sign: AVX2 adds products of 8 by 7 bits without an overflow.  The sums of integers have at
 * most 1024 terms and are exact, so they are equal on all instruction sets.  A vector a without an element above 1e-30
 * in absolute value counts as 0.  An infinity or a NaN in a makes all of W a NaN; one in row i of W makes (W a)[i] NaN.
 *
 * The format is that of the weights of input and state, of the projection, of dense layers, convolutions, the head and
 * attention, and of tables that tokens choose rows of: a row of an embedding [V,E], or of one-hot tokens the column of
 * weight_ih [G*H,V] that belongs to the token, has one scale.  With INT8, convolutions with RNN_KERNEL_SIZE above 1 are
 * BF16: one scale for a frame of sound or of a spectrum would lose what is quiet in it.  Biases, peepholes, norms,
 * states and activations remain float32.  For one format and instruction set, results do not depend on the batch, the
 * number of threads or the pieces of a stream, to the bit.
 *
 * rnn_model_set_precision changes the format.  With bf16 and int8, rnn_session_create refuses RNN_TRAINING, and
 * rnn_trainer_create refuses the model (RNN_E_UNSUPPORTED); rnn_create returns RNN_E_VALUE for RNN_PRODUCTS_CBLAS, and
 * RNN_PRODUCTS_AUTOMATIC stands for RNN_PRODUCTS_OWN.
 * Memory: the private copy of the weights (see rnn_create) takes a half (bf16) or a quarter (int8) of float32 where the
 * number of units is a multiple of 16; the parameters are kept as well, until rnn_model_release_parameters. */
#define RNN_PRECISION_FLOAT32 0
#define RNN_PRECISION_BF16    1
#define RNN_PRECISION_INT8    2

/* Values of RNN_ACTIVATION_F, _G and _H: the table of ONNX, with a for alpha, b for beta, and their defaults.  A
 * parameter that is not listed cannot be set. */
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
 * biases at 0, peepholes like biases.  RNN_FORGET_BIAS then sets the forget gate's rows of bias_ih to its value and
 * those of bias_hh to 0, in every layer and direction. */
#define RNN_INIT_UNIFORM    1 /* uniform in [-r, r], r = RNN_INIT_RANGE: PyTorch's rule */
#define RNN_INIT_XAVIER     2 /* each gate uniform in [-r, r], r = sqrt(6 / (rows + columns)); Glorot and Bengio 2010 */
#define RNN_INIT_ORTHOGONAL 3 /* each gate with orthonormal rows or columns; Saxe et al. 2014 */
#define RNN_INIT_ZERO       4

/* Random masks in training.  rnn_forward in a training session draws masks, and rnn_backward uses the same ones.
 * Inference sessions, and rnn_step in every session, use the expectation.  With m an element of a mask, 0 with
 * probability p:
 *
 *   RNN_DROPOUT            x = m * x / (1-p) for the output of every layer but the top one; Zaremba et al. 2014
 *   RNN_RECURRENT_DROPOUT  W h(t-1) becomes W (m * h(t-1) / (1-p)), one mask for all steps of a sequence: Gal and
 *                          Ghahramani 2016.  Of IndRNN u * h(t-1).  Not for minGRU, which has no such product
 *   RNN_ZONEOUT, _CELL     s(t) = s(t-1) with probability p, drawn for every step; in inference and rnn_step
 *                          s(t) = p * s(t-1) + (1-p) * (the new value): Krueger et al. 2017, equations 8 and 9
 *
 * With RNN_RESIDUAL the output of a layer is the sum h + input, so RNN_DROPOUT applies to the sum.  With
 * RNN_ZONEOUT_CELL h(t) and the peephole of o use c(t) before its zoneout, as in that paper. */

/* A new configuration with the defaults above; release it with rnn_config_destroy. */
RNN_API RNN_NODISCARD int32_t rnn_config_create(rnn_config **out);
RNN_API void rnn_config_destroy(rnn_config *config); /* NULL does nothing */

/* Set one option.  RNN_E_VALUE: unknown key, key of another type, or value outside the range of the key; the option
 * keeps its value.  Text is copied.  rnn_create finds options that contradict each other or have no effect in this
 * combination. */
RNN_API RNN_NODISCARD int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_text(rnn_config *config, int32_t key, const char *value);

/* Read one option.  RNN_E_VALUE: unknown key or key of another type.  Text lives until the option is set again or the
 * configuration is destroyed. */
RNN_API RNN_NODISCARD int32_t rnn_config_get_int(rnn_config *config, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_real(rnn_config *config, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_text(rnn_config *config, int32_t key, const char **value);

/* Set the options that a safetensors file determines.  A checkpoint of librnn determines all of them.  In a file of
 * another writer, such as safetensors.torch.save_file(module.state_dict()), the names and shapes under RNN_PREFIX,
 * RNN_EMBEDDING_NAME and RNN_HEAD_NAME of this configuration determine:
 *
 *   RNN_CELL  by the number of gates.  One: RNN_CELL_TANH, unless it is RNN_CELL_RELU already.  Three: RNN_CELL_GRU,
 *             unless it is an LSTM with RNN_COUPLE already.  Four: RNN_CELL_LSTM, unless it is RNN_CELL_SLSTM already.
 *             Two without weight_hh: RNN_CELL_MINGRU.  One and weight_hh a vector: RNN_CELL_INDRNN.
 *             RNN_CELL_MINGRU_HIGHWAY stays that, if there is no weight_hh and K = H
 *   RNN_INPUT_SIZE or, with a table, RNN_VOCABULARY and RNN_EMBEDDING_SIZE; without a table a configuration with
 *             RNN_VOCABULARY keeps tokens, one-hot
 *   RNN_HIDDEN_SIZE, RNN_LAYERS, RNN_DIRECTION, RNN_BIAS, RNN_PROJECTION_SIZE, RNN_PEEPHOLES, RNN_LAYER_NORM,
 *   RNN_CLASSES
 *   RNN_CRF   by a tensor "transitions" under RNN_CRF_NAME, where there is a head
 *
 * Files of PyTorch are read as its modules leave them:
 *
 *   cells       LSTMCell, GRUCell, RNNCell: weight_ih, weight_hh, bias_ih, bias_hh stand for weight_ih_l0 and so on
 *   ties        a tensor that safetensors.torch.save_model has left out is the one that __metadata__ names for it
 *   wrappers    "module." and "_orig_mod." (DataParallel, torch.compile) are left out if all names begin so, one or
 *               several of them, unless RNN_PREFIX, RNN_EMBEDDING_NAME or RNN_HEAD_NAME begins so too
 *   weight norm NAME_g and NAME_v, or parametrizations.NAME.original0 and original1, are NAME = g * v / |v|, computed
 *               in double.  |v| is over all dimensions but the first (dim=0, the default): g [rows,1,...].  Other
 *               weights in parts (other dimensions, spectral norm, pruning) are refused
 *   batch norm  with running_mean and running_var [K] beside it, the weight w and bias b of a layer RNN_KIND_AFFINE
 *               become w / sqrt(running_var + 1e-5) and b - w * running_mean / sqrt(running_var + 1e-5); 1 and 0 stand
 *               for w and b if the file does not have them.  num_batches_tracked is not read.  Under any other layer
 *               these tensors are refused.  With another eps than 1e-5 set weight and bias by rnn_model_set_parameter
 *
 * All other options keep their values, and RNN_PRODUCTS always does.  Then rnn_create and rnn_model_load_parameters
 * make the network: so a checkpoint gets a provider of choice, where rnn_load takes RNN_PRODUCTS_AUTOMATIC.  Options
 * without effect, which rnn_create refuses but earlier versions wrote into checkpoints, keep their defaults.  Only
 * the header of a file is read.
 *
 * The file must have every tensor of that network and no other that could belong to it: nothing may be missing in one
 * layer or direction, and no other name may begin with weight_, bias_, peephole_ or norm_ under the prefix, or with
 * RNN_EMBEDDING_NAME or RNN_HEAD_NAME.  Only the bias of the head may be missing: it is 0.  Without a table or head
 * under its name the network has none; but if that name is not the default, and a tensor under another name has the
 * shape, the file is refused.
 *
 * RNN_E_IO: the file cannot be read, or was changed while it was read.  RNN_E_FORMAT: malformed, no weight_ih_l0 (or
 * weight_ih_l0_reverse) under the prefix, shapes that no network has, or a missing or extra tensor; the message names
 * candidates in the file.  RNN_E_UNSUPPORTED: another number of gates, weights in parts that are not joined, a rank
 * above 8, an option of a later version, or a file of another writer for a configuration with a list of layers.  The
 * configuration is unchanged then. */
RNN_API RNN_NODISCARD int32_t rnn_config_infer(rnn_config *config, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count);

/* ---- a list of layers ----------------------------------------------------------------------------------------- */

/* A network may also be a list of layers.  Each takes the rows that leave the layer below, [T,B,K] features, the first
 * one the network's input.  The options above describe the common network: an embedding, recurrent layers of one
 * width, pooling and a head.  With a list the configuration itself has RNN_INPUT_SIZE or RNN_VOCABULARY, RNN_SEED and
 * RNN_PRODUCTS; every other option is one of a layer.  Kinds, with their equations and the names of their tensors
 * behind RNN_PREFIX, which is "{n}." for layer n, as in torch.nn.Sequential:
 *
 *   RNN_KIND_RECURRENT   all options of cells and layers above, RNN_LAYERS included.  weight_ih_l0 and so on.  As the
 *                        first layer of a network of tokens it takes them one-hot
 *   RNN_KIND_DENSE       y(t) = f(W x(t) + b), f being RNN_ACTIVATION.  weight [O,K], bias [O] with RNN_BIAS
 *   RNN_KIND_CONV1D      y(j) = f(b + sum over k of W_k x(n(j) - (kernel-1-k) * dilation)): output j sees steps up to
 *                        n(j), see RNN_PADDING.  weight [O,K/groups,kernel], bias [O] with RNN_BIAS
 *   RNN_KIND_EMBEDDING   y(t) = row x(t) of the table; the first layer of a network of tokens.  weight [V,O]
 *   RNN_KIND_AFFINE      y(t) = w * x(t) + b, both fixed: without gradients, and frozen.  weight [K], bias [K].  Of
 *                        batch normalisation w = weight / sqrt(running_var + eps), b = bias - w * running_mean
 *   RNN_KIND_LAYER_NORM  y(t) = w * (x(t) - mean) / sqrt(variance + RNN_EPSILON) + b, over the features of a row: Ba,
 *                        Kiros and Hinton 2016; RNN_EPSILON 1e-5.  weight [K], bias [K] with RNN_BIAS
 *   RNN_KIND_RMS_NORM    y(t) = w * x(t) / sqrt(mean of x(t)^2 + RNN_EPSILON): Zhang and Sennrich 2019; RNN_EPSILON
 *                        2^-23.  weight [K]
 *   RNN_KIND_DROPOUT     y(t) = m * x(t) / (1-p) in training, p being RNN_DROPOUT: see "Random masks"
 *   RNN_KIND_ACTIVATION  y(t) = f(x(t)), f being RNN_ACTIVATION
 *   RNN_KIND_POOLING     one row for each sequence: RNN_OUTPUT_LAST_STEP (default), _MEAN or _MAXIMUM.  The layers
 *                        above work on sequences of one step, and y is [B,Y].  The last step is the last valid one,
 *                        also of the reverse direction, which has read one step there
 *   RNN_KIND_SKIP        y(t) = (x(t), s(t)), or x(t) + s(t) with RNN_MERGE_SUM; s is the output of layer RNN_SOURCE
 *   RNN_KIND_MAGNITUDE   y_i = sqrt(x_i^2 + x_(i + K/2)^2), i < K/2: of real parts, then imaginary parts.  K is even
 *
 * Initial weights: as above for recurrent layers and embeddings; weights and biases of dense layers and convolutions
 * uniform in [-r, r], r = 1/sqrt(inputs of an output), PyTorch's rule, or by RNN_INIT_INPUT, RNN_INIT_BIAS,
 * RNN_INIT_RANGE; w of the others 1 and b 0; learned initial states 0.
 *
 * RNN_TIED of a dense layer: its weight is the table of the embedding, which is the first layer, so O = V and K is the
 * embedding's RNN_OUTPUT_SIZE.
 *
 * Memory and cost: a run keeps the rows of every layer, [N,O] with N the sum of the lengths, in training twice the
 * widest of them and each source of a skip once more for gradients, and what recurrent layers keep.  A convolution
 * copies the steps that an output sees, 64 outputs at a time for each thread.  The products of dense layers and
 * convolutions are divided among the threads of the session by rows, those of recurrent layers as in other networks;
 * norms, pooling, skips and the like run on the calling thread.  Nothing is allocated after rnn_session_reserve, and
 * the results are the same to the bit for every number of threads, batch and piece, as without a list. */
#define RNN_KIND_RECURRENT  1
#define RNN_KIND_DENSE      2
#define RNN_KIND_CONV1D     3
#define RNN_KIND_EMBEDDING  4
#define RNN_KIND_AFFINE     5
#define RNN_KIND_LAYER_NORM 6
#define RNN_KIND_RMS_NORM   7
#define RNN_KIND_DROPOUT    8
#define RNN_KIND_ACTIVATION 9
#define RNN_KIND_POOLING    10
#define RNN_KIND_SKIP       11
#define RNN_KIND_MAGNITUDE  12

/* Values of RNN_PADDING, and what they make of a sequence of T steps; reach = (kernel-1) * dilation.
 *
 *   RNN_PADDING_CAUSAL   n(j) = j * stride: no output sees a later step; steps before the first are 0.
 *                        T' = ceil(T / stride)
 *   RNN_PADDING_CENTRED  n(j) = j * stride + reach - floor(reach / 2); steps before the first and after the last are 0:
 *                        PyTorch's padding=reach/2 of an even reach, and padding="same".  T' = ceil(T / stride).  The
 *                        network needs whole sequences
 *   RNN_PADDING_NONE     n(j) = reach + j * stride.  T' = ceil((T - reach) / stride), 0 for T <= reach
 *
 * A session keeps the last `reach` steps of a causal or unpadded convolution in its state, and how many steps are
 * missing until the next output: sequences may be given in pieces of any lengths.  With a stride, or without padding,
 * rnn_step has no output at some steps: see rnn_session_has_output. */
#define RNN_PADDING_CAUSAL  1
#define RNN_PADDING_CENTRED 2
#define RNN_PADDING_NONE    3

#define RNN_SOURCE_INPUT (-1) /* RNN_SOURCE: the network's input, which must be real-valued */

/* Appends a layer of a kind, RNN_KIND_..., with the defaults of its options, and gives its index, from 0 (NULL
 * allowed).  RNN_E_VALUE: no such kind, or there are 1024 layers already.  rnn_config_layer_count: how many have been
 * added; 0 for a common network, whose list its model reports (rnn_model_layer_count). */
RNN_API RNN_NODISCARD int32_t rnn_config_add_layer(rnn_config *config, size_t *index, int32_t kind);
RNN_API RNN_NODISCARD int32_t rnn_config_layer_count(rnn_config *config, size_t *count);

/* Set or read one option of layer `layer`.  RNN_E_VALUE: no such layer; unknown key, a key that layers of this kind do
 * not have, or one of another type; or a value outside its range.  rnn_create finds what does not fit together, and
 * names the layer.  Text is as in rnn_config_set_text and rnn_config_get_text. */
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_real(rnn_config *config, size_t layer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_text(rnn_config *config, size_t layer, int32_t key,
                                                        const char *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_real(rnn_config *config, size_t layer, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_text(rnn_config *config, size_t layer, int32_t key,
                                                        const char **value);

/* Like rnn_last_error, but the last failure on this handle, in any thread; for hosts that move work between threads.
 * "" before the first failure and for NULL.  It lives until the next failure on the handle, or the end of the
 * handle. */
RNN_API const char *rnn_config_last_error(const rnn_config *config);

/* ---- model: architecture and weights -------------------------------------------------------------------------- */

typedef struct rnn_model rnn_model;

/* A new network with random initial weights; release it with rnn_destroy.  Exactly one of RNN_INPUT_SIZE and
 * RNN_VOCABULARY must be set, and RNN_HIDDEN_SIZE or a list of layers.  The configuration is only read (and gets the
 * error message); it may be changed, used again or destroyed.
 * RNN_E_VALUE: missing or contradictory options: an option that the cell does not have, an undefined combination, or
 * G*H or F above 2^31 - 1; or an option without effect: RNN_DROPOUT or RNN_RESIDUAL with one layer, RNN_INIT_RANGE if
 * no tensor starts uniform, RNN_INIT_BIAS without biases.  Names of an embedding or a head that the network does not
 * have are allowed, because rnn_config_infer and rnn_model_load_parameters look for them in files.
 * RNN_E_MEMORY: also if the number of parameters overflows.  RNN_E_UNSUPPORTED: see RNN_PRODUCTS.  RNN_E_VALUE also:
 * see RNN_PRECISION.
 * Memory: the parameters, and a private copy in the layout that the kernels read; with a CBLAS there is none.  The copy
 * is as large as the parameters, or larger where H is no multiple of 16: less than twice as large.
 * Cost: RNN_INIT_ORTHOGONAL takes about 2*G*H^3 multiplications for each layer and direction. */
RNN_API RNN_NODISCARD int32_t rnn_create(rnn_model **out, rnn_config *config);

/* Models are reference-counted: rnn_create and rnn_load return one reference, every session and every rnn_retain adds
 * one, rnn_destroy drops one, and dropping the last one frees the model.  Safe from any thread. */
RNN_API RNN_NODISCARD int32_t rnn_retain(rnn_model *model);
RNN_API void rnn_destroy(rnn_model *model); /* NULL does nothing */

/* Read the options that the model was created or loaded with, and which provider RNN_PRODUCTS became.  Text lives as
 * long as the model.  RNN_E_VALUE: unknown key or key of another type. */
RNN_API RNN_NODISCARD int32_t rnn_model_get_int(const rnn_model *model, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_real(const rnn_model *model, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_text(const rnn_model *model, int32_t key, const char **value);

/* The list of layers of a model: their number; and of one layer its kind and options.
 *
 * A common network, whose RNN_HIDDEN_SIZE is above 0, reports the list that computes the same: RNN_KIND_EMBEDDING with
 * RNN_EMBEDDING_SIZE; RNN_KIND_RECURRENT with all options of its cells and layers; RNN_KIND_POOLING with another
 * RNN_OUTPUT than RNN_OUTPUT_EVERY_STEP; RNN_KIND_DENSE with RNN_CLASSES.  A network made of that list, with the same
 * RNN_INPUT_SIZE or RNN_VOCABULARY and RNN_SEED, has the same tensors in the same order and the same initial weights,
 * but not those of RNN_CRF, which belong to no layer.  With the same parameters, rnn_forward and rnn_backward give the
 * same bits (with a CBLAS up to rounding); random masks are drawn from another seed.  rnn_step is the same without
 * RNN_KIND_POOLING, which needs whole sequences.  The list is read only, and no part of files.
 *
 * RNN_E_VALUE: no such layer, or as rnn_config_get_layer_int.  RNN_E_UNSUPPORTED: no list computes the network: with
 * RNN_OUTPUT_LAST_STEP and a reverse direction, whose last step is t = 0, while a pooling layer takes the last valid
 * step of all features.
 * rnn_model_output_size: Y, of every network. */
RNN_API RNN_NODISCARD int32_t rnn_model_output_size(const rnn_model *model, size_t *outputs);
RNN_API RNN_NODISCARD int32_t rnn_model_layer_count(const rnn_model *model, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_model_layer_kind(const rnn_model *model, size_t layer, int32_t *kind);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_int(const rnn_model *model, size_t layer, int32_t key,
                                                      int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_real(const rnn_model *model, size_t layer, int32_t key,
                                                       double *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_text(const rnn_model *model, size_t layer, int32_t key,
                                                       const char **value);

/* A summary for people, in lines of UTF-8: the options that are set, each layer with its shapes, who makes the matrix
 * products, the number of parameters, and the memory of the model and of a session for inference and for training over
 * `steps` time steps of `batch` sequences.  The wording may change.  *size is the number of bytes with the final 0;
 * (NULL, 0) for `text` returns only the size.  RNN_E_SIZE: capacity < the size; *size is set, the text is unchanged.
 * RNN_E_VALUE: steps or batch as in rnn_session_reserve. */
RNN_API RNN_NODISCARD int32_t rnn_describe(const rnn_model *model, char *text, size_t capacity, size_t *size,
                                           size_t steps, size_t batch);

/* The parameters are named tensors in one flat block, in this order and without gaps, for each layer k and within it
 * for each direction (suffix "_reverse" for the reverse one):
 *
 *     embedding.weight   [V,E]       with RNN_EMBEDDING_SIZE only
 *     weight_ih_l{k}     [G*H,K]     K = I, V or E for k = 0, else F
 *     weight_hh_l{k}     [G*H,R]     not in minGRU; of IndRNN a vector [H]
 *     bias_ih_l{k}       [G*H]       with RNN_BIAS only; two vectors as in PyTorch, both have the full gradient
 *     bias_hh_l{k}       [G*H]       the same; not in minGRU, not in IndRNN
 *     weight_hr_l{k}     [P,H]       with RNN_PROJECTION_SIZE only
 *     peephole_l{k}      [3*H]       with RNN_PEEPHOLES only: i, f, o; with RNN_COUPLE [2*H]: the gate that is left, o
 *     norm_ih_l{k}       [G*H]       these four with RNN_LAYER_NORM only
 *     norm_hh_l{k}       [G*H]
 *     norm_c_l{k}        [H]         LSTM only
 *     norm_c_bias_l{k}   [H]         LSTM only
 *     initial_h_l{k}     [R]         these two with RNN_INITIAL_STATE only
 *     initial_c_l{k}     [H]         LSTM, minGRU with highway gate (which has no initial_h)
 *     head.weight        [C,F]       with RNN_CLASSES only, and without RNN_TIED
 *     head.bias          [C]         with RNN_CLASSES only
 *
 * G is 1 for tanh, relu and IndRNN, 4 for LSTM (3 with RNN_COUPLE) and sLSTM, 3 for GRU, 2 for minGRU and
 * 3 with highway gate.  RNN_PREFIX, RNN_EMBEDDING_NAME and RNN_HEAD_NAME set the beginnings of the names.
 *
 * rnn_model_tensor_count: the number of tensors.  rnn_model_tensor_info: tensor number `index` in that order: its name
 * (lives as long as the model), its rank and shape, and the offset of its first element in the flat block.  `shape` has
 * room for shape_count >= rank elements (3 suffice today); elements past the rank are unchanged.  Any output may be
 * NULL.  RNN_E_VALUE: no such index.  RNN_E_SIZE: shape_count < rank. */
RNN_API RNN_NODISCARD int32_t rnn_model_tensor_count(const rnn_model *model, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_model_tensor_info(const rnn_model *model, size_t index, const char **name,
                                                    size_t *rank, size_t *shape, size_t shape_count, size_t *offset);

/* A view of the flat block, to read.  The pointer lives as long as the model, or until rnn_model_release_parameters;
 * the values change with every call that changes the model. */
RNN_API RNN_NODISCARD int32_t rnn_model_parameters(const rnn_model *model, const float **values, size_t *count);

/* Overwrites all parameters, in the order of the flat block.  Changes the model.
 * RNN_E_SIZE: values_count is not the number of parameters.  Cost: one pass over the parameters. */
RNN_API RNN_NODISCARD int32_t rnn_model_set_parameters(rnn_model *model, const float *values, size_t values_count);

/* Copy one tensor out or in, by name.  rnn_model_set_parameter changes the model.
 * RNN_E_NAME: no tensor with that name.  RNN_E_SIZE: values_count is not its number of elements. */
RNN_API RNN_NODISCARD int32_t rnn_model_get_parameter(const rnn_model *model, const char *name, float *values,
                                                      size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_set_parameter(rnn_model *model, const char *name, const float *values,
                                                      size_t values_count);

/* Makes the private copy of the weights anew in another format, one of RNN_PRECISION_..., for example after rnn_load.
 * Changes the model, but not its parameters.  A model that used a CBLAS uses the kernels of this library from then on,
 * unless precision is RNN_PRECISION_FLOAT32.
 * RNN_E_VALUE: precision is none of RNN_PRECISION_....  RNN_E_STATE: the caller's reference is not the only one;
 * sessions, trainers and rnn_retain add references.  RNN_E_MEMORY.  After an error the model is unchanged.
 * Cost: one pass over the parameters.  Memory: while it runs, the old copy and the new one. */
RNN_API RNN_NODISCARD int32_t rnn_model_set_precision(rnn_model *model, int32_t precision);

/* Releases the float32 matrices of a model with bf16 or int8 weights, which sessions do not read: all weights of input
 * and state, projections, dense layers, convolutions, the head, and tables of tokens.  Changes the model: it then has
 * about a quarter (bf16) or an eighth (int8) of the bytes of the same model with float32, and it cannot be undone.
 * The results of sessions are the same, to the bit.  Pointers of rnn_model_parameters end.  From then on functions that
 * read or change parameters return RNN_E_STATE and change nothing: rnn_model_parameters, rnn_model_set_parameters,
 * rnn_model_get_parameter, rnn_model_set_parameter, rnn_model_load_parameters, rnn_save and their kin,
 * rnn_model_set_precision, imports and exports.  A second call does nothing.
 * RNN_E_UNSUPPORTED: RNN_PRECISION is RNN_PRECISION_FLOAT32.  RNN_E_STATE: the caller's reference is not the only one.
 * RNN_E_MEMORY.  After an error the model is unchanged.  Cost: a copy of the biases and of what else is no matrix. */
RNN_API RNN_NODISCARD int32_t rnn_model_release_parameters(rnn_model *model);

/* Metadata that is saved with the model: UTF-8 key and value (an alphabet, a date, a score).
 * rnn_model_set_metadata copies both, replaces the value of an existing key, and changes the model; value NULL removes
 * the key.  rnn_model_get_metadata returns the value, which lives until that key is set again or removed or the model
 * ends.
 * RNN_E_VALUE (rnn_model_set_metadata): the key is empty, begins with "rnn." (reserved) or is "format", or key or value
 * is not UTF-8.  RNN_E_NAME: no such key to read or to remove. */
RNN_API RNN_NODISCARD int32_t rnn_model_set_metadata(rnn_model *model, const char *key, const char *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_metadata(const rnn_model *model, const char *key, const char **value);

/* ---- checkpoints ---------------------------------------------------------------------------------------------- */

/* Checkpoints are safetensors files (https://huggingface.co/docs/safetensors): every tensor as F32 under its name
 * above, options (RNN_CELL to RNN_SEED, and others that differ from their defaults) and metadata in __metadata__.  Of a
 * list of layers: the kind of each, and its options that differ from their defaults.
 *
 * All files of librnn, those of optimisers and trainers included, have a checksum of each tensor in __metadata__: the
 * CRC-32 of its bytes, as zlib's crc32 computes it, in 8 lower-case hexadecimal digits, under the key "rnn.crc32." and
 * the name of the tensor.  Every tensor that is read is compared with its checksum; a tensor without a checksum is not
 * checked, and a checksum without a tensor is ignored.  A program that changes tensors must remove the keys
 * "rnn.crc32.*" or write new ones.  rnn_model_get_metadata does not return them.
 *
 * rnn_save writes to a new file beside `path`, syncs it, renames it to `path` and syncs the directory: if it fails, or
 * the machine stops, `path` holds the old checkpoint or the new one, whole.  The new file has no name until it is whole
 * (Linux's O_TMPFILE), then a random name, .rnn-*.tmp, until the rename: a process that is killed while it writes
 * leaves nothing behind.  On file systems without O_TMPFILE the new file has that name from the beginning, and a
 * killed process leaves it.  Syncing is omitted if the file system cannot do it (fsync fails with EINVAL, ENOSYS or
 * ENOTSUP; for the directory also EBADF).  A `path` that exists and is not a regular file (a directory, a device) is
 * refused; a symbolic link is replaced by the file.  On Windows paths are UTF-8, and the new file has the permissions
 * of its directory.
 * RNN_E_IO: the message has the reason, that of the system if it gives one.  The new file is removed or, if only
 * syncing the directory failed, in place.  RNN_E_UNSUPPORTED: the metadata is longer than a header of the format can
 * be (100 MB). */
RNN_API RNN_NODISCARD int32_t rnn_save(const rnn_model *model, const char *path);

/* Writes the same bytes to memory.  *size is their number; (NULL, 0) for the buffer returns only the size.
 * RNN_E_SIZE: capacity < the size; *size is set, the buffer is unchanged.  RNN_E_UNSUPPORTED: as rnn_save. */
RNN_API RNN_NODISCARD int32_t rnn_save_memory(const rnn_model *model, void *bytes, size_t capacity, size_t *size);

/* The same with the matrices in RNN_PRECISION_BF16, for a file of half the size, or in RNN_PRECISION_FLOAT32.  Tensors
 * of two or three dimensions are BF16 in the file, rounded to the nearest; vectors such as biases, and the transitions
 * of RNN_CRF, stay F32.  What is lost: 16 of the 24 significant bits of each element of a matrix.  A model that is
 * loaded from the file has the rounded parameters in float32, and with RNN_PRECISION_BF16 it gives the same bits as the
 * model that was saved.
 * RNN_E_VALUE: another precision.  All else as rnn_save and rnn_save_memory. */
RNN_API RNN_NODISCARD int32_t rnn_save_as(const rnn_model *model, const char *path, int32_t precision);
RNN_API RNN_NODISCARD int32_t rnn_save_memory_as(const rnn_model *model, void *bytes, size_t capacity, size_t *size,
                                                 int32_t precision);

/* A new model from a checkpoint of librnn; release it with rnn_destroy.  *out is set only on success.  The bytes given
 * to rnn_load_memory may be released afterwards.  Any input is safe: it is checked in full before use.
 * Tensors may be F32, F16, BF16 or F64.  F16 and BF16 are widened; F64 is rounded to the nearest float.  Of a file, the
 * header is read first, then the tensors of the model; if it is not a safetensors file, at most the first 64 bytes are
 * read.
 * RNN_E_IO: the file cannot be read, or was changed while it was read.  RNN_E_FORMAT: malformed, a tensor is missing,
 * extra or of another shape than the options define, or its bytes do not match its checksum.  RNN_E_UNSUPPORTED:
 * another dtype, a rank above 8, or a cell or option of a later version. */
RNN_API RNN_NODISCARD int32_t rnn_load(rnn_model **out, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count);

/* Overwrite all parameters by those of a safetensors file of any writer, such as a state_dict of PyTorch; its
 * __metadata__ is ignored, except for checksums and ties.  Names and parts of tensors may be as rnn_config_infer
 * takes them (cells, ties, wrappers, weight norm, batch norm); of a list of layers the prefixes are those of its
 * layers.  The file must have every tensor of the model under its name, in its
 * shape, as F32, F16, BF16 or F64; only head.bias may be missing, and is then 0.  A tensor whose name begins with
 * RNN_PREFIX, RNN_EMBEDDING_NAME or RNN_HEAD_NAME and which the model does not have is refused; with a prefix of "" so
 * is every other tensor, with a prefix names that begin with none of the three are ignored.  Changes the model.
 * RNN_E_IO, RNN_E_FORMAT, RNN_E_UNSUPPORTED: as rnn_load, the last also for weights in parts (see rnn_config_infer);
 * the model is unchanged. */
RNN_API RNN_NODISCARD int32_t rnn_model_load_parameters(rnn_model *model, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_model_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);

/* The names of the tensors of such a file that rnn_model_load_parameters does not read into this model: one after the
 * other, each followed by a line feed, in the order of their data, then those that are only tied; as they are in the
 * file, with '?' for a control character.  All tensors are read if *size is 1.  The file need not fit the model: only
 * the header is read, and only names are compared.
 * *size is the number of bytes with the final 0; (NULL, 0) for `text` returns only the size.
 * RNN_E_SIZE: capacity < the size; *size is set, the text is unchanged.  RNN_E_IO, RNN_E_FORMAT, RNN_E_UNSUPPORTED: the
 * file cannot be read. */
RNN_API RNN_NODISCARD int32_t rnn_model_unused_tensors(const rnn_model *model, const char *path, char *text,
                                                       size_t capacity, size_t *size);
RNN_API RNN_NODISCARD int32_t rnn_model_unused_tensors_memory(const rnn_model *model, const void *bytes, size_t count,
                                                              char *text, size_t capacity, size_t *size);

/* ---- layouts of others: one layer as arrays ------------------------------------------------------------------- */

/* Inputs of the ONNX operators RNN, GRU and LSTM (opset 7 to 22), for the parameters of one layer.  K is the input of
 * the layer.  G is 4 for every LSTM: with RNN_COUPLE the rows of the missing gate are ignored, and written as 0.
 *
 *     RNN_ONNX_W  [D,G*H,K]   gates i, o, f, c of LSTM and z, r, h of GRU
 *     RNN_ONNX_R  [D,G*H,H]
 *     RNN_ONNX_B  [D,2*G*H]   input biases, then recurrent ones
 *     RNN_ONNX_P  [D,3*H]     peepholes i, o, f
 *
 * Of a list of layers the layer is a recurrent one with RNN_LAYERS 1, by its index in the list; so it is for Keras.
 * The options are the caller's to set: hidden_size is RNN_HIDDEN_SIZE, direction RNN_DIRECTION, activations and their
 * alphas and betas RNN_ACTIVATION_F, _G, _H and so on (the same for both directions: ONNX can give each its own), clip
 * RNN_CLIP, linear_before_reset RNN_RESET, input_forget RNN_COUPLE_FORGET.  With layout=1 the caller transposes x and
 * the states; these arrays are the same.  What ONNX has no attribute for (RNN_CELL_CLIP, zoneout, residual connections,
 * pooled outputs) is not in the arrays.
 * ONNX Runtime (1.32) differs in two ways.  The final state of a sequence of length 0 is 0 there; here it is the
 * initial state.  An alpha or beta that is not set is 0 there for Affine, ScaledTanh and ThresholdedRelu; here it has
 * the default listed at RNN_ACTIVATION_.... */
#define RNN_ONNX_W 1
#define RNN_ONNX_R 2
#define RNN_ONNX_B 3
#define RNN_ONNX_P 4

/* Reads or writes the parameters of layer `layer` that belong to one of these inputs.  In rnn_model_import_onnx
 * (NULL, 0) stands for an absent B or P: these parameters become 0.  Without RNN_BIAS or RNN_PEEPHOLES it is the only
 * form allowed, in both functions, and does nothing.  rnn_model_import_onnx changes the model; `values` must not lie
 * within it.  rnn_model_export_onnx overwrites `values`.
 * RNN_E_SIZE: values_count; an input that the options exclude.  RNN_E_VALUE: no such layer or input; `values` lies
 * within the model.  RNN_E_UNSUPPORTED: ONNX has no such cell: minGRU, sLSTM, IndRNN, and LSTM or GRU with layer
 * normalisation, projection or RNN_COUPLE_INPUT. */
RNN_API RNN_NODISCARD int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, int32_t input, const float *values,
                                                    size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, int32_t input, float *values,
                                                    size_t values_count);

/* Weights of the Keras layers SimpleRNN, GRU and LSTM, for one direction of one layer:
 *
 *     RNN_KERAS_KERNEL     [K,G*H]   gates i, f, c, o of LSTM and z, r, h of GRU
 *     RNN_KERAS_RECURRENT  [H,G*H]
 *     RNN_KERAS_BIAS       [G*H], or [2,G*H] of GRU with reset_after=True, input biases first.  One vector becomes
 *                          bias_ih, and bias_hh 0; the other way it is their sum
 *
 * What the layers of Keras have no argument for is not in the arrays.
 * The GRU of RNNoise 0.1 and of Opus is one of Keras with reset_after=False and activation="relu": RNN_RESET is
 * RNN_RESET_BEFORE, RNN_ACTIVATION_G is RNN_ACTIVATION_RELU, and its arrays, whose 8-bit weights are multiplied by
 * 1/256 there, have the order of these. */
#define RNN_KERAS_KERNEL    1
#define RNN_KERAS_RECURRENT 2
#define RNN_KERAS_BIAS      3

/* Reads or writes the parameters of one direction (0, or 1 for the reverse one of two) of layer `layer` that belong to
 * one of these weights.  rnn_model_import_keras changes the model; `values` must not lie within it.
 * rnn_model_export_keras overwrites `values`.  Without RNN_BIAS a bias is (NULL, 0), which does nothing.
 * RNN_E_SIZE: values_count; a bias without RNN_BIAS.  RNN_E_VALUE: no such layer, direction or weight; `values` lies
 * within the model.  RNN_E_UNSUPPORTED: Keras has no such cell: minGRU, sLSTM, IndRNN, and LSTM or GRU with layer
 * normalisation, projection, peepholes or coupled gates. */
RNN_API RNN_NODISCARD int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, int32_t weight,
                                                     const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction,
                                                     int32_t weight, float *values, size_t values_count);

/* Overwrites one direction of one layer by the variables of TensorFlow 1's BasicLSTMCell, or LSTMCell without peepholes
 * and projection: kernel [K+H,4*H], the rows of the input first, and bias [4*H]; gates i, j, f, o, where j is g here.
 * The cell adds forget_bias (1.0 by default there) to the forget gate when it runs; here it is added to that gate of
 * the bias, all of which becomes bias_ih; bias_hh becomes 0.  Changes the model; the arrays must not lie within it.
 * RNN_E_SIZE: kernel_count, bias_count.  RNN_E_VALUE: no such layer or direction; an array lies within the model;
 * forget_bias is not finite.  RNN_E_UNSUPPORTED: another cell than LSTM, or one with layer normalisation, projection,
 * peepholes or coupled gates, or without RNN_BIAS. */
RNN_API RNN_NODISCARD int32_t rnn_model_import_tf1_lstm(rnn_model *model, size_t layer, size_t direction,
                                                        const float *kernel, size_t kernel_count, const float *bias,
                                                        size_t bias_count, double forget_bias);

/* ---- session: what one thread needs to run or train a model --------------------------------------------------- */

typedef struct rnn_session rnn_session;

/* Modes. */
#define RNN_INFERENCE 1 /* rnn_forward and rnn_step; small: no gradients, no saved activations */
#define RNN_TRAINING  2 /* also rnn_backward; holds a gradient for every parameter, initially 0 */

/* A new session with a state of zeros for batch 1; it holds a reference to the model.  Release it with
 * rnn_session_destroy.  RNN_E_VALUE: mode is neither RNN_INFERENCE nor RNN_TRAINING.  RNN_E_UNSUPPORTED: see
 * RNN_PRECISION. */
RNN_API RNN_NODISCARD int32_t rnn_session_create(rnn_session **out, rnn_model *model, int32_t mode);
RNN_API void rnn_session_destroy(rnn_session *session); /* NULL does nothing */

/* Takes all memory for up to `steps` time steps of up to `batch` sequences, in one block, so that rnn_reset_state,
 * rnn_forward, rnn_backward and rnn_step within these bounds allocate nothing.  Optional: without it, calls grow the
 * block as needed.  It never shrinks.  Keeps the state; discards the activations saved by rnn_forward.
 * RNN_E_VALUE: steps or batch is 0, or one of them or their product is above 2^31 - 1 (this limit holds for every run).
 * Memory: rnn_describe returns it.  Training grows with steps * batch: for tanh and relu, forward, without residual
 * connections, dropout and zoneout, by (L+2)*H + 2*X + C floats per time step and sequence, with X = I, E + 1, or 1 for
 * one-hot tokens.  Inference takes min(L,2)*H + X + C, but for no more than 128 time steps, or 1024 / batch if that is
 * more: long runs go in pieces.  Without it, rnn_forward takes memory for the sum of the lengths.  Only networks with a
 * reverse direction or one output per sequence, and lists of layers that need whole sequences or change their length,
 * need all steps. */
RNN_API RNN_NODISCARD int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);

/* Begins new sequences: the state becomes zeros, or with RNN_INITIAL_STATE what is learned, for `batch` sequences.
 * Every rnn_forward and rnn_step runs as many sequences as the state has, starts from the state and leaves the state
 * after its last step.  A long sequence may therefore be given in pieces, and rnn_forward over T steps equals T calls
 * of rnn_step, to the bit with the kernels and up to rounding with a CBLAS (except for random masks in training, and
 * outputs of a whole sequence).  Discards the activations saved by rnn_forward.
 * RNN_E_VALUE: batch is 0 or above 2^31 - 1. */
RNN_API RNN_NODISCARD int32_t rnn_reset_state(rnn_session *session, size_t batch);

/* Kinds of state. */
#define RNN_STATE_H 1 /* h, [L*D,B,R] */
#define RNN_STATE_C 2 /* c of LSTM, sLSTM and minGRU with highway gate, [L*D,B,H] */
#define RNN_STATE_N 3 /* n of sLSTM, [L*D,B,H] */
#define RNN_STATE_M 4 /* m of sLSTM, [L*D,B,H] */
/* Of a list of layers: [L*D,B,R] or [L*D,B,H] of each recurrent layer that has the kind, one layer after the other. */

/* The length of outputs, where convolutions or pooling of a list of layers change it; otherwise it is that of the
 * input.
 *
 * rnn_session_output_steps: T' of the next rnn_forward over `steps` time steps, which is what y must have room for:
 * the longest that any sequence of the batch would have if it had all `steps`.  1 with pooling.
 * rnn_session_output_lengths: overwrites lengths [B] with the steps that each sequence has in the output of the last
 * rnn_forward; with pooling 1, or 0 for a sequence of length 0.  RNN_E_STATE: no such rnn_forward, or a call since then
 * that discards the run.
 * rnn_session_has_output: *has is 1 if the last rnn_step has written y, or would have, else 0; then y is unchanged. */
RNN_API RNN_NODISCARD int32_t rnn_session_output_steps(rnn_session *session, size_t steps, size_t *output_steps);
RNN_API RNN_NODISCARD int32_t rnn_session_output_lengths(rnn_session *session, int32_t *lengths, size_t lengths_count);
RNN_API RNN_NODISCARD int32_t rnn_session_has_output(rnn_session *session, int32_t *has);

/* Copy the state out, or overwrite it (the initial state of the next call, such as the state of an encoder for a
 * decoder).  Neither discards the activations saved by rnn_forward.  The initial state of the reverse direction is that
 * before the last valid step, its final state that after t = 0.  RNN_E_VALUE: the cell has no state of that kind.
 * RNN_E_SIZE: values_count is not that of the kind. */
RNN_API RNN_NODISCARD int32_t rnn_session_get_state(rnn_session *session, int32_t kind, float *values,
                                                    size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_state(rnn_session *session, int32_t kind, const float *values,
                                                    size_t values_count);

/* The state of one sequence of the batch, of all kinds and layers together: row `row` of all states, the steps that
 * convolutions of a list keep, and how many steps they wait.  It is a number of floats without gaps, whose order may
 * change with the version; it fits every session of the same model.
 * rnn_session_row_state_count: how many.  rnn_session_get_row_state, _set_row_state: copy them out, or overwrite them.
 * rnn_session_reset_row: the row begins a new sequence, while the others go on.  None of them discards the activations
 * saved by rnn_forward.  RNN_E_VALUE: row is not below B.  RNN_E_SIZE: values_count is another number. */
RNN_API RNN_NODISCARD int32_t rnn_session_row_state_count(rnn_session *session, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_session_get_row_state(rnn_session *session, size_t row, float *values,
                                                        size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_row_state(rnn_session *session, size_t row, const float *values,
                                                        size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_reset_row(rnn_session *session, size_t row);

/* rnn_session_set_state_gradient: dL/d(final state) of the last rnn_forward; the next rnn_backward adds it to the
 * gradient that comes from dy.  Without this call it is 0.  rnn_session_get_state_gradient: dL/d(initial state), from
 * rnn_backward until the next call that discards the run.
 * RNN_E_STATE: an inference session, or no such rnn_forward or rnn_backward.  RNN_E_VALUE, RNN_E_SIZE: as above. */
RNN_API RNN_NODISCARD int32_t rnn_session_set_state_gradient(rnn_session *session, int32_t kind, const float *values,
                                                             size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_get_state_gradient(rnn_session *session, int32_t kind, float *values,
                                                             size_t values_count);

/* Seeds the masks of RNN_DROPOUT, RNN_RECURRENT_DROPOUT, RNN_ZONEOUT and RNN_ZONEOUT_CELL: the next rnn_forward of the
 * session draws the first masks of `seed`, the one after it the second, and so on.  A mask depends only on the seed,
 * the number of rnn_forward since, the layer, the direction, the sequence, and the step within that call.  A new
 * session starts with RNN_SEED of its model; give sessions that train one model in parallel different seeds.
 * RNN_E_STATE: an inference session. */
RNN_API RNN_NODISCARD int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed);

/* Lets the calls on this session use `threads` threads, 1 to 1024: the calling thread and threads - 1 others, which
 * this call starts.  They end with the session or with the next of these calls.  Default 1: no thread is started.
 *
 * The rows of a batch are divided among the threads; of one or few sequences the hidden units, if there are enough of
 * them; the directions of a layer; consecutive layers; and the work over all time steps at once.  One thread computes
 * each number, in an order that does not depend on the number of threads, so the results are the same to the bit.
 * Cells with layer normalisation, peepholes, a projection or the reset before divide less.  Work of a few
 * microseconds is not divided.
 *
 * The caller never waits for a thread that has not begun its part; it computes that part itself.  An idle thread spins
 * for some microseconds, then yields its core, and sleeps after a quarter of a millisecond.  It is woken for work that
 * takes longer than waking it, so the steps of a stream with pauses between them run on the calling thread alone.  If
 * other processes keep the cores busy, the caller mostly works alone.  A call therefore takes, at worst, little longer
 * than with one thread, on any number of free cores.
 *
 * The threads inherit the floating-point modes and the scheduling of the thread that makes this call, and block all
 * signals except those of faults.  Memory for each thread: 9*H numbers, B*H more with a projection or the reset before,
 * at least 56 KiB in training, and in inference the gates of max(B,96) rows.
 *
 * A child of fork has none of these threads.  It can destroy the session, or call this function or
 * rnn_session_set_parallel_for to give it new ones.  Until then rnn_forward, rnn_step, rnn_backward, rnn_session_next,
 * rnn_session_clip_gradient_norm, rnn_session_clip_gradient_value, rnn_sgd_step and rnn_optimizer_step return
 * RNN_E_STATE.  A trainer starts new threads for its sessions by itself.
 *
 * Keeps the state; discards the activations saved by rnn_forward.  RNN_E_VALUE: threads is 0 or above 1024.
 * RNN_E_MEMORY: also if a thread cannot be started.  RNN_E_UNSUPPORTED: threads is above 1 and the library was built
 * without threads (-DRNN_THREADS=OFF). */
RNN_API RNN_NODISCARD int32_t rnn_session_set_threads(rnn_session *session, size_t threads);

/* Uses the caller's threads instead.  The session calls parallel_for(user, count, task, context), from the thread that
 * runs a call on the session, with 2 <= count <= threads.  parallel_for must call task(context, index) once for each
 * index below count, on any threads, in any order, also one after the other, and return when all of them have returned.
 * Each task takes between about a microsecond and the whole call.  parallel_for NULL: back to one thread; `threads` and
 * user are ignored.  user is passed on and may be NULL; it must live until the session is destroyed or this is set
 * again.  RNN_E_VALUE: as above. */
typedef void (*rnn_task)(void *context, size_t index);
typedef void (*rnn_parallel_for)(void *user, size_t count, rnn_task task, void *context);
RNN_API RNN_NODISCARD int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads,
                                                           rnn_parallel_for parallel_for, void *user);

/* Trades time for memory in training on long sequences.  An rnn_forward over more than `steps` time steps runs in
 * segments of that many.  It keeps the activations of the last segment only, and the initial state of each other
 * segment, from which rnn_backward runs it forward again (Gruslys et al. 2016, "Memory-Efficient Backpropagation
 * Through Time").  With steps near the square root of T, memory grows with that root.  It costs one extra forward
 * pass, at most a third more time.  Default 0: everything is kept.  The results are the same to the bit, except for
 * the order of the sums of gradients.
 *
 * The array x of rnn_forward is then not copied: it must live, unchanged, until rnn_backward has returned.
 * Keeps the state; discards the activations saved by rnn_forward.  Call rnn_session_reserve afterwards if later calls
 * must not allocate.  RNN_E_STATE: an inference session.  RNN_E_VALUE: steps is above 2^31 - 1.  RNN_E_UNSUPPORTED: a
 * network with a reverse direction, or with one output for each sequence (RNN_OUTPUT); a list of layers that needs
 * whole sequences or changes their length. */
RNN_API RNN_NODISCARD int32_t rnn_session_set_recompute(rnn_session *session, size_t steps);

/* Like rnn_last_error, but the last failure on this session: see rnn_config_last_error. */
RNN_API const char *rnn_session_last_error(const rnn_session *session);

/* ---- running -------------------------------------------------------------------------------------------------- */

/* Run the network over `steps` time steps of the B sequences of the state (see rnn_reset_state), by the equations of
 * RNN_CELL and at the top of this file: y(t) = V h(t) + c, logits, or the output of the top layer without a head.
 *
 *   y        [T,B,Y], or [B,Y] by RNN_OUTPUT; overwritten; (NULL, 0) allowed if only the state is needed
 *   x        [T,B,I] real numbers; tokens [T,B], each 0 .. V-1
 *   lengths  [B], valid steps of each sequence, 0 .. T, in any order; (NULL, 0) allowed: T for all.  Input past a
 *            sequence's end is ignored, y is 0 there, and the final state is that after the sequence's last valid step
 *            (the initial state for length 0)
 *
 * B is that of the state: call rnn_reset_state(session, B) before the first run; a new session has B = 1.
 * rnn_forward is for networks with RNN_INPUT_SIZE, rnn_forward_tokens for those with RNN_VOCABULARY.  In a training
 * session the call saves what rnn_backward needs, x included (except under rnn_session_set_recompute).
 * RNN_E_STATE: the network has the other type of input.  RNN_E_SIZE: a count.  RNN_E_VALUE: steps is 0 or too large, or
 * a length or token is out of range (the message says which and where).
 * States below 1e-30 become 0, so that a silent stream does not become slow by subnormal numbers; so do their
 * gradients. Cost: about 2*B*T*(D*G*H*(L*R + I + (L-1)*F) + F*C) multiplications and additions (no input product for
 * tokens); steps past the end of a sequence cost nothing. */
RNN_API RNN_NODISCARD int32_t rnn_forward(rnn_session *session, float *y, size_t y_count, const float *x,
                                          size_t x_count, const int32_t *lengths, size_t lengths_count, size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_forward_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                                 size_t tokens_count, const int32_t *lengths, size_t lengths_count,
                                                 size_t steps);

/* Flags of the steps of the next rnn_forward or rnn_forward_tokens.  They are copied, hold for that one run, and stay
 * if it fails.
 *
 *   mask    [T,B], 1: the step counts; 0: it is left out, as left padding or a hole.  The state passes it unchanged,
 *           its input is ignored (a NaN or a token out of range too), its y and dx are 0, and its dy is ignored
 *   resets  [T,B], 1: before this step the state returns to its initial value, as by rnn_session_reset_row, and
 *           backward stops there: an episode begins.  Also at a step that is left out; not past the end of a sequence
 *   (NULL, 0) drops what was set
 *
 * A run with a mask gives the bits of a run over the steps that count, moved together, in both directions; lengths and
 * mask may be combined.  Convolutions of a list see the steps that count as neighbours; where its layers change the
 * length of sequences, y has the steps that rnn_session_output_steps gives for T, and the output of a sequence ends
 * where that of its steps that count ends.
 * A run with resets gives the bits of a batch with one sequence for each episode: y and dx, the gradients of
 * parameters up to the order of sums, and of states: the gradient of the initial state is that of the first episode,
 * 0 if a reset comes before its first step.  RNN_INITIAL_STATE: each episode adds to the gradient of the initial state.
 * Random masks (RNN_DROPOUT and so on) are drawn as for such a batch.
 *
 * B is that of the state; rnn_reset_state and rnn_session_select_state drop the flags.  Losses take the mask with
 * rnn_loss_set_batch_of_session.
 * RNN_E_SIZE: a count is not a multiple of B; and in rnn_forward, not T*B.  RNN_E_VALUE: an element is not 0 or 1.
 * RNN_E_UNSUPPORTED: resets for a network with a reverse direction, pooling, or a layer that needs whole sequences or
 * changes their length.  rnn_step and rnn_session_next return RNN_E_STATE while flags are set.
 * Memory: 4*T*B bytes for each array and 8*T*B for the run.  A run with resets has as many sequences as episodes, which
 * rnn_session_reserve does not count; so it may take memory.  Cost: one pass over x and y; with resets the last steps
 * of the longest episodes are those of small batches. */
RNN_API RNN_NODISCARD int32_t rnn_session_set_step_mask(rnn_session *session, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_resets(rnn_session *session, const int32_t *resets, size_t resets_count);

/* Run one time step: the same as rnn_forward with steps = 1, y [B,Y], x [B,I], tokens [B], without the cost of
 * preparing a run over time.  For streams: it allocates nothing and, in a session with one thread, takes no lock and
 * makes no system call.  A NaN in x stays in the state until rnn_reset_state.  Discards the activations saved by
 * rnn_forward.
 * Errors: as rnn_forward; RNN_E_STATE also for a network with a reverse direction, which begins at steps that a stream
 * has not reached. */
RNN_API RNN_NODISCARD int32_t rnn_step(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count);
RNN_API RNN_NODISCARD int32_t rnn_step_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
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
 *   dx  [T,B,I], overwritten, 0 past the end of a sequence; (NULL, 0) allowed: not computed, which saves its product.
 *       Networks of tokens have none
 *   dy  [T,B,Y], or [B,Y] as y; ignored past the end of a sequence and for a sequence of length 0; (NULL, 0) allowed:
 *       no loss on the outputs, only the gradient of rnn_session_set_state_gradient, as in an encoder of which only the
 *       state is used
 *
 * Discards the saved run.  RNN_E_STATE: not a training session; no rnn_forward since the last rnn_backward or since a
 * call that discards it; the model's parameters have changed since; dx for a network of tokens.  RNN_E_SIZE: a count.
 * Cost: about twice that of rnn_forward. */
RNN_API RNN_NODISCARD int32_t rnn_backward(rnn_session *session, float *dx, size_t dx_count, const float *dy,
                                           size_t dy_count);

/* Sets every parameter gradient to 0.  RNN_E_STATE: an inference session (also in all functions on gradients below). */
RNN_API RNN_NODISCARD int32_t rnn_zero_gradients(rnn_session *session);

/* A view of the parameter gradients, in the layout of the parameters' flat block, to read and to write.  The pointer
 * lives as long as the session. */
RNN_API RNN_NODISCARD int32_t rnn_session_gradients(rnn_session *session, float **values, size_t *count);

/* Copies the gradient of one tensor out, by name.  RNN_E_NAME, RNN_E_SIZE: as rnn_model_get_parameter. */
RNN_API RNN_NODISCARD int32_t rnn_session_get_gradient(rnn_session *session, const char *name, float *values,
                                                       size_t values_count);

/* Adds `values`, in the layout of the flat block, to the session's gradients.  For parallel training: each of several
 * sessions of one model, on a thread of its own, runs forward and backward over its part of a batch (with RNN_SUM, or
 * divided by the steps of all parts); then the gradients of the others are added to the first in a fixed order, and the
 * first makes the update.  RNN_E_SIZE: values_count is not the number of parameters. */
RNN_API RNN_NODISCARD int32_t rnn_session_add_gradients(rnn_session *session, const float *values, size_t values_count);

/* Clips by global norm (Pascanu, Mikolov and Bengio 2013, section 3.2): n = sqrt(sum of squares of all gradients); if
 * n > max_norm every gradient is multiplied by max_norm / n.  *norm is n before clipping; NULL allowed.
 * RNN_E_VALUE: max_norm is not a positive finite number.  RNN_E_NONFINITE: a gradient is infinite or NaN; nothing has
 * changed, the message names the tensor. */
RNN_API RNN_NODISCARD int32_t rnn_session_clip_gradient_norm(rnn_session *session, double *norm, double max_norm);

/* Clips each gradient to [-max_abs, max_abs].  RNN_E_VALUE, RNN_E_NONFINITE: as above. */
RNN_API RNN_NODISCARD int32_t rnn_session_clip_gradient_value(rnn_session *session, double max_abs);

/* Gradient descent: parameter -= rate * gradient, for all.  Changes the session's model; keeps the gradients.
 * RNN_E_VALUE: rate is not finite, or beyond FLT_MAX.  RNN_E_NONFINITE: a gradient is infinite or NaN, or a finite
 * parameter would become infinite; no parameter has changed, the message names the tensor.  Cost: two passes over the
 * gradients, one over the parameters; one more over both if |rate * gradient| reaches 1e30. */
RNN_API RNN_NODISCARD int32_t rnn_sgd_step(rnn_session *session, double rate);

/* ---- losses --------------------------------------------------------------------------------------------------- */

/* Softmax and cross-entropy of rows of logits, the short call for the most common loss (Goodfellow et al. 2016, section
 * 6.2.2.3):
 *
 *     L = mean over the rows that count of  log(sum over c of exp(o[c])) - o[target]        in nats
 *     dL/do = (softmax(o) - onehot(target)) / (number of rows that count)
 *
 *   loss      overwritten; 0 if no row counts
 *   dlogits   [N,C], overwritten, 0 in rows that do not count; (NULL, 0) allowed; may be `logits` itself
 *   logits    [N,C]; the [T,B,C] of rnn_forward has N = T*B
 *   targets   [N], 0 .. C-1, or -100: the row does not count (padding past the end of a sequence)
 *   classes   C
 *
 * The same as a loss of kind RNN_LOSS_CROSS_ENTROPY with its defaults.  Non-finite logits propagate to the loss.
 * RNN_E_SIZE: a count; N is 0.  RNN_E_VALUE: classes is 0 or above 2^31 - 1, or a target is out of range. */
RNN_API RNN_NODISCARD int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count,
                                                        const float *logits, size_t logits_count,
                                                        const int32_t *targets, size_t targets_count, size_t classes);

/* p[c] = exp(o[c]) / sum over c of exp(o[c]), for each of the count / classes rows.  p may be the array `logits`
 * itself.  RNN_E_SIZE: the counts differ or are not a multiple of classes.  RNN_E_VALUE: classes is 0 or too large. */
RNN_API RNN_NODISCARD int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count,
                                          size_t classes);

/* A loss: its kind, options and arrays, and the shape of the batch.  One thread at a time. */
typedef struct rnn_loss rnn_loss;

/* Kinds.  The sums run over the steps that count: those within the lengths, with a mask above 0 and a target that is
 * not ignored or missing.  u(t,b) is the mask times the weight of the sequence, 1 without them.
 *
 * RNN_LOSS_CROSS_ENTROPY: softmax and cross-entropy with one target class for each step, with class weights w and label
 * smoothing s (RNN_SMOOTHING; Szegedy et al. 2016, section 7).
 *     L = sum over (t,b) of  u ((1-s) w[target] n[target] + s/C sum over c of w[c] n[c])
 *     n[c] = log(sum over k of exp(o[k])) - o[c]                         in nats
 *   RNN_MEAN divides by the sum of u w[target], as PyTorch does.
 *
 * Losses of values, y [T,B,C] against targets [T,B,C], element by element, with d = y - target:
 *     RNN_LOSS_BINARY_CROSS_ENTROPY   u (log(1 + exp(-y)) + (1 - target) y)    y are logits; targets from 0 to 1
 *     RNN_LOSS_SQUARED_ERROR          u d^2
 *     RNN_LOSS_ABSOLUTE_ERROR         u |d|                                    the derivative at 0 is 0
 *     RNN_LOSS_HUBER                  u d^2 / 2 for |d| <= delta, else u delta (|d| - delta/2)     Huber 1964
 *   RNN_MEAN divides by the sum of u over the elements that count, without u by their number.
 *
 * RNN_LOSS_CTC: connectionist temporal classification (Graves et al. 2006).  The labels of a sequence are known, their
 * steps are not.  With p(t) = softmax(o(t)), a path has one class at every valid step.  Its labels are what remains
 * after repeated classes are merged and blanks (RNN_BLANK) are removed:
 *     L(b) = -log(sum over the paths with the labels of b of  product over t of p(t)[path(t)])
 *   by the forward-backward recursion of section 4.1, in log space.  The gradient is p(t)[c] minus the probability that
 *   the path is at c at step t, given the labels (equation 16), times the factor of the reduction.
 *   Labels that fit into no path (more labels than steps, with one step more for each repetition) have an infinite
 *   loss, see RNN_ZERO_INFINITY, and a gradient of 0.  A loss above 5e29 counts as infinite.
 *   For K labels set RNN_CLASSES to K + 1; with the blank 0 the labels are 1 .. K.  Give the decoder the same blank.
 *   RNN_SUM: the sum of v(b) L(b), v being the weight of the sequence.  RNN_MEAN: the sum of v(b) L(b) / max(1,
 *   labels of b), divided by the sum of v(b); without weights this is PyTorch's "mean".
 *
 * RNN_LOSS_CUSTOM: computed by a callback, see rnn_loss_set_callback.
 *
 * RNN_LOSS_CRF: linear-chain conditional random field (Lafferty, McCallum and Pereira 2001).  The classes of a sequence
 * are predicted together: y = e are scores of the classes at each step (emissions), and there are scores of pairs
 * (rnn_loss_set_transitions): start[i], end[i], and w[i][j] of j at the step after i.  With one class at every valid
 * step, a path s of n steps has
 *     score(s) = start[s(0)] + sum over t of e(t)[s(t)] + sum over t > 0 of w[s(t-1)][s(t)] + end[s(n-1)]
 *     L(b) = log(sum over all paths of exp(score)) - score(target)        minus the log probability of the target
 *   by the forward-backward recursion in log space, in double.  The gradient of a score is the probability that a path
 *   has it, less the number of times that the target has it, times the factor of the reduction.
 *   -infinity in start, end, w or e forbids: no path has it, its probability and gradient are exactly 0.  A target that
 *   is forbidden has an infinite loss, see RNN_ZERO_INFINITY, and a gradient of 0.  An emission that is NaN or infinite
 *   above 0 gives NaN, in the loss and all gradients.  A sequence without steps has the loss 0.
 *   RNN_SUM: the sum of v(b) L(b), v being the weight of the sequence.  RNN_MEAN divides it by the sum of v(b) over the
 *   sequences that have steps; without weights this is "mean" of pytorch-crf.
 *
 * RNN_LOSS_QUANTILE: the pinball loss (Koenker and Bassett 1978).  The network gives Q quantiles of each value, of the
 * levels q(0) .. q(Q-1) of rnn_loss_set_quantiles: y is [T,B,K*Q], targets are [T,B,K], and output k*Q + i is the
 * quantile of level q(i) of value k.  With d = target - y:
 *     L = sum over (t,b,k,i) of  u max(q(i) d, (q(i) - 1) d)        dL/dy = -u q(i) for d > 0, u (1 - q(i)) for d < 0
 *   The derivative at 0 is 0.  RNN_MEAN divides by the sum of u over the elements of y whose target counts: it is the
 *   mean over values and levels.  With the level 0.5 alone it is half the absolute error.
 *
 * RNN_LOSS_GAUSSIAN: the negative log-likelihood of a normal distribution whose mean and variance the network gives
 * (Nix and Weigend 1994; Salinas et al. 2017, section 3.1).  y is [T,B,2*K], targets are [T,B,K]; output 2*k is the
 * mean m of value k, and output 2*k + 1 is r, of which the variance is made: v = log(1 + exp(r)) + RNN_MIN_VARIANCE:
 *     L = sum over (t,b,k) of  u (log(v) + (target - m)^2 / v + log(2 pi)) / 2
 *     dL/dm = u (m - target) / v        dL/dr = u (1/v - ((m - target) / v)^2) / 2 / (1 + exp(-r))
 *   RNN_MEAN divides by the sum of u over the targets that count.  The same as PyTorch's GaussianNLLLoss(full=True) of
 *   that variance.  It may be negative.
 *
 * RNN_LOSS_ERROR_TO_SIGNAL: the energy of the error relative to that of the target (Wright, Damskagg, Juvela and
 * Valimaki 2020, section 3.2), after pre-emphasis p(x)[t] = x[t] - a x[t-1], a = RNN_PRE_EMPHASIS; p(x)[t] = x[t] at
 * step 0 and where step t-1 has a mask of 0.  y and targets are [T,B,C], m is the mask, and e = p(y) - p(target).  The
 * sums are over the elements of sequence b that count, and N is the sum of m over them:
 *     L(b) = sum of m e^2 / (sum of m p(target)^2 + N f) + w D / (sum of m target^2 / N + f)
 *     D = the mean over the channels of (the mean over the steps, weighted by m, of y - target)^2
 *     dL(b)/dy[t] = 2 (m[t] e[t] - a m[t+1] e[t+1]) / (sum of m p(target)^2 + N f), without the part of D
 *   f = RNN_ENERGY_FLOOR bounds the loss of silence.  The second term, with w = RNN_OFFSET_WEIGHT, is that of Wright
 *   and Valimaki 2020 (section 3.1).  A stream that is trained in pieces has a ratio for each piece.
 *   RNN_SKIP_MISSING is not an option of it; leave steps out by the mask.
 *   RNN_SUM: the sum of v(b) L(b), v being the weight of the sequence.  RNN_MEAN divides it by the sum of v(b) over the
 *   sequences with a step that counts. */
#define RNN_LOSS_CROSS_ENTROPY        1
#define RNN_LOSS_BINARY_CROSS_ENTROPY 2
#define RNN_LOSS_SQUARED_ERROR        3
#define RNN_LOSS_ABSOLUTE_ERROR       4
#define RNN_LOSS_HUBER                5
#define RNN_LOSS_CTC                  6
#define RNN_LOSS_CUSTOM               7
#define RNN_LOSS_CRF                  8
#define RNN_LOSS_QUANTILE             9
#define RNN_LOSS_GAUSSIAN             10
#define RNN_LOSS_ERROR_TO_SIGNAL      11

/* Keys.  Integer options, for rnn_loss_set_int. */
#define RNN_REDUCTION     501 /* RNN_MEAN (default) or RNN_SUM */
#define RNN_IGNORED       502 /* cross-entropy, custom: targets of this value do not count; default -100, PyTorch's */
#define RNN_BLANK         503 /* CTC: the class that stands for no label; default 0 */
#define RNN_ZERO_INFINITY 504 /* CTC, CRF: the loss of targets without a path; 1: 0; default 0: infinity */
#define RNN_SKIP_MISSING  505 /* losses of values, 1: targets that are NaN do not count; default 0: they propagate */
/* Real options, for rnn_loss_set_real. */
#define RNN_SMOOTHING     551 /* cross-entropy: s, 0 to 1; default 0 */
#define RNN_DELTA         552 /* Huber: 1e-30 to 1e30; default 1 */
#define RNN_PRE_EMPHASIS  553 /* error to signal: a, 0 (none) to 1; default 0.95 */
#define RNN_ENERGY_FLOOR  554 /* error to signal: f, 1e-30 to 1e30; default 1e-5 */
#define RNN_OFFSET_WEIGHT 555 /* error to signal: w, 0 to 1e30; default 0 */
#define RNN_MIN_VARIANCE  556 /* Gaussian: 1e-30 to 1e30; default 1e-6 */

/* Values of RNN_REDUCTION.  Each kind says what RNN_MEAN divides by; if that is 0, the loss is 0. */
#define RNN_SUM  1
#define RNN_MEAN 2

/* A new loss; release it with rnn_loss_destroy.  RNN_E_VALUE: unknown kind. */
RNN_API RNN_NODISCARD int32_t rnn_loss_create(rnn_loss **out, int32_t kind);
RNN_API void rnn_loss_destroy(rnn_loss *loss); /* NULL does nothing */

/* Set or read one option.  RNN_E_VALUE: unknown key, a key of the other type or of another kind of loss, or a value
 * outside the range of the key; the loss keeps what it had.  Reading an option that the kind does not have gives its
 * default. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_int(rnn_loss *loss, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_real(rnn_loss *loss, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_int(rnn_loss *loss, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_real(rnn_loss *loss, int32_t key, double *value);

/* Lets rnn_loss_of_classes and rnn_loss_of_values use `threads` threads, 1 to 1024: the calling thread and threads - 1
 * others, which this call starts.  They end with the loss or with the next of these calls.  Default 1: no thread is
 * started.  A trainer computes its losses on the threads of RNN_THREADS instead.
 *
 * CTC divides the sequences of the batch among the threads, each of which takes the next sequence when it has finished
 * one, a CRF at most 32 groups of them; the error-to-signal ratio divides the sequences too, the other kinds the rows
 * t*B + b of y.  The callback of a custom loss runs on the calling thread.  The sums over rows and sequences have one
 * order, so the results are the same to the bit for every number of threads.  Work of a few microseconds is not
 * divided.  Waiting, waking, floating-point modes and signals are as described at rnn_session_set_threads.  Each thread
 * has scratch memory of its own for CTC: see rnn_loss_of_classes.
 *
 * A child of fork has none of these threads.  It can destroy the loss, or call this function to give it new ones.
 * Until then rnn_loss_of_classes and rnn_loss_of_values return RNN_E_STATE.
 *
 * Keeps options and batch.  RNN_E_VALUE: threads is 0 or above 1024.  RNN_E_MEMORY: also if a thread cannot be started.
 * RNN_E_UNSUPPORTED: threads is above 1 and the library was built without threads.  RNN_E_STATE: called in the callback
 * of this loss.  The loss keeps the threads that it had after an error. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_threads(rnn_loss *loss, size_t threads);

/* Cross-entropy: the class weights w [C], finite and at least 0, copied; (NULL, 0): 1 for all, the default.  They stay
 * set for all batches.  RNN_E_UNSUPPORTED: another kind.  RNN_E_VALUE: a weight. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_class_weights(rnn_loss *loss, const float *weights, size_t weights_count);

/* Quantiles: the levels q [Q], each above 0 and below 1, in any order, copied; (NULL, 0): 0.5 alone, the default.  They
 * stay set for all batches.  RNN_E_UNSUPPORTED: another kind.  RNN_E_VALUE: a level; levels_count is too large.
 * RNN_E_SIZE: levels_count is 0.  The loss keeps the levels that it had after an error. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_quantiles(rnn_loss *loss, const float *levels, size_t levels_count);

/* Sets the shape of the batch: predictions are [T,B,C] with T = steps, B = batch, C = classes.  The shape stays set
 * until the next of these calls; masks, sequence weights and label lengths belong to the batch and are dropped here.
 *
 *   lengths  [B], valid steps of each sequence, 0 .. T, copied; (NULL, 0) allowed: T for all
 *   steps    for a network with one output for each sequence (RNN_OUTPUT): 1; lengths of 0 leave sequences out
 *
 * RNN_E_SIZE: lengths_count.  RNN_E_VALUE: a length; steps, batch or classes is 0 or too large.  RNN_E_MEMORY: also
 * if T*B*C numbers exceed the address space. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_batch(rnn_loss *loss, const int32_t *lengths, size_t lengths_count,
                                                 size_t steps, size_t batch, size_t classes);

/* The same with the shape, lengths and step mask of y in the session's last rnn_forward, also of a session for
 * inference.  With one output for each sequence, one without steps has the length 0.  RNN_E_STATE: there is none, or a
 * later call discarded it. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_batch_of_session(rnn_loss *loss, const rnn_session *session);

/* The arrays of a batch, to be set after rnn_loss_set_batch; copied; (NULL, 0) drops what was set.
 *
 *   mask             [T,B], finite and at least 0; 0 leaves a step out; ignored past the end of a sequence; not for
 *                    CTC and CRF
 *   step mask        [T,B], 1, or 0 for a step that the network has left out (rnn_session_set_step_mask): for the loss
 *                    the step does not exist, its y and target are ignored, and its dy is 0.  CTC, CRF and
 *                    pre-emphasis see the other steps as neighbours.  Beside the mask, for all kinds
 *   weights          [B], finite and at least 0: the weight of each sequence; 0 leaves it out of loss and gradient
 *   label_lengths    [B], 0 .. S: how many labels each sequence has; default S for all.  CTC only
 *
 * RNN_E_STATE: no batch is set.  RNN_E_SIZE: a count.  RNN_E_VALUE: an element (for label_lengths above S: found by
 * rnn_loss_of_classes).  RNN_E_UNSUPPORTED: not for this kind. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_mask(rnn_loss *loss, const float *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_step_mask(rnn_loss *loss, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_sequence_weights(rnn_loss *loss, const float *weights, size_t weights_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_label_lengths(rnn_loss *loss, const int32_t *label_lengths,
                                                         size_t label_lengths_count);

/* The loss of a batch, and its gradient with respect to y.
 *
 *   value    overwritten
 *   dy       [T,B,C], overwritten, 0 where nothing counts; (NULL, 0) allowed; may be y itself
 *   y        [T,B,C], logits or values
 *   classes  rnn_loss_of_classes, cross-entropy and custom: [T,B], each 0 .. C-1 or RNN_IGNORED.
 *            CTC: the labels [B,S], S = classes_count / B, each 0 .. C-1 and not the blank, ignored past the labels of
 *            a sequence; (NULL, 0) allowed: no sequence has labels
 *            CRF: [T,B], each 0 .. C-1
 *   values   rnn_loss_of_values, losses of values: [T,B,C]; quantiles [T,B,C/Q]; Gaussian [T,B,C/2]; custom: [T,B,K]
 *            with any K, (NULL, 0) for K = 0
 *
 * y and targets past the end of a sequence and where a mask is 0 are ignored, except by custom losses.  Non-finite
 * predictions propagate to the loss.
 * RNN_E_STATE: no batch is set; a custom loss has no callback; a CRF has no transitions.  RNN_E_UNSUPPORTED: this kind
 * has the other type of target.  RNN_E_SIZE: a count; class weights or transitions that are not of C; C is not a
 * multiple of Q or 2.  RNN_E_VALUE: a target, label, label length or the blank is out of range.  A custom loss: what
 * the callback returned.  Outputs are unchanged after an error.
 *
 * Memory, kept for the next call: 8*B bytes, CTC about 16*T*(S+12) more for each thread, at most B of them (see
 * rnn_loss_set_threads), the other kinds with more than one thread up to 256 KiB more; custom 4*T*B*C.  Cost of CTC:
 * about 10*T*S + 2*T*C exponentials for each sequence.  CRF: 8*min(B,32)*C*(C+2) bytes and 8*T*(C+3) for each thread;
 * about 3*T*C*C exponentials for each sequence. */
RNN_API RNN_NODISCARD int32_t rnn_loss_of_classes(rnn_loss *loss, double *value, float *dy, size_t dy_count,
                                                  const float *y, size_t y_count, const int32_t *classes,
                                                  size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_of_values(rnn_loss *loss, double *value, float *dy, size_t dy_count,
                                                 const float *y, size_t y_count, const float *values,
                                                 size_t values_count);

/* The loss of each sequence in the last call: L(b) of CTC, CRF and the error-to-signal ratio, or the sum over its steps
 * for the other kinds: without the reduction, without the weight of the sequence, and also where that is 0.  losses
 * [B], overwritten.  RNN_E_STATE: no call since the batch was set.  RNN_E_UNSUPPORTED: a custom loss.  RNN_E_SIZE:
 * losses_count. */
RNN_API RNN_NODISCARD int32_t rnn_loss_get_sequence_losses(rnn_loss *loss, double *losses, size_t losses_count);

/* CRF: sets the scores start [C], end [C] and transitions [C,C], C = start_count, finite or -infinity; copied.  They
 * stay set for all batches.  rnn_loss_set_transitions_of_model takes those of a model with RNN_CRF, as they are now:
 * call it after every change of the model.  rnn_fit does so.
 * RNN_E_UNSUPPORTED: another kind; a model without RNN_CRF.  RNN_E_SIZE: a count.  RNN_E_VALUE: a score is NaN
 * or +infinity; start_count is 0 or too large. */
RNN_API RNN_NODISCARD int32_t rnn_loss_set_transitions(rnn_loss *loss, const float *start, size_t start_count,
                                                       const float *end, size_t end_count, const float *transitions,
                                                       size_t transitions_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_transitions_of_model(rnn_loss *loss, const rnn_model *model);

/* CRF: the gradients of the last rnn_loss_of_classes with respect to the scores: dstart [C], dend [C] and dtransitions
 * [C,C], overwritten; (NULL, 0) allowed for each.  rnn_session_add_transition_gradients adds them to the session's
 * gradients of the model's transitions; call it once for each rnn_backward.  RNN_E_STATE: there was no call with dy in
 * this batch; an inference session.  RNN_E_UNSUPPORTED: another kind; a model without RNN_CRF.  RNN_E_SIZE: a count;
 * another number of classes. */
RNN_API RNN_NODISCARD int32_t rnn_loss_get_transition_gradients(rnn_loss *loss, float *dstart, size_t dstart_count,
                                                                float *dend, size_t dend_count, float *dtransitions,
                                                                size_t dtransitions_count);
RNN_API RNN_NODISCARD int32_t rnn_session_add_transition_gradients(rnn_session *session, const rnn_loss *loss);

/* A custom loss computes the sum of the loss over everything that counts, and its gradient.
 *
 *   value   the sum, overwritten by the callback
 *   weight  what RNN_MEAN divides value and dy by.  On entry the sum of u over all elements of y within the lengths,
 *           which is C times that over the steps: a loss with one term for each step, such as a normal likelihood with
 *           an output for the mean and one for the variance, must overwrite it.  Finite, at least 0; else RNN_E_VALUE
 *   dy      [T,B,C], memory of the library: the gradient of the sum, 0 on entry; NULL: not wanted.  What is written
 *           past the end of a sequence is ignored
 *   y       [T,B,C], y_count elements
 *
 * Row t*B + b of y [T*B,C] and of values [T*B,K] is step t of sequence b; K is values_count / (T*B).  NaN targets are
 * passed on.  In rnn_fit and rnn_evaluate lengths are set, mask and weights only if the dataset has some; there `loss`
 * is the trainer's own, and rnn_loss_destroy does nothing to it.
 *
 * The callback reads shape, mask, weights and targets by the functions below, and options; calls that change or compute
 * `loss` fail with RNN_E_STATE there.  A loss that is destroyed there lives until the call returns.  The callback must
 * apply lengths, masks and weights itself.  A return other than 0 ends the call that computes the loss, which returns
 * it and leaves no message of its own.  NULL: no callback.  RNN_E_UNSUPPORTED: another kind of loss. */
typedef int32_t (*rnn_loss_function)(void *user, rnn_loss *loss, double *value, double *weight, float *dy,
                                     const float *y, size_t y_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_callback(rnn_loss *loss, rnn_loss_function callback, void *user);

/* Read the batch, as set.  Pointers are NULL, and counts 0, for what is not set; they live until the batch changes,
 * those of targets until the callback returns.  RNN_E_STATE: no batch is set; targets are read outside of the callback
 * or are of the other type. */
RNN_API RNN_NODISCARD int32_t rnn_loss_get_batch(rnn_loss *loss, const int32_t **lengths, size_t *steps, size_t *batch,
                                                 size_t *classes);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_mask(rnn_loss *loss, const float **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_step_mask(rnn_loss *loss, const int32_t **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_sequence_weights(rnn_loss *loss, const float **weights,
                                                            size_t *weights_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_classes(rnn_loss *loss, const int32_t **classes, size_t *classes_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_values(rnn_loss *loss, const float **values, size_t *values_count);

/* Like rnn_session_last_error. */
RNN_API const char *rnn_loss_last_error(const rnn_loss *loss);

/* ---- optimisers ----------------------------------------------------------------------------------------------- */

typedef struct rnn_optimizer rnn_optimizer;

/* Kinds, with p the parameters, g their gradients, n = 1, 2, ... the update, and r the rate at it (see RNN_SCHEDULE).
 * All moments start at 0.  Gradients are clipped first; then, except for AdamW, weight decay is added:
 * g + RNN_WEIGHT_DECAY * p, but not for an infinite p, such as a forbidden transition of a CRF, which stays as it is.
 * The equations are those of PyTorch's torch.optim:
 *
 * RNN_OPTIMIZER_SGD: RNN_MOMENTUM u (Polyak 1964); RNN_NESTEROV as in Sutskever et al. 2013.
 *     m = u m + g  (m = g for n = 1),   p -= r m,   with Nesterov p -= r (g + u m);   without momentum p -= r g
 * RNN_OPTIMIZER_RMSPROP: Tieleman and Hinton 2012.  RNN_BETA_2 b, RNN_EPSILON e, RNN_MOMENTUM u.
 *     v = b v + (1-b) g^2,   d = g / (sqrt(v) + e),   p -= r d,   with momentum m = u m + d, p -= r m
 * RNN_OPTIMIZER_ADAGRAD: Duchi et al. 2011.
 *     v = v + g^2,   p -= r g / (sqrt(v) + e)
 * RNN_OPTIMIZER_ADAM: Kingma and Ba 2015, algorithm 1.  RNN_BETA_1 a, RNN_BETA_2 b.
 *     m = a m + (1-a) g,   v = b v + (1-b) g^2,   p -= r / (1 - a^n) m / (sqrt(v) / sqrt(1 - b^n) + e)
 *   With RNN_AMSGRAD (Reddi, Kale and Kumar 2018) the largest v so far takes the place of v in the last equation.
 * RNN_OPTIMIZER_ADAMW: Loshchilov and Hutter 2019: as Adam, after p = p - r RNN_WEIGHT_DECAY p.
 *
 * An optimiser of a model (rnn_optimizer_create_for_model) can give each tensor factors of its own: r is then
 * RNN_RATE_FACTOR times the rate, and the decay RNN_DECAY_FACTOR times RNN_WEIGHT_DECAY.  A frozen tensor (RNN_FROZEN)
 * is not updated, its moments stay, and its gradient is ignored: in the norm of RNN_MAX_NORM, and if it is not
 * finite. */
#define RNN_OPTIMIZER_SGD     1
#define RNN_OPTIMIZER_RMSPROP 2
#define RNN_OPTIMIZER_ADAGRAD 3
#define RNN_OPTIMIZER_ADAM    4
#define RNN_OPTIMIZER_ADAMW   5

/* Keys.  Integer options, for rnn_optimizer_set_int. */
#define RNN_NESTEROV 301 /* SGD only, 1: Nesterov's momentum; default 0 */
#define RNN_SCHEDULE 302 /* one of RNN_SCHEDULE_..., default RNN_SCHEDULE_CONSTANT */
#define RNN_WARMUP   303 /* w: updates before the schedule, in which the rate grows linearly; default 0 */
#define RNN_PERIOD   304 /* k: updates, see RNN_SCHEDULE_...; at least 1, default 1 */
#define RNN_PATIENCE 305 /* reports without a better loss before RNN_PLATEAU reduces the rate; default 10 */
#define RNN_UPDATES  306 /* read only: updates made */
#define RNN_PLATEAU  307 /* 1: reduce the rate on plateaus, see rnn_optimizer_report; default 0 */
#define RNN_AMSGRAD  308 /* Adam, AdamW, 1: AMSGrad; default 0.  A change after the first update: RNN_E_STATE */
/* Real options, for rnn_optimizer_set_real, 0 to 1e30 unless stated otherwise; "below 1" is up to 0.9999999. */
#define RNN_RATE              401 /* default 0.001; SGD, RMSprop and Adagrad 0.01 */
#define RNN_MOMENTUM          402 /* SGD and RMSprop only, below 1; default 0 */
#define RNN_BETA_1            403 /* Adam, AdamW: below 1, default 0.9 */
#define RNN_BETA_2            404 /* RMSprop, Adam, AdamW: below 1, default 0.999; RMSprop 0.99 */
#define RNN_EPSILON           405 /* all but SGD: at least 1e-30, default 1e-8; Adagrad 1e-10 */
#define RNN_WEIGHT_DECAY      406 /* default 0; AdamW 0.01 */
#define RNN_MAX_NORM          407 /* clips as rnn_session_clip_gradient_norm does; default 0: no clipping */
#define RNN_MAX_ABS           408 /* clips as rnn_session_clip_gradient_value does, after RNN_MAX_NORM; default 0 */
#define RNN_GAMMA             409 /* see RNN_SCHEDULE_...; at most 1, default 0.1 */
#define RNN_MINIMUM_RATE      410 /* where RNN_SCHEDULE_COSINE ends, and the lower bound of plateaus; default 0 */
#define RNN_PLATEAU_FACTOR    411 /* below 1; default 0.1 */
#define RNN_PLATEAU_THRESHOLD 412 /* below 1; default 1e-4 */
#define RNN_CURRENT_RATE      413 /* read only: the rate of the next update */
/* Keys of tensors, for rnn_optimizer_set_tensors_int and rnn_optimizer_set_tensors_real. */
#define RNN_FROZEN       351 /* integer, 1: no updates; default 0 */
#define RNN_RATE_FACTOR  451 /* real, 0 to 1e30; default 1 */
#define RNN_DECAY_FACTOR 452 /* real, 0 to 1e30; default 1 */

/* Values of RNN_SCHEDULE: the rate at update n, with R = RNN_RATE.  During the warm-up, n <= w, it is R n / w.  After
 * it, with j = n - 1 - w:
 *
 *     RNN_SCHEDULE_CONSTANT      R
 *     RNN_SCHEDULE_STEP          R RNN_GAMMA^floor(j / k)
 *     RNN_SCHEDULE_EXPONENTIAL   R RNN_GAMMA^(j / k)
 *     RNN_SCHEDULE_COSINE        minimum + (R - minimum) (1 + cos(pi min(j,k) / k)) / 2, Loshchilov and Hutter 2017, or
 *                                R if that is less than RNN_MINIMUM_RATE
 *
 * times RNN_PLATEAU_FACTOR for each plateau, but not below RNN_MINIMUM_RATE: see RNN_PLATEAU. */
#define RNN_SCHEDULE_CONSTANT    1
#define RNN_SCHEDULE_STEP        2
#define RNN_SCHEDULE_EXPONENTIAL 3
#define RNN_SCHEDULE_COSINE      4

/* A new optimiser; release it with rnn_optimizer_destroy.  The first form can update anything with parameters_count
 * parameters, such as a model (see rnn_model_parameters) or attention.  The second is for models with the tensors of
 * `model`, whose names and shapes it copies: it can set options of tensors; those of affine layers are frozen from the
 * beginning.  RNN_E_VALUE: unknown kind, or parameters_count is 0. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_create(rnn_optimizer **out, int32_t kind, size_t parameters_count);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_create_for_model(rnn_optimizer **out, int32_t kind, const rnn_model *model);
RNN_API void rnn_optimizer_destroy(rnn_optimizer *optimizer); /* NULL does nothing */

/* Set or read one option, at any time: it applies from the next update on.  RNN_E_VALUE: unknown key, a key of the
 * other type, read only or not of this kind of optimiser, or a value outside the range of the key; the optimiser
 * keeps what it had.  Reading an option that the kind does not have gives its default. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, int32_t key, double *value);

/* Set one option of every tensor whose name begins with `prefix` ("": all), for instance "head." or "bias_"; the last
 * call for a tensor holds.  The getters read that of one tensor, by its whole name.
 * RNN_E_NAME: no such tensor.  RNN_E_STATE: the optimiser was not created for a model.  RNN_E_VALUE: as above. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_tensors_int(rnn_optimizer *optimizer, const char *prefix, int32_t key,
                                                            int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_tensors_real(rnn_optimizer *optimizer, const char *prefix, int32_t key,
                                                             double value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_tensor_int(rnn_optimizer *optimizer, const char *name, int32_t key,
                                                           int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_tensor_real(rnn_optimizer *optimizer, const char *name, int32_t key,
                                                            double *value);

/* Sets RNN_DECAY_FACTOR of every tensor of rank 1 to 0: biases, weights of layer normalisation, peepholes.
 * RNN_E_STATE: the optimiser was not created for a model. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_exempt_biases(rnn_optimizer *optimizer);

/* One update of the session's model by the session's gradients, which are kept.  Changes the model.  Uses the threads
 * of the session.
 * RNN_E_SIZE: the model has another number of parameters, or other tensors than the optimiser was created for.
 * RNN_E_STATE: an inference session.  RNN_E_NONFINITE: a gradient is infinite or NaN; or, after clipping and weight
 * decay, the square of a gradient is not finite as a float (above 1.8e19), for a kind with v; or a moment would not be
 * finite, or a finite parameter would become infinite.  Neither parameters nor optimiser have changed; the message
 * names the tensor.
 * Cost: one pass over the gradients, one over everything; with weight decay, except for AdamW and for gradient descent
 * without momentum, one more over the parameters; one more over everything if numbers are near those limits. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session);

/* The same for parameters outside a model: parameters, changed in place, and gradients, both parameters_count long.
 * Uses the threads of the optimiser: see rnn_optimizer_set_threads.  RNN_E_NONFINITE: as above; the message has the
 * index. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, float *parameters,
                                                        size_t parameters_count, const float *gradients,
                                                        size_t gradients_count);

/* Lets rnn_optimizer_step_arrays and rnn_attention_step use `threads` threads, 1 to 1024: the calling thread and
 * threads - 1 others, which this call starts.  They end with the optimiser or with the next of these calls.  Default 1:
 * no thread is started.  rnn_optimizer_step and rnn_fit use the threads of the session, or of RNN_THREADS, instead.
 *
 * The elements are divided among the threads, in the norm of RNN_MAX_NORM, the check of the gradients and the update.
 * The pieces of which the norm is the sum do not depend on the number of threads, so the results are the same to the
 * bit for every number of threads, and the same as those of rnn_optimizer_step.  Fewer than 100000 elements are not
 * divided.  Waiting, waking, floating-point modes and signals are as described at rnn_session_set_threads; no memory
 * but that of the threads is needed.
 *
 * A child of fork has none of these threads.  It can destroy the optimiser, or call this function to give it new ones.
 * Until then rnn_optimizer_step_arrays and rnn_attention_step return RNN_E_STATE.
 *
 * The number of threads is not an option: it is in no file, and rnn_trainer_load keeps it.  RNN_E_VALUE: threads is 0
 * or above 1024.  RNN_E_MEMORY: also if a thread cannot be started.  RNN_E_UNSUPPORTED: threads is above 1 and the
 * library was built without threads.  The optimiser keeps the threads that it had after an error. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_threads(rnn_optimizer *optimizer, size_t threads);

/* Reports a loss that should fall, such as the validation loss after each epoch.  With RNN_PLATEAU 0, the default, a
 * report has no effect.  With RNN_PLATEAU 1 it reduces the rate on plateaus: if RNN_PATIENCE + 1 reports in a row were
 * not below (1 - RNN_PLATEAU_THRESHOLD) times the best one (for a best below 0: 1 + the threshold times), the rate is
 * multiplied by RNN_PLATEAU_FACTOR from then on, and the count starts again at 0.  A NaN counts as not below.  Setting
 * RNN_PLATEAU back to 0 keeps the reduced rate. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss);

/* The whole state of an optimiser as a safetensors file: kind, options, counts, options of tensors, and the moments as
 * tensors "optimizer.m", "optimizer.v" and "optimizer.v_max" [parameters_count], those that it has.  A run that saves
 * model and optimiser and continues from there gives the same bits as one without interruption.  Files, memory and
 * errors as rnn_save, rnn_save_memory, rnn_load and rnn_load_memory; the message of a failure is in rnn_last_error.
 * Moments are taken as they are in the file; an update by one that is not finite is refused. */
RNN_API RNN_NODISCARD int32_t rnn_optimizer_save(const rnn_optimizer *optimizer, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_save_memory(const rnn_optimizer *optimizer, void *bytes, size_t capacity,
                                                        size_t *size);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_load(rnn_optimizer **out, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_load_memory(rnn_optimizer **out, const void *bytes, size_t count);

/* Like rnn_session_last_error. */
RNN_API const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer);

/* ---- decoding: from logits to classes ------------------------------------------------------------------------- */

/* A decoder: its kind, options, and the results of its last call.  One thread at a time. */
typedef struct rnn_decoder rnn_decoder;

/* Kinds.
 *
 * RNN_DECODER_CTC_GREEDY: the best path of CTC (Graves et al. 2006, section 3.2): the class with the largest logit at
 * every valid step (the first of equal ones), repeated classes merged, then blanks removed.  One result for each
 * sequence, with the log probability of that path as its score.  By rnn_decoder_decode; in pieces, by
 * rnn_decoder_begin and rnn_decoder_feed.
 *
 * RNN_DECODER_CTC_BEAM: prefix beam search of CTC (Graves and Jaitly 2014, algorithm 1): the labellings that are likely
 * when the probabilities of all their paths are summed.  RNN_BEAM_WIDTH of them are followed from step to step; the
 * best RNN_RESULTS with RNN_MINIMUM_LENGTH to RNN_MAXIMUM_LENGTH labels are the results.  p(labels) is over the paths
 * that were followed; without scorer and bonus the score is never above 0, and with a width that drops nothing it is
 * minus the CTC loss.  By rnn_decoder_decode; in pieces, by rnn_decoder_begin and rnn_decoder_feed.
 *     score = log p(labels) + weight * s(labels) + bonus * n      n labels; s of the scorer: see rnn_scorer
 * With RNN_BEAM_THRESHOLD a hypothesis is dropped after a step if its score is more than that below the best one's: it
 * saves time, and makes labels of a stream certain soon (rnn_decoder_get_stable_count).
 *
 * RNN_DECODER_BEAM: beam search over a generator (Graves 2012, "Sequence Transduction", section 2.5; Sutskever et al.
 * 2014, section 3.2) for sequences of at most RNN_MAXIMUM_LENGTH tokens that end with RNN_END_TOKEN, or have that
 * length and do not.  At each step the RNN_BEAM_WIDTH likeliest of all continuations are followed; those that end
 * leave the beam and become results.  The search ends when no continuation can become one of the best RNN_RESULTS any
 * more, or at the maximum length; unended sequences then count as they are.  By rnn_decoder_search.
 *     score = (log p(tokens) + weight * s(tokens) + bonus * n) / ((5 + n) / 6)^penalty
 * with n tokens, the end included (Wu et al. 2016, equation 14), and s of the scorer: see rnn_scorer.
 *
 * RNN_DECODER_SAMPLING: draws one class for each row of logits from softmax(logits / RNN_TEMPERATURE), restricted first
 * to the RNN_TOP_K most likely classes (Fan et al. 2018), and of these to the fewest whose probabilities, among them,
 * sum to RNN_TOP_P or more (nucleus sampling, Holtzman et al. 2020).  By rnn_decoder_sample.
 *
 * RNN_DECODER_CRF: the RNN_RESULTS likeliest paths of a linear-chain CRF (Viterbi's recursion; see RNN_LOSS_CRF), fewer
 * where there are fewer, and none where all are forbidden.  The score is the log probability of the path.  Of equal
 * scores the path with the smaller class at the last step where they differ comes first; the order of paths whose
 * scores differ by rounding alone is not defined.  A sequence without steps has one empty result.  By
 * rnn_decoder_decode. */
#define RNN_DECODER_CTC_GREEDY 1
#define RNN_DECODER_CTC_BEAM   2
#define RNN_DECODER_BEAM       3
#define RNN_DECODER_SAMPLING   4
#define RNN_DECODER_CRF        5

/* Keys; and RNN_BLANK of both CTC kinds, default 0.  Integer options, for rnn_decoder_set_int. */
#define RNN_BEAM_WIDTH     801 /* both beam searches: sequences followed at each step; default 8 */
#define RNN_RESULTS        802 /* results for each sequence; beam searches: 1 .. RNN_BEAM_WIDTH; also CRF; default 1 */
#define RNN_START_TOKEN    803 /* beam search: the token that the first step reads, 0 .. C-1; default 0 */
#define RNN_END_TOKEN      804 /* beam search: 0 .. C-1, or -1 (default): nothing ends a sequence */
#define RNN_MINIMUM_LENGTH 805 /* tokens before the end token is allowed, the end excluded; CTC: labels; default 0 */
#define RNN_MAXIMUM_LENGTH 806 /* tokens at most, the end included; must be set.  CTC: labels; default: any number */
#define RNN_TOP_K          807 /* sampling; default 0: all classes */
#define RNN_RANDOM_STATE   808 /* sampling: any int64, default 0: set, a seed; read, the state after the rows so far */
/* Real options, for rnn_decoder_set_real. */
#define RNN_LENGTH_PENALTY  851 /* beam search: at least 0; default 0: the log probability alone */
#define RNN_TEMPERATURE     852 /* sampling: at least 0, default 1; 0: the most likely class, the first of equal ones */
#define RNN_TOP_P           853 /* sampling: above 0, at most 1; default 1: all classes */
#define RNN_SCORER_WEIGHT   854 /* both beam searches: of the scorer, 0 .. 1e6; default 1; 0: it is not called */
#define RNN_INSERTION_BONUS 855 /* both beam searches: for each label or token, -1e6 .. 1e6; default 0 */
#define RNN_BEAM_THRESHOLD  856 /* CTC beam search: 0 .. 1e6, see there; default 0: none */

/* A new decoder; release it with rnn_decoder_destroy.  RNN_E_VALUE: unknown kind. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_create(rnn_decoder **out, int32_t kind);
RNN_API void rnn_decoder_destroy(rnn_decoder *decoder); /* NULL does nothing */

/* Set or read one option.  RNN_E_VALUE: unknown key, a key of the other type or of another kind of decoder, or a value
 * outside the range of the key; the decoder keeps what it had.  Reading an option that the kind does not have gives its
 * default. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_int(rnn_decoder *decoder, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_real(rnn_decoder *decoder, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_int(rnn_decoder *decoder, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_real(rnn_decoder *decoder, int32_t key, double *value);

/* CTC and CRF: decodes a batch of whole sequences.
 *
 *   logits   [T,B,C], T = steps, B = batch, C = classes; ignored past the end of a sequence
 *   lengths  [B], 0 .. T; (NULL, 0) allowed: T for all
 *
 * RNN_E_UNSUPPORTED: not a kind of CTC or CRF.  RNN_E_STATE: a CRF has no transitions.  RNN_E_SIZE: a count; these are
 * for another number of classes.  RNN_E_VALUE: a length or RNN_BLANK is out of range;
 * RNN_RESULTS is above RNN_BEAM_WIDTH; steps, batch or classes is 0 or too large; a logit at a valid step is NaN, or
 * of a CRF +infinity.  The earlier results remain after an error.
 * Of equal scores the lexicographically smaller labels come first.  The order of labellings whose scores are equal in
 * exact arithmetic but differ by rounding is not defined, nor which of them the beam keeps.
 * CRF: about 8*T*C*(RNN_RESULTS + 2) bytes, and 4*T*B*C for the marginals; about 2*T*C*C exponentials for each
 * sequence, and T*C*C*RNN_RESULTS comparisons.
 * Beam search: RNN_E_VALUE also where RNN_MAXIMUM_LENGTH is set and below RNN_MINIMUM_LENGTH, and as rnn_scorer; fewer
 * than RNN_RESULTS results, or none, where few labellings have such a length.  Ends a stream of rnn_decoder_begin.
 * Memory of beam search: about 300*width + 16*T + 100*N bytes for N different beginnings of the hypotheses in the beam,
 * at most width*T; and T*(2*S+1) for the steps of S labels.  With a scorer B times as much.  Cost: about T*width*C
 * steps of a hash table and a selection, and T*(2*S+1) additions for each result. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                                 const int32_t *lengths, size_t lengths_count, size_t steps,
                                                 size_t batch, size_t classes);

/* CTC and CRF: the step mask [T,B] of the next rnn_decoder_decode, 1: the step counts; 0: it is left out, as in
 * rnn_session_set_step_mask.  It is copied, holds for that one call, and stays if it fails; (NULL, 0) drops it.  The
 * results are those of the steps that count, moved together: a result of a CRF has one class for each of them and none
 * for the others.  The steps in a result are those of the batch, so they say where the classes and labels belong.
 * Marginals of the other steps are 0, and their logits are ignored.
 * RNN_E_UNSUPPORTED: another kind.  RNN_E_VALUE: an element is not 0 or 1.  RNN_E_SIZE: mask_count is 0; and in
 * rnn_decoder_decode, not T*B.  RNN_E_STATE: called by a scorer of CTC.  rnn_decoder_feed returns RNN_E_STATE while a
 * mask is set.  Memory: 8*T*B bytes. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_step_mask(rnn_decoder *decoder, const int32_t *mask, size_t mask_count);

/* CTC in pieces: B sequences whose steps arrive a few at a time.  rnn_decoder_begin starts them, with the options and
 * the scorer that the decoder has then; rnn_decoder_feed appends a piece.  After each of them the results are those of
 * rnn_decoder_decode for the steps so far, to the bit, however they are divided: the best if the sequences ended here.
 * No call is needed at the end.
 *
 *   logits   [T,B,C] of the piece, T = steps; ignored past the valid steps of a sequence
 *   lengths  [B], 0 .. T: how many steps of the piece are valid and appended; (NULL, 0) allowed: T for all
 *
 * RNN_E_STATE: rnn_decoder_feed before rnn_decoder_begin.  Others: as rnn_decoder_decode; RNN_E_VALUE also where a
 * sequence would have more than 2^31 - 1 steps.  After an error of rnn_decoder_begin the decoder has the stream and the
 * results that it had; after one of rnn_decoder_feed no sequence has taken the piece, and it can be fed again.
 *
 * Cost: as rnn_decoder_decode for the steps of the piece.  The first rnn_decoder_get_result_count or
 * rnn_decoder_get_result after a piece writes the results, in time proportional to their labels.  The steps and scores
 * of the labels of a beam search are found when they are first asked for, in time and memory T*(2*S+1) for all T steps
 * so far: ask for them at the end.
 * Memory: for the best path 12 bytes for each label; for beam search that of rnn_decoder_decode for B beams, and
 * 4*C + 16 bytes for each step of a sequence, from which the steps of the labels are found.  rnn_decoder_begin, such as
 * at a pause between utterances, releases it. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_begin(rnn_decoder *decoder, size_t batch, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_decoder_feed(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                               const int32_t *lengths, size_t lengths_count, size_t steps);

/* How many labels at the front of a sequence can no longer change: each later result begins with them.
 *
 * Best path: all labels so far, with their steps and scores.  Beam search: those that all hypotheses in the beam begin
 * with; their steps and scores may still change.  A label stays open while any hypothesis of the beam has another one
 * there, in a long stream as long as that is among the likeliest alternatives to any label so far.  RNN_BEAM_THRESHOLD,
 * such as 10, ends that.  The number never falls, except to 0 where no labelling is possible any more.
 *
 * RNN_E_STATE: no stream, or by a scorer.  RNN_E_VALUE: no such sequence.  RNN_E_UNSUPPORTED: not a kind of CTC.  Cost:
 * the labels in which the hypotheses differ. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_stable_count(rnn_decoder *decoder, size_t sequence, size_t *count);

/* A scorer for both beam searches, such as a language model or a list of words: what the labels of a hypothesis are
 * worth beside their probability (shallow fusion: Gulcehre et al. 2015, section 4.1).  s(labels) is the sum of what it
 * returns for each label after those before it, and for the end.
 *
 * It scores each new hypothesis once, many at a time.  Row i is the hypothesis of slot parents[i] with labels[i] behind
 * it.  The callback writes scores [rows,C], C = scores_count / rows, the score of each label that may follow; and keeps
 * what it needs of row i, such as the state of a network, under slots[i], which may hold an older hypothesis that is no
 * longer needed.
 *
 *   scores   overwritten; -infinity: this label never follows.  CTC: column RNN_BLANK is the score of the end after
 *            row i, 0 for none.  RNN_DECODER_BEAM: the end is the token RNN_END_TOKEN
 *   slots    [rows], all different, none of them one of parents.  CTC: sequence b has 3*RNN_BEAM_WIDTH slots from
 *            3*RNN_BEAM_WIDTH*b on.  RNN_DECODER_BEAM: 0 .. 2*RNN_BEAM_WIDTH - 1
 *   labels   [rows]; at the beginning RNN_BLANK (CTC) or RNN_START_TOKEN
 *   parents  [rows], slots of earlier rows; -1: the beginning of a sequence
 *
 * A return other than 0 ends the call of the decoder, which returns it without a message of its own.  RNN_E_VALUE: a
 * score is NaN or +infinity; there would be more than 2^31 - 1 slots.  After an error the earlier results remain; those
 * of a stream keep their slots, so that the piece can be fed again.  CTC calls it at most once for a step of all
 * sequences, and only for new hypotheses; RNN_DECODER_BEAM after the generator, for the same rows.
 * It runs on the thread of the call.  It must not destroy the decoder; CTC refuses calls that use it (RNN_E_STATE). */
typedef int32_t (*rnn_scorer)(void *user, float *scores, size_t scores_count, const int32_t *slots,
                              const int32_t *labels, const int32_t *parents, size_t rows);

/* Sets the scorer for the next rnn_decoder_decode, rnn_decoder_begin and rnn_decoder_search; NULL: none.  The beam
 * keeps the best by the whole score.  RNN_DECODER_BEAM with a scorer ends when no hypothesis is left, or at the maximum
 * length.  `user` is passed to the callback and may be NULL.  Memory: 12*RNN_BEAM_WIDTH*C bytes for each sequence.
 * RNN_E_UNSUPPORTED: not a beam search. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_scorer(rnn_decoder *decoder, rnn_scorer scorer, void *user);

/* One step of a generator for beam search.  Row i of `rows` continues row parents[i] of the previous call and reads
 * tokens[i]; the callback writes logits [rows,C].  At the first call rows is 1 and parents[0] is 0, the state as it
 * was.  A return other than 0 ends the search, which returns it without a message of its own. */
typedef int32_t (*rnn_generator)(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                                 const int32_t *parents, size_t rows);

/* Beam search over a generator with C = classes.  A token whose logit is -infinity is never taken.  The results are
 * those of sequence 0.
 * RNN_E_UNSUPPORTED: not RNN_DECODER_BEAM.  RNN_E_VALUE: classes is 0 or too large; RNN_MAXIMUM_LENGTH is not set or
 * below RNN_MINIMUM_LENGTH; RNN_RESULTS is above RNN_BEAM_WIDTH; RNN_START_TOKEN or RNN_END_TOKEN is not a class; a
 * logit is NaN or +infinity; as rnn_scorer.  Or what the generator or the scorer returned.  The earlier results remain
 * after an error.
 * Of equal scores the lexicographically smaller tokens come first.  Memory: about 20*width*(T+C) bytes. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_search(rnn_decoder *decoder, size_t classes, rnn_generator generator,
                                                 void *user);

/* The rnn_generator of a session of a network of tokens: pass it to rnn_decoder_search, with the session as `user` and
 * the state of one sequence in it, such as that after a prompt or of an encoder.  Changes the state.
 * RNN_E_STATE, RNN_E_SIZE, RNN_E_VALUE: as rnn_session_select_state and rnn_step_tokens. */
RNN_API RNN_NODISCARD int32_t rnn_session_next(void *session, float *logits, size_t logits_count, const int32_t *tokens,
                                               const int32_t *parents, size_t rows);

/* How many results sequence `sequence` of the last call has: 1 for the best path, up to RNN_RESULTS for beam search and
 * CRF.
 * RNN_E_STATE: nothing is decoded yet, or by a scorer of CTC.  RNN_E_VALUE: no such sequence. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_result_count(rnn_decoder *decoder, size_t sequence, size_t *count);

/* Result `rank` of a sequence, 0 being the best.  Each output may be NULL.  The arrays live until the next call that
 * decodes, begins or feeds, or the end of the decoder.
 *
 *   tokens  [count], labels of CTC, the class of each step of a CRF that counts, or tokens of beam search with the end
 *           token included
 *   steps   [count], CTC: the step at which each label begins, 0 .. T-1, in the best path, or in the most likely path
 *           with these labels (Viterbi; of equal ones, that with the earliest steps).  CRF: the steps that count.  Beam
 *           search: 0, 1, 2, ...
 *   scores  [count], the log probability of each label at its step, or of each token after those before it;
 *           CRF: the log of the marginal of the class
 *   count   0 is possible; the arrays are NULL then
 *   score   of the whole result, see the kinds
 *
 * RNN_E_STATE, RNN_E_VALUE: as above; no such rank. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_result(rnn_decoder *decoder, size_t sequence, size_t rank,
                                                     const int32_t **tokens, const int32_t **steps,
                                                     const float **scores, size_t *count, double *score);

/* Sampling: draws one class for each row.
 *
 *   tokens  [N], overwritten
 *   logits  [N,C], C = classes; -infinity: never drawn
 *
 * RNN_E_UNSUPPORTED: not RNN_DECODER_SAMPLING.  RNN_E_SIZE: a count.  RNN_E_VALUE: tokens_count or classes is 0 or too
 * large; a row with a logit that is NaN or +infinity, or with -infinity alone.  RNN_RANDOM_STATE is unchanged after an
 * error, and with temperature 0.  Memory: 16*C bytes. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_sample(rnn_decoder *decoder, int32_t *tokens, size_t tokens_count,
                                                 const float *logits, size_t logits_count, size_t classes);

/* CRF: sets the scores, as rnn_loss_set_transitions; errors as there. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_transitions(rnn_decoder *decoder, const float *start, size_t start_count,
                                                          const float *end, size_t end_count, const float *transitions,
                                                          size_t transitions_count);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_transitions_of_model(rnn_decoder *decoder, const rnn_model *model);

/* CRF: the marginals of the last rnn_decoder_decode: the probability of each class at each step over all paths.  p
 * [T,B,C], overwritten; 0 past the end of a sequence, at steps that are left out, and where all paths are forbidden.
 * RNN_E_UNSUPPORTED: another kind.  RNN_E_STATE: nothing is decoded yet.  RNN_E_SIZE: p_count. */
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_marginals(rnn_decoder *decoder, float *p, size_t p_count);

/* Like rnn_session_last_error. */
RNN_API const char *rnn_decoder_last_error(const rnn_decoder *decoder);

/* Makes sequence i of the session's state a copy of sequence rows[i], for rows_count sequences, which becomes B; a row
 * may be taken any number of times.  Discards the activations saved by rnn_forward.  RNN_E_VALUE: a row that is not
 * 0 .. B-1; rows_count is 0 or too large. */
RNN_API RNN_NODISCARD int32_t rnn_session_select_state(rnn_session *session, const int32_t *rows, size_t rows_count);

/* ---- attention ------------------------------------------------------------------------------------------------ */

/* Between an encoder and a decoder: each of T steps of the decoder has a query q(t) and gets a mean of the S vectors of
 * the memory, m(s), such as the outputs of the encoder, weighted by how well they match:
 *
 *     e(t,s) = score(q(t), m(s)),   a(t,s) = softmax over s of e(t,s),   context(t) = sum over s of a(t,s) m(s)
 *
 *     RNN_ATTENTION_DOT        q' m                   Luong et al. 2015, section 3.1; Q = M; no parameters
 *     RNN_ATTENTION_GENERAL    q' W m                 the same; W [Q,M]
 *     RNN_ATTENTION_ADDITIVE   v' tanh(W q + U m)     Bahdanau et al. 2015, section A.1.2; W [A,Q], U [A,M], v [A]
 *
 * Letters: Q elements of a query, M of a vector of memory, A units of the additive score, S steps of the memory.
 * The parameters lie in one flat block in the order above; so do the gradients.
 *
 * It joins two models: the encoder's y [S,B,M] is the memory.  The first layers of a decoder (a model without a head)
 * give the queries of all T steps at once; queries and contexts side by side are the input of its other layers (Wu et
 * al. 2016, section 3); backward goes through the same in reverse.  Or step by step, with T = 1. */
typedef struct rnn_attention rnn_attention;

#define RNN_ATTENTION_DOT      1
#define RNN_ATTENTION_GENERAL  2
#define RNN_ATTENTION_ADDITIVE 3

/* A new module; release it with rnn_attention_destroy.  One thread at a time, like a session.  W, U and v start uniform
 * in [-r, r], r = 1/sqrt(columns), v with r = 1/sqrt(A), by the seed alone.  units is A; 0 for the other scores.
 * RNN_E_VALUE: unknown score, a size that is 0 or above 2^31 - 1, sizes that the score does not allow. */
RNN_API RNN_NODISCARD int32_t rnn_attention_create(rnn_attention **out, int32_t score, size_t query_size,
                                                   size_t memory_size, size_t units, int64_t seed);
RNN_API void rnn_attention_destroy(rnn_attention *attention); /* NULL does nothing */

/* The options of attention are RNN_PRODUCTS, default RNN_PRODUCTS_AUTOMATIC, and RNN_PRECISION, default
 * RNN_PRECISION_FLOAT32: the format of W and U, for inference.  Setting one drops the memory.  rnn_attention_get_int
 * returns which of RNN_PRODUCTS_OWN and RNN_PRODUCTS_CBLAS the module uses; with bf16 and int8 it is the first, and
 * stays that when RNN_PRECISION_FLOAT32 is set again.
 * RNN_E_VALUE: another key, a value that is none of RNN_PRODUCTS_... or RNN_PRECISION_..., or RNN_PRODUCTS_CBLAS with
 * bf16 or int8.  RNN_E_UNSUPPORTED: see RNN_PRODUCTS.  The module is unchanged then.
 * With bf16 and int8, rnn_attention_backward, rnn_attention_backward_memory and rnn_attention_step return
 * RNN_E_UNSUPPORTED and change nothing. */
RNN_API RNN_NODISCARD int32_t rnn_attention_set_int(rnn_attention *attention, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_attention_get_int(rnn_attention *attention, int32_t key, int64_t *value);

/* Views of the flat blocks of parameters, to read, and of gradients, to read and to write; they live as long as the
 * module.  A module without parameters gives NULL and 0. */
RNN_API RNN_NODISCARD int32_t rnn_attention_parameters(rnn_attention *attention, const float **values, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_attention_gradients(rnn_attention *attention, float **values, size_t *count);

/* Overwrites all parameters and drops the memory.  RNN_E_SIZE: values_count. */
RNN_API RNN_NODISCARD int32_t rnn_attention_set_parameters(rnn_attention *attention, const float *values,
                                                           size_t values_count);

/* One update of the parameters by their gradients; drops the memory.  Errors as rnn_optimizer_step_arrays. */
RNN_API RNN_NODISCARD int32_t rnn_attention_step(rnn_attention *attention, rnn_optimizer *optimizer);

RNN_API RNN_NODISCARD int32_t rnn_attention_zero_gradients(rnn_attention *attention);

/* Sets the memory to attend over and precomputes what the score needs of it (W m, U m).
 *
 *   memory   [S,B,M], S = steps, B = batch, copied
 *   lengths  [B], 0 .. S; (NULL, 0) allowed: S for all.  Memory past the end of a sequence is ignored, its weights are
 *            0.  A sequence of length 0 has a context of 0
 *
 * RNN_E_SIZE, RNN_E_VALUE: counts, steps or batch, a length. */
RNN_API RNN_NODISCARD int32_t rnn_attention_set_memory(rnn_attention *attention, const float *memory,
                                                       size_t memory_count, const int32_t *lengths,
                                                       size_t lengths_count, size_t steps, size_t batch);

/* Context and weights of T queries, T = queries_count / (B*Q).
 *
 *   context  [T,B,M], overwritten
 *   weights  [T,B,S], a, overwritten; (NULL, 0) allowed
 *   queries  [T,B,Q]
 *
 * RNN_E_STATE: no memory.  RNN_E_SIZE: queries_count is 0 or not a multiple of B*Q; another count.  RNN_E_VALUE: T is
 * too large.  May allocate memory.
 * Cost: 2*T*S*(Q+M) multiplications and additions for each sequence, and T*S*A times tanh for the additive score. */
RNN_API RNN_NODISCARD int32_t rnn_attention_forward(rnn_attention *attention, float *context, size_t context_count,
                                                    float *weights, size_t weights_count, const float *queries,
                                                    size_t queries_count);

/* Backward through one rnn_attention_forward on the current memory: through any number of them, in any order.
 *
 *   dqueries          [T,B,Q], overwritten; (NULL, 0) allowed
 *   dcontext          [T,B,M]
 *   queries, weights  input and output of that rnn_attention_forward
 *
 * Gradients of the parameters and of the memory accumulate, those of the memory until rnn_attention_backward_memory or
 * rnn_attention_set_memory.  Errors as above. */
RNN_API RNN_NODISCARD int32_t rnn_attention_backward(rnn_attention *attention, float *dqueries, size_t dqueries_count,
                                                     const float *dcontext, size_t dcontext_count, const float *queries,
                                                     size_t queries_count, const float *weights, size_t weights_count);

/* Completes the backward pass: returns the gradient of the memory and adds to the gradients of the parameters what
 * comes through W m or U m.  dmemory [S,B,M], overwritten, 0 past the end of a sequence; (NULL, 0) allowed.  The
 * gradient of the memory is 0 afterwards.  RNN_E_STATE: no memory.  RNN_E_SIZE: a count. */
RNN_API RNN_NODISCARD int32_t rnn_attention_backward_memory(rnn_attention *attention, float *dmemory,
                                                            size_t dmemory_count);

/* Like rnn_session_last_error. */
RNN_API const char *rnn_attention_last_error(const rnn_attention *attention);

/* ---- fit: the training loop ----------------------------------------------------------------------------------- */

/* Sequences and their targets, copied, for rnn_fit and rnn_evaluate; for predictions use a session.  Any number of
 * threads may read a dataset at once; adding and setting need exclusive access.  Errors of these functions are in
 * rnn_last_error. */
typedef struct rnn_dataset rnn_dataset;

RNN_API RNN_NODISCARD int32_t rnn_dataset_create(rnn_dataset **out);
RNN_API void rnn_dataset_destroy(rnn_dataset *dataset); /* NULL does nothing */

/* How many sequences it has. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_count(const rnn_dataset *dataset, size_t *count);

/* Add one sequence without targets.
 *
 *   index   overwritten: its number, from 0; NULL allowed
 *   x       [T,I], T = steps, at least 1
 *   tokens  [T], T = tokens_count, at least 1
 *
 * RNN_E_VALUE: steps or tokens_count is 0 or too large.  RNN_E_SIZE: x_count is not a multiple of steps, or I differs
 * from that of the first sequence.  RNN_E_STATE: the first sequence has the other type of input, or rnn_fit or
 * rnn_evaluate is reading the dataset. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_add(rnn_dataset *dataset, size_t *index, const float *x, size_t x_count,
                                              size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_dataset_add_tokens(rnn_dataset *dataset, size_t *index, const int32_t *tokens,
                                                     size_t tokens_count);

/* Set the targets of sequence `index`; which of them, the loss of the trainer decides.  They replace earlier targets of
 * the sequence.
 *
 *   classes  cross-entropy: [T'], or [1] for a network with one output for each sequence.  CTC: the labels, any number
 *            of them; (NULL, 0): none.  Custom losses: as cross-entropy
 *   values   losses of values: [T',Y], or [Y]; quantiles and Gaussian: Y/Q and Y/2 instead of Y.  Custom losses:
 *            [T',K], or [K], with one K for all sequences
 *
 * T' are the steps of the output: T, unless layers of a list change the length of sequences; then those of
 * RNN_PADDING_..., as rnn_session_output_steps of a new session gives them for T.  At least 1: a sequence must be so
 * long that the network has an output.
 *
 * rnn_fit checks that they fit the model and the loss.  RNN_E_VALUE: no such sequence.  RNN_E_SIZE: values_count is 0.
 * RNN_E_STATE: rnn_fit or rnn_evaluate is reading the dataset. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_classes(rnn_dataset *dataset, size_t index, const int32_t *classes,
                                                      size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_values(rnn_dataset *dataset, size_t index, const float *values,
                                                     size_t values_count);

/* The mask [T'] of the steps of the output of a sequence ((NULL, 0): 1 for all), and its weight, 1 unless set: see the
 * losses.  Both from 0 to FLT_MAX.  With one output for each sequence there is no mask.  Errors as above; RNN_E_VALUE
 * also: an element or the weight.  RNN_E_SIZE: mask_count is above T; rnn_fit finds one that is not T'. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_mask(rnn_dataset *dataset, size_t index, const float *mask,
                                                   size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_weight(rnn_dataset *dataset, size_t index, double weight);

/* The step mask [T] of a sequence, 1: the step counts; 0: it is left out, as left padding or a hole; (NULL, 0), the
 * default: all count.  rnn_fit and rnn_evaluate see the sequence as one of the steps that count, moved together, in
 * every way: its length, for RNN_BUCKETS, RNN_STREAM_STEPS and RNN_MEMORY_LIMIT too, is their number; input and target
 * of the other steps are ignored, whatever they are; a custom loss gets no others; the bits are those of a dataset
 * without these steps.  The labels of CTC, and the target of a network with one output for each sequence, belong to the
 * sequence: if all of its steps are left out, such a target does not count, and labels fit into no path.  The other
 * arrays of the sequence keep T steps.  rnn_fit refuses one for a network whose layers change the length
 * (RNN_E_UNSUPPORTED).  Errors as above; RNN_E_VALUE also: an element is not 0 or 1.  RNN_E_SIZE: mask_count.
 * Memory: 4 bytes for each step that counts. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_step_mask(rnn_dataset *dataset, size_t index, const int32_t *mask,
                                                        size_t mask_count);

/* One sequence of a dataset, while a callback makes or changes it. */
typedef struct rnn_sample rnn_sample;

/* Makes sequence `index` by calls of rnn_sample_set_...: input and targets; masks and weight, if they are not 1.  It is
 * called in rnn_fit and rnn_evaluate by the thread that called these, and may do what the callback of a trainer may do.
 * In training the seed depends on RNN_SEED, the epoch and the index alone, else on RNN_SEED and the index: equal random
 * numbers in a run that is resumed.  It is from 0 to 2^63 - 1.  A return other than 0 ends rnn_fit or rnn_evaluate,
 * which returns it; the batch made no update, and a later rnn_fit begins with it. */
typedef int32_t (*rnn_sample_function)(void *user, rnn_sample *sample, size_t index, int64_t seed);

/* A dataset of `count` sequences that `source` makes whenever they are needed, so that only those of a batch are in
 * memory.  None has more than most_steps steps, or more than most_targets classes or values: memory is taken for
 * RNN_BATCH_SIZE sequences of these sizes.  rnn_dataset_add and rnn_dataset_set_... fail with RNN_E_STATE, except
 * rnn_dataset_set_transform.  A sequence must be the same whenever it is made with the same seed.  It is checked when
 * it is there: rnn_fit then fails within an epoch, with the errors of rnn_fit for sequences that do not fit, or with
 * RNN_E_STATE if no input was set; the message names the sequence.  A custom loss gets classes or values, with one K,
 * as the first sequence of each batch has them.  With RNN_STREAM_STEPS a sequence stays in memory until its last piece.
 * RNN_E_VALUE: count, most_steps or most_targets is 0 or above 2^31 - 1. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_create_from_source(rnn_dataset **out, size_t count, size_t most_steps,
                                                             size_t most_targets, rnn_sample_function source,
                                                             void *user);

/* A callback that changes the sequences of the dataset in training, for instance at random (data augmentation): it gets
 * a copy of each, or what the source has made, before it goes into a batch; rnn_evaluate and the validation do not call
 * it.  The sequence must not become longer, or get more targets, than the largest of the dataset.  NULL: none.
 * RNN_E_STATE: rnn_fit or rnn_evaluate is reading the dataset. */
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_transform(rnn_dataset *dataset, rnn_sample_function transform,
                                                        void *user);

/* Overwrite parts of a sequence by a copy, within a callback alone: x [T,I], tokens [T], classes, values, mask [T'],
 * step mask [T] and weight, as in a dataset.  The arrays may be those of the sample itself.  Classes replace values,
 * and values classes; another T removes both masks.  RNN_E_STATE: the network has the other type of input.
 * RNN_E_SIZE: a count, or more than the dataset may have.  RNN_E_VALUE: an element of a mask, or the weight.  Nothing
 * has changed then. */
RNN_API RNN_NODISCARD int32_t rnn_sample_set_x(rnn_sample *sample, const float *x, size_t x_count, size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_tokens(rnn_sample *sample, const int32_t *tokens, size_t tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_classes(rnn_sample *sample, const int32_t *classes, size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_values(rnn_sample *sample, const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_mask(rnn_sample *sample, const float *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_step_mask(rnn_sample *sample, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_weight(rnn_sample *sample, double weight);

/* The parts of a sequence: NULL and 0 for what it does not have.  The arrays belong to the sample, until they are set
 * or the callback returns. */
RNN_API RNN_NODISCARD int32_t rnn_sample_get_x(rnn_sample *sample, const float **x, size_t *x_count, size_t *steps);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_tokens(rnn_sample *sample, const int32_t **tokens, size_t *tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_classes(rnn_sample *sample, const int32_t **classes,
                                                     size_t *classes_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_values(rnn_sample *sample, const float **values, size_t *values_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_mask(rnn_sample *sample, const float **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_step_mask(rnn_sample *sample, const int32_t **mask, size_t *mask_count);

typedef struct rnn_trainer rnn_trainer;

/* Keys of a trainer; and RNN_SEED, which decides the order of the sequences and the masks of dropout; default 0.
 * Integer options, for rnn_trainer_set_int. */
#define RNN_EPOCHS     601 /* epochs in all; default 10 */
#define RNN_BATCH_SIZE 602 /* sequences in a batch; default 32 */
#define RNN_SHUFFLE    603 /* 1: another order in every epoch (default); 0: the order in which they were added */
#define RNN_EARLY_STOP 604 /* stop after this many epochs without a better validation loss; default 0: never */
#define RNN_KEEP_BEST  605 /* 1: rnn_fit leaves the parameters of the best validation loss in the model; default 0 */
#define RNN_THREADS    606 /* of sessions, losses and updates: see rnn_session_set_threads; default 1 */
/* 1: a batch with a non-finite loss or gradient makes no update and does not count in RNN_TRAINING_LOSS, but is counted
 * and reported to the callback like the others; default 0: it ends rnn_fit with RNN_E_NONFINITE. */
#define RNN_SKIP_NONFINITE 607
#define RNN_EPOCH          611 /* read only: epochs completed: 0 in the batches of the first, 1 after them */
#define RNN_BATCH          612 /* read only: batches completed of the current epoch, between epochs of the last one */
#define RNN_SKIPPED        613 /* read only: batches skipped, in all fits; saved in files */
/* Truncated back-propagation (Williams and Peng 1990): T > 0 cuts sequences into pieces of T steps, the last one
 * shorter.  Default 0: whole sequences.  A batch has one piece each of up to RNN_BATCH_SIZE sequences: first, in their
 * order, the sequences of the batch before that have steps left, with the state that it left; then the next sequences
 * of the epoch's order, with the initial state.  Gradients stop at the border of a piece, and dropout draws new masks
 * for each.  rnn_evaluate and the validation run in the same pieces, with the outputs of whole sequences; memory is
 * that of pieces.  With a T that no sequence exceeds, all is as with 0.  After a batch that RNN_SKIP_NONFINITE skipped,
 * a sequence whose state is not finite goes on from the initial state.  rnn_fit and rnn_evaluate fail with RNN_E_STATE
 * if the network has a reverse direction, one output for each sequence, or a list of layers that needs whole sequences,
 * and for RNN_LOSS_CTC and RNN_LOSS_CRF.  A custom loss gets the pieces as its sequences.  Where layers of a list
 * change the length of sequences, a piece has the outputs that its steps make, maybe none, of any T; the update of a
 * batch without outputs is one with gradients of 0. */
#define RNN_STREAM_STEPS 614
/* W > 0: batches of similar length.  The sequences of an epoch, shuffled (RNN_SHUFFLE), are sorted by length within
 * windows of W batches; then the batches are shuffled, except a smaller last one.  Default 0: as they are shuffled. The
 * validation is not sorted.  rnn_fit fails with RNN_E_STATE for a dataset from a source. */
#define RNN_BUCKETS 615
/* Bytes that rnn_fit and rnn_evaluate may need for sessions, with one thread, and the arrays of a batch; with more they
 * fail with RNN_E_MEMORY before they begin, and the message names the bytes and the longest sequence.  Default 0: no
 * limit.  With R the steps of the RNN_BATCH_SIZE longest sequences together (or their pieces), and T the longest, a
 * session takes what rnn_session_reserve says for each of R steps, and a batch of B sequences B*(T*I + T'*(2*Y + 2))
 * floats.  A dataset from a source, or with a transform, counts as B sequences of the largest size. */
#define RNN_MEMORY_LIMIT 616
/* Real options, for rnn_trainer_set_real.
 * A validation loss is better than the best one of the record only if it is smaller by more than RNN_MIN_DELTA, 0 to
 * 1e30; default 0.  That holds for RNN_EARLY_STOP, RNN_KEEP_BEST and RNN_BEST_LOSS alike, as in Keras: parameters with
 * a loss that is smaller by less are not kept. */
#define RNN_MIN_DELTA 701
/* Real options, read only, for rnn_trainer_get_real.  NaN before there is one. */
#define RNN_BATCH_LOSS      711 /* the loss of the last batch */
#define RNN_TRAINING_LOSS   712 /* the mean over the epoch so far, as rnn_evaluate defines it */
#define RNN_VALIDATION_LOSS 713 /* of the last epoch */
#define RNN_BEST_LOSS       714 /* the best validation loss of the record, see rnn_fit and RNN_MIN_DELTA */

/* A new trainer of the model, with an optimiser and a loss; it keeps all three alive.  Release it with
 * rnn_trainer_destroy.  The trainer reads the options, class weights, levels and callback of the loss whenever rnn_fit
 * or rnn_evaluate begins, and sets batches of its own: those of `loss` are neither used nor changed.  RNN_REDUCTION
 * must be RNN_MEAN.  RNN_E_SIZE: the optimiser is for another number of parameters, or other tensors.
 * RNN_E_UNSUPPORTED: see RNN_PRECISION. */
RNN_API RNN_NODISCARD int32_t rnn_trainer_create(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer,
                                                 rnn_loss *loss);
RNN_API void rnn_trainer_destroy(rnn_trainer *trainer); /* NULL does nothing */

/* Set or read one option; errors as those of an optimiser. */
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_get_int(rnn_trainer *trainer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_get_real(rnn_trainer *trainer, int32_t key, double *value);

/* Where rnn_fit saves after every epoch, see rnn_trainer_save; the path is copied.  NULL, the default: nowhere. */
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path);

/* The callback that rnn_fit calls after the update of each batch (RNN_EVENT_BATCH), and at the end of an epoch, in this
 * order: after the validation, after a checkpoint is saved, before it stops early, and after everything
 * (RNN_EVENT_EPOCH).  NULL: none.
 *
 * The callback may read and save the trainer, use the model, and set options of the optimiser.  All other calls that
 * modify the trainer, rnn_fit, rnn_evaluate, and calls that modify its datasets fail with RNN_E_STATE.  Handles that
 * are destroyed in the callback live until rnn_fit returns.  A return other than 0 stops rnn_fit, which returns it
 * (positive numbers are not errors; no message is left).  A later rnn_fit continues the run: after RNN_EVENT_BATCH
 * with the next batch of that epoch, after the other events with the next epoch.  What a callback may do holds for
 * that of a custom loss too, also in rnn_evaluate. */
#define RNN_EVENT_BATCH      1
#define RNN_EVENT_VALIDATION 2
#define RNN_EVENT_EPOCH      3
#define RNN_EVENT_EARLY_STOP 4
#define RNN_EVENT_CHECKPOINT 5
typedef int32_t (*rnn_progress)(void *user, rnn_trainer *trainer, int32_t event);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user);

/* Trains until RNN_EPOCHS epochs are completed, earlier fits included (raise it to train on), or until RNN_EARLY_STOP
 * ends it: RNN_OK in both cases.  In each epoch: the sequences, shuffled, in batches of RNN_BATCH_SIZE, the last one
 * smaller.  For each batch: forward from a state of 0, the loss, backward, an update.  Then the loss on `validation`,
 * which is reported to the optimiser (RNN_PLATEAU); NULL is allowed without RNN_EARLY_STOP and RNN_KEEP_BEST.  Changes
 * the model.
 *
 * The record of a run is its best validation loss, the parameters with that loss (RNN_KEEP_BEST), the number of epochs
 * since (RNN_EARLY_STOP), and the best loss and the count of the optimiser's reports.  A fit continues the record after
 * rnn_trainer_load, or if the previous fit was stopped by the callback or failed after its first batch began.  Every
 * other fit starts a new record (of the reports only if it has a validation set): the first fit, and one after a fit
 * that returned RNN_OK.
 *
 * With RNN_KEEP_BEST the model has the best parameters after rnn_fit, however it ended, if the record has a best loss.
 * The trainer keeps the current parameters.  A fit that continues the record begins with these, unless the model's
 * parameters were changed since: then with the model's.  A fit that starts a new record trains the model as it is.
 *
 * A fit that was stopped within an epoch continues with the next batch, to the same bits as without the stop.  Until
 * that epoch is completed, the number of training sequences, RNN_BATCH_SIZE, RNN_STREAM_STEPS, RNN_BUCKETS, RNN_SHUFFLE
 * and RNN_SEED must not change, and sequences that go on must keep their lengths and step masks.
 *
 * RNN_E_SIZE, RNN_E_VALUE, RNN_E_STATE: sequences that do not fit the model or the loss, lack a target, or are too
 * short for an output; the message says which.  RNN_E_STATE: nothing is left to do, because RNN_EPOCHS epochs are
 * completed or a record that is continued has reached RNN_EARLY_STOP; RNN_EARLY_STOP or RNN_KEEP_BEST without
 * validation; another order in an epoch that is continued; RNN_REDUCTION is not RNN_MEAN; a custom loss without a
 * callback.  RNN_E_UNSUPPORTED: RNN_LOSS_CRF with a model without RNN_CRF.  RNN_E_MEMORY: all memory, that of the
 * checkpoint included, is taken first.  After these errors nothing has changed.
 * RNN_E_NONFINITE: a loss or gradient is infinite or NaN, or as in rnn_optimizer_step (RNN_SKIP_NONFINITE is 0).  The
 * message names epoch, batch and, if a single one is the cause, the sequence of the training set, from 0.  To find it,
 * the callback of a custom loss is called once more for each sequence of the batch, the others having length 0.  The
 * batch made no update; a later rnn_fit begins with it.  A cause may be a NaN in x or in a target (RNN_SKIP_MISSING),
 * or labels that do not fit into the steps (RNN_ZERO_INFINITY).  A non-finite validation loss is not an error; it is
 * never the best.
 * RNN_E_IO: the checkpoint cannot be written; the epoch counts as completed, and a later rnn_fit begins with the next.
 *
 * If the callback of a custom loss returns a number other than 0, rnn_fit returns it, also with RNN_SKIP_NONFINITE.
 * The batch made no update; a later rnn_fit begins with it, or after a failure in the validation with the next
 * epoch. */
RNN_API RNN_NODISCARD int32_t rnn_fit(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation);

/* The loss on a dataset: the mean over everything that RNN_MEAN counts, which does not depend on RNN_BATCH_SIZE: over
 * targets for cross-entropy and Gaussian, over elements of y for the other losses of values, over sequences for CTC,
 * CRF and the error-to-signal ratio, over the weights that the callback returns for a custom loss.  NaN if nothing
 * counts. *accuracy (NULL allowed) is the proportion of the targets that count (not ignored, mask and weight above 0)
 * whose class has the largest output, or of a CRF is that of the likeliest path; NaN if none counts, and for other
 * losses.  RNN_TRAINING_LOSS and RNN_VALIDATION_LOSS are the same mean.  Errors as rnn_fit; a non-finite loss is
 * returned, not an error. */
RNN_API RNN_NODISCARD int32_t rnn_evaluate(rnn_trainer *trainer, double *loss, double *accuracy,
                                           const rnn_dataset *dataset);

/* rnn_trainer_save writes everything that a run needs to continue: the current parameters (not the best ones that
 * RNN_KEEP_BEST leaves in the model), the optimiser, the epochs, the position within the epoch (with RNN_STREAM_STEPS
 * also the states), and the record (with RNN_KEEP_BEST the best parameters), to one file that is replaced whole or not
 * at all (see rnn_save).
 * rnn_trainer_load reads it into a trainer whose model and optimiser have the same kind and sizes.  The trainer's
 * options are kept, those of the optimiser are replaced.  Saved at any time, also in a callback or after the last
 * epoch, and loaded, rnn_fit with the same options, or a larger RNN_EPOCHS, gives the same bits as an uninterrupted
 * run.  rnn_trainer_load changes the model: it gets the current parameters, or with RNN_KEEP_BEST the best ones, if
 * the file has them.  Errors as rnn_save and rnn_load; RNN_E_FORMAT also if the file has another kind or size;
 * nothing has changed then.  rnn_optimizer_load can read the file too. */
RNN_API RNN_NODISCARD int32_t rnn_trainer_save(rnn_trainer *trainer, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path);

/* Like rnn_session_last_error. */
RNN_API const char *rnn_trainer_last_error(const rnn_trainer *trainer);

#ifdef __cplusplus
}
#endif

#endif
