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
    RNN_INIT_RANGE: 101,

    RNN_CELL_TANH: 1,

    RNN_INFERENCE: 1,
    RNN_TRAINING: 2,

    RNN_STATE_H: 1,

    RNN_SUM: 1,
    RNN_MEAN: 2,
});

/* ---- functions of rnn.h --------------------------------------------------------------------------------------- */

for (const name of ['rnn_config', 'rnn_model', 'rnn_session'])
    koffi.opaque(name);

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
    int32_t rnn_config_get_int(rnn_config *config, _Out_ int64_t *value, int32_t key);
    int32_t rnn_config_get_real(rnn_config *config, _Out_ double *value, int32_t key);
    const char *rnn_config_last_error(const rnn_config *config);

    int32_t rnn_create(_Out_ rnn_model **out, rnn_config *config);
    int32_t rnn_retain(rnn_model *model);
    void rnn_destroy(rnn_model *model);
    int32_t rnn_get_int(const rnn_model *model, _Out_ int64_t *value, int32_t key);
    int32_t rnn_get_real(const rnn_model *model, _Out_ double *value, int32_t key);
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

    int32_t rnn_session_create(_Out_ rnn_session **out, rnn_model *model, int32_t mode);
    void rnn_session_destroy(rnn_session *session);
    int32_t rnn_session_reserve(rnn_session *session, size_t steps, size_t batch);
    int32_t rnn_reset_state(rnn_session *session, size_t batch);
    int32_t rnn_get_state(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
    int32_t rnn_set_state(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_set_state_gradient(rnn_session *session, const float *values, size_t count, int32_t kind);
    int32_t rnn_get_state_gradient(rnn_session *session, _Out_ float *values, size_t count, int32_t kind);
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

const options = {
    cell: constants.RNN_CELL,
    inputSize: constants.RNN_INPUT_SIZE,
    vocabulary: constants.RNN_VOCABULARY,
    embeddingSize: constants.RNN_EMBEDDING_SIZE,
    hiddenSize: constants.RNN_HIDDEN_SIZE,
    layers: constants.RNN_LAYERS,
    classes: constants.RNN_CLASSES,
    seed: constants.RNN_SEED,
    initRange: constants.RNN_INIT_RANGE,
};

/* The key of an option, and which of two functions it takes: that for integers or that for real numbers. */
function option(name, forInt, forReal) {
    if (!Object.hasOwn(options, name))
        throw new TypeError(`no option '${name}'`);
    return [options[name], name === 'initRange' ? forReal : forInt];
}

function getOption(handle, name, getInt, getReal) {
    const [key, get] = option(name, getInt, getReal);
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
        const [key, set] = option(name, c.rnn_config_set_int, c.rnn_config_set_real);
        set(this.handle, key, value);
    }

    get(name) {
        return getOption(this.handle, name, c.rnn_config_get_int, c.rnn_config_get_real);
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

    get(name) {
        return getOption(this.handle, name, c.rnn_get_int, c.rnn_get_real);
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

    forward(y, x, lengths, steps) {
        c.rnn_forward(this.handle, ...floats(y), ...floats(x), ...ints(lengths), steps);
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
