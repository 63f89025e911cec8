/* librnn for Node, by koffi: recurrent neural networks, trained and run on the CPU.
 *
 * Every class and method does what the function of that name in rnn.h does; the texts there hold, shapes included.
 * Arrays are Float32Array and Int32Array, used in place; counts come from them, and the library checks them.  Where the
 * library takes (NULL, 0), null says so.  Integers must fit the type of their argument: RangeError, and TypeError for
 * what is no integer. */
'use strict';

const { markAsUntransferable } = require('node:worker_threads');
const koffi = require('koffi');

const constants = Object.freeze({
    RNN_OK: 0,
    RNN_E_NULL: -1,
    RNN_E_SIZE: -2,
    RNN_E_VALUE: -3,
    RNN_E_STATE: -4,
    RNN_E_MEMORY: -5,
    RNN_E_IO: -6,
    RNN_E_FORMAT: -7,
    RNN_E_NAME: -8,
    RNN_E_NONFINITE: -9,
    RNN_E_UNSUPPORTED: -10,

    RNN_CELL: 1,
    RNN_INPUT_SIZE: 2,
    RNN_VOCABULARY: 3,
    RNN_EMBEDDING_SIZE: 4,
    RNN_HIDDEN_SIZE: 5,
    RNN_LAYERS: 6,
    RNN_CLASSES: 7,
    RNN_SEED: 8,
    RNN_DIRECTION: 9,
    RNN_MERGE: 10,
    RNN_BIAS: 11,
    RNN_PROJECTION_SIZE: 12,
    RNN_RESIDUAL: 13,
    RNN_OUTPUT: 14,
    RNN_RESET: 15,
    RNN_PEEPHOLES: 16,
    RNN_COUPLE: 17,
    RNN_LAYER_NORM: 18,
    RNN_ACTIVATION_F: 19,
    RNN_ACTIVATION_G: 20,
    RNN_ACTIVATION_H: 21,
    RNN_INIT_INPUT: 22,
    RNN_INIT_RECURRENT: 23,
    RNN_INIT_BIAS: 24,
    RNN_INIT_RANGE: 101,
    RNN_FORGET_BIAS: 102,
    RNN_DROPOUT: 103,
    RNN_RECURRENT_DROPOUT: 104,
    RNN_ZONEOUT: 105,
    RNN_ZONEOUT_CELL: 106,
    RNN_CLIP: 107,
    RNN_CELL_CLIP: 108,
    RNN_ALPHA_F: 109,
    RNN_BETA_F: 110,
    RNN_ALPHA_G: 111,
    RNN_BETA_G: 112,
    RNN_ALPHA_H: 113,
    RNN_BETA_H: 114,
    RNN_PREFIX: 201,
    RNN_EMBEDDING_NAME: 202,
    RNN_HEAD_NAME: 203,

    RNN_CELL_TANH: 1,
    RNN_CELL_RELU: 2,
    RNN_CELL_LSTM: 3,
    RNN_CELL_GRU: 4,
    RNN_CELL_MINGRU: 5,
    RNN_CELL_SLSTM: 6,

    RNN_DIRECTION_FORWARD: 1,
    RNN_DIRECTION_REVERSE: 2,
    RNN_DIRECTION_BOTH: 3,

    RNN_MERGE_CONCATENATE: 1,
    RNN_MERGE_SUM: 2,

    RNN_OUTPUT_EVERY_STEP: 1,
    RNN_OUTPUT_LAST_STEP: 2,
    RNN_OUTPUT_MEAN: 3,

    RNN_RESET_AFTER: 1,
    RNN_RESET_BEFORE: 2,

    RNN_COUPLE_FORGET: 1,
    RNN_COUPLE_INPUT: 2,

    RNN_ACTIVATION_TANH: 1,
    RNN_ACTIVATION_SIGMOID: 2,
    RNN_ACTIVATION_RELU: 3,
    RNN_ACTIVATION_HARD_SIGMOID: 4,
    RNN_ACTIVATION_LEAKY_RELU: 5,
    RNN_ACTIVATION_THRESHOLDED_RELU: 6,
    RNN_ACTIVATION_SCALED_TANH: 7,
    RNN_ACTIVATION_ELU: 8,
    RNN_ACTIVATION_SOFTSIGN: 9,
    RNN_ACTIVATION_SOFTPLUS: 10,
    RNN_ACTIVATION_AFFINE: 11,

    RNN_INIT_UNIFORM: 1,
    RNN_INIT_XAVIER: 2,
    RNN_INIT_ORTHOGONAL: 3,
    RNN_INIT_ZERO: 4,

    RNN_INFERENCE: 1,
    RNN_TRAINING: 2,

    RNN_STATE_H: 1,
    RNN_STATE_C: 2,
    RNN_STATE_N: 3,
    RNN_STATE_M: 4,

    RNN_SUM: 1,
    RNN_MEAN: 2,

    RNN_OPTIMIZER_SGD: 1,
    RNN_OPTIMIZER_RMSPROP: 2,
    RNN_OPTIMIZER_ADAGRAD: 3,
    RNN_OPTIMIZER_ADAM: 4,
    RNN_OPTIMIZER_ADAMW: 5,

    RNN_NESTEROV: 301,
    RNN_SCHEDULE: 302,
    RNN_WARMUP: 303,
    RNN_PERIOD: 304,
    RNN_PATIENCE: 305,
    RNN_UPDATES: 306,
    RNN_PLATEAU: 307,
    RNN_RATE: 401,
    RNN_MOMENTUM: 402,
    RNN_BETA_1: 403,
    RNN_BETA_2: 404,
    RNN_EPSILON: 405,
    RNN_WEIGHT_DECAY: 406,
    RNN_MAX_NORM: 407,
    RNN_MAX_ABS: 408,
    RNN_GAMMA: 409,
    RNN_MINIMUM_RATE: 410,
    RNN_PLATEAU_FACTOR: 411,
    RNN_PLATEAU_THRESHOLD: 412,
    RNN_CURRENT_RATE: 413,

    RNN_SCHEDULE_CONSTANT: 1,
    RNN_SCHEDULE_STEP: 2,
    RNN_SCHEDULE_EXPONENTIAL: 3,
    RNN_SCHEDULE_COSINE: 4,

    RNN_ATTENTION_DOT: 1,
    RNN_ATTENTION_GENERAL: 2,
    RNN_ATTENTION_ADDITIVE: 3,

    RNN_EPOCHS: 601,
    RNN_BATCH_SIZE: 602,
    RNN_LOSS: 603,
    RNN_SHUFFLE: 604,
    RNN_EARLY_STOP: 605,
    RNN_KEEP_BEST: 606,
    RNN_THREADS: 607,
    RNN_BLANK: 608,
    RNN_IGNORED: 609,
    RNN_EPOCH: 610,
    RNN_BATCH: 611,
    RNN_SKIP_NONFINITE: 612,
    RNN_SKIPPED: 613,
    RNN_SMOOTHING: 701,
    RNN_DELTA: 702,
    RNN_BATCH_LOSS: 711,
    RNN_TRAINING_LOSS: 712,
    RNN_VALIDATION_LOSS: 713,
    RNN_BEST_LOSS: 714,

    RNN_LOSS_CROSS_ENTROPY: 1,
    RNN_LOSS_BINARY_CROSS_ENTROPY: 2,
    RNN_LOSS_SQUARED_ERROR: 3,
    RNN_LOSS_ABSOLUTE_ERROR: 4,
    RNN_LOSS_HUBER: 5,
    RNN_LOSS_CTC: 6,

    RNN_EVENT_BATCH: 1,
    RNN_EVENT_VALIDATION: 2,
    RNN_EVENT_EPOCH: 3,
    RNN_EVENT_EARLY_STOP: 4,
    RNN_EVENT_CHECKPOINT: 5,
});

/* ---- functions of rnn.h --------------------------------------------------------------------------------------- */

for (const name of ['rnn_config', 'rnn_model', 'rnn_session', 'rnn_optimizer', 'rnn_attention', 'rnn_dataset',
    'rnn_trainer'])
    koffi.opaque(name);
koffi.pointer('rnn_task', koffi.proto('void rnn_task_function(void *context, size_t index)'));
koffi.pointer('rnn_parallel_for', koffi.proto(
    'void rnn_parallel_for_function(void *user, size_t count, rnn_task task, void *context)'));
koffi.pointer('rnn_generator', koffi.proto('int32_t rnn_next_function(void *user, float *logits, size_t logits_count, '
    + 'const int32_t *tokens, const int32_t *parents, size_t rows)'));
koffi.pointer('rnn_progress', koffi.proto(
    'int32_t rnn_progress_function(void *user, rnn_trainer *trainer, int32_t event)'));

const prototypes = `
    int32_t rnn_version(void);
    const char *rnn_version_string(void);
    const char *rnn_build_info(void);
    const char *rnn_status_string(int32_t status);
    const char *rnn_last_error(void);

    int32_t rnn_config_create(_Out_ rnn_config **out);
    void rnn_config_destroy(rnn_config *config);
    int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value);
    int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value);
    int32_t rnn_config_set_text(rnn_config *config, int32_t key, const char *value);
    int32_t rnn_config_get_int(rnn_config *config, _Out_ int64_t *value, int32_t key);
    int32_t rnn_config_get_real(rnn_config *config, _Out_ double *value, int32_t key);
    int32_t rnn_config_get_text(rnn_config *config, _Out_ const char **value, int32_t key);
    int32_t rnn_config_infer(rnn_config *config, const char *path);
    int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count);
    const char *rnn_config_last_error(const rnn_config *config);

    int32_t rnn_create(_Out_ rnn_model **out, rnn_config *config);
    int32_t rnn_retain(rnn_model *model);
    void rnn_destroy(rnn_model *model);
    int32_t rnn_model_get_int(const rnn_model *model, _Out_ int64_t *value, int32_t key);
    int32_t rnn_model_get_real(const rnn_model *model, _Out_ double *value, int32_t key);
    int32_t rnn_model_get_text(const rnn_model *model, _Out_ const char **value, int32_t key);
    int32_t rnn_describe(const rnn_model *model, _Out_ char *text, size_t capacity, _Out_ size_t *size, size_t steps,
                         size_t batch);
    int32_t rnn_model_tensor_count(const rnn_model *model, _Out_ size_t *count);
    int32_t rnn_model_tensor_info(const rnn_model *model, _Out_ const char **name, _Out_ size_t *rank, _Out_ size_t *shape,
                            size_t shape_count, _Out_ size_t *offset, size_t index);
    int32_t rnn_model_parameters(const rnn_model *model, _Out_ const float **values, _Out_ size_t *count);
    int32_t rnn_model_set_parameters(rnn_model *model, const float *values, size_t count);
    int32_t rnn_model_get_parameter(const rnn_model *model, _Out_ float *values, size_t count, const char *name);
    int32_t rnn_model_set_parameter(rnn_model *model, const float *values, size_t count, const char *name);
    int32_t rnn_model_set_metadata(rnn_model *model, const char *key, const char *value);
    int32_t rnn_model_get_metadata(const rnn_model *model, _Out_ const char **value, const char *key);
    int32_t rnn_save(const rnn_model *model, const char *path);
    int32_t rnn_save_memory(const rnn_model *model, _Out_ void *bytes, size_t capacity, _Out_ size_t *size);
    int32_t rnn_load(_Out_ rnn_model **out, const char *path);
    int32_t rnn_load_memory(_Out_ rnn_model **out, const void *bytes, size_t count);
    int32_t rnn_model_load_parameters(rnn_model *model, const char *path);
    int32_t rnn_model_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);
    int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, const float *w, size_t w_count, const float *r,
                            size_t r_count, const float *b, size_t b_count, const float *p, size_t p_count);
    int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, _Out_ float *w, size_t w_count, _Out_ float *r,
                            size_t r_count, _Out_ float *b, size_t b_count, _Out_ float *p, size_t p_count);
    int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, const float *kernel,
                             size_t kernel_count, const float *recurrent, size_t recurrent_count, const float *bias,
                             size_t bias_count);
    int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction, _Out_ float *kernel,
                             size_t kernel_count, _Out_ float *recurrent, size_t recurrent_count, _Out_ float *bias,
                             size_t bias_count);

    int32_t rnn_session_create(_Out_ rnn_session **out, rnn_model *model, int32_t mode);
    void rnn_session_destroy(rnn_session *session);
    int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);
    int32_t rnn_reset_state(rnn_session *session, size_t batch);
    int32_t rnn_session_get_state(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
    int32_t rnn_session_set_state(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_session_set_state_gradient(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_session_get_state_gradient(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
    int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed);
    int32_t rnn_session_set_threads(rnn_session *session, size_t threads);
    int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads, rnn_parallel_for parallel_for,
                                         void *user);
    int32_t rnn_session_set_recompute(rnn_session *session, size_t steps);
    const char *rnn_session_last_error(const rnn_session *session);

    int32_t rnn_forward(rnn_session *session, _Out_ float *y, size_t y_count, const float *x, size_t x_count,
                        const int32_t *lengths, size_t lengths_count, size_t steps);
    int32_t rnn_forward_tokens(rnn_session *session, _Out_ float *y, size_t y_count, const int32_t *tokens,
                               size_t tokens_count, const int32_t *lengths, size_t lengths_count, size_t steps);
    int32_t rnn_step(rnn_session *session, _Out_ float *y, size_t y_count, const float *x, size_t x_count);
    int32_t rnn_step_tokens(rnn_session *session, _Out_ float *y, size_t y_count, const int32_t *tokens,
                            size_t tokens_count);
    int32_t rnn_backward(rnn_session *session, _Out_ float *dx, size_t dx_count, const float *dy, size_t dy_count);
    int32_t rnn_zero_gradients(rnn_session *session);
    int32_t rnn_session_gradients(rnn_session *session, _Out_ float **values, _Out_ size_t *count);
    int32_t rnn_session_get_gradient(rnn_session *session, _Out_ float *values, size_t count, const char *name);
    int32_t rnn_session_add_gradients(rnn_session *session, const float *values, size_t values_count);
    int32_t rnn_session_clip_gradient_norm(rnn_session *session, _Out_ double *norm, double max_norm);
    int32_t rnn_session_clip_gradient_value(rnn_session *session, double max_abs);
    int32_t rnn_sgd_step(rnn_session *session, double rate);

    int32_t rnn_softmax_cross_entropy(_Out_ double *loss, _Out_ float *dlogits, size_t dlogits_count,
                                      const float *logits, size_t logits_count, const int32_t *targets,
                                      size_t targets_count, const int32_t *lengths, size_t lengths_count,
                                      size_t steps, size_t batch, size_t classes, int32_t reduction);
    int32_t rnn_weighted_cross_entropy(_Out_ double *loss, _Out_ float *dlogits, size_t dlogits_count,
                                       const float *logits, size_t logits_count, const int32_t *targets,
                                       size_t targets_count, const int32_t *lengths, size_t lengths_count,
                                       const float *weights, size_t weights_count, size_t steps, size_t batch,
                                       size_t classes, int32_t reduction, double smoothing, int32_t ignored);
    int32_t rnn_binary_cross_entropy(_Out_ double *loss, _Out_ float *dy, size_t dy_count, const float *y,
                                     size_t y_count, const float *targets, size_t targets_count,
                                     const int32_t *lengths, size_t lengths_count, const float *mask,
                                     size_t mask_count, size_t steps, size_t batch, size_t classes, int32_t reduction);
    int32_t rnn_squared_error(_Out_ double *loss, _Out_ float *dy, size_t dy_count, const float *y, size_t y_count,
                              const float *targets, size_t targets_count, const int32_t *lengths, size_t lengths_count,
                              const float *mask, size_t mask_count, size_t steps, size_t batch, size_t classes,
                              int32_t reduction);
    int32_t rnn_absolute_error(_Out_ double *loss, _Out_ float *dy, size_t dy_count, const float *y, size_t y_count,
                               const float *targets, size_t targets_count, const int32_t *lengths,
                               size_t lengths_count, const float *mask, size_t mask_count, size_t steps, size_t batch,
                               size_t classes, int32_t reduction);
    int32_t rnn_huber_loss(_Out_ double *loss, _Out_ float *dy, size_t dy_count, const float *y, size_t y_count,
                           const float *targets, size_t targets_count, const int32_t *lengths, size_t lengths_count,
                           const float *mask, size_t mask_count, size_t steps, size_t batch, size_t classes,
                           int32_t reduction, double delta);
    int32_t rnn_ctc_loss(_Out_ double *loss, _Out_ double *losses, size_t losses_count, _Out_ float *dlogits,
                         size_t dlogits_count, const float *logits, size_t logits_count, const int32_t *labels,
                         size_t labels_count, const int32_t *lengths, size_t lengths_count,
                         const int32_t *label_lengths, size_t label_lengths_count, size_t steps, size_t batch,
                         size_t classes, size_t most_labels, int32_t blank, int32_t reduction, int32_t zero_infinity);
    int32_t rnn_softmax(_Out_ float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes);

    int32_t rnn_optimizer_create(_Out_ rnn_optimizer **out, int32_t kind, size_t parameters_count);
    void rnn_optimizer_destroy(rnn_optimizer *optimizer);
    int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value);
    int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value);
    int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, _Out_ int64_t *value, int32_t key);
    int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, _Out_ double *value, int32_t key);
    int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session);
    int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, _Inout_ float *parameters, size_t parameters_count,
                                      const float *gradients, size_t gradients_count);
    int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss);
    int32_t rnn_optimizer_save(const rnn_optimizer *optimizer, const char *path);
    int32_t rnn_optimizer_save_memory(const rnn_optimizer *optimizer, _Out_ void *bytes, size_t capacity,
                                      _Out_ size_t *size);
    int32_t rnn_optimizer_load(_Out_ rnn_optimizer **out, const char *path);
    int32_t rnn_optimizer_load_memory(_Out_ rnn_optimizer **out, const void *bytes, size_t count);
    const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer);

    int32_t rnn_ctc_greedy(_Out_ int32_t *labels, size_t labels_count, _Out_ int32_t *label_lengths,
                           size_t label_lengths_count, _Out_ double *scores, size_t scores_count, const float *logits,
                           size_t logits_count, const int32_t *lengths, size_t lengths_count, size_t steps,
                           size_t batch, size_t classes, int32_t blank);
    int32_t rnn_ctc_beam_search(_Out_ int32_t *labels, size_t labels_count, _Out_ int32_t *label_lengths,
                                size_t label_lengths_count, _Out_ double *scores, size_t scores_count,
                                const float *logits, size_t logits_count, const int32_t *lengths, size_t lengths_count,
                                size_t steps, size_t batch, size_t classes, int32_t blank, size_t width,
                                size_t results);
    int32_t rnn_sample(_Out_ int32_t *tokens, size_t tokens_count, const float *logits, size_t logits_count,
                       size_t batch, size_t classes, double temperature, size_t top_k, double top_p,
                       _Inout_ int64_t *random);
    int32_t rnn_beam_search(_Out_ int32_t *tokens, size_t tokens_count, _Out_ int32_t *lengths, size_t lengths_count,
                            _Out_ double *scores, size_t scores_count, int32_t first, int32_t end, size_t steps,
                            size_t classes, size_t width, size_t results, double penalty, rnn_generator next, void *user);
    int32_t rnn_session_next(void *session, _Out_ float *logits, size_t logits_count, const int32_t *tokens,
                             const int32_t *parents, size_t rows);
    int32_t rnn_session_select_state(rnn_session *session, const int32_t *rows, size_t rows_count);

    int32_t rnn_attention_create(_Out_ rnn_attention **out, int32_t score, size_t query_size, size_t memory_size,
                                 size_t units, int64_t seed);
    void rnn_attention_destroy(rnn_attention *attention);
    int32_t rnn_attention_parameters(rnn_attention *attention, _Out_ const float **values, _Out_ size_t *count);
    int32_t rnn_attention_gradients(rnn_attention *attention, _Out_ float **values, _Out_ size_t *count);
    int32_t rnn_attention_set_parameters(rnn_attention *attention, const float *values, size_t values_count);
    int32_t rnn_attention_step(rnn_attention *attention, rnn_optimizer *optimizer);
    int32_t rnn_attention_zero_gradients(rnn_attention *attention);
    int32_t rnn_attention_set_memory(rnn_attention *attention, const float *memory, size_t memory_count,
                                     const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch);
    int32_t rnn_attention_forward(rnn_attention *attention, _Out_ float *context, size_t context_count,
                                  _Out_ float *weights, size_t weights_count, const float *queries,
                                  size_t queries_count, size_t steps);
    int32_t rnn_attention_backward(rnn_attention *attention, _Out_ float *dqueries, size_t dqueries_count,
                                   const float *dcontext, size_t dcontext_count, const float *queries,
                                   size_t queries_count, const float *weights, size_t weights_count, size_t steps);
    int32_t rnn_attention_backward_memory(rnn_attention *attention, _Out_ float *dmemory, size_t dmemory_count);
    const char *rnn_attention_last_error(const rnn_attention *attention);

    int32_t rnn_dataset_create(_Out_ rnn_dataset **out);
    void rnn_dataset_destroy(rnn_dataset *dataset);
    int32_t rnn_dataset_count(const rnn_dataset *dataset, _Out_ size_t *count);
    int32_t rnn_dataset_add(rnn_dataset *dataset, const float *x, size_t x_count, const int32_t *tokens,
                            size_t tokens_count, const int32_t *classes, size_t classes_count, const float *values,
                            size_t values_count, size_t steps);
    int32_t rnn_trainer_create(_Out_ rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer);
    void rnn_trainer_destroy(rnn_trainer *trainer);
    int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value);
    int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value);
    int32_t rnn_trainer_get_int(rnn_trainer *trainer, _Out_ int64_t *value, int32_t key);
    int32_t rnn_trainer_get_real(rnn_trainer *trainer, _Out_ double *value, int32_t key);
    int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path);
    int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user);
    int32_t rnn_fit(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation);
    int32_t rnn_evaluate(rnn_trainer *trainer, _Out_ double *loss, _Out_ double *accuracy, const rnn_dataset *dataset);
    int32_t rnn_trainer_save(rnn_trainer *trainer, const char *path);
    int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path);
    const char *rnn_trainer_last_error(const rnn_trainer *trainer);
`;

/* A call that failed: the library's sentence, and its status (one of RNN_E_...). */
class RnnError extends Error {
    constructor(status, sentence) {
        super(sentence);
        this.name = 'RnnError';
        this.status = status;
    }
}

const limits = {
    int32_t: [-(2n ** 31n), 2n ** 31n - 1n], int64_t: [-(2n ** 63n), 2n ** 63n - 1n], size_t: [0n, 2n ** 64n - 1n],
};

/* An integer that C takes as it is: koffi would cut it down to the type. */
function checkInteger(name, argument, type, value) {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
        throw new TypeError(`${name}: ${argument} is ${value}, expected an integer (above 2^53 a BigInt)`);
    const [low, high] = limits[type];
    if (value < low || value > high)
        throw new RangeError(`${name}: ${argument} is ${value}, expected ${low} to ${high}`);
    return value;
}

/* A string for C, which would end at its first 0. */
function checkText(name, argument, value) {
    if (typeof value === 'string' && value.includes('\0'))
        throw new RangeError(`${name}: ${argument} has a character 0`);
}

/* Checks the arguments of a function by its prototype. */
function checkArguments(name, prototype) {
    const checks = prototype.slice(prototype.indexOf('(') + 1, -1).split(',').map((parameter) => {
        const [, type, argument] = parameter.trim().match(/^(int32_t |int64_t |size_t |const char \*)(\w+)$/) || [];
        if (type === 'const char *')
            return (value) => checkText(name, argument, value);
        return type && ((value) => checkInteger(name, argument, type.trim(), value));
    });
    return (values) => values.forEach((value, i) => checks[i] && checks[i](value));
}

/* Every function of the library by its name; those that return a status throw instead. */
const c = {};
const library = koffi.load('librnn.so.0'); /* the number is that of the ABI declared above */
for (const prototype of prototypes.split(';').map((text) => text.trim()).filter(Boolean)) {
    const name = prototype.match(/rnn_\w+(?=\()/)[0];
    const call = library.func(prototype), check = checkArguments(name, prototype);
    const checked = (...values) => {
        check(values);
        const status = call(...values);
        if (status < 0)
            throw new RnnError(status, c.rnn_last_error());
        return status;
    };
    c[name] = prototype.startsWith('int32_t') ? checked : call;
}

/* ---- arrays --------------------------------------------------------------------------------------------------- */

/* An array parameter and the count that follows it. */
function counted(array, type) {
    if (array === null)
        return [null, 0];
    if (!(array instanceof type))
        throw new TypeError(`expected a ${type.name} or null`);
    return [array, array.length];
}

const floats = (array) => counted(array, Float32Array);
const ints = (array) => counted(array, Int32Array);
const doubles = (array) => counted(array, Float64Array);

/* The library's own memory as a Float32Array, for as long as the handle lives. */
function flatBlock(handle, get) {
    const values = [null], count = [0];
    get(handle, values, count);
    if (values[0] === null)
        return new Float32Array(0);
    return new Float32Array(koffi.view(values[0], 4 * Number(count[0])));
}

/* The same; the array keeps the handle, though its object be closed. */
function view(object, get) {
    const array = flatBlock(object.handle, get);
    markAsUntransferable(array.buffer);
    object.keepFor(array.buffer);
    return array;
}

/* What a ..._save_memory function writes. */
function bytesOf(handle, save) {
    const size = Number(result((out) => save(handle, null, 0, out)));
    const bytes = Buffer.alloc(size);
    save(handle, bytes, size, [0]);
    return bytes;
}

/* What a function writes through a pointer to one value. */
function result(call) {
    const out = [null];
    call(out);
    return out[0];
}

/* A call during which the library calls back.  What the callback throws must not pass through C: it ends the call by a
 * status above 0, and is thrown when the call has returned. */
function callWith(callback, call) {
    let thrown = null;
    const guarded = (...values) => {
        try {
            return thrown === null ? callback(...values) : 1;
        } catch (error) {
            thrown = { error };
            return 1;
        }
    };
    try {
        return call(guarded);
    } finally {
        if (thrown !== null)
            throw thrown.error; /* and not what the library made of it */
    }
}

/* ---- handles -------------------------------------------------------------------------------------------------- */

/* A handle of the library; its object, the buffers of its views and calls in progress hold it, and the last of them
 * destroys it. */
class Owned {
    constructor(destroy, handle) {
        this.destroy = destroy;
        this.handle = handle;
        this.holders = 1;
    }

    hold() {
        this.holders++;
        return this;
    }

    release() {
        if (--this.holders === 0)
            this.destroy(this.handle);
    }
}

const collected = new FinalizationRegistry((owned) => owned.release());

/* Owns a handle of the library until close(), or until it is collected.  A copy of the object has no handle. */
class Handle {
    #owned;

    constructor(destroy, create) {
        this.#owned = new Owned(destroy, result(create));
        collected.register(this, this.#owned, this);
    }

    /* null after close(): later calls throw RNN_E_NULL */
    get handle() {
        return this.#owned && this.#owned.handle;
    }

    /* Until the buffer is collected. */
    keepFor(buffer) {
        collected.register(buffer, this.#owned.hold());
    }

    /* Until the call returns. */
    keepDuring(call) {
        const owned = this.#owned;
        if (owned === null)
            return call(null);
        owned.hold();
        try {
            return call(owned.handle);
        } finally {
            owned.release();
        }
    }

    close() {
        collected.unregister(this);
        if (this.#owned !== null)
            this.#owned.release();
        this.#owned = null;
    }
}

/* { cell: RNN_CELL, inputSize: RNN_INPUT_SIZE, ... } */
const options = Object.fromEntries(`
    CELL INPUT_SIZE VOCABULARY EMBEDDING_SIZE HIDDEN_SIZE LAYERS CLASSES SEED DIRECTION MERGE BIAS PROJECTION_SIZE
    RESIDUAL OUTPUT RESET PEEPHOLES COUPLE LAYER_NORM ACTIVATION_F ACTIVATION_G ACTIVATION_H INIT_INPUT INIT_RECURRENT
    INIT_BIAS INIT_RANGE FORGET_BIAS DROPOUT RECURRENT_DROPOUT ZONEOUT ZONEOUT_CELL CLIP CELL_CLIP ALPHA_F BETA_F
    ALPHA_G BETA_G ALPHA_H BETA_H PREFIX EMBEDDING_NAME HEAD_NAME NESTEROV SCHEDULE WARMUP PERIOD PATIENCE UPDATES PLATEAU
    RATE MOMENTUM BETA_1 BETA_2 EPSILON WEIGHT_DECAY MAX_NORM MAX_ABS GAMMA RATE_LEAST PLATEAU_FACTOR PLATEAU_THRESHOLD
    RATE_NOW EPOCHS BATCH_SIZE LOSS SHUFFLE EARLY_STOP KEEP_BEST THREADS BLANK IGNORED EPOCH BATCH
    SKIP_NONFINITE SKIPPED SMOOTHING DELTA BATCH_LOSS TRAINING_LOSS VALIDATION_LOSS BEST_LOSS
`.trim().split(/\s+/).map((name) => [
    name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()), constants[`RNN_${name}`]]));

/* The key of an option, and which of three functions it takes: integers have keys from 1, 301 and 601, real numbers
 * from 101, 401 and 701, text from 201. */
function option(name, forInt, forReal, forText) {
    if (!Object.hasOwn(options, name))
        throw new TypeError(`no option '${name}'`);
    const take = [forInt, forReal, forText][Math.floor(options[name] / 100) % 3];
    if (take === undefined)
        throw new TypeError(`no option '${name}' here`);
    return [options[name], take];
}

function getOption(handle, name, ...functions) {
    const [key, get] = option(name, ...functions);
    return result((out) => get(handle, out, key));
}

/* Options of a network to be created: new Config({ inputSize: 40, hiddenSize: 128, classes: 10 }). */
class Config extends Handle {
    constructor(values = {}) {
        super(c.rnn_config_destroy, c.rnn_config_create);
        for (const name in values)
            this.set(name, values[name]);
    }

    set(name, value) {
        const [key, set] = option(name, c.rnn_config_set_int, c.rnn_config_set_real, c.rnn_config_set_text);
        set(this.handle, key, value);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_config_get_int, c.rnn_config_get_real, c.rnn_config_get_text);
    }

    /* Sets what a safetensors file tells. */
    infer(path) {
        c.rnn_config_infer(this.handle, path);
    }

    inferMemory(bytes) {
        c.rnn_config_infer_memory(this.handle, bytes, bytes.byteLength);
    }
}

/* Architecture and weights: of a Config, or Model.load(path), or Model.fromBytes(buffer). */
class Model extends Handle {
    constructor(config, create = (out) => c.rnn_create(out, config.handle)) {
        super(c.rnn_destroy, create);
    }

    static load(path) {
        return new Model(null, (out) => c.rnn_load(out, path));
    }

    static fromBytes(bytes) {
        return new Model(null, (out) => c.rnn_load_memory(out, bytes, bytes.byteLength));
    }

    save(path) {
        c.rnn_save(this.handle, path);
    }

    toBytes() {
        return bytesOf(this.handle, c.rnn_save_memory);
    }

    /* All parameters from a safetensors file of any writer, such as a state_dict of PyTorch. */
    loadParameters(path) {
        c.rnn_model_load_parameters(this.handle, path);
    }

    loadParametersMemory(bytes) {
        c.rnn_model_load_parameters_memory(this.handle, bytes, bytes.byteLength);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_model_get_int, c.rnn_model_get_real, c.rnn_model_get_text);
    }

    describe(steps = 1, batch = 1) {
        const size = Number(result((out) => c.rnn_describe(this.handle, null, 0, out, steps, batch)));
        const text = Buffer.alloc(size);
        c.rnn_describe(this.handle, text, size, [0], steps, batch);
        return text.toString('utf8', 0, size - 1); /* without the final 0 */
    }

    /* [{ name, shape, offset }] in the order of the flat block. */
    tensors() {
        const count = Number(result((out) => c.rnn_model_tensor_count(this.handle, out)));
        return Array.from({ length: count }, (_, index) => {
            const name = [null], rank = [0], shape = new Array(8).fill(0), offset = [0];
            c.rnn_model_tensor_info(this.handle, name, rank, shape, shape.length, offset, index);
            return { name: name[0], shape: shape.slice(0, rank[0]), offset: offset[0] };
        });
    }

    /* A copy of the flat block. */
    parameters() {
        return flatBlock(this.handle, c.rnn_model_parameters).slice();
    }

    setParameters(values) {
        c.rnn_model_set_parameters(this.handle, ...floats(values));
    }

    getParameter(values, name) {
        c.rnn_model_get_parameter(this.handle, ...floats(values), name);
    }

    setParameter(values, name) {
        c.rnn_model_set_parameter(this.handle, ...floats(values), name);
    }

    importOnnx(layer, w, r, b, p) {
        c.rnn_model_import_onnx(this.handle, layer, ...floats(w), ...floats(r), ...floats(b), ...floats(p));
    }

    exportOnnx(layer, w, r, b, p) {
        c.rnn_model_export_onnx(this.handle, layer, ...floats(w), ...floats(r), ...floats(b), ...floats(p));
    }

    importKeras(layer, direction, kernel, recurrent, bias) {
        c.rnn_model_import_keras(this.handle, layer, direction, ...floats(kernel), ...floats(recurrent), ...floats(bias));
    }

    exportKeras(layer, direction, kernel, recurrent, bias) {
        c.rnn_model_export_keras(this.handle, layer, direction, ...floats(kernel), ...floats(recurrent), ...floats(bias));
    }

    getMetadata(key) {
        return result((out) => c.rnn_model_get_metadata(this.handle, out, key));
    }

    setMetadata(key, value) {
        c.rnn_model_set_metadata(this.handle, key, value);
    }
}

/* What is needed to run (RNN_INFERENCE) or train (RNN_TRAINING) a model, which it keeps alive. */
class Session extends Handle {
    constructor(model, mode = constants.RNN_INFERENCE) {
        super(c.rnn_session_destroy, (out) => c.rnn_session_create(out, model.handle, mode));
        this.recomputes = false;
        this.x = null; /* what the library reads in backward */
    }

    reserve(steps, batch) {
        c.rnn_session_reserve(this.handle, steps, batch);
    }

    resetState(batch = 1) {
        c.rnn_reset_state(this.handle, batch);
    }

    getState(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_get_state(this.handle, ...floats(values), kind);
    }

    setState(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_set_state(this.handle, ...floats(values), kind);
    }

    /* Sequence i of the state becomes what sequence rows[i] was. */
    selectState(rows) {
        c.rnn_session_select_state(this.handle, ...ints(rows));
    }

    getStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_get_state_gradient(this.handle, ...floats(values), kind);
    }

    setStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_set_state_gradient(this.handle, ...floats(values), kind);
    }

    seedDropout(seed) {
        c.rnn_session_seed_dropout(this.handle, seed);
    }

    setThreads(threads) {
        c.rnn_session_set_threads(this.handle, threads);
    }

    /* The session then keeps the x of forward until backward has returned; before, it must neither be changed nor be
     * transferred to a worker. */
    setRecompute(steps) {
        c.rnn_session_set_recompute(this.handle, steps);
        this.recomputes = steps > 0;
        this.x = null;
    }

    forward(y, x, lengths, steps) {
        c.rnn_forward(this.handle, ...floats(y), ...floats(x), ...ints(lengths), steps);
        this.x = this.recomputes ? x : null;
    }

    forwardTokens(y, tokens, lengths, steps) {
        c.rnn_forward_tokens(this.handle, ...floats(y), ...ints(tokens), ...ints(lengths), steps);
    }

    step(y, x) {
        c.rnn_step(this.handle, ...floats(y), ...floats(x));
    }

    stepTokens(y, tokens) {
        c.rnn_step_tokens(this.handle, ...floats(y), ...ints(tokens));
    }

    backward(dx, dy) {
        c.rnn_backward(this.handle, ...floats(dx), ...floats(dy));
        this.x = null;
    }

    zeroGradients() {
        c.rnn_zero_gradients(this.handle);
    }

    /* The flat block, to read and to write: a view. */
    gradients() {
        return view(this, c.rnn_session_gradients);
    }

    getGradient(values, name) {
        c.rnn_session_get_gradient(this.handle, ...floats(values), name);
    }

    /* To train in parallel: first.addGradients(other.gradients()). */
    addGradients(values) {
        c.rnn_session_add_gradients(this.handle, ...floats(values));
    }

    /* Returns the norm before clipping. */
    clipGradientNorm(maxNorm) {
        return result((out) => c.rnn_session_clip_gradient_norm(this.handle, out, maxNorm));
    }

    clipGradientValue(maxAbs) {
        c.rnn_session_clip_gradient_value(this.handle, maxAbs);
    }

    sgdStep(rate) {
        c.rnn_sgd_step(this.handle, rate);
    }
}

/* new Optimizer(RNN_OPTIMIZER_ADAM, count, { rate: 0.01 }) for so many parameters, or Optimizer.load(path), or
 * Optimizer.fromBytes(buffer). */
class Optimizer extends Handle {
    constructor(kind, count, values = {}, create = (out) => c.rnn_optimizer_create(out, kind, count)) {
        super(c.rnn_optimizer_destroy, create);
        for (const name in values)
            this.set(name, values[name]);
    }

    static load(path) {
        return new Optimizer(0, 0, {}, (out) => c.rnn_optimizer_load(out, path));
    }

    static fromBytes(bytes) {
        return new Optimizer(0, 0, {}, (out) => c.rnn_optimizer_load_memory(out, bytes, bytes.byteLength));
    }

    set(name, value) {
        const [key, set] = option(name, c.rnn_optimizer_set_int, c.rnn_optimizer_set_real);
        set(this.handle, key, value);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_optimizer_get_int, c.rnn_optimizer_get_real);
    }

    save(path) {
        c.rnn_optimizer_save(this.handle, path);
    }

    toBytes() {
        return bytesOf(this.handle, c.rnn_optimizer_save_memory);
    }

    step(session) {
        c.rnn_optimizer_step(this.handle, session.handle);
    }

    stepArrays(parameters, gradients) {
        c.rnn_optimizer_step_arrays(this.handle, ...floats(parameters), ...floats(gradients));
    }

    report(loss) {
        c.rnn_optimizer_report(this.handle, loss);
    }
}

/* Between an encoder and a decoder: one of RNN_ATTENTION_..., with its parameters, gradients and memory. */
class Attention extends Handle {
    constructor(score, querySize, memorySize, units = 0, seed = 0) {
        super(c.rnn_attention_destroy,
            (out) => c.rnn_attention_create(out, score, querySize, memorySize, units, seed));
    }

    /* A copy of the flat block. */
    parameters() {
        return flatBlock(this.handle, c.rnn_attention_parameters).slice();
    }

    /* The flat block, to read and to write: a view. */
    gradients() {
        return view(this, c.rnn_attention_gradients);
    }

    setParameters(values) {
        c.rnn_attention_set_parameters(this.handle, ...floats(values));
    }

    step(optimizer) {
        c.rnn_attention_step(this.handle, optimizer.handle);
    }

    zeroGradients() {
        c.rnn_attention_zero_gradients(this.handle);
    }

    setMemory(memory, lengths, steps, batch) {
        c.rnn_attention_set_memory(this.handle, ...floats(memory), ...ints(lengths), steps, batch);
    }

    forward(context, weights, queries, steps) {
        c.rnn_attention_forward(this.handle, ...floats(context), ...floats(weights), ...floats(queries), steps);
    }

    backward(dqueries, dcontext, queries, weights, steps) {
        c.rnn_attention_backward(this.handle, ...floats(dqueries), ...floats(dcontext), ...floats(queries),
            ...floats(weights), steps);
    }

    memoryGradient(dmemory) {
        c.rnn_attention_backward_memory(this.handle, ...floats(dmemory));
    }
}

/* Sequences with what is to be learned of them; copies of what it is given. */
class Dataset extends Handle {
    constructor() {
        super(c.rnn_dataset_destroy, c.rnn_dataset_create);
    }

    count() {
        return Number(result((out) => c.rnn_dataset_count(this.handle, out)));
    }

    /* add({ x or tokens, classes or values }, steps) */
    add({ x = null, tokens = null, classes = null, values = null }, steps) {
        c.rnn_dataset_add(this.handle, ...floats(x), ...ints(tokens), ...ints(classes), ...floats(values), steps);
    }
}

/* The training loop: new Trainer(model, optimizer, { epochs: 20, batchSize: 32 }). */
class Trainer extends Handle {
    constructor(model, optimizer, values = {}) {
        super(c.rnn_trainer_destroy, (out) => c.rnn_trainer_create(out, model.handle, optimizer.handle));
        for (const name in values)
            this.set(name, values[name]);
    }

    set(name, value) {
        const [key, set] = option(name, c.rnn_trainer_set_int, c.rnn_trainer_set_real);
        set(this.handle, key, value);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_trainer_get_int, c.rnn_trainer_get_real);
    }

    /* Where fit saves after every epoch; null: nowhere. */
    setCheckpoint(path) {
        c.rnn_trainer_set_checkpoint(this.handle, path);
    }

    /* callback(event) is told of every RNN_EVENT_...; if it returns something true that ends the training, and is what
     * this method returns, else null.  What it throws ends the training and comes out here. */
    fit(training, validation = null, callback = () => null) {
        let answer = null;
        const progress = (user, trainer, event) => {
            answer = callback(event) || null;
            return answer === null ? 0 : 1;
        };
        callWith(progress, (guarded) => this.keepDuring((handle) => { /* the callback may close this trainer */
            const told = koffi.register(guarded, 'rnn_progress');
            try {
                c.rnn_trainer_set_callback(handle, told, null);
                try {
                    c.rnn_fit(handle, training.handle, validation && validation.handle);
                } finally {
                    c.rnn_trainer_set_callback(handle, null, null);
                }
            } finally {
                koffi.unregister(told);
            }
        }));
        return answer;
    }

    /* Returns { loss, accuracy }; accuracy is NaN for other losses than cross-entropy. */
    evaluate(dataset) {
        const loss = [0], accuracy = [0];
        c.rnn_evaluate(this.handle, loss, accuracy, dataset.handle);
        return { loss: loss[0], accuracy: accuracy[0] };
    }

    save(path) {
        c.rnn_trainer_save(this.handle, path);
    }

    /* Puts what save wrote into this trainer, its model and its optimiser. */
    load(path) {
        c.rnn_trainer_load(this.handle, path);
    }
}

/* ---- losses: they return the loss; shape is { steps, batch, classes } ------------------------------------------ */

const dimensions = ({ steps, batch, classes }) => [steps, batch, classes];

function softmaxCrossEntropy(dlogits, logits, targets, lengths, shape, reduction = constants.RNN_MEAN) {
    return result((out) => c.rnn_softmax_cross_entropy(out, ...floats(dlogits), ...floats(logits), ...ints(targets),
        ...ints(lengths), ...dimensions(shape), reduction));
}

function weightedCrossEntropy(dlogits, logits, targets, lengths, shape,
    { weights = null, reduction = constants.RNN_MEAN, smoothing = 0, ignored = -100 } = {}) {
    return result((out) => c.rnn_weighted_cross_entropy(out, ...floats(dlogits), ...floats(logits), ...ints(targets),
        ...ints(lengths), ...floats(weights), ...dimensions(shape), reduction, smoothing, ignored));
}

/* A loss of real numbers; the last argument is { mask, reduction }, for huberLoss delta too. */
const lossOfReals = (name, ...more) => (dy, y, targets, lengths, shape, options = {}) => {
    const { mask = null, reduction = constants.RNN_MEAN } = options;
    return result((out) => c[name](out, ...floats(dy), ...floats(y), ...floats(targets), ...ints(lengths),
        ...floats(mask), ...dimensions(shape), reduction, ...more.map((get) => get(options))));
};

const binaryCrossEntropy = lossOfReals('rnn_binary_cross_entropy');
const squaredError = lossOfReals('rnn_squared_error');
const absoluteError = lossOfReals('rnn_absolute_error');
const huberLoss = lossOfReals('rnn_huber_loss', ({ delta = 1 }) => delta);

/* labels are [batch,mostLabels]; shape has mostLabels too. */
function ctcLoss(dlogits, logits, labels, lengths, labelLengths, shape,
    { losses = null, blank = 0, reduction = constants.RNN_MEAN, zeroInfinity = false } = {}) {
    return result((out) => c.rnn_ctc_loss(out, ...doubles(losses), ...floats(dlogits), ...floats(logits),
        ...ints(labels), ...ints(lengths), ...ints(labelLengths), ...dimensions(shape), shape.mostLabels, blank,
        reduction, Number(zeroInfinity)));
}

function softmax(p, logits, classes) {
    c.rnn_softmax(...floats(p), ...floats(logits), classes);
}

/* ---- decoding -------------------------------------------------------------------------------------------------- */

/* [{ [name]: what was found, score }], best first, of the rows of one search. */
function ranked(name, rows, counts, scores) {
    const width = rows.length / counts.length;
    return Array.from(counts, (count, i) => ({ [name]: rows.slice(i * width, i * width + count), score: scores[i] }))
        .filter((_, i) => counts[i] >= 0);
}

/* Returns [{ labels, score }], one for each sequence. */
function ctcGreedy(logits, lengths, shape, blank = 0) {
    const labels = new Int32Array(shape.batch * shape.steps), counts = new Int32Array(shape.batch);
    const scores = new Float64Array(shape.batch);
    c.rnn_ctc_greedy(...ints(labels), ...ints(counts), ...doubles(scores), ...floats(logits), ...ints(lengths),
        ...dimensions(shape), blank);
    return ranked('labels', labels, counts, scores);
}

/* Returns for each sequence [{ labels, score }], best first, at most `results`. */
function ctcBeamSearch(logits, lengths, shape, width, results = 1, blank = 0) {
    const { steps, batch } = shape;
    const labels = new Int32Array(batch * results * steps), counts = new Int32Array(batch * results);
    const scores = new Float64Array(batch * results);
    c.rnn_ctc_beam_search(...ints(labels), ...ints(counts), ...doubles(scores), ...floats(logits), ...ints(lengths),
        ...dimensions(shape), blank, width, results);
    return Array.from({ length: batch }, (_, b) => ranked('labels',
        labels.subarray(b * results * steps, (b + 1) * results * steps),
        counts.subarray(b * results, (b + 1) * results), scores.subarray(b * results, (b + 1) * results)));
}

/* Returns the `random` of the next call; logits are [B,classes], tokens [B]. */
function sample(tokens, logits, classes, { temperature = 1, topK = 0, topP = 1, random = 0 } = {}) {
    const next = [checkInteger('rnn_sample', 'random', 'int64_t', random)];
    c.rnn_sample(...ints(tokens), ...floats(logits), tokens.length, classes, temperature, topK, topP, next);
    return next[0];
}

/* Returns [{ tokens, score }], best first, at most `results`.  The generator is a Session of a network of tokens, with
 * the state of one sequence, or a function (tokens, parents) that returns logits, a Float32Array [rows,classes].  What
 * it throws comes out here. */
function beamSearch(generator, first, end, steps, classes, width, { results = 1, penalty = 0 } = {}) {
    const tokens = new Int32Array(results * steps), lengths = new Int32Array(results);
    const scores = new Float64Array(results);
    const askSession = (user, ...values) => c.rnn_session_next(generator.handle, ...values);
    const askFunction = (user, logits, count, read, parents, rows) => {
        const answer = generator(Int32Array.from(koffi.decode(read, 'int32_t', rows)),
            Int32Array.from(koffi.decode(parents, 'int32_t', rows)));
        if (!(answer instanceof Float32Array) || answer.length !== count)
            throw new TypeError(`the generator must return a Float32Array of ${count} logits`);
        koffi.encode(logits, 'float', answer, count);
        return constants.RNN_OK;
    };
    callWith(generator instanceof Session ? askSession : askFunction, (guarded) => c.rnn_beam_search(...ints(tokens),
        ...ints(lengths), ...doubles(scores), first, end, steps, classes, width, results, penalty, guarded, null));
    return ranked('tokens', tokens, lengths, scores);
}

module.exports = {
    ...constants, Config, Model, Session, Optimizer, Attention, Dataset, Trainer, RnnError,
    softmaxCrossEntropy, weightedCrossEntropy, binaryCrossEntropy, squaredError, absoluteError, huberLoss, ctcLoss,
    softmax, ctcGreedy, ctcBeamSearch, sample, beamSearch,
    version: c.rnn_version_string, buildInfo: c.rnn_build_info,
};
