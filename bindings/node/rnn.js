/* librnn for Node, by koffi: recurrent neural networks, trained and run on the CPU.
 *
 * Every class and method does what the function of that name in rnn.h does; the texts there hold, shapes included.
 * Arrays are Float32Array and Int32Array, used in place; counts come from them, and the library checks them.  Where the
 * library takes (NULL, 0), null says so.  Integers must fit the type of their argument: RangeError, and TypeError for
 * what is no integer. */
'use strict';

const { markAsUntransferable } = require('node:worker_threads');
const koffi = require('koffi');

const { callbacks, checked, constants, keys, opaqueTypes, prototypes, soname } = require('./rnn_abi.js');

for (const name of opaqueTypes)
    koffi.opaque(name);
for (const [name, prototype] of callbacks)
    koffi.pointer(name, koffi.proto(prototype));

/* A call that failed: the library's message, and its status (one of RNN_E_...). */
class RnnError extends Error {
    constructor(status, message) {
        super(message);
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
const library = koffi.load(soname);
for (const prototype of prototypes.split(';').map((text) => text.trim()).filter(Boolean)) {
    const name = prototype.match(/rnn_\w+(?=\()/)[0];
    const call = library.func(prototype), check = checkArguments(name, prototype);
    const checkedCall = (...values) => {
        check(values);
        const status = call(...values);
        if (status < 0)
            throw new RnnError(status, c.rnn_last_error());
        return status;
    };
    c[name] = checked.has(name) ? checkedCall : call;
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

/* A call during which the library may call back.  What a callback throws must not pass through C: it ends the call by
 * a status above 0, and is thrown when the call has returned.  call(guard): guard(callback) is what C may call. */
let innermost = null; /* the call in progress */

function throwing(call) {
    const outer = innermost, thisCall = { thrown: null };
    innermost = thisCall;
    try {
        return call(guarded);
    } finally {
        innermost = outer;
        if (thisCall.thrown !== null)
            throw thisCall.thrown.error; /* and not what the library made of it */
    }
}

/* For the call that is in progress then. */
function guarded(callback) {
    return (...values) => {
        const call = innermost;
        try {
            return call.thrown === null ? callback(...values) : 1;
        } catch (error) {
            call.thrown = { error };
            return 1;
        }
    };
}

/* Writes what a callback returned to memory of the library. */
function write(pointer, values, count, who) {
    if (!(values instanceof Float32Array) || values.length !== count)
        throw new TypeError(`${who} must return a Float32Array of ${count} elements`);
    koffi.encode(pointer, 'float', values, count);
}

/* The callback of custom losses, until the loss and its trainers have ended. */
class LossCallback {
    constructor(compute) {
        this.holders = 1;
        this.pointer = koffi.register(guarded((user, loss, value, weight, dy, y, count) => {
            count = Number(count);
            const batch = batchOf(loss, koffi.decode(weight, 'double'));
            const answer = compute(Float32Array.from(koffi.decode(y, 'float', count)), batch);
            if (typeof answer !== 'object' || typeof answer.value !== 'number')
                throw new TypeError('the loss must return { value, dy }');
            if (dy !== null)
                write(dy, answer.dy, count, 'as dy the loss');
            koffi.encode(value, 'double', answer.value);
            if (answer.weight !== undefined)
                koffi.encode(weight, 'double', answer.weight);
            return constants.RNN_OK;
        }), 'rnn_loss_function');
    }

    hold() {
        this.holders++;
    }

    release() {
        if (--this.holders === 0)
            koffi.unregister(this.pointer);
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

/* The key of an option, and which of the functions takes it: { int, real, text }. */
function option(name, functions) {
    if (!Object.hasOwn(keys, name))
        throw new TypeError(`no option '${name}'`);
    const [key, type] = keys[name];
    if (functions[type] === undefined)
        throw new TypeError(`no option '${name}' here`);
    return [key, functions[type]];
}

/* A handle with options; the class has the functions `getters` and `setters`, each { int, real, text }. */
class Settable extends Handle {
    set(name, value) {
        const [key, set] = option(name, this.constructor.setters);
        set(this.handle, key, value);
    }

    setAll(values) {
        for (const name in values)
            this.set(name, values[name]);
    }

    get(name) {
        const [key, get] = option(name, this.constructor.getters);
        return result((out) => get(this.handle, key, out));
    }
}

/* Options of a network to be created: new Config({ inputSize: 40, hiddenSize: 128, classes: 10 }). */
class Config extends Settable {
    static getters = { int: c.rnn_config_get_int, real: c.rnn_config_get_real, text: c.rnn_config_get_text };
    static setters = { int: c.rnn_config_set_int, real: c.rnn_config_set_real, text: c.rnn_config_set_text };

    constructor(values = {}) {
        super(c.rnn_config_destroy, c.rnn_config_create);
        this.setAll(values);
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
class Model extends Settable {
    static getters = { int: c.rnn_model_get_int, real: c.rnn_model_get_real, text: c.rnn_model_get_text };
    static setters = {};

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
            c.rnn_model_tensor_info(this.handle, index, name, rank, shape, shape.length, offset);
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

    getParameter(name, values) {
        c.rnn_model_get_parameter(this.handle, name, ...floats(values));
    }

    setParameter(name, values) {
        c.rnn_model_set_parameter(this.handle, name, ...floats(values));
    }

    /* input: one of RNN_ONNX_...; null stands for an absent B or P. */
    importOnnx(layer, input, values) {
        c.rnn_model_import_onnx(this.handle, layer, input, ...floats(values));
    }

    exportOnnx(layer, input, values) {
        c.rnn_model_export_onnx(this.handle, layer, input, ...floats(values));
    }

    /* weight: one of RNN_KERAS_... */
    importKeras(layer, direction, weight, values) {
        c.rnn_model_import_keras(this.handle, layer, direction, weight, ...floats(values));
    }

    exportKeras(layer, direction, weight, values) {
        c.rnn_model_export_keras(this.handle, layer, direction, weight, ...floats(values));
    }

    getMetadata(key) {
        return result((out) => c.rnn_model_get_metadata(this.handle, key, out));
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
        c.rnn_session_get_state(this.handle, kind, ...floats(values));
    }

    setState(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_set_state(this.handle, kind, ...floats(values));
    }

    /* Sequence i of the state becomes what sequence rows[i] was. */
    selectState(rows) {
        c.rnn_session_select_state(this.handle, ...ints(rows));
    }

    getStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_get_state_gradient(this.handle, kind, ...floats(values));
    }

    setStateGradient(values, kind = constants.RNN_STATE_H) {
        c.rnn_session_set_state_gradient(this.handle, kind, ...floats(values));
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

    getGradient(name, values) {
        c.rnn_session_get_gradient(this.handle, name, ...floats(values));
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

/* new Optimizer(RNN_OPTIMIZER_ADAM, model, { rate: 0.01 }) for a Model, which then has options of tensors, or for a
 * number of parameters; Optimizer.load(path), Optimizer.fromBytes(buffer). */
class Optimizer extends Settable {
    static getters = { int: c.rnn_optimizer_get_int, real: c.rnn_optimizer_get_real };
    static setters = { int: c.rnn_optimizer_set_int, real: c.rnn_optimizer_set_real };

    constructor(kind, parameters, values = {}, create = (out) => (parameters instanceof Model
        ? c.rnn_optimizer_create_for_model(out, kind, parameters.handle)
        : c.rnn_optimizer_create(out, kind, parameters))) {
        super(c.rnn_optimizer_destroy, create);
        this.setAll(values);
    }

    /* Of every tensor whose name begins with the prefix: setTensors('bias_', { decayFactor: 0 }). */
    setTensors(prefix, values) {
        for (const name in values) {
            const [key, set] = option(name,
                { int: c.rnn_optimizer_set_tensors_int, real: c.rnn_optimizer_set_tensors_real });
            set(this.handle, prefix, key, values[name]);
        }
    }

    /* An option of one tensor. */
    getTensor(tensor, name) {
        const [key, get] = option(name,
            { int: c.rnn_optimizer_get_tensor_int, real: c.rnn_optimizer_get_tensor_real });
        return result((out) => get(this.handle, tensor, key, out));
    }

    /* Sets decayFactor of every tensor of rank 1 to 0. */
    exemptBiases() {
        c.rnn_optimizer_exempt_biases(this.handle);
    }

    static load(path) {
        return new Optimizer(0, 0, {}, (out) => c.rnn_optimizer_load(out, path));
    }

    static fromBytes(bytes) {
        return new Optimizer(0, 0, {}, (out) => c.rnn_optimizer_load_memory(out, bytes, bytes.byteLength));
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

    /* For stepArrays; step uses the threads of the session. */
    setThreads(threads) {
        c.rnn_optimizer_set_threads(this.handle, threads);
    }

    stepArrays(parameters, gradients) {
        c.rnn_optimizer_step_arrays(this.handle, ...floats(parameters), ...floats(gradients));
    }

    report(loss) {
        c.rnn_optimizer_report(this.handle, loss);
    }
}

/* Between an encoder and a decoder: one of RNN_ATTENTION_..., with its parameters, gradients and memory. */
class Attention extends Settable {
    static getters = { int: c.rnn_attention_get_int };
    static setters = { int: c.rnn_attention_set_int };

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

    forward(context, weights, queries) {
        c.rnn_attention_forward(this.handle, ...floats(context), ...floats(weights), ...floats(queries));
    }

    backward(dqueries, dcontext, queries, weights) {
        c.rnn_attention_backward(this.handle, ...floats(dqueries), ...floats(dcontext), ...floats(queries),
            ...floats(weights));
    }

    memoryGradient(dmemory) {
        c.rnn_attention_backward_memory(this.handle, ...floats(dmemory));
    }
}

/* ---- losses ---------------------------------------------------------------------------------------------------- */

/* The mean over the rows of logits [N,classes] whose target is not -100; for all else see Loss. */
function softmaxCrossEntropy(dlogits, logits, targets, classes) {
    return result((out) => c.rnn_softmax_cross_entropy(out, ...floats(dlogits), ...floats(logits), ...ints(targets),
        classes));
}

function softmax(p, logits, classes) {
    c.rnn_softmax(...floats(p), ...floats(logits), classes);
}

/* A copy of an array that the library hands out; null if there is none. */
function copied(loss, get, type, koffiType) {
    const values = [null], count = [0];
    get(loss, values, count);
    return values[0] === null ? null : type.from(koffi.decode(values[0], koffiType, Number(count[0])));
}

/* The same of targets; null if they are of the other type. */
function copiedTargets(...values) {
    try {
        return copied(...values);
    } catch (error) {
        if (error.status !== constants.RNN_E_STATE)
            throw error;
        return null;
    }
}

/* What a custom loss reads: { steps, batch, outputs } are T, B and C of y; copies of lengths, mask, weights (of the
 * sequences) and of the targets, classes or values, each null if it is not set; weight, what the mean divides by. */
function batchOf(loss, weight) {
    const lengths = [null], sizes = [[0], [0], [0]];
    c.rnn_loss_get_batch(loss, lengths, ...sizes);
    const [steps, batch, outputs] = sizes.map(([size]) => Number(size));
    return {
        steps, batch, outputs, weight,
        lengths: lengths[0] && Int32Array.from(koffi.decode(lengths[0], 'int32_t', batch)),
        mask: copied(loss, c.rnn_loss_get_mask, Float32Array, 'float'),
        weights: copied(loss, c.rnn_loss_get_sequence_weights, Float32Array, 'float'),
        classes: copiedTargets(loss, c.rnn_loss_get_classes, Int32Array, 'int32_t'),
        values: copiedTargets(loss, c.rnn_loss_get_values, Float32Array, 'float'),
    };
}

/* new Loss(RNN_LOSS_CTC, { blank: 0 }).
 *
 * new Loss(RNN_LOSS_CUSTOM, {}, compute) is one that JavaScript computes: compute(y, batch), with y a Float32Array and
 * what batchOf returns, returns { value, dy }, the sum of the loss over everything that counts and its gradient, and
 * weight too if the mean divides both by another number.  What it throws is thrown by the call that needs the loss. */
class Loss extends Settable {
    static getters = { int: c.rnn_loss_get_int, real: c.rnn_loss_get_real };
    static setters = { int: c.rnn_loss_set_int, real: c.rnn_loss_set_real };

    constructor(kind, values = {}, compute = null) {
        const callback = compute && new LossCallback(compute);
        try {
            super((handle) => { c.rnn_loss_destroy(handle); callback && callback.release(); },
                (out) => c.rnn_loss_create(out, kind));
        } catch (error) {
            callback && callback.release();
            throw error;
        }
        this.callback = callback;
        if (callback !== null)
            c.rnn_loss_set_callback(this.handle, callback.pointer, null);
        this.setAll(values);
    }

    /* The shape of y, [steps,batch,classes], and valid steps; drops mask, weights and label lengths. */
    setBatch(lengths, { steps, batch, classes }) {
        c.rnn_loss_set_batch(this.handle, ...ints(lengths), steps, batch, classes);
    }

    /* The same with the shape and lengths of y in the session's last forward. */
    setBatchOfSession(session) {
        c.rnn_loss_set_batch_of_session(this.handle, session.handle);
    }

    setThreads(threads) {
        c.rnn_loss_set_threads(this.handle, threads);
    }

    setClassWeights(weights) {
        c.rnn_loss_set_class_weights(this.handle, ...floats(weights));
    }

    setMask(mask) {
        c.rnn_loss_set_mask(this.handle, ...floats(mask));
    }

    setSequenceWeights(weights) {
        c.rnn_loss_set_sequence_weights(this.handle, ...floats(weights));
    }

    setLabelLengths(labelLengths) {
        c.rnn_loss_set_label_lengths(this.handle, ...ints(labelLengths));
    }

    /* Returns the loss. */
    ofClasses(dy, y, classes) {
        return this.#of(c.rnn_loss_of_classes, floats(dy), floats(y), ints(classes));
    }

    ofValues(dy, y, values) {
        return this.#of(c.rnn_loss_of_values, floats(dy), floats(y), floats(values));
    }

    #of(call, dy, y, targets) {
        return throwing(() => this.keepDuring((handle) => /* the callback may close this loss */
            result((out) => call(handle, out, ...dy, ...y, ...targets))));
    }

    getSequenceLosses(losses) {
        c.rnn_loss_get_sequence_losses(this.handle, ...doubles(losses));
    }
}

/* ---- the training loop ----------------------------------------------------------------------------------------- */

/* Sequences and their targets; copies of what it is given. */
class Dataset extends Handle {
    constructor() {
        super(c.rnn_dataset_destroy, c.rnn_dataset_create);
    }

    count() {
        return Number(result((out) => c.rnn_dataset_count(this.handle, out)));
    }

    /* One sequence: add({ x }, steps) or add({ tokens }), with classes or values, mask and weight as in the methods
     * below.  Returns its number. */
    add({ x = null, tokens = null, classes = null, values = null, mask = null, weight = 1 }, steps) {
        if (x !== null && tokens !== null)
            throw new TypeError('rnn_dataset_add: x and tokens are given, expected one of them');
        if (classes !== null && values !== null)
            throw new TypeError('rnn_dataset_add: classes and values are given, expected one of them');
        const arrays = [ints(classes), floats(values), floats(mask)];
        checkWeights('mask', tokens === null ? steps : tokens.length, mask);
        checkWeights('weight', 1, [weight]);
        const add = tokens === null ? (out) => c.rnn_dataset_add(this.handle, out, ...floats(x), steps)
            : (out) => c.rnn_dataset_add_tokens(this.handle, out, ...ints(tokens));
        const index = Number(result(add));
        const setters = [c.rnn_dataset_set_classes, c.rnn_dataset_set_values, c.rnn_dataset_set_mask];
        setters.forEach((set, i) => arrays[i][0] === null || set(this.handle, index, ...arrays[i]));
        this.setWeight(index, weight);
        return index;
    }

    setClasses(index, classes) {
        c.rnn_dataset_set_classes(this.handle, index, ...ints(classes));
    }

    setValues(index, values) {
        c.rnn_dataset_set_values(this.handle, index, ...floats(values));
    }

    setMask(index, mask) {
        c.rnn_dataset_set_mask(this.handle, index, ...floats(mask));
    }

    setWeight(index, weight) {
        c.rnn_dataset_set_weight(this.handle, index, weight);
    }
}

/* What the library would refuse after the sequence is added. */
function checkWeights(name, count, values) {
    if (values !== null && values.length !== count)
        throw new RangeError(`rnn_dataset_add: ${name} has ${values.length} elements, expected ${count}`);
    for (const value of values || [])
        if (!(value >= 0 && value < Infinity))
            throw new RangeError(`rnn_dataset_add: ${name} has ${value}, expected a finite number of at least 0`);
}

/* new Trainer(model, optimizer, loss, { epochs: 20, batchSize: 32 }); it keeps the three alive. */
class Trainer extends Settable {
    static getters = { int: c.rnn_trainer_get_int, real: c.rnn_trainer_get_real };
    static setters = { int: c.rnn_trainer_set_int };

    constructor(model, optimizer, loss, values = {}) {
        const { callback } = loss; /* the library calls it as long as the trainer lives */
        super((handle) => { c.rnn_trainer_destroy(handle); callback && callback.release(); },
            (out) => c.rnn_trainer_create(out, model.handle, optimizer.handle, loss.handle));
        callback && callback.hold();
        this.setAll(values);
    }

    /* Where fit saves after every epoch; null: nowhere. */
    setCheckpoint(path) {
        c.rnn_trainer_set_checkpoint(this.handle, path);
    }

    /* callback(event) is called for every RNN_EVENT_...; a true value that it returns ends the training and is what
     * this method returns, else null.  What it or a custom loss throws ends the training and is thrown here. */
    fit(training, validation = null, callback = () => null) {
        let answer = null;
        const progress = (user, trainer, event) => {
            answer = callback(event) || null;
            return answer === null ? 0 : 1;
        };
        throwing((guard) => this.keepDuring((handle) => { /* the callback may close this trainer */
            const told = koffi.register(guard(progress), 'rnn_progress');
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
        throwing(() => this.keepDuring((handle) => c.rnn_evaluate(handle, loss, accuracy, dataset.handle)));
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

/* ---- decoding -------------------------------------------------------------------------------------------------- */

/* Copies of the results of a sequence, best first. */
function resultsOf(decoder, sequence) {
    const count = Number(result((out) => c.rnn_decoder_get_result_count(decoder, sequence, out)));
    return Array.from({ length: count }, (_, rank) => {
        const tokens = [null], steps = [null], scores = [null], size = [0], score = [0];
        c.rnn_decoder_get_result(decoder, sequence, rank, tokens, steps, scores, size, score);
        const copy = ([values], type, koffiType) => (values === null ? new type(0)
            : type.from(koffi.decode(values, koffiType, Number(size[0]))));
        return {
            tokens: copy(tokens, Int32Array, 'int32_t'), steps: copy(steps, Int32Array, 'int32_t'),
            scores: copy(scores, Float32Array, 'float'), score: score[0],
        };
    });
}

/* new Decoder(RNN_DECODER_CTC_BEAM, { beamWidth: 8 }).  A result is { tokens, steps, scores, score }: labels or tokens,
 * with the step and the score (a log probability) of each, and the score of the whole. */
class Decoder extends Settable {
    static getters = { int: c.rnn_decoder_get_int, real: c.rnn_decoder_get_real };
    static setters = { int: c.rnn_decoder_set_int, real: c.rnn_decoder_set_real };

    constructor(kind, values = {}) {
        super(c.rnn_decoder_destroy, (out) => c.rnn_decoder_create(out, kind));
        this.setAll(values);
    }

    /* Of CTC: returns for each sequence its results, best first; one of the best path. */
    decode(logits, lengths, { steps, batch, classes }) {
        c.rnn_decoder_decode(this.handle, ...floats(logits), ...ints(lengths), steps, batch, classes);
        return Array.from({ length: batch }, (_, sequence) => resultsOf(this.handle, sequence));
    }

    /* Beam search: returns its results, best first.  The generator is a Session of a network of tokens, with the state
     * of one sequence, or a function (tokens, parents) that returns logits, a Float32Array [rows,classes].  What it
     * throws is thrown here. */
    search(generator, classes) {
        const askSession = (user, ...values) => c.rnn_session_next(generator.handle, ...values);
        const askFunction = (user, logits, count, read, parents, rows) => {
            const answer = generator(Int32Array.from(koffi.decode(read, 'int32_t', rows)),
                Int32Array.from(koffi.decode(parents, 'int32_t', rows)));
            write(logits, answer, count, 'the generator');
            return constants.RNN_OK;
        };
        return throwing((guard) => this.keepDuring((handle) => { /* the generator may close this decoder */
            c.rnn_decoder_search(handle, classes, guard(generator instanceof Session ? askSession : askFunction), null);
            return resultsOf(handle, 0);
        }));
    }

    /* Sampling: draws tokens [B] from logits [B,classes]. */
    sample(tokens, logits, classes) {
        c.rnn_decoder_sample(this.handle, ...ints(tokens), ...floats(logits), classes);
    }
}

module.exports = {
    ...constants, Config, Model, Session, Optimizer, Attention, Dataset, Trainer, Loss, Decoder, RnnError,
    softmaxCrossEntropy, softmax, version: c.rnn_version_string, buildInfo: c.rnn_build_info,
};
