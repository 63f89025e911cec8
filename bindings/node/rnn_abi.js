/* The C interface of librnn for koffi.  Generated from abi/librnn.json by abi/declare.py; do not edit. */
'use strict';

const soname = 'librnn.so.0';

const constants = Object.freeze({
    /* status */
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

    /* integer keys of rnn_config */
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
    RNN_PRODUCTS: 25,
    RNN_PRECISION: 37,
    RNN_OUTPUT_SIZE: 26,
    RNN_KERNEL_SIZE: 27,
    RNN_STRIDE: 28,
    RNN_DILATION: 29,
    RNN_GROUPS: 30,
    RNN_PADDING: 31,
    RNN_ACTIVATION: 32,
    RNN_SOURCE: 33,
    RNN_INITIAL_STATE: 34,
    RNN_TIED: 35,
    RNN_CRF: 36,

    /* real keys of rnn_config */
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
    RNN_ALPHA: 115,
    RNN_BETA: 116,

    /* text keys of rnn_config */
    RNN_PREFIX: 201,
    RNN_EMBEDDING_NAME: 202,
    RNN_HEAD_NAME: 203,
    RNN_CRF_NAME: 204,

    /* values of RNN_CELL */
    RNN_CELL_TANH: 1,
    RNN_CELL_RELU: 2,
    RNN_CELL_LSTM: 3,
    RNN_CELL_GRU: 4,
    RNN_CELL_MINGRU: 5,
    RNN_CELL_SLSTM: 6,
    RNN_CELL_INDRNN: 7,
    RNN_CELL_MINGRU_HIGHWAY: 8,

    /* values of RNN_DIRECTION */
    RNN_DIRECTION_FORWARD: 1,
    RNN_DIRECTION_REVERSE: 2,
    RNN_DIRECTION_BOTH: 3,

    /* values of RNN_MERGE */
    RNN_MERGE_CONCATENATE: 1,
    RNN_MERGE_SUM: 2,

    /* values of RNN_OUTPUT */
    RNN_OUTPUT_EVERY_STEP: 1,
    RNN_OUTPUT_LAST_STEP: 2,
    RNN_OUTPUT_MEAN: 3,
    RNN_OUTPUT_MAXIMUM: 4,

    /* values of RNN_RESET */
    RNN_RESET_AFTER: 1,
    RNN_RESET_BEFORE: 2,

    /* values of RNN_COUPLE */
    RNN_COUPLE_FORGET: 1,
    RNN_COUPLE_INPUT: 2,

    /* values of RNN_PRODUCTS */
    RNN_PRODUCTS_AUTOMATIC: 0,
    RNN_PRODUCTS_OWN: 1,
    RNN_PRODUCTS_CBLAS: 2,

    /* values of RNN_PRECISION */
    RNN_PRECISION_FLOAT32: 0,
    RNN_PRECISION_BF16: 1,
    RNN_PRECISION_INT8: 2,

    /* values of RNN_ACTIVATION_F, _G and _H */
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

    /* values of RNN_INIT_ */
    RNN_INIT_UNIFORM: 1,
    RNN_INIT_XAVIER: 2,
    RNN_INIT_ORTHOGONAL: 3,
    RNN_INIT_ZERO: 4,

    /* RNN_KIND_... */
    RNN_KIND_RECURRENT: 1,
    RNN_KIND_DENSE: 2,
    RNN_KIND_CONV1D: 3,
    RNN_KIND_EMBEDDING: 4,
    RNN_KIND_AFFINE: 5,
    RNN_KIND_LAYER_NORM: 6,
    RNN_KIND_RMS_NORM: 7,
    RNN_KIND_DROPOUT: 8,
    RNN_KIND_ACTIVATION: 9,
    RNN_KIND_POOLING: 10,
    RNN_KIND_SKIP: 11,
    RNN_KIND_MAGNITUDE: 12,

    /* values of RNN_PADDING */
    RNN_PADDING_CAUSAL: 1,
    RNN_PADDING_CENTRED: 2,
    RNN_PADDING_NONE: 3,

    /* RNN_SOURCE_... */
    RNN_SOURCE_INPUT: -1,

    /* RNN_ONNX_... */
    RNN_ONNX_W: 1,
    RNN_ONNX_R: 2,
    RNN_ONNX_B: 3,
    RNN_ONNX_P: 4,

    /* RNN_KERAS_... */
    RNN_KERAS_KERNEL: 1,
    RNN_KERAS_RECURRENT: 2,
    RNN_KERAS_BIAS: 3,

    /* modes of a session */
    RNN_INFERENCE: 1,
    RNN_TRAINING: 2,

    /* RNN_STATE_... */
    RNN_STATE_H: 1,
    RNN_STATE_C: 2,
    RNN_STATE_N: 3,
    RNN_STATE_M: 4,

    /* RNN_LOSS_... */
    RNN_LOSS_CROSS_ENTROPY: 1,
    RNN_LOSS_BINARY_CROSS_ENTROPY: 2,
    RNN_LOSS_SQUARED_ERROR: 3,
    RNN_LOSS_ABSOLUTE_ERROR: 4,
    RNN_LOSS_HUBER: 5,
    RNN_LOSS_CTC: 6,
    RNN_LOSS_CUSTOM: 7,
    RNN_LOSS_CRF: 8,
    RNN_LOSS_QUANTILE: 9,
    RNN_LOSS_GAUSSIAN: 10,
    RNN_LOSS_ERROR_TO_SIGNAL: 11,

    /* integer keys of rnn_loss */
    RNN_REDUCTION: 501,
    RNN_IGNORED: 502,
    RNN_BLANK: 503,
    RNN_ZERO_INFINITY: 504,
    RNN_SKIP_MISSING: 505,

    /* real keys of rnn_loss */
    RNN_SMOOTHING: 551,
    RNN_DELTA: 552,
    RNN_PRE_EMPHASIS: 553,
    RNN_ENERGY_FLOOR: 554,
    RNN_OFFSET_WEIGHT: 555,
    RNN_MIN_VARIANCE: 556,

    /* values of RNN_REDUCTION */
    RNN_SUM: 1,
    RNN_MEAN: 2,

    /* RNN_OPTIMIZER_... */
    RNN_OPTIMIZER_SGD: 1,
    RNN_OPTIMIZER_RMSPROP: 2,
    RNN_OPTIMIZER_ADAGRAD: 3,
    RNN_OPTIMIZER_ADAM: 4,
    RNN_OPTIMIZER_ADAMW: 5,

    /* integer keys of rnn_optimizer */
    RNN_NESTEROV: 301,
    RNN_SCHEDULE: 302,
    RNN_WARMUP: 303,
    RNN_PERIOD: 304,
    RNN_PATIENCE: 305,
    RNN_UPDATES: 306,
    RNN_PLATEAU: 307,
    RNN_AMSGRAD: 308,

    /* real keys of rnn_optimizer */
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

    /* integer keys of tensors of rnn_optimizer */
    RNN_FROZEN: 351,

    /* real keys of tensors of rnn_optimizer */
    RNN_RATE_FACTOR: 451,
    RNN_DECAY_FACTOR: 452,

    /* values of RNN_SCHEDULE */
    RNN_SCHEDULE_CONSTANT: 1,
    RNN_SCHEDULE_STEP: 2,
    RNN_SCHEDULE_EXPONENTIAL: 3,
    RNN_SCHEDULE_COSINE: 4,

    /* RNN_DECODER_... */
    RNN_DECODER_CTC_GREEDY: 1,
    RNN_DECODER_CTC_BEAM: 2,
    RNN_DECODER_BEAM: 3,
    RNN_DECODER_SAMPLING: 4,
    RNN_DECODER_CRF: 5,

    /* integer keys of rnn_decoder */
    RNN_BEAM_WIDTH: 801,
    RNN_RESULTS: 802,
    RNN_START_TOKEN: 803,
    RNN_END_TOKEN: 804,
    RNN_MINIMUM_LENGTH: 805,
    RNN_MAXIMUM_LENGTH: 806,
    RNN_TOP_K: 807,
    RNN_RANDOM_STATE: 808,

    /* real keys of rnn_decoder */
    RNN_LENGTH_PENALTY: 851,
    RNN_TEMPERATURE: 852,
    RNN_TOP_P: 853,
    RNN_SCORER_WEIGHT: 854,
    RNN_INSERTION_BONUS: 855,
    RNN_BEAM_THRESHOLD: 856,

    /* RNN_ATTENTION_... */
    RNN_ATTENTION_DOT: 1,
    RNN_ATTENTION_GENERAL: 2,
    RNN_ATTENTION_ADDITIVE: 3,

    /* integer keys of rnn_trainer */
    RNN_EPOCHS: 601,
    RNN_BATCH_SIZE: 602,
    RNN_SHUFFLE: 603,
    RNN_EARLY_STOP: 604,
    RNN_KEEP_BEST: 605,
    RNN_THREADS: 606,
    RNN_SKIP_NONFINITE: 607,
    RNN_EPOCH: 611,
    RNN_BATCH: 612,
    RNN_SKIPPED: 613,
    RNN_STREAM_STEPS: 614,
    RNN_BUCKETS: 615,
    RNN_MEMORY_LIMIT: 616,

    /* real keys of rnn_trainer */
    RNN_MIN_DELTA: 701,

    /* real keys of rnn_trainer */
    RNN_BATCH_LOSS: 711,
    RNN_TRAINING_LOSS: 712,
    RNN_VALIDATION_LOSS: 713,
    RNN_BEST_LOSS: 714,

    /* RNN_EVENT_... */
    RNN_EVENT_BATCH: 1,
    RNN_EVENT_VALIDATION: 2,
    RNN_EVENT_EPOCH: 3,
    RNN_EVENT_EARLY_STOP: 4,
    RNN_EVENT_CHECKPOINT: 5,
});

/* Options, by their names here: the key, and its type. */
const keys = Object.freeze({
    cell: [constants.RNN_CELL, 'int'],
    inputSize: [constants.RNN_INPUT_SIZE, 'int'],
    vocabulary: [constants.RNN_VOCABULARY, 'int'],
    embeddingSize: [constants.RNN_EMBEDDING_SIZE, 'int'],
    hiddenSize: [constants.RNN_HIDDEN_SIZE, 'int'],
    layers: [constants.RNN_LAYERS, 'int'],
    classes: [constants.RNN_CLASSES, 'int'],
    seed: [constants.RNN_SEED, 'int'],
    direction: [constants.RNN_DIRECTION, 'int'],
    merge: [constants.RNN_MERGE, 'int'],
    bias: [constants.RNN_BIAS, 'int'],
    projectionSize: [constants.RNN_PROJECTION_SIZE, 'int'],
    residual: [constants.RNN_RESIDUAL, 'int'],
    output: [constants.RNN_OUTPUT, 'int'],
    reset: [constants.RNN_RESET, 'int'],
    peepholes: [constants.RNN_PEEPHOLES, 'int'],
    couple: [constants.RNN_COUPLE, 'int'],
    layerNorm: [constants.RNN_LAYER_NORM, 'int'],
    activationF: [constants.RNN_ACTIVATION_F, 'int'],
    activationG: [constants.RNN_ACTIVATION_G, 'int'],
    activationH: [constants.RNN_ACTIVATION_H, 'int'],
    initInput: [constants.RNN_INIT_INPUT, 'int'],
    initRecurrent: [constants.RNN_INIT_RECURRENT, 'int'],
    initBias: [constants.RNN_INIT_BIAS, 'int'],
    products: [constants.RNN_PRODUCTS, 'int'],
    precision: [constants.RNN_PRECISION, 'int'],
    outputSize: [constants.RNN_OUTPUT_SIZE, 'int'],
    kernelSize: [constants.RNN_KERNEL_SIZE, 'int'],
    stride: [constants.RNN_STRIDE, 'int'],
    dilation: [constants.RNN_DILATION, 'int'],
    groups: [constants.RNN_GROUPS, 'int'],
    padding: [constants.RNN_PADDING, 'int'],
    activation: [constants.RNN_ACTIVATION, 'int'],
    source: [constants.RNN_SOURCE, 'int'],
    initialState: [constants.RNN_INITIAL_STATE, 'int'],
    tied: [constants.RNN_TIED, 'int'],
    crf: [constants.RNN_CRF, 'int'],
    initRange: [constants.RNN_INIT_RANGE, 'real'],
    forgetBias: [constants.RNN_FORGET_BIAS, 'real'],
    dropout: [constants.RNN_DROPOUT, 'real'],
    recurrentDropout: [constants.RNN_RECURRENT_DROPOUT, 'real'],
    zoneout: [constants.RNN_ZONEOUT, 'real'],
    zoneoutCell: [constants.RNN_ZONEOUT_CELL, 'real'],
    clip: [constants.RNN_CLIP, 'real'],
    cellClip: [constants.RNN_CELL_CLIP, 'real'],
    alphaF: [constants.RNN_ALPHA_F, 'real'],
    betaF: [constants.RNN_BETA_F, 'real'],
    alphaG: [constants.RNN_ALPHA_G, 'real'],
    betaG: [constants.RNN_BETA_G, 'real'],
    alphaH: [constants.RNN_ALPHA_H, 'real'],
    betaH: [constants.RNN_BETA_H, 'real'],
    alpha: [constants.RNN_ALPHA, 'real'],
    beta: [constants.RNN_BETA, 'real'],
    prefix: [constants.RNN_PREFIX, 'text'],
    embeddingName: [constants.RNN_EMBEDDING_NAME, 'text'],
    headName: [constants.RNN_HEAD_NAME, 'text'],
    crfName: [constants.RNN_CRF_NAME, 'text'],
    reduction: [constants.RNN_REDUCTION, 'int'],
    ignored: [constants.RNN_IGNORED, 'int'],
    blank: [constants.RNN_BLANK, 'int'],
    zeroInfinity: [constants.RNN_ZERO_INFINITY, 'int'],
    skipMissing: [constants.RNN_SKIP_MISSING, 'int'],
    smoothing: [constants.RNN_SMOOTHING, 'real'],
    delta: [constants.RNN_DELTA, 'real'],
    preEmphasis: [constants.RNN_PRE_EMPHASIS, 'real'],
    energyFloor: [constants.RNN_ENERGY_FLOOR, 'real'],
    offsetWeight: [constants.RNN_OFFSET_WEIGHT, 'real'],
    minVariance: [constants.RNN_MIN_VARIANCE, 'real'],
    nesterov: [constants.RNN_NESTEROV, 'int'],
    schedule: [constants.RNN_SCHEDULE, 'int'],
    warmup: [constants.RNN_WARMUP, 'int'],
    period: [constants.RNN_PERIOD, 'int'],
    patience: [constants.RNN_PATIENCE, 'int'],
    updates: [constants.RNN_UPDATES, 'int'],
    plateau: [constants.RNN_PLATEAU, 'int'],
    amsgrad: [constants.RNN_AMSGRAD, 'int'],
    rate: [constants.RNN_RATE, 'real'],
    momentum: [constants.RNN_MOMENTUM, 'real'],
    beta1: [constants.RNN_BETA_1, 'real'],
    beta2: [constants.RNN_BETA_2, 'real'],
    epsilon: [constants.RNN_EPSILON, 'real'],
    weightDecay: [constants.RNN_WEIGHT_DECAY, 'real'],
    maxNorm: [constants.RNN_MAX_NORM, 'real'],
    maxAbs: [constants.RNN_MAX_ABS, 'real'],
    gamma: [constants.RNN_GAMMA, 'real'],
    minimumRate: [constants.RNN_MINIMUM_RATE, 'real'],
    plateauFactor: [constants.RNN_PLATEAU_FACTOR, 'real'],
    plateauThreshold: [constants.RNN_PLATEAU_THRESHOLD, 'real'],
    currentRate: [constants.RNN_CURRENT_RATE, 'real'],
    frozen: [constants.RNN_FROZEN, 'int'],
    rateFactor: [constants.RNN_RATE_FACTOR, 'real'],
    decayFactor: [constants.RNN_DECAY_FACTOR, 'real'],
    beamWidth: [constants.RNN_BEAM_WIDTH, 'int'],
    results: [constants.RNN_RESULTS, 'int'],
    startToken: [constants.RNN_START_TOKEN, 'int'],
    endToken: [constants.RNN_END_TOKEN, 'int'],
    minimumLength: [constants.RNN_MINIMUM_LENGTH, 'int'],
    maximumLength: [constants.RNN_MAXIMUM_LENGTH, 'int'],
    topK: [constants.RNN_TOP_K, 'int'],
    randomState: [constants.RNN_RANDOM_STATE, 'int'],
    lengthPenalty: [constants.RNN_LENGTH_PENALTY, 'real'],
    temperature: [constants.RNN_TEMPERATURE, 'real'],
    topP: [constants.RNN_TOP_P, 'real'],
    scorerWeight: [constants.RNN_SCORER_WEIGHT, 'real'],
    insertionBonus: [constants.RNN_INSERTION_BONUS, 'real'],
    beamThreshold: [constants.RNN_BEAM_THRESHOLD, 'real'],
    epochs: [constants.RNN_EPOCHS, 'int'],
    batchSize: [constants.RNN_BATCH_SIZE, 'int'],
    shuffle: [constants.RNN_SHUFFLE, 'int'],
    earlyStop: [constants.RNN_EARLY_STOP, 'int'],
    keepBest: [constants.RNN_KEEP_BEST, 'int'],
    threads: [constants.RNN_THREADS, 'int'],
    skipNonfinite: [constants.RNN_SKIP_NONFINITE, 'int'],
    epoch: [constants.RNN_EPOCH, 'int'],
    batch: [constants.RNN_BATCH, 'int'],
    skipped: [constants.RNN_SKIPPED, 'int'],
    streamSteps: [constants.RNN_STREAM_STEPS, 'int'],
    buckets: [constants.RNN_BUCKETS, 'int'],
    memoryLimit: [constants.RNN_MEMORY_LIMIT, 'int'],
    minDelta: [constants.RNN_MIN_DELTA, 'real'],
    batchLoss: [constants.RNN_BATCH_LOSS, 'real'],
    trainingLoss: [constants.RNN_TRAINING_LOSS, 'real'],
    validationLoss: [constants.RNN_VALIDATION_LOSS, 'real'],
    bestLoss: [constants.RNN_BEST_LOSS, 'real'],
});

const opaqueTypes = [
    'rnn_config',
    'rnn_model',
    'rnn_session',
    'rnn_loss',
    'rnn_optimizer',
    'rnn_decoder',
    'rnn_attention',
    'rnn_dataset',
    'rnn_sample',
    'rnn_trainer',
];

/* Names and prototypes. */
const callbacks = [
    ['rnn_task', `
        void rnn_task_function(void *context, size_t index)`],
    ['rnn_parallel_for', `
        void rnn_parallel_for_function(void *user, size_t count, rnn_task task, void *context)`],
    ['rnn_loss_function', `
        int32_t rnn_loss_function_function(void *user, rnn_loss *loss, double *value, double *weight, float *dy,
            const float *y, size_t y_count)`],
    ['rnn_scorer', `
        int32_t rnn_scorer_function(void *user, float *scores, size_t scores_count, const int32_t *slots,
            const int32_t *labels, const int32_t *parents, size_t rows)`],
    ['rnn_generator', `
        int32_t rnn_generator_function(void *user, float *logits, size_t logits_count, const int32_t *tokens,
            const int32_t *parents, size_t rows)`],
    ['rnn_sample_function', `
        int32_t rnn_sample_function_function(void *user, rnn_sample *sample, size_t index, int64_t seed)`],
    ['rnn_progress', `
        int32_t rnn_progress_function(void *user, rnn_trainer *trainer, int32_t event)`],
];

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
    int32_t rnn_config_get_int(rnn_config *config, int32_t key, _Out_ int64_t *value);
    int32_t rnn_config_get_real(rnn_config *config, int32_t key, _Out_ double *value);
    int32_t rnn_config_get_text(rnn_config *config, int32_t key, _Out_ const char **value);
    int32_t rnn_config_infer(rnn_config *config, const char *path);
    int32_t rnn_config_infer_memory(rnn_config *config, const void *bytes, size_t count);
    int32_t rnn_config_add_layer(rnn_config *config, _Out_ size_t *index, int32_t kind);
    int32_t rnn_config_layer_count(rnn_config *config, _Out_ size_t *count);
    int32_t rnn_config_set_layer_int(rnn_config *config, size_t layer, int32_t key, int64_t value);
    int32_t rnn_config_set_layer_real(rnn_config *config, size_t layer, int32_t key, double value);
    int32_t rnn_config_set_layer_text(rnn_config *config, size_t layer, int32_t key, const char *value);
    int32_t rnn_config_get_layer_int(rnn_config *config, size_t layer, int32_t key, _Out_ int64_t *value);
    int32_t rnn_config_get_layer_real(rnn_config *config, size_t layer, int32_t key, _Out_ double *value);
    int32_t rnn_config_get_layer_text(rnn_config *config, size_t layer, int32_t key, _Out_ const char **value);
    const char *rnn_config_last_error(const rnn_config *config);
    int32_t rnn_create(_Out_ rnn_model **out, rnn_config *config);
    int32_t rnn_retain(rnn_model *model);
    void rnn_destroy(rnn_model *model);
    int32_t rnn_model_get_int(const rnn_model *model, int32_t key, _Out_ int64_t *value);
    int32_t rnn_model_get_real(const rnn_model *model, int32_t key, _Out_ double *value);
    int32_t rnn_model_get_text(const rnn_model *model, int32_t key, _Out_ const char **value);
    int32_t rnn_model_output_size(const rnn_model *model, _Out_ size_t *outputs);
    int32_t rnn_model_layer_count(const rnn_model *model, _Out_ size_t *count);
    int32_t rnn_model_layer_kind(const rnn_model *model, size_t layer, _Inout_ int32_t *kind);
    int32_t rnn_model_get_layer_int(const rnn_model *model, size_t layer, int32_t key, _Out_ int64_t *value);
    int32_t rnn_model_get_layer_real(const rnn_model *model, size_t layer, int32_t key, _Out_ double *value);
    int32_t rnn_model_get_layer_text(const rnn_model *model, size_t layer, int32_t key, _Out_ const char **value);
    int32_t rnn_describe(const rnn_model *model, _Inout_ char *text, size_t capacity, _Out_ size_t *size, size_t steps,
        size_t batch);
    int32_t rnn_model_tensor_count(const rnn_model *model, _Out_ size_t *count);
    int32_t rnn_model_tensor_info(const rnn_model *model, size_t index, _Out_ const char **name, _Out_ size_t *rank,
        _Out_ size_t *shape, size_t shape_count, _Out_ size_t *offset);
    int32_t rnn_model_parameters(const rnn_model *model, _Out_ const float **values, _Out_ size_t *count);
    int32_t rnn_model_set_parameters(rnn_model *model, const float *values, size_t values_count);
    int32_t rnn_model_get_parameter(const rnn_model *model, const char *name, _Inout_ float *values,
        size_t values_count);
    int32_t rnn_model_set_parameter(rnn_model *model, const char *name, const float *values, size_t values_count);
    int32_t rnn_model_set_precision(rnn_model *model, int32_t precision);
    int32_t rnn_model_release_parameters(rnn_model *model);
    int32_t rnn_model_set_metadata(rnn_model *model, const char *key, const char *value);
    int32_t rnn_model_get_metadata(const rnn_model *model, const char *key, _Out_ const char **value);
    int32_t rnn_save(const rnn_model *model, const char *path);
    int32_t rnn_save_memory(const rnn_model *model, _Inout_ void *bytes, size_t capacity, _Out_ size_t *size);
    int32_t rnn_save_as(const rnn_model *model, const char *path, int32_t precision);
    int32_t rnn_save_memory_as(const rnn_model *model, _Inout_ void *bytes, size_t capacity, _Out_ size_t *size,
        int32_t precision);
    int32_t rnn_load(_Out_ rnn_model **out, const char *path);
    int32_t rnn_load_memory(_Out_ rnn_model **out, const void *bytes, size_t count);
    int32_t rnn_model_load_parameters(rnn_model *model, const char *path);
    int32_t rnn_model_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);
    int32_t rnn_model_unused_tensors(const rnn_model *model, const char *path, _Inout_ char *text, size_t capacity,
        _Out_ size_t *size);
    int32_t rnn_model_unused_tensors_memory(const rnn_model *model, const void *bytes, size_t count, _Inout_ char *text,
        size_t capacity, _Out_ size_t *size);
    int32_t rnn_model_import_onnx(rnn_model *model, size_t layer, int32_t input, const float *values,
        size_t values_count);
    int32_t rnn_model_export_onnx(const rnn_model *model, size_t layer, int32_t input, _Inout_ float *values,
        size_t values_count);
    int32_t rnn_model_import_keras(rnn_model *model, size_t layer, size_t direction, int32_t weight,
        const float *values, size_t values_count);
    int32_t rnn_model_export_keras(const rnn_model *model, size_t layer, size_t direction, int32_t weight,
        _Inout_ float *values, size_t values_count);
    int32_t rnn_model_import_tf1_lstm(rnn_model *model, size_t layer, size_t direction, const float *kernel,
        size_t kernel_count, const float *bias, size_t bias_count, double forget_bias);
    int32_t rnn_session_create(_Out_ rnn_session **out, rnn_model *model, int32_t mode);
    void rnn_session_destroy(rnn_session *session);
    int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);
    int32_t rnn_reset_state(rnn_session *session, size_t batch);
    int32_t rnn_session_output_steps(rnn_session *session, size_t steps, _Out_ size_t *output_steps);
    int32_t rnn_session_output_lengths(rnn_session *session, _Inout_ int32_t *lengths, size_t lengths_count);
    int32_t rnn_session_has_output(rnn_session *session, _Inout_ int32_t *has);
    int32_t rnn_session_get_state(rnn_session *session, int32_t kind, _Inout_ float *values, size_t values_count);
    int32_t rnn_session_set_state(rnn_session *session, int32_t kind, const float *values, size_t values_count);
    int32_t rnn_session_row_state_count(rnn_session *session, _Out_ size_t *count);
    int32_t rnn_session_get_row_state(rnn_session *session, size_t row, _Inout_ float *values, size_t values_count);
    int32_t rnn_session_set_row_state(rnn_session *session, size_t row, const float *values, size_t values_count);
    int32_t rnn_session_reset_row(rnn_session *session, size_t row);
    int32_t rnn_session_set_state_gradient(rnn_session *session, int32_t kind, const float *values,
        size_t values_count);
    int32_t rnn_session_get_state_gradient(rnn_session *session, int32_t kind, _Inout_ float *values,
        size_t values_count);
    int32_t rnn_session_seed_dropout(rnn_session *session, int64_t seed);
    int32_t rnn_session_set_threads(rnn_session *session, size_t threads);
    int32_t rnn_session_set_parallel_for(rnn_session *session, size_t threads, rnn_parallel_for parallel_for,
        void *user);
    int32_t rnn_session_set_recompute(rnn_session *session, size_t steps);
    const char *rnn_session_last_error(const rnn_session *session);
    int32_t rnn_forward(rnn_session *session, _Inout_ float *y, size_t y_count, const float *x, size_t x_count,
        const int32_t *lengths, size_t lengths_count, size_t steps);
    int32_t rnn_forward_tokens(rnn_session *session, _Inout_ float *y, size_t y_count, const int32_t *tokens,
        size_t tokens_count, const int32_t *lengths, size_t lengths_count, size_t steps);
    int32_t rnn_session_set_step_mask(rnn_session *session, const int32_t *mask, size_t mask_count);
    int32_t rnn_session_set_resets(rnn_session *session, const int32_t *resets, size_t resets_count);
    int32_t rnn_step(rnn_session *session, _Inout_ float *y, size_t y_count, const float *x, size_t x_count);
    int32_t rnn_step_tokens(rnn_session *session, _Inout_ float *y, size_t y_count, const int32_t *tokens,
        size_t tokens_count);
    int32_t rnn_backward(rnn_session *session, _Inout_ float *dx, size_t dx_count, const float *dy, size_t dy_count);
    int32_t rnn_zero_gradients(rnn_session *session);
    int32_t rnn_session_gradients(rnn_session *session, _Out_ float **values, _Out_ size_t *count);
    int32_t rnn_session_get_gradient(rnn_session *session, const char *name, _Inout_ float *values,
        size_t values_count);
    int32_t rnn_session_add_gradients(rnn_session *session, const float *values, size_t values_count);
    int32_t rnn_session_clip_gradient_norm(rnn_session *session, _Out_ double *norm, double max_norm);
    int32_t rnn_session_clip_gradient_value(rnn_session *session, double max_abs);
    int32_t rnn_sgd_step(rnn_session *session, double rate);
    int32_t rnn_softmax_cross_entropy(_Out_ double *loss, _Inout_ float *dlogits, size_t dlogits_count,
        const float *logits, size_t logits_count, const int32_t *targets, size_t targets_count, size_t classes);
    int32_t rnn_softmax(_Inout_ float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes);
    int32_t rnn_loss_create(_Out_ rnn_loss **out, int32_t kind);
    void rnn_loss_destroy(rnn_loss *loss);
    int32_t rnn_loss_set_int(rnn_loss *loss, int32_t key, int64_t value);
    int32_t rnn_loss_set_real(rnn_loss *loss, int32_t key, double value);
    int32_t rnn_loss_get_int(rnn_loss *loss, int32_t key, _Out_ int64_t *value);
    int32_t rnn_loss_get_real(rnn_loss *loss, int32_t key, _Out_ double *value);
    int32_t rnn_loss_set_threads(rnn_loss *loss, size_t threads);
    int32_t rnn_loss_set_class_weights(rnn_loss *loss, const float *weights, size_t weights_count);
    int32_t rnn_loss_set_quantiles(rnn_loss *loss, const float *levels, size_t levels_count);
    int32_t rnn_loss_set_batch(rnn_loss *loss, const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch,
        size_t classes);
    int32_t rnn_loss_set_batch_of_session(rnn_loss *loss, const rnn_session *session);
    int32_t rnn_loss_set_mask(rnn_loss *loss, const float *mask, size_t mask_count);
    int32_t rnn_loss_set_step_mask(rnn_loss *loss, const int32_t *mask, size_t mask_count);
    int32_t rnn_loss_set_sequence_weights(rnn_loss *loss, const float *weights, size_t weights_count);
    int32_t rnn_loss_set_label_lengths(rnn_loss *loss, const int32_t *label_lengths, size_t label_lengths_count);
    int32_t rnn_loss_of_classes(rnn_loss *loss, _Out_ double *value, _Inout_ float *dy, size_t dy_count, const float *y,
        size_t y_count, const int32_t *classes, size_t classes_count);
    int32_t rnn_loss_of_values(rnn_loss *loss, _Out_ double *value, _Inout_ float *dy, size_t dy_count, const float *y,
        size_t y_count, const float *values, size_t values_count);
    int32_t rnn_loss_get_sequence_losses(rnn_loss *loss, _Out_ double *losses, size_t losses_count);
    int32_t rnn_loss_set_transitions(rnn_loss *loss, const float *start, size_t start_count, const float *end,
        size_t end_count, const float *transitions, size_t transitions_count);
    int32_t rnn_loss_set_transitions_of_model(rnn_loss *loss, const rnn_model *model);
    int32_t rnn_loss_get_transition_gradients(rnn_loss *loss, _Inout_ float *dstart, size_t dstart_count,
        _Inout_ float *dend, size_t dend_count, _Inout_ float *dtransitions, size_t dtransitions_count);
    int32_t rnn_session_add_transition_gradients(rnn_session *session, const rnn_loss *loss);
    int32_t rnn_loss_set_callback(rnn_loss *loss, rnn_loss_function callback, void *user);
    int32_t rnn_loss_get_batch(rnn_loss *loss, _Out_ const int32_t **lengths, _Out_ size_t *steps, _Out_ size_t *batch,
        _Out_ size_t *classes);
    int32_t rnn_loss_get_mask(rnn_loss *loss, _Out_ const float **mask, _Out_ size_t *mask_count);
    int32_t rnn_loss_get_step_mask(rnn_loss *loss, _Out_ const int32_t **mask, _Out_ size_t *mask_count);
    int32_t rnn_loss_get_sequence_weights(rnn_loss *loss, _Out_ const float **weights, _Out_ size_t *weights_count);
    int32_t rnn_loss_get_classes(rnn_loss *loss, _Out_ const int32_t **classes, _Out_ size_t *classes_count);
    int32_t rnn_loss_get_values(rnn_loss *loss, _Out_ const float **values, _Out_ size_t *values_count);
    const char *rnn_loss_last_error(const rnn_loss *loss);
    int32_t rnn_optimizer_create(_Out_ rnn_optimizer **out, int32_t kind, size_t parameters_count);
    int32_t rnn_optimizer_create_for_model(_Out_ rnn_optimizer **out, int32_t kind, const rnn_model *model);
    void rnn_optimizer_destroy(rnn_optimizer *optimizer);
    int32_t rnn_optimizer_set_int(rnn_optimizer *optimizer, int32_t key, int64_t value);
    int32_t rnn_optimizer_set_real(rnn_optimizer *optimizer, int32_t key, double value);
    int32_t rnn_optimizer_get_int(rnn_optimizer *optimizer, int32_t key, _Out_ int64_t *value);
    int32_t rnn_optimizer_get_real(rnn_optimizer *optimizer, int32_t key, _Out_ double *value);
    int32_t rnn_optimizer_set_tensors_int(rnn_optimizer *optimizer, const char *prefix, int32_t key, int64_t value);
    int32_t rnn_optimizer_set_tensors_real(rnn_optimizer *optimizer, const char *prefix, int32_t key, double value);
    int32_t rnn_optimizer_get_tensor_int(rnn_optimizer *optimizer, const char *name, int32_t key, _Out_ int64_t *value);
    int32_t rnn_optimizer_get_tensor_real(rnn_optimizer *optimizer, const char *name, int32_t key, _Out_ double *value);
    int32_t rnn_optimizer_exempt_biases(rnn_optimizer *optimizer);
    int32_t rnn_optimizer_step(rnn_optimizer *optimizer, rnn_session *session);
    int32_t rnn_optimizer_step_arrays(rnn_optimizer *optimizer, _Inout_ float *parameters, size_t parameters_count,
        const float *gradients, size_t gradients_count);
    int32_t rnn_optimizer_set_threads(rnn_optimizer *optimizer, size_t threads);
    int32_t rnn_optimizer_report(rnn_optimizer *optimizer, double loss);
    int32_t rnn_optimizer_save(const rnn_optimizer *optimizer, const char *path);
    int32_t rnn_optimizer_save_memory(const rnn_optimizer *optimizer, _Inout_ void *bytes, size_t capacity,
        _Out_ size_t *size);
    int32_t rnn_optimizer_load(_Out_ rnn_optimizer **out, const char *path);
    int32_t rnn_optimizer_load_memory(_Out_ rnn_optimizer **out, const void *bytes, size_t count);
    const char *rnn_optimizer_last_error(const rnn_optimizer *optimizer);
    int32_t rnn_decoder_create(_Out_ rnn_decoder **out, int32_t kind);
    void rnn_decoder_destroy(rnn_decoder *decoder);
    int32_t rnn_decoder_set_int(rnn_decoder *decoder, int32_t key, int64_t value);
    int32_t rnn_decoder_set_real(rnn_decoder *decoder, int32_t key, double value);
    int32_t rnn_decoder_get_int(rnn_decoder *decoder, int32_t key, _Out_ int64_t *value);
    int32_t rnn_decoder_get_real(rnn_decoder *decoder, int32_t key, _Out_ double *value);
    int32_t rnn_decoder_decode(rnn_decoder *decoder, const float *logits, size_t logits_count, const int32_t *lengths,
        size_t lengths_count, size_t steps, size_t batch, size_t classes);
    int32_t rnn_decoder_set_step_mask(rnn_decoder *decoder, const int32_t *mask, size_t mask_count);
    int32_t rnn_decoder_begin(rnn_decoder *decoder, size_t batch, size_t classes);
    int32_t rnn_decoder_feed(rnn_decoder *decoder, const float *logits, size_t logits_count, const int32_t *lengths,
        size_t lengths_count, size_t steps);
    int32_t rnn_decoder_get_stable_count(rnn_decoder *decoder, size_t sequence, _Out_ size_t *count);
    int32_t rnn_decoder_set_scorer(rnn_decoder *decoder, rnn_scorer scorer, void *user);
    int32_t rnn_decoder_search(rnn_decoder *decoder, size_t classes, rnn_generator generator, void *user);
    int32_t rnn_session_next(void *session, _Inout_ float *logits, size_t logits_count, const int32_t *tokens,
        const int32_t *parents, size_t rows);
    int32_t rnn_decoder_get_result_count(rnn_decoder *decoder, size_t sequence, _Out_ size_t *count);
    int32_t rnn_decoder_get_result(rnn_decoder *decoder, size_t sequence, size_t rank, _Out_ const int32_t **tokens,
        _Out_ const int32_t **steps, _Out_ const float **scores, _Out_ size_t *count, _Out_ double *score);
    int32_t rnn_decoder_sample(rnn_decoder *decoder, _Inout_ int32_t *tokens, size_t tokens_count, const float *logits,
        size_t logits_count, size_t classes);
    int32_t rnn_decoder_set_transitions(rnn_decoder *decoder, const float *start, size_t start_count, const float *end,
        size_t end_count, const float *transitions, size_t transitions_count);
    int32_t rnn_decoder_set_transitions_of_model(rnn_decoder *decoder, const rnn_model *model);
    int32_t rnn_decoder_get_marginals(rnn_decoder *decoder, _Inout_ float *p, size_t p_count);
    const char *rnn_decoder_last_error(const rnn_decoder *decoder);
    int32_t rnn_session_select_state(rnn_session *session, const int32_t *rows, size_t rows_count);
    int32_t rnn_attention_create(_Out_ rnn_attention **out, int32_t score, size_t query_size, size_t memory_size,
        size_t units, int64_t seed);
    void rnn_attention_destroy(rnn_attention *attention);
    int32_t rnn_attention_set_int(rnn_attention *attention, int32_t key, int64_t value);
    int32_t rnn_attention_get_int(rnn_attention *attention, int32_t key, _Out_ int64_t *value);
    int32_t rnn_attention_parameters(rnn_attention *attention, _Out_ const float **values, _Out_ size_t *count);
    int32_t rnn_attention_gradients(rnn_attention *attention, _Out_ float **values, _Out_ size_t *count);
    int32_t rnn_attention_set_parameters(rnn_attention *attention, const float *values, size_t values_count);
    int32_t rnn_attention_step(rnn_attention *attention, rnn_optimizer *optimizer);
    int32_t rnn_attention_zero_gradients(rnn_attention *attention);
    int32_t rnn_attention_set_memory(rnn_attention *attention, const float *memory, size_t memory_count,
        const int32_t *lengths, size_t lengths_count, size_t steps, size_t batch);
    int32_t rnn_attention_forward(rnn_attention *attention, float *context, size_t context_count,
        _Inout_ float *weights, size_t weights_count, const float *queries, size_t queries_count);
    int32_t rnn_attention_backward(rnn_attention *attention, _Inout_ float *dqueries, size_t dqueries_count,
        const float *dcontext, size_t dcontext_count, const float *queries, size_t queries_count, const float *weights,
        size_t weights_count);
    int32_t rnn_attention_backward_memory(rnn_attention *attention, _Inout_ float *dmemory, size_t dmemory_count);
    const char *rnn_attention_last_error(const rnn_attention *attention);
    int32_t rnn_dataset_create(_Out_ rnn_dataset **out);
    void rnn_dataset_destroy(rnn_dataset *dataset);
    int32_t rnn_dataset_count(const rnn_dataset *dataset, _Out_ size_t *count);
    int32_t rnn_dataset_add(rnn_dataset *dataset, _Out_ size_t *index, const float *x, size_t x_count, size_t steps);
    int32_t rnn_dataset_add_tokens(rnn_dataset *dataset, _Out_ size_t *index, const int32_t *tokens,
        size_t tokens_count);
    int32_t rnn_dataset_set_classes(rnn_dataset *dataset, size_t index, const int32_t *classes, size_t classes_count);
    int32_t rnn_dataset_set_values(rnn_dataset *dataset, size_t index, const float *values, size_t values_count);
    int32_t rnn_dataset_set_mask(rnn_dataset *dataset, size_t index, const float *mask, size_t mask_count);
    int32_t rnn_dataset_set_weight(rnn_dataset *dataset, size_t index, double weight);
    int32_t rnn_dataset_set_step_mask(rnn_dataset *dataset, size_t index, const int32_t *mask, size_t mask_count);
    int32_t rnn_dataset_create_from_source(_Out_ rnn_dataset **out, size_t count, size_t most_steps,
        size_t most_targets, rnn_sample_function source, void *user);
    int32_t rnn_dataset_set_transform(rnn_dataset *dataset, rnn_sample_function transform, void *user);
    int32_t rnn_sample_set_x(rnn_sample *sample, const float *x, size_t x_count, size_t steps);
    int32_t rnn_sample_set_tokens(rnn_sample *sample, const int32_t *tokens, size_t tokens_count);
    int32_t rnn_sample_set_classes(rnn_sample *sample, const int32_t *classes, size_t classes_count);
    int32_t rnn_sample_set_values(rnn_sample *sample, const float *values, size_t values_count);
    int32_t rnn_sample_set_mask(rnn_sample *sample, const float *mask, size_t mask_count);
    int32_t rnn_sample_set_step_mask(rnn_sample *sample, const int32_t *mask, size_t mask_count);
    int32_t rnn_sample_set_weight(rnn_sample *sample, double weight);
    int32_t rnn_sample_get_x(rnn_sample *sample, _Out_ const float **x, _Out_ size_t *x_count, _Out_ size_t *steps);
    int32_t rnn_sample_get_tokens(rnn_sample *sample, _Out_ const int32_t **tokens, _Out_ size_t *tokens_count);
    int32_t rnn_sample_get_classes(rnn_sample *sample, _Out_ const int32_t **classes, _Out_ size_t *classes_count);
    int32_t rnn_sample_get_values(rnn_sample *sample, _Out_ const float **values, _Out_ size_t *values_count);
    int32_t rnn_sample_get_mask(rnn_sample *sample, _Out_ const float **mask, _Out_ size_t *mask_count);
    int32_t rnn_sample_get_step_mask(rnn_sample *sample, _Out_ const int32_t **mask, _Out_ size_t *mask_count);
    int32_t rnn_trainer_create(_Out_ rnn_trainer **out, rnn_model *model, rnn_optimizer *optimizer, rnn_loss *loss);
    void rnn_trainer_destroy(rnn_trainer *trainer);
    int32_t rnn_trainer_set_int(rnn_trainer *trainer, int32_t key, int64_t value);
    int32_t rnn_trainer_set_real(rnn_trainer *trainer, int32_t key, double value);
    int32_t rnn_trainer_get_int(rnn_trainer *trainer, int32_t key, _Out_ int64_t *value);
    int32_t rnn_trainer_get_real(rnn_trainer *trainer, int32_t key, _Out_ double *value);
    int32_t rnn_trainer_set_checkpoint(rnn_trainer *trainer, const char *path);
    int32_t rnn_trainer_set_callback(rnn_trainer *trainer, rnn_progress callback, void *user);
    int32_t rnn_fit(rnn_trainer *trainer, const rnn_dataset *training, const rnn_dataset *validation);
    int32_t rnn_evaluate(rnn_trainer *trainer, _Out_ double *loss, _Out_ double *accuracy, const rnn_dataset *dataset);
    int32_t rnn_trainer_save(rnn_trainer *trainer, const char *path);
    int32_t rnn_trainer_load(rnn_trainer *trainer, const char *path);
    const char *rnn_trainer_last_error(const rnn_trainer *trainer);
`;

/* Functions whose status must be checked. */
const checked = new Set([
    'rnn_config_create',
    'rnn_config_set_int',
    'rnn_config_set_real',
    'rnn_config_set_text',
    'rnn_config_get_int',
    'rnn_config_get_real',
    'rnn_config_get_text',
    'rnn_config_infer',
    'rnn_config_infer_memory',
    'rnn_config_add_layer',
    'rnn_config_layer_count',
    'rnn_config_set_layer_int',
    'rnn_config_set_layer_real',
    'rnn_config_set_layer_text',
    'rnn_config_get_layer_int',
    'rnn_config_get_layer_real',
    'rnn_config_get_layer_text',
    'rnn_create',
    'rnn_retain',
    'rnn_model_get_int',
    'rnn_model_get_real',
    'rnn_model_get_text',
    'rnn_model_output_size',
    'rnn_model_layer_count',
    'rnn_model_layer_kind',
    'rnn_model_get_layer_int',
    'rnn_model_get_layer_real',
    'rnn_model_get_layer_text',
    'rnn_describe',
    'rnn_model_tensor_count',
    'rnn_model_tensor_info',
    'rnn_model_parameters',
    'rnn_model_set_parameters',
    'rnn_model_get_parameter',
    'rnn_model_set_parameter',
    'rnn_model_set_precision',
    'rnn_model_release_parameters',
    'rnn_model_set_metadata',
    'rnn_model_get_metadata',
    'rnn_save',
    'rnn_save_memory',
    'rnn_save_as',
    'rnn_save_memory_as',
    'rnn_load',
    'rnn_load_memory',
    'rnn_model_load_parameters',
    'rnn_model_load_parameters_memory',
    'rnn_model_unused_tensors',
    'rnn_model_unused_tensors_memory',
    'rnn_model_import_onnx',
    'rnn_model_export_onnx',
    'rnn_model_import_keras',
    'rnn_model_export_keras',
    'rnn_model_import_tf1_lstm',
    'rnn_session_create',
    'rnn_session_reserve',
    'rnn_reset_state',
    'rnn_session_output_steps',
    'rnn_session_output_lengths',
    'rnn_session_has_output',
    'rnn_session_get_state',
    'rnn_session_set_state',
    'rnn_session_row_state_count',
    'rnn_session_get_row_state',
    'rnn_session_set_row_state',
    'rnn_session_reset_row',
    'rnn_session_set_state_gradient',
    'rnn_session_get_state_gradient',
    'rnn_session_seed_dropout',
    'rnn_session_set_threads',
    'rnn_session_set_parallel_for',
    'rnn_session_set_recompute',
    'rnn_forward',
    'rnn_forward_tokens',
    'rnn_session_set_step_mask',
    'rnn_session_set_resets',
    'rnn_step',
    'rnn_step_tokens',
    'rnn_backward',
    'rnn_zero_gradients',
    'rnn_session_gradients',
    'rnn_session_get_gradient',
    'rnn_session_add_gradients',
    'rnn_session_clip_gradient_norm',
    'rnn_session_clip_gradient_value',
    'rnn_sgd_step',
    'rnn_softmax_cross_entropy',
    'rnn_softmax',
    'rnn_loss_create',
    'rnn_loss_set_int',
    'rnn_loss_set_real',
    'rnn_loss_get_int',
    'rnn_loss_get_real',
    'rnn_loss_set_threads',
    'rnn_loss_set_class_weights',
    'rnn_loss_set_quantiles',
    'rnn_loss_set_batch',
    'rnn_loss_set_batch_of_session',
    'rnn_loss_set_mask',
    'rnn_loss_set_step_mask',
    'rnn_loss_set_sequence_weights',
    'rnn_loss_set_label_lengths',
    'rnn_loss_of_classes',
    'rnn_loss_of_values',
    'rnn_loss_get_sequence_losses',
    'rnn_loss_set_transitions',
    'rnn_loss_set_transitions_of_model',
    'rnn_loss_get_transition_gradients',
    'rnn_session_add_transition_gradients',
    'rnn_loss_set_callback',
    'rnn_loss_get_batch',
    'rnn_loss_get_mask',
    'rnn_loss_get_step_mask',
    'rnn_loss_get_sequence_weights',
    'rnn_loss_get_classes',
    'rnn_loss_get_values',
    'rnn_optimizer_create',
    'rnn_optimizer_create_for_model',
    'rnn_optimizer_set_int',
    'rnn_optimizer_set_real',
    'rnn_optimizer_get_int',
    'rnn_optimizer_get_real',
    'rnn_optimizer_set_tensors_int',
    'rnn_optimizer_set_tensors_real',
    'rnn_optimizer_get_tensor_int',
    'rnn_optimizer_get_tensor_real',
    'rnn_optimizer_exempt_biases',
    'rnn_optimizer_step',
    'rnn_optimizer_step_arrays',
    'rnn_optimizer_set_threads',
    'rnn_optimizer_report',
    'rnn_optimizer_save',
    'rnn_optimizer_save_memory',
    'rnn_optimizer_load',
    'rnn_optimizer_load_memory',
    'rnn_decoder_create',
    'rnn_decoder_set_int',
    'rnn_decoder_set_real',
    'rnn_decoder_get_int',
    'rnn_decoder_get_real',
    'rnn_decoder_decode',
    'rnn_decoder_set_step_mask',
    'rnn_decoder_begin',
    'rnn_decoder_feed',
    'rnn_decoder_get_stable_count',
    'rnn_decoder_set_scorer',
    'rnn_decoder_search',
    'rnn_session_next',
    'rnn_decoder_get_result_count',
    'rnn_decoder_get_result',
    'rnn_decoder_sample',
    'rnn_decoder_set_transitions',
    'rnn_decoder_set_transitions_of_model',
    'rnn_decoder_get_marginals',
    'rnn_session_select_state',
    'rnn_attention_create',
    'rnn_attention_set_int',
    'rnn_attention_get_int',
    'rnn_attention_parameters',
    'rnn_attention_gradients',
    'rnn_attention_set_parameters',
    'rnn_attention_step',
    'rnn_attention_zero_gradients',
    'rnn_attention_set_memory',
    'rnn_attention_forward',
    'rnn_attention_backward',
    'rnn_attention_backward_memory',
    'rnn_dataset_create',
    'rnn_dataset_count',
    'rnn_dataset_add',
    'rnn_dataset_add_tokens',
    'rnn_dataset_set_classes',
    'rnn_dataset_set_values',
    'rnn_dataset_set_mask',
    'rnn_dataset_set_weight',
    'rnn_dataset_set_step_mask',
    'rnn_dataset_create_from_source',
    'rnn_dataset_set_transform',
    'rnn_sample_set_x',
    'rnn_sample_set_tokens',
    'rnn_sample_set_classes',
    'rnn_sample_set_values',
    'rnn_sample_set_mask',
    'rnn_sample_set_step_mask',
    'rnn_sample_set_weight',
    'rnn_sample_get_x',
    'rnn_sample_get_tokens',
    'rnn_sample_get_classes',
    'rnn_sample_get_values',
    'rnn_sample_get_mask',
    'rnn_sample_get_step_mask',
    'rnn_trainer_create',
    'rnn_trainer_set_int',
    'rnn_trainer_set_real',
    'rnn_trainer_get_int',
    'rnn_trainer_get_real',
    'rnn_trainer_set_checkpoint',
    'rnn_trainer_set_callback',
    'rnn_fit',
    'rnn_evaluate',
    'rnn_trainer_save',
    'rnn_trainer_load',
]);

module.exports = { soname, constants, keys, opaqueTypes, callbacks, prototypes, checked };
