/* rnn.h of the baseline, written by abi/baseline.sh. */
#ifndef RNN_H
#define RNN_H
#include <stddef.h>
#include <stdint.h>
#if defined(RNN_STATIC)
#define RNN_API
#elif defined(_WIN32)
#define RNN_API __declspec(dllimport)
#elif defined(__GNUC__)
#define RNN_API __attribute__((visibility("default")))
#else
#define RNN_API
#endif
#ifndef RNN_NODISCARD
#if defined(__GNUC__)
#define RNN_NODISCARD __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
#define RNN_NODISCARD _Check_return_
#else
#define RNN_NODISCARD
#endif
#endif
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
#define RNN_VERSION_MAJOR  0
#define RNN_VERSION_MINOR  9
#define RNN_VERSION_PATCH  0
#define RNN_VERSION_NUMBER (RNN_VERSION_MAJOR * 10000 + RNN_VERSION_MINOR * 100 + RNN_VERSION_PATCH)
RNN_API int32_t rnn_version(void);
RNN_API const char *rnn_version_string(void);
RNN_API const char *rnn_build_info(void);
#define RNN_OK            0
#define RNN_E_NULL        (-1)
#define RNN_E_SIZE        (-2)
#define RNN_E_VALUE       (-3)
#define RNN_E_STATE       (-4)
#define RNN_E_MEMORY      (-5)
#define RNN_E_IO          (-6)
#define RNN_E_FORMAT      (-7)
#define RNN_E_NAME        (-8)
#define RNN_E_NONFINITE   (-9)
#define RNN_E_UNSUPPORTED (-10)
RNN_API const char *rnn_status_string(int32_t status);
RNN_API const char *rnn_last_error(void);
typedef struct rnn_config rnn_config;
#define RNN_CELL            1
#define RNN_INPUT_SIZE      2
#define RNN_VOCABULARY      3
#define RNN_EMBEDDING_SIZE  4
#define RNN_HIDDEN_SIZE     5
#define RNN_LAYERS          6
#define RNN_CLASSES         7
#define RNN_SEED            8
#define RNN_DIRECTION       9
#define RNN_MERGE           10
#define RNN_BIAS            11
#define RNN_PROJECTION_SIZE 12
#define RNN_RESIDUAL        13
#define RNN_OUTPUT          14
#define RNN_RESET           15
#define RNN_PEEPHOLES       16
#define RNN_COUPLE          17
#define RNN_LAYER_NORM      18
#define RNN_ACTIVATION_F    19
#define RNN_ACTIVATION_G    20
#define RNN_ACTIVATION_H    21
#define RNN_INIT_INPUT      22
#define RNN_INIT_RECURRENT  23
#define RNN_INIT_BIAS       24
#define RNN_PRODUCTS        25
#define RNN_PRECISION       37
#define RNN_OUTPUT_SIZE 26
#define RNN_KERNEL_SIZE 27
#define RNN_STRIDE      28
#define RNN_DILATION    29
#define RNN_GROUPS      30
#define RNN_PADDING     31
#define RNN_ACTIVATION  32
#define RNN_SOURCE      33
#define RNN_INITIAL_STATE 34
#define RNN_TIED          35
#define RNN_CRF 36
#define RNN_INIT_RANGE        101
#define RNN_FORGET_BIAS       102
#define RNN_DROPOUT           103
#define RNN_RECURRENT_DROPOUT 104
#define RNN_ZONEOUT           105
#define RNN_ZONEOUT_CELL      106
#define RNN_CLIP              107
#define RNN_CELL_CLIP         108
#define RNN_ALPHA_F           109
#define RNN_BETA_F            110
#define RNN_ALPHA_G           111
#define RNN_BETA_G            112
#define RNN_ALPHA_H           113
#define RNN_BETA_H            114
#define RNN_ALPHA             115
#define RNN_BETA              116
#define RNN_PREFIX         201
#define RNN_EMBEDDING_NAME 202
#define RNN_HEAD_NAME      203
#define RNN_CRF_NAME       204
#define RNN_CELL_TANH           1
#define RNN_CELL_RELU           2
#define RNN_CELL_LSTM           3
#define RNN_CELL_GRU            4
#define RNN_CELL_MINGRU         5
#define RNN_CELL_SLSTM          6
#define RNN_CELL_INDRNN         7
#define RNN_CELL_MINGRU_HIGHWAY 8
#define RNN_DIRECTION_FORWARD 1
#define RNN_DIRECTION_REVERSE 2
#define RNN_DIRECTION_BOTH    3
#define RNN_MERGE_CONCATENATE 1
#define RNN_MERGE_SUM         2
#define RNN_OUTPUT_EVERY_STEP 1
#define RNN_OUTPUT_LAST_STEP  2
#define RNN_OUTPUT_MEAN       3
#define RNN_OUTPUT_MAXIMUM    4
#define RNN_RESET_AFTER  1
#define RNN_RESET_BEFORE 2
#define RNN_COUPLE_FORGET 1
#define RNN_COUPLE_INPUT  2
#define RNN_PRODUCTS_AUTOMATIC 0
#define RNN_PRODUCTS_OWN       1
#define RNN_PRODUCTS_CBLAS     2
#define RNN_PRECISION_FLOAT32 0
#define RNN_PRECISION_BF16    1
#define RNN_PRECISION_INT8    2
#define RNN_ACTIVATION_TANH             1
#define RNN_ACTIVATION_SIGMOID          2
#define RNN_ACTIVATION_RELU             3
#define RNN_ACTIVATION_HARD_SIGMOID     4
#define RNN_ACTIVATION_LEAKY_RELU       5
#define RNN_ACTIVATION_THRESHOLDED_RELU 6
#define RNN_ACTIVATION_SCALED_TANH      7
#define RNN_ACTIVATION_ELU              8
#define RNN_ACTIVATION_SOFTSIGN         9
#define RNN_ACTIVATION_SOFTPLUS         10
#define RNN_ACTIVATION_AFFINE           11
#define RNN_INIT_UNIFORM    1
#define RNN_INIT_XAVIER     2
#define RNN_INIT_ORTHOGONAL 3
#define RNN_INIT_ZERO       4
RNN_API RNN_NODISCARD int32_t rnn_config_create(rnn_config **out);
RNN_API void rnn_config_destroy(rnn_config *config);
RNN_API RNN_NODISCARD int32_t rnn_config_set_int(rnn_config *config, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_real(rnn_config *config, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_text(rnn_config *config, int32_t key, const char *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_int(rnn_config *config, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_real(rnn_config *config, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_text(rnn_config *config, int32_t key, const char **value);
RNN_API RNN_NODISCARD int32_t rnn_config_infer(rnn_config *config, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count);
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
#define RNN_PADDING_CAUSAL  1
#define RNN_PADDING_CENTRED 2
#define RNN_PADDING_NONE    3
#define RNN_SOURCE_INPUT (-1)
RNN_API RNN_NODISCARD int32_t rnn_config_add_layer(rnn_config *config, size_t *index, int32_t kind);
RNN_API RNN_NODISCARD int32_t rnn_config_layer_count(rnn_config *config, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_real(rnn_config *config, size_t layer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_config_set_layer_text(rnn_config *config, size_t layer, int32_t key,
                                                        const char *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_real(rnn_config *config, size_t layer, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_config_get_layer_text(rnn_config *config, size_t layer, int32_t key,
                                                        const char **value);
RNN_API const char *rnn_config_last_error(const rnn_config *config);
typedef struct rnn_model rnn_model;
RNN_API RNN_NODISCARD int32_t rnn_create(rnn_model **out, rnn_config *config);
RNN_API RNN_NODISCARD int32_t rnn_retain(rnn_model *model);
RNN_API void rnn_destroy(rnn_model *model);
RNN_API RNN_NODISCARD int32_t rnn_model_get_int(const rnn_model *model, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_real(const rnn_model *model, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_text(const rnn_model *model, int32_t key, const char **value);
RNN_API RNN_NODISCARD int32_t rnn_model_output_size(const rnn_model *model, size_t *outputs);
RNN_API RNN_NODISCARD int32_t rnn_model_layer_count(const rnn_model *model, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_model_layer_kind(const rnn_model *model, size_t layer, int32_t *kind);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_int(const rnn_model *model, size_t layer, int32_t key,
                                                      int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_real(const rnn_model *model, size_t layer, int32_t key,
                                                       double *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_layer_text(const rnn_model *model, size_t layer, int32_t key,
                                                       const char **value);
RNN_API RNN_NODISCARD int32_t rnn_describe(const rnn_model *model, char *text, size_t capacity, size_t *size,
                                           size_t steps, size_t batch);
RNN_API RNN_NODISCARD int32_t rnn_model_tensor_count(const rnn_model *model, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_model_tensor_info(const rnn_model *model, size_t index, const char **name,
                                                    size_t *rank, size_t *shape, size_t shape_count, size_t *offset);
RNN_API RNN_NODISCARD int32_t rnn_model_parameters(const rnn_model *model, const float **values, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_model_set_parameters(rnn_model *model, const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_get_parameter(const rnn_model *model, const char *name, float *values,
                                                      size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_set_parameter(rnn_model *model, const char *name, const float *values,
                                                      size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_set_precision(rnn_model *model, int32_t precision);
RNN_API RNN_NODISCARD int32_t rnn_model_release_parameters(rnn_model *model);
RNN_API RNN_NODISCARD int32_t rnn_model_set_metadata(rnn_model *model, const char *key, const char *value);
RNN_API RNN_NODISCARD int32_t rnn_model_get_metadata(const rnn_model *model, const char *key, const char **value);
RNN_API RNN_NODISCARD int32_t rnn_save(const rnn_model *model, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_save_memory(const rnn_model *model, void *bytes, size_t capacity, size_t *size);
RNN_API RNN_NODISCARD int32_t rnn_save_as(const rnn_model *model, const char *path, int32_t precision);
RNN_API RNN_NODISCARD int32_t rnn_save_memory_as(const rnn_model *model, void *bytes, size_t capacity, size_t *size,
                                                 int32_t precision);
RNN_API RNN_NODISCARD int32_t rnn_load(rnn_model **out, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_load_memory(rnn_model **out, const void *bytes, size_t count);
RNN_API RNN_NODISCARD int32_t rnn_model_load_parameters(rnn_model *model, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_model_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);
RNN_API RNN_NODISCARD int32_t rnn_model_unused_tensors(const rnn_model *model, const char *path, char *text,
                                                       size_t capacity, size_t *size);
RNN_API RNN_NODISCARD int32_t rnn_model_unused_tensors_memory(const rnn_model *model, const void *bytes, size_t count,
                                                              char *text, size_t capacity, size_t *size);
#define RNN_ONNX_W 1
#define RNN_ONNX_R 2
#define RNN_ONNX_B 3
#define RNN_ONNX_P 4
RNN_API RNN_NODISCARD int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, int32_t input, const float *values,
                                                    size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, int32_t input, float *values,
                                                    size_t values_count);
#define RNN_KERAS_KERNEL    1
#define RNN_KERAS_RECURRENT 2
#define RNN_KERAS_BIAS      3
RNN_API RNN_NODISCARD int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, int32_t weight,
                                                     const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction,
                                                     int32_t weight, float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_model_import_tf1_lstm(rnn_model *model, size_t layer, size_t direction,
                                                        const float *kernel, size_t kernel_count, const float *bias,
                                                        size_t bias_count, double forget_bias);
typedef struct rnn_session rnn_session;
#define RNN_INFERENCE 1
#define RNN_TRAINING  2
RNN_API RNN_NODISCARD int32_t rnn_session_create(rnn_session **out, rnn_model *model, int32_t mode);
RNN_API void rnn_session_destroy(rnn_session *session);
RNN_API RNN_NODISCARD int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);
RNN_API RNN_NODISCARD int32_t rnn_reset_state(rnn_session *session, size_t batch);
#define RNN_STATE_H 1
#define RNN_STATE_C 2
#define RNN_STATE_N 3
#define RNN_STATE_M 4
RNN_API RNN_NODISCARD int32_t rnn_session_output_steps(rnn_session *session, size_t steps, size_t *output_steps);
RNN_API RNN_NODISCARD int32_t rnn_session_output_lengths(rnn_session *session, int32_t *lengths, size_t lengths_count);
RNN_API RNN_NODISCARD int32_t rnn_session_has_output(rnn_session *session, int32_t *has);
RNN_API RNN_NODISCARD int32_t rnn_session_get_state(rnn_session *session, int32_t kind, float *values,
                                                    size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_state(rnn_session *session, int32_t kind, const float *values,
                                                    size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_row_state_count(rnn_session *session, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_session_get_row_state(rnn_session *session, size_t row, float *values,
                                                        size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_row_state(rnn_session *session, size_t row, const float *values,
                                                        size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_reset_row(rnn_session *session, size_t row);
RNN_API RNN_NODISCARD int32_t rnn_session_set_state_gradient(rnn_session *session, int32_t kind, const float *values,
                                                             size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_get_state_gradient(rnn_session *session, int32_t kind, float *values,
                                                             size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed);
RNN_API RNN_NODISCARD int32_t rnn_session_set_threads(rnn_session *session, size_t threads);
typedef void (*rnn_task)(void *context, size_t index);
typedef void (*rnn_parallel_for)(void *user, size_t count, rnn_task task, void *context);
RNN_API RNN_NODISCARD int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads,
                                                           rnn_parallel_for parallel_for, void *user);
RNN_API RNN_NODISCARD int32_t rnn_session_set_recompute(rnn_session *session, size_t steps);
RNN_API const char *rnn_session_last_error(const rnn_session *session);
RNN_API RNN_NODISCARD int32_t rnn_forward(rnn_session *session, float *y, size_t y_count, const float *x,
                                          size_t x_count, const int32_t *lengths, size_t lengths_count, size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_forward_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                                 size_t tokens_count, const int32_t *lengths, size_t lengths_count,
                                                 size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_session_set_step_mask(rnn_session *session, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_session_set_resets(rnn_session *session, const int32_t *resets, size_t resets_count);
RNN_API RNN_NODISCARD int32_t rnn_step(rnn_session *session, float *y, size_t y_count, const float *x, size_t x_count);
RNN_API RNN_NODISCARD int32_t rnn_step_tokens(rnn_session *session, float *y, size_t y_count, const int32_t *tokens,
                                              size_t tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_backward(rnn_session *session, float *dx, size_t dx_count, const float *dy,
                                           size_t dy_count);
RNN_API RNN_NODISCARD int32_t rnn_zero_gradients(rnn_session *session);
RNN_API RNN_NODISCARD int32_t rnn_session_gradients(rnn_session *session, float **values, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_session_get_gradient(rnn_session *session, const char *name, float *values,
                                                       size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_add_gradients(rnn_session *session, const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_session_clip_gradient_norm(rnn_session *session, double *norm, double max_norm);
RNN_API RNN_NODISCARD int32_t rnn_session_clip_gradient_value(rnn_session *session, double max_abs);
RNN_API RNN_NODISCARD int32_t rnn_sgd_step(rnn_session *session, double rate);
RNN_API RNN_NODISCARD int32_t rnn_softmax_cross_entropy(double *loss, float *dlogits, size_t dlogits_count,
                                                        const float *logits, size_t logits_count,
                                                        const int32_t *targets, size_t targets_count, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_softmax(float *p, size_t p_count, const float *logits, size_t logits_count,
                                          size_t classes);
typedef struct rnn_loss rnn_loss;
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
#define RNN_REDUCTION     501
#define RNN_IGNORED       502
#define RNN_BLANK         503
#define RNN_ZERO_INFINITY 504
#define RNN_SKIP_MISSING  505
#define RNN_SMOOTHING     551
#define RNN_DELTA         552
#define RNN_PRE_EMPHASIS  553
#define RNN_ENERGY_FLOOR  554
#define RNN_OFFSET_WEIGHT 555
#define RNN_MIN_VARIANCE  556
#define RNN_SUM  1
#define RNN_MEAN 2
RNN_API RNN_NODISCARD int32_t rnn_loss_create(rnn_loss **out, int32_t kind);
RNN_API void rnn_loss_destroy(rnn_loss *loss);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_int(rnn_loss *loss, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_real(rnn_loss *loss, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_int(rnn_loss *loss, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_real(rnn_loss *loss, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_threads(rnn_loss *loss, size_t threads);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_class_weights(rnn_loss *loss, const float *weights, size_t weights_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_quantiles(rnn_loss *loss, const float *levels, size_t levels_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_batch(rnn_loss *loss, const int32_t *lengths, size_t lengths_count,
                                                 size_t steps, size_t batch, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_batch_of_session(rnn_loss *loss, const rnn_session *session);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_mask(rnn_loss *loss, const float *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_step_mask(rnn_loss *loss, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_sequence_weights(rnn_loss *loss, const float *weights, size_t weights_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_label_lengths(rnn_loss *loss, const int32_t *label_lengths,
                                                         size_t label_lengths_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_of_classes(rnn_loss *loss, double *value, float *dy, size_t dy_count,
                                                  const float *y, size_t y_count, const int32_t *classes,
                                                  size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_of_values(rnn_loss *loss, double *value, float *dy, size_t dy_count,
                                                 const float *y, size_t y_count, const float *values,
                                                 size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_sequence_losses(rnn_loss *loss, double *losses, size_t losses_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_transitions(rnn_loss *loss, const float *start, size_t start_count,
                                                       const float *end, size_t end_count, const float *transitions,
                                                       size_t transitions_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_transitions_of_model(rnn_loss *loss, const rnn_model *model);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_transition_gradients(rnn_loss *loss, float *dstart, size_t dstart_count,
                                                                float *dend, size_t dend_count, float *dtransitions,
                                                                size_t dtransitions_count);
RNN_API RNN_NODISCARD int32_t rnn_session_add_transition_gradients(rnn_session *session, const rnn_loss *loss);
typedef int32_t (*rnn_loss_function)(void *user, rnn_loss *loss, double *value, double *weight, float *dy,
                                     const float *y, size_t y_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_set_callback(rnn_loss *loss, rnn_loss_function callback, void *user);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_batch(rnn_loss *loss, const int32_t **lengths, size_t *steps, size_t *batch,
                                                 size_t *classes);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_mask(rnn_loss *loss, const float **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_step_mask(rnn_loss *loss, const int32_t **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_sequence_weights(rnn_loss *loss, const float **weights,
                                                            size_t *weights_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_classes(rnn_loss *loss, const int32_t **classes, size_t *classes_count);
RNN_API RNN_NODISCARD int32_t rnn_loss_get_values(rnn_loss *loss, const float **values, size_t *values_count);
RNN_API const char *rnn_loss_last_error(const rnn_loss *loss);
typedef struct rnn_optimizer rnn_optimizer;
#define RNN_OPTIMIZER_SGD     1
#define RNN_OPTIMIZER_RMSPROP 2
#define RNN_OPTIMIZER_ADAGRAD 3
#define RNN_OPTIMIZER_ADAM    4
#define RNN_OPTIMIZER_ADAMW   5
#define RNN_NESTEROV 301
#define RNN_SCHEDULE 302
#define RNN_WARMUP   303
#define RNN_PERIOD   304
#define RNN_PATIENCE 305
#define RNN_UPDATES  306
#define RNN_PLATEAU  307
#define RNN_AMSGRAD  308
#define RNN_RATE              401
#define RNN_MOMENTUM          402
#define RNN_BETA_1            403
#define RNN_BETA_2            404
#define RNN_EPSILON           405
#define RNN_WEIGHT_DECAY      406
#define RNN_MAX_NORM          407
#define RNN_MAX_ABS           408
#define RNN_GAMMA             409
#define RNN_MINIMUM_RATE      410
#define RNN_PLATEAU_FACTOR    411
#define RNN_PLATEAU_THRESHOLD 412
#define RNN_CURRENT_RATE      413
#define RNN_FROZEN       351
#define RNN_RATE_FACTOR  451
#define RNN_DECAY_FACTOR 452
#define RNN_SCHEDULE_CONSTANT    1
#define RNN_SCHEDULE_STEP        2
#define RNN_SCHEDULE_EXPONENTIAL 3
#define RNN_SCHEDULE_COSINE      4
RNN_API RNN_NODISCARD int32_t rnn_optimizer_create(rnn_optimizer **out, int32_t kind, size_t parameters_count);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_create_for_model(rnn_optimizer **out, int32_t kind, const rnn_model *model);
RNN_API void rnn_optimizer_destroy(rnn_optimizer *optimizer);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_tensors_int(rnn_optimizer *optimizer, const char *prefix, int32_t key,
                                                            int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_tensors_real(rnn_optimizer *optimizer, const char *prefix, int32_t key,
                                                             double value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_tensor_int(rnn_optimizer *optimizer, const char *name, int32_t key,
                                                           int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_get_tensor_real(rnn_optimizer *optimizer, const char *name, int32_t key,
                                                            double *value);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_exempt_biases(rnn_optimizer *optimizer);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, float *parameters,
                                                        size_t parameters_count, const float *gradients,
                                                        size_t gradients_count);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_set_threads(rnn_optimizer *optimizer, size_t threads);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_save(const rnn_optimizer *optimizer, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_save_memory(const rnn_optimizer *optimizer, void *bytes, size_t capacity,
                                                        size_t *size);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_load(rnn_optimizer **out, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_optimizer_load_memory(rnn_optimizer **out, const void *bytes, size_t count);
RNN_API const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer);
typedef struct rnn_decoder rnn_decoder;
#define RNN_DECODER_CTC_GREEDY 1
#define RNN_DECODER_CTC_BEAM   2
#define RNN_DECODER_BEAM       3
#define RNN_DECODER_SAMPLING   4
#define RNN_DECODER_CRF        5
#define RNN_BEAM_WIDTH     801
#define RNN_RESULTS        802
#define RNN_START_TOKEN    803
#define RNN_END_TOKEN      804
#define RNN_MINIMUM_LENGTH 805
#define RNN_MAXIMUM_LENGTH 806
#define RNN_TOP_K          807
#define RNN_RANDOM_STATE   808
#define RNN_LENGTH_PENALTY  851
#define RNN_TEMPERATURE     852
#define RNN_TOP_P           853
#define RNN_SCORER_WEIGHT   854
#define RNN_INSERTION_BONUS 855
#define RNN_BEAM_THRESHOLD  856
RNN_API RNN_NODISCARD int32_t rnn_decoder_create(rnn_decoder **out, int32_t kind);
RNN_API void rnn_decoder_destroy(rnn_decoder *decoder);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_int(rnn_decoder *decoder, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_real(rnn_decoder *decoder, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_int(rnn_decoder *decoder, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_real(rnn_decoder *decoder, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                                 const int32_t *lengths, size_t lengths_count, size_t steps,
                                                 size_t batch, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_step_mask(rnn_decoder *decoder, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_decoder_begin(rnn_decoder *decoder, size_t batch, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_decoder_feed(rnn_decoder *decoder, const float *logits, size_t logits_count,
                                               const int32_t *lengths, size_t lengths_count, size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_stable_count(rnn_decoder *decoder, size_t sequence, size_t *count);
typedef int32_t (*rnn_scorer)(void *user, float *scores, size_t scores_count, const int32_t *slots,
                              const int32_t *labels, const int32_t *parents, size_t rows);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_scorer(rnn_decoder *decoder, rnn_scorer scorer, void *user);
typedef int32_t (*rnn_generator)(void *user, float *logits, size_t logits_count, const int32_t *tokens,
                                 const int32_t *parents, size_t rows);
RNN_API RNN_NODISCARD int32_t rnn_decoder_search(rnn_decoder *decoder, size_t classes, rnn_generator generator,
                                                 void *user);
RNN_API RNN_NODISCARD int32_t rnn_session_next(void *session, float *logits, size_t logits_count, const int32_t *tokens,
                                               const int32_t *parents, size_t rows);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_result_count(rnn_decoder *decoder, size_t sequence, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_result(rnn_decoder *decoder, size_t sequence, size_t rank,
                                                     const int32_t **tokens, const int32_t **steps,
                                                     const float **scores, size_t *count, double *score);
RNN_API RNN_NODISCARD int32_t rnn_decoder_sample(rnn_decoder *decoder, int32_t *tokens, size_t tokens_count,
                                                 const float *logits, size_t logits_count, size_t classes);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_transitions(rnn_decoder *decoder, const float *start, size_t start_count,
                                                          const float *end, size_t end_count, const float *transitions,
                                                          size_t transitions_count);
RNN_API RNN_NODISCARD int32_t rnn_decoder_set_transitions_of_model(rnn_decoder *decoder, const rnn_model *model);
RNN_API RNN_NODISCARD int32_t rnn_decoder_get_marginals(rnn_decoder *decoder, float *p, size_t p_count);
RNN_API const char *rnn_decoder_last_error(const rnn_decoder *decoder);
RNN_API RNN_NODISCARD int32_t rnn_session_select_state(rnn_session *session, const int32_t *rows, size_t rows_count);
typedef struct rnn_attention rnn_attention;
#define RNN_ATTENTION_DOT      1
#define RNN_ATTENTION_GENERAL  2
#define RNN_ATTENTION_ADDITIVE 3
RNN_API RNN_NODISCARD int32_t rnn_attention_create(rnn_attention **out, int32_t score, size_t query_size,
                                                   size_t memory_size, size_t units, int64_t seed);
RNN_API void rnn_attention_destroy(rnn_attention *attention);
RNN_API RNN_NODISCARD int32_t rnn_attention_set_int(rnn_attention *attention, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_attention_get_int(rnn_attention *attention, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_attention_parameters(rnn_attention *attention, const float **values, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_attention_gradients(rnn_attention *attention, float **values, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_attention_set_parameters(rnn_attention *attention, const float *values,
                                                           size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_attention_step(rnn_attention *attention, rnn_optimizer *optimizer);
RNN_API RNN_NODISCARD int32_t rnn_attention_zero_gradients(rnn_attention *attention);
RNN_API RNN_NODISCARD int32_t rnn_attention_set_memory(rnn_attention *attention, const float *memory,
                                                       size_t memory_count, const int32_t *lengths,
                                                       size_t lengths_count, size_t steps, size_t batch);
RNN_API RNN_NODISCARD int32_t rnn_attention_forward(rnn_attention *attention, float *context, size_t context_count,
                                                    float *weights, size_t weights_count, const float *queries,
                                                    size_t queries_count);
RNN_API RNN_NODISCARD int32_t rnn_attention_backward(rnn_attention *attention, float *dqueries, size_t dqueries_count,
                                                     const float *dcontext, size_t dcontext_count, const float *queries,
                                                     size_t queries_count, const float *weights, size_t weights_count);
RNN_API RNN_NODISCARD int32_t rnn_attention_backward_memory(rnn_attention *attention, float *dmemory,
                                                            size_t dmemory_count);
RNN_API const char *rnn_attention_last_error(const rnn_attention *attention);
typedef struct rnn_dataset rnn_dataset;
RNN_API RNN_NODISCARD int32_t rnn_dataset_create(rnn_dataset **out);
RNN_API void rnn_dataset_destroy(rnn_dataset *dataset);
RNN_API RNN_NODISCARD int32_t rnn_dataset_count(const rnn_dataset *dataset, size_t *count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_add(rnn_dataset *dataset, size_t *index, const float *x, size_t x_count,
                                              size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_dataset_add_tokens(rnn_dataset *dataset, size_t *index, const int32_t *tokens,
                                                     size_t tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_classes(rnn_dataset *dataset, size_t index, const int32_t *classes,
                                                      size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_values(rnn_dataset *dataset, size_t index, const float *values,
                                                     size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_mask(rnn_dataset *dataset, size_t index, const float *mask,
                                                   size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_weight(rnn_dataset *dataset, size_t index, double weight);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_step_mask(rnn_dataset *dataset, size_t index, const int32_t *mask,
                                                        size_t mask_count);
typedef struct rnn_sample rnn_sample;
typedef int32_t (*rnn_sample_function)(void *user, rnn_sample *sample, size_t index, int64_t seed);
RNN_API RNN_NODISCARD int32_t rnn_dataset_create_from_source(rnn_dataset **out, size_t count, size_t most_steps,
                                                             size_t most_targets, rnn_sample_function source,
                                                             void *user);
RNN_API RNN_NODISCARD int32_t rnn_dataset_set_transform(rnn_dataset *dataset, rnn_sample_function transform,
                                                        void *user);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_x(rnn_sample *sample, const float *x, size_t x_count, size_t steps);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_tokens(rnn_sample *sample, const int32_t *tokens, size_t tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_classes(rnn_sample *sample, const int32_t *classes, size_t classes_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_values(rnn_sample *sample, const float *values, size_t values_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_mask(rnn_sample *sample, const float *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_step_mask(rnn_sample *sample, const int32_t *mask, size_t mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_set_weight(rnn_sample *sample, double weight);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_x(rnn_sample *sample, const float **x, size_t *x_count, size_t *steps);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_tokens(rnn_sample *sample, const int32_t **tokens, size_t *tokens_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_classes(rnn_sample *sample, const int32_t **classes,
                                                     size_t *classes_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_values(rnn_sample *sample, const float **values, size_t *values_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_mask(rnn_sample *sample, const float **mask, size_t *mask_count);
RNN_API RNN_NODISCARD int32_t rnn_sample_get_step_mask(rnn_sample *sample, const int32_t **mask, size_t *mask_count);
typedef struct rnn_trainer rnn_trainer;
#define RNN_EPOCHS     601
#define RNN_BATCH_SIZE 602
#define RNN_SHUFFLE    603
#define RNN_EARLY_STOP 604
#define RNN_KEEP_BEST  605
#define RNN_THREADS    606
#define RNN_SKIP_NONFINITE 607
#define RNN_EPOCH          611
#define RNN_BATCH          612
#define RNN_SKIPPED        613
#define RNN_STREAM_STEPS 614
#define RNN_BUCKETS 615
#define RNN_MEMORY_LIMIT 616
#define RNN_MIN_DELTA 701
#define RNN_BATCH_LOSS      711
#define RNN_TRAINING_LOSS   712
#define RNN_VALIDATION_LOSS 713
#define RNN_BEST_LOSS       714
RNN_API RNN_NODISCARD int32_t rnn_trainer_create(rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer,
                                                 rnn_loss *loss);
RNN_API void rnn_trainer_destroy(rnn_trainer *trainer);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_get_int(rnn_trainer *trainer, int32_t key, int64_t *value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_get_real(rnn_trainer *trainer, int32_t key, double *value);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path);
#define RNN_EVENT_BATCH      1
#define RNN_EVENT_VALIDATION 2
#define RNN_EVENT_EPOCH      3
#define RNN_EVENT_EARLY_STOP 4
#define RNN_EVENT_CHECKPOINT 5
typedef int32_t (*rnn_progress)(void *user, rnn_trainer *trainer, int32_t event);
RNN_API RNN_NODISCARD int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user);
RNN_API RNN_NODISCARD int32_t rnn_fit(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation);
RNN_API RNN_NODISCARD int32_t rnn_evaluate(rnn_trainer *trainer, double *loss, double *accuracy,
                                           const rnn_dataset *dataset);
RNN_API RNN_NODISCARD int32_t rnn_trainer_save(rnn_trainer *trainer, const char *path);
RNN_API RNN_NODISCARD int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path);
RNN_API const char *rnn_trainer_last_error(const rnn_trainer *trainer);
#ifdef __cplusplus
}
#endif
#endif
