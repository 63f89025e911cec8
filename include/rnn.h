/* librnn: recurrent neural networks, trained and run on the CPU.
 *
 * The network (Goodfellow, Bengio and Courville, Deep Learning, 2016, section 10.2), for t = 1 .. T:
 *
 *     h(t) = tanh(U x(t) + W h(t-1) + b)        the hidden layer; stacked layers take h of the one below as x
 *     o(t) = V h(t) + c                         the dense head: logits
 *     p(t) = softmax(o(t))                      in the loss function, or by rnn_softmax
 *     L    = sum over t of -log p(t)[target(t)]
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
 *     T time steps   B batch   I input features   V vocabulary   E embedding   H hidden units
 *     C classes (outputs of the head)   L layers   D directions (1)   Y = C, or D*H in a network without a head
 *
 * All numbers are 32-bit floats, all arrays row-major: x is [T,B,I], element (t,b,i) at x[(t*B + b)*I + i];
 * outputs are [T,B,Y]; states are [L*D,B,H]; parameter names, order and shapes are PyTorch's.
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
 *                wants it alone.  Plain functions on arrays: any number at once.  The library starts no thread;
 *                large products may run on those of the BLAS, which are set there (OPENBLAS_NUM_THREADS=1 suits
 *                a program with many sessions in parallel).
 *  Ownership     Arrays belong to the caller and are not kept after the call.  Pointers that a function hands out
 *                stay owned by the library; the text says how long they live.  Handles may be destroyed in any
 *                order: a session keeps its model alive.
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
#define RNN_CELL           1 /* RNN_CELL_TANH (the default) */
#define RNN_INPUT_SIZE     2 /* I: features of a real-valued input; default 0: the input is tokens */
#define RNN_VOCABULARY     3 /* V: number of different tokens; default 0: the input is real-valued */
#define RNN_EMBEDDING_SIZE 4 /* E: tokens enter as rows of a trained [V,E] table; default 0: they enter one-hot */
#define RNN_HIDDEN_SIZE    5 /* H: must be set */
#define RNN_LAYERS         6 /* L: default 1, at most 1024 */
#define RNN_CLASSES        7 /* C: outputs of the dense head; default 0: no head, the output is h of the top layer */
#define RNN_SEED           8 /* any int64, default 0: the same seed gives the same initial weights on every machine */
/* Real options, for rnn_config_set_real. */
#define RNN_INIT_RANGE 101 /* r, 0 to 1e30: weights and biases start uniform in [-r, r]; default 0: 1/sqrt(H) */

/* Values of RNN_CELL. */
#define RNN_CELL_TANH 1 /* h(t) = tanh(U x(t) + W h(t-1) + b); Elman 1990 */

/* A new configuration with the defaults above; release it with rnn_config_destroy. */
RNN_API int32_t rnn_config_create(rnn_config **out);
RNN_API void rnn_config_destroy(rnn_config *config); /* NULL does nothing */

/* Sets one option.  RNN_E_VALUE: unknown key, key of the other kind, or value outside the range of the key; the
 * configuration keeps what it had.  Options that contradict each other are found by rnn_create. */
RNN_API int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value);
RNN_API int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value);

/* Reads one option.  RNN_E_VALUE: unknown key or key of the other kind. */
RNN_API int32_t rnn_config_get_int(rnn_config *config, int64_t *value, int32_t key);
RNN_API int32_t rnn_config_get_real(rnn_config *config, double *value, int32_t key);

/* Like rnn_last_error, but the last failure on this handle, from whichever thread; for hosts that move work between
 * threads.  "" before the first failure and for NULL.  Lives until the next failure on, or the end of, the handle. */
RNN_API const char *rnn_config_last_error(const rnn_config *config);

/* ---- model: architecture and weights -------------------------------------------------------------------------- */

typedef struct rnn_model rnn_model;

/* A new network with freshly drawn weights.  Exactly one of RNN_INPUT_SIZE and RNN_VOCABULARY must be set, and
 * RNN_HIDDEN_SIZE.  The embedding table starts normal with variance 1, as in PyTorch.  The configuration is only read
 * (and gets the error sentence); it may be changed and used again or destroyed.  Release the model with rnn_destroy.
 * RNN_E_VALUE: options missing or contradictory.  RNN_E_MEMORY: also where the number of parameters overflows.
 * Cost: the parameters twice (the private copy holds the layouts that the kernels want). */
RNN_API int32_t rnn_create(rnn_model **out, rnn_config *config);

/* Models are reference-counted: rnn_create and rnn_load give one reference, every session and every rnn_retain holds
 * one more, rnn_destroy drops one, and the last one dropped frees the model.  Safe from any thread. */
RNN_API int32_t rnn_retain(rnn_model *model);
RNN_API void rnn_destroy(rnn_model *model); /* NULL does nothing */

/* Reads back the options that the model was created or loaded with.  RNN_E_VALUE: unknown key or of the other kind. */
RNN_API int32_t rnn_get_int(const rnn_model *model, int64_t *value, int32_t key);
RNN_API int32_t rnn_get_real(const rnn_model *model, double *value, int32_t key);

/* The parameters are named tensors in one flat block, in this order and without gaps:
 *
 *     embedding.weight   [V,E]                        with RNN_EMBEDDING_SIZE only
 *     weight_ih_l{k}     [H,I] or [H,V] or [H,E] for k = 0, else [H,H]      U
 *     weight_hh_l{k}     [H,H]                                              W
 *     bias_ih_l{k}       [H]                          b = bias_ih + bias_hh, two vectors as in PyTorch, so both take
 *     bias_hh_l{k}       [H]                          the whole gradient db
 *     head.weight        [C,H]                        V, with RNN_CLASSES only
 *     head.bias          [C]                          c, with RNN_CLASSES only
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
 * above, options and notes in __metadata__.
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

/* A new model from a checkpoint; release it with rnn_destroy.  *out is set only on success.  The bytes given to
 * rnn_load_memory may be released afterwards.  Any input is safe to give: it is checked in full first.
 * RNN_E_IO: the file cannot be read.  RNN_E_FORMAT: malformed, or a tensor is missing, extra or of another shape than
 * the options say.  RNN_E_UNSUPPORTED: another dtype than F32, or options of a later version. */
RNN_API int32_t rnn_load(rnn_model **out, const char *path);
RNN_API int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count);

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
 * Memory, in floats per time step and sequence, X being I, E + 1, or 1 for one-hot tokens: training
 * (L+2)*H + 2*X + C, inference min(L,2)*H + X + C. */
RNN_API int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);

/* Begins new sequences: the state becomes zeros for `batch` sequences.  Every rnn_forward and rnn_step works on as many
 * sequences as the state has, starts from the state and leaves the state after its last step, so a long sequence may
 * be given in pieces, and rnn_forward over T steps equals T calls of rnn_step, up to rounding.  Discards what
 * rnn_forward saved. RNN_E_VALUE: batch is 0 or above 2^31 - 1. */
RNN_API int32_t rnn_reset_state(rnn_session *session, size_t batch);

/* Kinds of state. */
#define RNN_STATE_H 1 /* h, [L*D,B,H] */

/* Copies the state out, or overwrites it (the initial state of the next call, or that of an encoder given to a
 * decoder); neither discards what rnn_forward saved.  RNN_E_VALUE: the network has no state of that kind.  RNN_E_SIZE:
 * values_count is not L*D*B*H. */
RNN_API int32_t rnn_get_state(rnn_session *session, float *values, size_t values_count, int32_t kind);
RNN_API int32_t rnn_set_state(rnn_session *session, const float *values, size_t values_count, int32_t kind);

/* rnn_set_state_gradient: dL/d(final state) of the last rnn_forward, for the next rnn_backward, which adds it to what
 * comes from dy; without this call it is 0.  rnn_get_state_gradient: dL/d(initial state), from rnn_backward until the
 * next call that discards the run.
 * Training sessions only.  RNN_E_STATE: no rnn_forward (no rnn_backward) to which it belongs, or an inference session.
 * RNN_E_VALUE, RNN_E_SIZE: as above. */
RNN_API int32_t rnn_set_state_gradient(rnn_session *session, const float *values, size_t values_count, int32_t kind);
RNN_API int32_t rnn_get_state_gradient(rnn_session *session, float *values, size_t values_count, int32_t kind);

/* Like rnn_last_error, but the last failure on this session: see rnn_config_last_error. */
RNN_API const char *rnn_session_last_error(const rnn_session *session);

/* ---- running -------------------------------------------------------------------------------------------------- */

/* The network over `steps` time steps of the B sequences of the state (see rnn_reset_state), by the equations at the
 * top of this file: y(t) = V h(t) + c, logits, or h(t) of the top layer in a network without a head.
 *
 *   y        [T,B,Y], overwritten; (NULL, 0) allowed where only the state is wanted
 *   x        [T,B,I] real numbers; tokens [T,B], each 0 .. V-1
 *   lengths  [B], valid steps of each sequence, 0 .. T, in any order; (NULL, 0) allowed: T for all.  What x holds past
 *            the end is not looked at, y is 0 there, and the state left is that after the sequence's last step (the
 *            unchanged one for length 0)
 *
 * rnn_forward is for networks of RNN_INPUT_SIZE, rnn_forward_tokens for those of RNN_VOCABULARY.  In a training session
 * the call saves what rnn_backward needs, x included.
 * RNN_E_STATE: input of the other kind.  RNN_E_SIZE: a count.  RNN_E_VALUE: steps is 0 or too large, a length or token
 * is out of range (the sentence says which and where).
 * States below 1e-30 become 0, so that a silent stream does not get slow on subnormal numbers; so do their gradients.
 * Cost: about 2*B*T*(L*H*H + H*(I + (L-1)*H) + H*C) multiplications and additions (no input product for tokens); steps
 * past the end of a sequence cost nothing.  The matrix products over all time steps may use the threads of the BLAS. */
RNN_API int32_t rnn_forward(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count,
                            const int32_t *lengths, size_t lengths_count, size_t steps);
RNN_API int32_t rnn_forward_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                   size_t tokens_count, const int32_t *lengths, size_t lengths_count, size_t steps);

/* One time step: the same as rnn_forward with steps = 1, y [B,Y], x [B,I], tokens [B], without the cost of setting up
 * a run over time.  For streams: it allocates nothing and, with batch 1, takes no lock, wakes no thread and makes no
 * system call.  Discards what rnn_forward saved.  Errors: as rnn_forward. */
RNN_API int32_t rnn_step(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count);
RNN_API int32_t rnn_step_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                size_t tokens_count);

/* ---- training ------------------------------------------------------------------------------------------------- */

/* Back-propagation through time over the last rnn_forward (Werbos 1990; Goodfellow et al. 2016, section 10.2.2).  With
 * g(t) = dL/do(t) = dy(t):
 *
 *     delta(t) = V' g(t) + W' diag(1 - h(t+1)^2) delta(t+1)      dL/dh(t), from the last step of each sequence down
 *     a(t)     = diag(1 - h(t)^2) delta(t)
 *     dc += sum g(t)     dV += sum g(t) h(t)'     db += sum a(t)     dW += sum a(t) h(t-1)'     dU += sum a(t) x(t)'
 *     dx(t) = U' a(t)
 *
 * sums over all valid steps of all sequences.  Parameter gradients accumulate until rnn_zero_gradients.
 *
 *   dx  [T,B,I], overwritten, 0 past the end of a sequence; (NULL, 0) allowed: not wanted, and saves its product.
 *       Networks of tokens have none
 *   dy  [T,B,Y]; what it holds past the end of a sequence is not looked at; (NULL, 0) allowed: no loss on the
 *       outputs, only what rnn_set_state_gradient gave, as in an encoder whose state alone is used
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
