/* The checks at the caller.  Each finds one kind of mistake, writes the message and returns the status. */
#ifndef RNNI_CHECK_H
#define RNNI_CHECK_H

#include "session/session.h"
#include "training/loss.h"
#include "training/overflow.h"

/* Where a message goes, and the public function that it begins with. */
struct rnni_caller {
    struct rnni_message *message; /* of the handle, or NULL */
    const char *function;
};

/* Returns RNN_E_NULL from the calling public function where the pointer is NULL. */
#define RNNI_NEED(message, pointer)                                                                                    \
    do {                                                                                                               \
        if (!(pointer))                                                                                                \
            return rnni_status_fail((message), RNN_E_NULL, "%s: " #pointer " is NULL", __func__);                      \
    } while (0)

/* What an array must be: the product of up to three dimensions, 0 standing for those that it does not have; `shape`
 * names them, as in "T*B*I". */
struct rnni_shape {
    const char *shape;
    size_t a, b, c;
    const char *remark; /* on what a caller may have forgotten, or NULL */
};

#define RNNI_RESET_REMARK "; B is set by rnn_reset_state"

/* Of y and dy in a run with an output of `steps` time steps: [T,B,Y], or [B,Y] where a sequence has one output. */
struct rnni_shape rnni_check_output_shape(const struct rnn_session *session, size_t steps, const char *remark);

/* The product of a shape, or SIZE_MAX where it overflows. */
size_t rnni_check_elements(struct rnni_shape shape);

/* RNN_E_NULL, RNN_E_SIZE, or RNN_E_VALUE where the shape itself is beyond size_t.  With `optional`, (NULL, 0) passes.
 */
int32_t rnni_check_array(struct rnni_caller caller, const char *name, const void *array, size_t count,
                         struct rnni_shape shape, int optional);

/* RNN_E_VALUE where an array that is to be read in another order lies within the parameters that it is to change. */
int32_t rnni_check_apart(struct rnni_caller caller, const char *name, const float *array, size_t count,
                         const struct rnn_model *model);

/* Finds the tensor of that name and checks an array that is to hold it.  RNN_E_NULL, RNN_E_NAME, RNN_E_SIZE. */
int32_t rnni_check_tensor(struct rnni_caller caller, const struct rnni_tensor **found, const struct rnni_layout *layout,
                          const float *values, size_t count, const char *name);

/* RNN_E_STATE in a child of fork, which does not have the threads of `team` (NULL: none).  owner: whose they are, in
 * words; setter: the function that gives it new ones. */
int32_t rnni_check_team(struct rnni_caller caller, const struct rnni_team *team, const char *owner, const char *setter);

/* The same for the threads of a session. */
int32_t rnni_check_process(struct rnni_caller caller, const struct rnn_session *session);

/* RNN_E_STATE unless the session is for training; and unless its last run has left what is needed. */
int32_t rnni_check_training(struct rnni_caller caller, const struct rnn_session *session);
int32_t rnni_check_saved(struct rnni_caller caller, const struct rnn_session *session, enum rnni_saved needed);

/* RNN_E_VALUE unless 1 <= value <= 2^31 - 1. */
int32_t rnni_check_size(struct rnni_caller caller, const char *name, size_t value);

/* RNN_E_VALUE unless steps and batch are each in range and their product is. */
int32_t rnni_check_steps(struct rnni_caller caller, size_t steps, size_t batch);

/* lengths [B] as an optional array, each 0 .. T. */
int32_t rnni_check_lengths(struct rnni_caller caller, const int32_t *lengths, size_t count, size_t steps, size_t batch);

/* RNN_E_VALUE unless each of `count` values is 0 or 1. */
int32_t rnni_check_flags(struct rnni_caller caller, const char *name, const int32_t *values, size_t count);

/* RNN_E_VALUE unless each of `count` values (NULL: there is none) is finite and at least 0; those that are not valid
 * steps of `over` (NULL: all are) are ignored. */
int32_t rnni_check_not_negative(struct rnni_caller caller, const char *name, const float *values, size_t count,
                                const struct rnni_loss_steps *over);

/* The mask of a sequence of so many steps, some of which may have no output; NULL with 0: there is none. */
int32_t rnni_check_mask(struct rnni_caller caller, const float *mask, size_t count, size_t steps, const char *remark);

/* RNN_E_STATE: rnn_model_release_parameters has released them. */
int32_t rnni_check_parameters(struct rnni_caller caller, const struct rnn_model *model);

/* RNN_E_UNSUPPORTED unless the weights of a "model" or "module" are those of float32. */
int32_t rnni_check_precision(struct rnni_caller caller, const char *what, int64_t precision);

/* RNN_E_VALUE unless the weight of a sequence is 0 .. FLT_MAX. */
int32_t rnni_check_weight(struct rnni_caller caller, double weight);

/* values [T,B], each 0 .. limit - 1, at the valid steps that count by `flags` (NULL: all do); lengths [B] have been
 * checked, or are NULL. */
int32_t rnni_check_classes(struct rnni_caller caller, const char *name, const int32_t *values, const int32_t *lengths,
                           size_t steps, size_t batch, size_t limit, const struct rnni_step_flags *flags);

/* *norm = that of all gradients but those of frozen tensors (NULL: none).  RNN_E_STATE, or RNN_E_NONFINITE where one is
 * infinite or not a number. */
int32_t rnni_check_norm(struct rnni_caller caller, const struct rnn_session *session,
                        const struct rnni_optimizer_tensors *tensors, double *norm);
int32_t rnni_check_finite(struct rnni_caller caller, const struct rnn_session *session,
                          const struct rnni_optimizer_tensors *tensors, double *largest); /* magnitude */

/* RNN_E_NONFINITE if an update would make a square, a moment or a parameter infinite; else *after gets the bounds of
 * the moments after the update.  layout gives the names of tensors; NULL: plain arrays, so the message has the index.
 */
int32_t rnni_check_update(struct rnni_caller caller, const struct rnni_trial *trial, const struct rnni_layout *layout,
                          struct rnni_bounds *after);
int32_t rnni_check_descent(struct rnni_caller caller, const struct rnn_session *session, double rate, double largest);

/* RNN_E_VALUE unless the class is 0 .. limit - 1. */
int32_t rnni_check_class(struct rnni_caller caller, const char *name, int32_t value, size_t limit);

/* RNN_E_VALUE unless RNN_RESULTS is at most RNN_BEAM_WIDTH. */
int32_t rnni_check_results(struct rnni_caller caller, int64_t results, int64_t width);

#endif
