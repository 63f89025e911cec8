/* librnn for Node, by koffi: recurrent neural networks, trained and run on the CPU.
 *
 * Every class and method does what the function of that name in rnn.h does; the texts there hold, shapes included.
 * Arrays are Float32Array and Int32Array, used in place; counts come from them, and the library checks them.  Where the
 * library takes (NULL, 0), null says so. */
'use strict';

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
    RNN_RATE: 401,
    RNN_MOMENTUM: 402,
    RNN_BETA_1: 403,
    RNN_BETA_2: 404,
    RNN_EPSILON: 405,
    RNN_WEIGHT_DECAY: 406,
    RNN_MAX_NORM: 407,
    RNN_MAX_ABS: 408,
    RNN_GAMMA: 409,
    RNN_RATE_LEAST: 410,
    RNN_PLATEAU_FACTOR: 411,
    RNN_PLATEAU_THRESHOLD: 412,
    RNN_RATE_NOW: 413,

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

for (const name of ['rnn_config', 'rnn_model', 'rnn_session'])
    koffi.opaque(name);
koffi.pointer('rnn_task', koffi.proto('void rnn_task_function(void *context, size_t index)'));
koffi.pointer('rnn_parallel_for', koffi.proto(
    'void rnn_parallel_for_function(void *user, size_t count, rnn_task task, void *context)'));

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
    int32_t rnn_get_int(const rnn_model *model, _Out_ int64_t *value, int32_t key);
    int32_t rnn_get_real(const rnn_model *model, _Out_ double *value, int32_t key);
    int32_t rnn_get_text(const rnn_model *model, _Out_ const char **value, int32_t key);
    int32_t rnn_describe(const rnn_model *model, _Out_ char *text, size_t capacity, _Out_ size_t *size, size_t steps,
                         size_t batch);
    int32_t rnn_tensor_count(const rnn_model *model, _Out_ size_t *count);
    int32_t rnn_tensor_info(const rnn_model *model, _Out_ const char **name, _Out_ size_t *rank, _Out_ size_t *shape,
                            size_t shape_count, _Out_ size_t *offset, size_t index);
    int32_t rnn_parameters(const rnn_model *model, _Out_ const float **values, _Out_ size_t *count);
    int32_t rnn_set_parameters(rnn_model *model, const float *values, size_t count);
    int32_t rnn_get_parameter(const rnn_model *model, _Out_ float *values, size_t count, const char *name);
    int32_t rnn_set_parameter(rnn_model *model, const float *values, size_t count, const char *name);
    int32_t rnn_set_metadata(rnn_model *model, const char *key, const char *value);
    int32_t rnn_get_metadata(const rnn_model *model, _Out_ const char **value, const char *key);
    int32_t rnn_save(const rnn_model *model, const char *path);
    int32_t rnn_save_memory(const rnn_model *model, _Out_ void *bytes, size_t capacity, _Out_ size_t *size);
    int32_t rnn_load(_Out_ rnn_model **out, const char *path);
    int32_t rnn_load_memory(_Out_ rnn_model **out, const void *bytes, size_t count);
    int32_t rnn_load_parameters(rnn_model *model, const char *path);
    int32_t rnn_load_parameters_memory(rnn_model *model, const void *bytes, size_t count);
    int32_t rnn_import_onnx(rnn_model *model, size_t layer, const float *w, size_t w_count, const float *r,
                            size_t r_count, const float *b, size_t b_count, const float *p, size_t p_count);
    int32_t rnn_export_onnx(const rnn_model *model, size_t layer, _Out_ float *w, size_t w_count, _Out_ float *r,
                            size_t r_count, _Out_ float *b, size_t b_count, _Out_ float *p, size_t p_count);
    int32_t rnn_import_keras(rnn_model *model, size_t layer, size_t direction, const float *kernel,
                             size_t kernel_count, const float *recurrent, size_t recurrent_count, const float *bias,
                             size_t bias_count);
    int32_t rnn_export_keras(const rnn_model *model, size_t layer, size_t direction, _Out_ float *kernel,
                             size_t kernel_count, _Out_ float *recurrent, size_t recurrent_count, _Out_ float *bias,
                             size_t bias_count);

    int32_t rnn_session_create(_Out_ rnn_session **out, rnn_model *model, int32_t mode);
    void rnn_session_destroy(rnn_session *session);
    int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);
    int32_t rnn_reset_state(rnn_session *session, size_t batch);
    int32_t rnn_get_state(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
    int32_t rnn_set_state(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_set_state_gradient(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_get_state_gradient(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
    int32_t rnn_seed_dropout(rnn_session *session, int64_t seed);
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
    int32_t rnn_gradients(rnn_session *session, _Out_ float **values, _Out_ size_t *count);
    int32_t rnn_get_gradient(rnn_session *session, _Out_ float *values, size_t count, const char *name);
    int32_t rnn_clip_gradient_norm(rnn_session *session, _Out_ double *norm, double max_norm);
    int32_t rnn_clip_gradient_value(rnn_session *session, double max_abs);
    int32_t rnn_sgd_step(rnn_session *session, double rate);

    int32_t rnn_softmax_cross_entropy(_Out_ double *loss, _Out_ float *dlogits, size_t dlogits_count,
                                      const float *logits, size_t logits_count, const int32_t *targets,
                                      size_t targets_count, const int32_t *lengths, size_t lengths_count,
                                      size_t steps, size_t batch, size_t classes, int32_t reduction);
    int32_t rnn_softmax(_Out_ float *p, size_t p_count, const float *logits, size_t logits_count, size_t classes);
`;

/* A call that failed: the library's sentence, and its status (one of RNN_E_...). */
class RnnError extends Error {
    constructor(status, sentence) {
        super(sentence);
        this.name = 'RnnError';
        this.status = status;
    }
}

/* Every function of the library by its name; those that return a status throw instead. */
const c = {};
const library = koffi.load('librnn.so.0'); /* the number is that of the ABI declared above */
for (const prototype of prototypes.split(';').map((text) => text.trim()).filter(Boolean)) {
    const name = prototype.match(/rnn_\w+(?=\()/)[0];
    const call = library.func(prototype);
    const checked = (...values) => {
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

/* The library's own memory as a Float32Array. */
function view(handle, get) {
    const values = [null], count = [0];
    get(handle, values, count);
    return new Float32Array(koffi.view(values[0], 4 * Number(count[0])));
}

/* What a function writes through a pointer to one value. */
function result(call) {
    const out = [null];
    call(out);
    return out[0];
}

/* ---- handles -------------------------------------------------------------------------------------------------- */

const forgotten = new FinalizationRegistry(({ destroy, handle }) => destroy(handle));

/* Owns a handle of the library until close(), or until it is collected. */
class Handle {
    constructor(destroy, create) {
        this.handle = result(create);
        this.destroy = destroy;
        forgotten.register(this, { destroy, handle: this.handle }, this);
    }

    close() {
        forgotten.unregister(this);
        this.destroy(this.handle);
        this.handle = null; /* later calls throw RNN_E_NULL */
    }
}

/* { cell: RNN_CELL, inputSize: RNN_INPUT_SIZE, ... } */
const options = Object.fromEntries(`
    CELL INPUT_SIZE VOCABULARY EMBEDDING_SIZE HIDDEN_SIZE LAYERS CLASSES SEED DIRECTION MERGE BIAS PROJECTION_SIZE
    RESIDUAL OUTPUT RESET PEEPHOLES COUPLE LAYER_NORM ACTIVATION_F ACTIVATION_G ACTIVATION_H INIT_INPUT INIT_RECURRENT
    INIT_BIAS INIT_RANGE FORGET_BIAS DROPOUT RECURRENT_DROPOUT ZONEOUT ZONEOUT_CELL CLIP CELL_CLIP ALPHA_F BETA_F
    ALPHA_G BETA_G ALPHA_H BETA_H PREFIX EMBEDDING_NAME HEAD_NAME
`.trim().split(/\s+/).map((name) => [
    name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()), constants[`RNN_${name}`]]));

/* The key of an option, and which of three functions it takes: integers have keys from 1, real numbers from 101, text
 * from 201. */
function option(name, forInt, forReal, forText) {
    if (!Object.hasOwn(options, name))
        throw new TypeError(`no option '${name}'`);
    return [options[name], [forInt, forReal, forText][Math.floor(options[name] / 100)]];
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
        const size = Number(result((out) => c.rnn_save_memory(this.handle, null, 0, out)));
        const bytes = Buffer.alloc(size);
        c.rnn_save_memory(this.handle, bytes, size, [0]);
        return bytes;
    }

    /* All parameters from a safetensors file of any writer, such as a state_dict of PyTorch. */
    loadParameters(path) {
        c.rnn_load_parameters(this.handle, path);
    }

    loadParametersMemory(bytes) {
        c.rnn_load_parameters_memory(this.handle, bytes, bytes.byteLength);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_get_int, c.rnn_get_real, c.rnn_get_text);
    }

    describe(steps = 1, batch = 1) {
        const size = Number(result((out) => c.rnn_describe(this.handle, null, 0, out, steps, batch)));
        const text = Buffer.alloc(size);
        c.rnn_describe(this.handle, text, size, [0], steps, batch);
        return text.toString('utf8', 0, size - 1); /* without the final 0 */
    }

    /* [{ name, shape, offset }] in the order of the flat block. */
    tensors() {
        const count = Number(result((out) => c.rnn_tensor_count(this.handle, out)));
        return Array.from({ length: count }, (_, index) => {
            const name = [null], rank = [0], shape = new Array(8).fill(0), offset = [0];
            c.rnn_tensor_info(this.handle, name, rank, shape, shape.length, offset, index);
            return { name: name[0], shape: shape.slice(0, rank[0]), offset: offset[0] };
        });
    }

    /* A copy of the flat block. */
    parameters() {
        return view(this.handle, c.rnn_parameters).slice();
    }

    setParameters(values) {
        c.rnn_set_parameters(this.handle, ...floats(values));
    }

    getParameter(values, name) {
        c.rnn_get_parameter(this.handle, ...floats(values), name);
    }

    setParameter(values, name) {
        c.rnn_set_parameter(this.handle, ...floats(values), name);
    }

    importOnnx(layer, w, r, b, p) {
        c.rnn_import_onnx(this.handle, layer, ...floats(w), ...floats(r), ...floats(b), ...floats(p));
    }

    exportOnnx(layer, w, r, b, p) {
        c.rnn_export_onnx(this.handle, layer, ...floats(w), ...floats(r), ...floats(b), ...floats(p));
    }

    importKeras(layer, direction, kernel, recurrent, bias) {
        c.rnn_import_keras(this.handle, layer, direction, ...floats(kernel), ...floats(recurrent), ...floats(bias));
    }

    exportKeras(layer, direction, kernel, recurrent, bias) {
        c.rnn_export_keras(this.handle, layer, direction, ...floats(kernel), ...floats(recurrent), ...floats(bias));
    }

    getMetadata(key) {
        return result((out) => c.rnn_get_metadata(this.handle, out, key));
    }

    setMetadata(key, value) {
        c.rnn_set_metadata(this.handle, key, value);
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
        c.rnn_get_state(this.handle, ...floats(values), kind);
    }

    setState(values, kind = constants.RNN_STATE_H) {
        c.rnn_set_state(this.handle, ...floats(values), kind);
    }

    getStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_get_state_gradient(this.handle, ...floats(values), kind);
    }

    setStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_set_state_gradient(this.handle, ...floats(values), kind);
    }

    seedDropout(seed) {
        c.rnn_seed_dropout(this.handle, seed);
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

    /* The flat block, to read and to write: a view, to be used no longer than the session. */
    gradients() {
        return view(this.handle, c.rnn_gradients);
    }

    getGradient(values, name) {
        c.rnn_get_gradient(this.handle, ...floats(values), name);
    }

    /* Returns the norm before clipping. */
    clipGradientNorm(maxNorm) {
        return result((out) => c.rnn_clip_gradient_norm(this.handle, out, maxNorm));
    }

    clipGradientValue(maxAbs) {
        c.rnn_clip_gradient_value(this.handle, maxAbs);
    }

    sgdStep(rate) {
        c.rnn_sgd_step(this.handle, rate);
    }
}

/* ---- plain functions ------------------------------------------------------------------------------------------ */

/* Returns the loss; shape is { steps, batch, classes }. */
function softmaxCrossEntropy(dlogits, logits, targets, lengths, shape, reduction = constants.RNN_MEAN) {
    return result((out) => c.rnn_softmax_cross_entropy(out, ...floats(dlogits), ...floats(logits), ...ints(targets),
        ...ints(lengths), shape.steps, shape.batch, shape.classes, reduction));
}

function softmax(p, logits, classes) {
    c.rnn_softmax(...floats(p), ...floats(logits), classes);
}

module.exports = {
    ...constants, Config, Model, Session, RnnError, softmaxCrossEntropy, softmax,
    version: c.rnn_version_string, buildInfo: c.rnn_build_info,
};
