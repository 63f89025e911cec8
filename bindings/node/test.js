/* Tests of rnn.js: who owns a handle, and which numbers are refused.  Each part runs in a process of its own, since a
 * fault in it is a crash: node --expose-gc test.js. */
'use strict';

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const rnn = require('./rnn.js');

/* Large enough that freed memory is unmapped. */
const large = () => new rnn.Model(new rnn.Config({ cell: rnn.RNN_CELL_LSTM, inputSize: 8, hiddenSize: 256 }));
const small = () => new rnn.Model(new rnn.Config({ vocabulary: 4, hiddenSize: 3, classes: 4 }));

function trainer(options = {}, loss = new rnn.Loss(rnn.RNN_LOSS_CROSS_ENTROPY)) {
    const model = small();
    const dataset = new rnn.Dataset();
    const targets = loss.callback ? { values: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) }
        : { classes: Int32Array.of(1, 2, 3) };
    assert.strictEqual(dataset.add({ tokens: Int32Array.of(0, 1, 2), ...targets }), 0);
    const optimizer = new rnn.Optimizer(rnn.RNN_OPTIMIZER_SGD, model.parameters().length);
    return [new rnn.Trainer(model, optimizer, loss, options), dataset];
}

/* A custom loss: the library's squared error, without mask and weights. */
const squaredError = (y, batch) => ({
    value: y.reduce((sum, value, i) => sum + (value - batch.values[i]) ** 2, 0),
    dy: y.map((value, i) => 2 * (value - batch.values[i])),
});

function customLoss(compute, shape = { steps: 2, batch: 1, classes: 2 }) {
    const loss = new rnn.Loss(rnn.RNN_LOSS_CUSTOM, {}, compute);
    loss.setBatch(null, shape);
    return loss;
}

/* Lets what can be collected be collected. */
async function collect() {
    for (let round = 0; round < 5; round++) {
        global.gc();
        await new Promise((resolve) => setImmediate(resolve));
    }
}

const parts = {
    async viewsKeepTheHandle() {
        for (const [owner, close] of [[new rnn.Session(large(), rnn.RNN_TRAINING), true],
            [new rnn.Attention(rnn.RNN_ATTENTION_GENERAL, 1000, 1000), true],
            [new rnn.Session(large(), rnn.RNN_TRAINING), false]]) {
            const view = owner.gradients().subarray(1);
            view.fill(2);
            if (close) {
                owner.close();
                assert.throws(() => owner.gradients(), (error) => error.status === rnn.RNN_E_NULL);
                owner.close();
            }
            await collect();
            try {
                structuredClone(view.buffer, { transfer: [view.buffer] }); /* throws, or copies */
            } catch (error) {
                assert.strictEqual(error.name, 'DataCloneError');
            }
            assert(view.length > 0 && view.every((value) => value === 2));
            view.fill(3);
        }
    },

    async attentionHasAnOption() {
        const attention = new rnn.Attention(rnn.RNN_ATTENTION_DOT, 2, 2);
        attention.set('products', rnn.RNN_PRODUCTS_OWN);
        assert.strictEqual(Number(attention.get('products')), rnn.RNN_PRODUCTS_OWN);
        assert.throws(() => attention.set('seed', 1), (error) => error.status === rnn.RNN_E_VALUE);
    },

    /* A session that is destroyed ends its threads. */
    async theLastHolderDestroys() {
        const threads = () => fs.readdirSync('/proc/self/task').length;
        await collect();
        const before = threads();
        const start = (viewed) => {
            const session = new rnn.Session(small(), rnn.RNN_TRAINING);
            session.setThreads(2);
            return [session, viewed ? session.gradients() : null];
        };
        let [session] = start(false);
        assert.strictEqual(threads(), before + 1);
        session.close();
        assert.strictEqual(threads(), before);
        let view;
        [session, view] = start(true);
        session.close();
        await collect();
        assert.strictEqual(threads(), before + 1);
        assert.strictEqual(view[0], 0);
        view = null;
        await collect();
        assert.strictEqual(threads(), before);
        start(true);
        session = null;
        await collect();
        assert.strictEqual(threads(), before);
    },

    async copiesHaveNoHandle() {
        let model = large();
        const parameters = model.parameters();
        const copy = Object.assign(Object.create(rnn.Model.prototype), model);
        assert.throws(() => copy.parameters(), TypeError);
        assert.throws(() => copy.close(), TypeError);
        assert.deepStrictEqual(model.parameters(), parameters);
        model = null;
        await collect();
        assert.throws(() => copy.parameters(), TypeError);
    },

    async callbacksMayCloseAndThrow() {
        const [closed, dataset] = trainer({ epochs: 3 });
        let events = 0;
        closed.fit(dataset, null, () => { closed.close(); dataset.close(); events++; });
        assert(events >= 6);
        assert.throws(() => closed.get('epoch'), (error) => error.status === rnn.RNN_E_NULL);
        const [failing, sequences] = trainer({ epochs: 3 });
        assert.throws(() => failing.fit(sequences, null, () => { throw new RangeError('mine'); }), /mine/);
        failing.fit(sequences);
        assert.strictEqual(failing.get('epoch'), 3);
    },

    /* The function gets what was set, and what it returns is the loss. */
    async customLosses() {
        const y = Float32Array.of(1, 2, 3, 4), values = Float32Array.of(0, 2, 1, 4), dy = new Float32Array(4);
        const own = new rnn.Loss(rnn.RNN_LOSS_SQUARED_ERROR), expected = new Float32Array(4);
        own.setBatch(null, { steps: 2, batch: 1, classes: 2 });
        assert.strictEqual(customLoss(squaredError).ofValues(dy, y, values), own.ofValues(expected, y, values));
        assert.deepStrictEqual(dy, expected);

        let seen;
        const loss = customLoss((_, batch) => { seen = batch; return { value: 3, dy: y, weight: 2 }; });
        loss.setBatch(Int32Array.of(1), { steps: 2, batch: 1, classes: 2 });
        loss.setMask(Float32Array.of(0.5, 0.5));
        loss.setSequenceWeights(Float32Array.of(4));
        assert.strictEqual(loss.ofClasses(dy, y, Int32Array.of(1, 0)), 1.5);
        assert.deepStrictEqual([...dy], [0.5, 1, 0, 0]);
        assert.deepStrictEqual(seen, {
            steps: 2, batch: 1, outputs: 2, weight: 4, lengths: Int32Array.of(1), mask: Float32Array.of(0.5, 0.5),
            weights: Float32Array.of(4), classes: Int32Array.of(1, 0), values: null,
        });

        const failing = customLoss(() => { throw new RangeError('mine'); });
        const [fitting, dataset] = trainer({}, failing);
        for (const call of [() => failing.ofValues(null, y, values), () => fitting.fit(dataset),
            () => fitting.evaluate(dataset), () => fitting.fit(dataset, null, () => false)])
            assert.throws(call, { name: 'RangeError', message: 'mine' });
        for (const answer of [null, undefined, 1, { value: '1', dy }, { value: 1, dy: new Float32Array(3) }])
            assert.throws(() => customLoss(() => answer).ofValues(dy, y, values), TypeError);
        assert.throws(() => own.ofClasses(dy, y, Int32Array.of(1, 0)),
            (error) => error.status === rnn.RNN_E_UNSUPPORTED);
    },

    /* A loss and a decoder that a callback closes live until the call returns, a custom loss as long as its trainer. */
    async lossesAndDecodersLive() {
        const y = Float32Array.of(1, 2, 3, 4), values = new Float32Array(4);
        const loss = customLoss((...given) => { loss.close(); return squaredError(...given); });
        assert.strictEqual(loss.ofValues(null, y, values), 30 / 4);
        assert.throws(() => loss.ofValues(null, y, values), (error) => error.status === rnn.RNN_E_NULL);
        const beam = new rnn.Decoder(rnn.RNN_DECODER_BEAM, { maximumLength: 3 });
        const results = beam.search((tokens) => { beam.close(); return new Float32Array(4 * tokens.length); }, 4);
        assert.strictEqual(results.length, 1);
        assert.throws(() => beam.get('beamWidth'), (error) => error.status === rnn.RNN_E_NULL);
        let [fitting, dataset] = trainer({ epochs: 3 }, customLoss(squaredError));
        await collect();
        fitting.fit(dataset);
        assert(Number.isFinite(fitting.evaluate(dataset).loss));
        fitting = null;
        await collect();
        /* Callbacks that are not given back run out. */
        for (let i = 0; i < 5000; i++)
            customLoss(squaredError).close();
        assert.throws(() => new rnn.Loss(0, {}, squaredError), (error) => error.status === rnn.RNN_E_VALUE);
    },

    async datasets() {
        const dataset = new rnn.Dataset(), tokens = Int32Array.of(0, 1), mask = Float32Array.of(1, 0);
        for (const wrong of [{ mask: Float32Array.of(1) }, { mask: Float32Array.of(1, -1) }, { weight: NaN },
            { weight: -1 }])
            assert.throws(() => dataset.add({ tokens, classes: tokens, ...wrong }), RangeError);
        assert.throws(() => dataset.add({ tokens, x: mask }, 2), TypeError);
        assert.throws(() => dataset.add({ tokens, classes: tokens, values: mask }), TypeError);
        assert.strictEqual(dataset.count(), 0);
        dataset.add({ tokens, classes: tokens, mask, weight: 2 });
        dataset.setMask(0, null);
        dataset.setValues(0, mask);
        assert.throws(() => dataset.setWeight(1, 2), (error) => error.status === rnn.RNN_E_VALUE);
    },

    async optionsOfTensors() {
        const optimizer = new rnn.Optimizer(rnn.RNN_OPTIMIZER_ADAMW, small());
        optimizer.setTensors('bias_', { frozen: 1, rateFactor: 0.5 });
        assert.strictEqual(optimizer.getTensor('bias_hh_l0', 'frozen'), 1);
        assert.strictEqual(optimizer.getTensor('bias_hh_l0', 'rateFactor'), 0.5);
        optimizer.exemptBiases();
        assert.strictEqual(optimizer.getTensor('head.bias', 'decayFactor'), 0);
        assert.throws(() => optimizer.setTensors('', { frozen: 1.5 }), TypeError);
        assert.throws(() => new rnn.Optimizer(rnn.RNN_OPTIMIZER_ADAMW, 9).exemptBiases(),
            (error) => error.status === rnn.RNN_E_STATE);
    },

    /* Results are copies, with steps and scores. */
    async results() {
        const decoder = new rnn.Decoder(rnn.RNN_DECODER_CTC_BEAM, { results: 2 });
        const logits = Float32Array.from([0.2, 0.7, 0.1, 0.8, 0.1, 0.1, 0.1, 0.6, 0.3], Math.log);
        const [[best, second]] = decoder.decode(logits, null, { steps: 3, batch: 1, classes: 3 });
        decoder.decode(new Float32Array(30), null, { steps: 5, batch: 2, classes: 3 });
        decoder.close();
        assert.deepStrictEqual([[...best.tokens], [...best.steps]], [[1, 1], [0, 2]]);
        assert(Math.abs(best.scores[0] - Math.log(0.7)) < 1e-6 && best.score >= second.score);
    },

    /* 2^32 and 2^64 and more, which C would cut off, and what is no integer. */
    async integers() {
        const model = small(), session = new rnn.Session(model), logits = new Float32Array(4);
        const config = new rnn.Config(), token = new Int32Array(1), loss = new rnn.Loss(rnn.RNN_LOSS_HUBER);
        const sampling = new rnn.Decoder(rnn.RNN_DECODER_SAMPLING);
        const optimizer = new rnn.Optimizer(rnn.RNN_OPTIMIZER_SGD, model);
        const calls = [
            ['rnn_session_create: mode', 32, (n) => new rnn.Session(model, n)],
            ['rnn_session_get_state: kind', 32, (n) => session.getState(new Float32Array(3), n)],
            ['rnn_loss_create: kind', 32, (n) => new rnn.Loss(n)],
            ['rnn_config_set_int: value', 64, (n) => config.set('seed', n)],
            ['rnn_decoder_set_int: value', 64, (n) => sampling.set('randomState', n)],
            ['rnn_optimizer_set_tensors_int: value', 64, (n) => optimizer.setTensors('', { frozen: n })],
            ['rnn_reset_state: batch', 'size', (n) => session.resetState(n)],
            ['rnn_decoder_sample: classes', 'size', (n) => sampling.sample(token, logits, n)],
            ['rnn_loss_set_batch: steps', 'size', (n) => loss.setBatch(null, { steps: n, batch: 1, classes: 1 })],
        ];
        for (const [name, bits, call] of calls) {
            const [low, high] = bits === 'size' ? [0n, 2n ** 64n - 1n]
                : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
            for (const number of [low - 1n, high + 1n, high + 2n, 2n * high + 3n]) {
                const message = `${name} is ${number}, expected ${low} to ${high}`;
                assert.throws(() => call(number), { name: 'RangeError', message });
                if (Number.isSafeInteger(Number(number)))
                    assert.throws(() => call(Number(number)), { name: 'RangeError', message });
            }
            for (const value of [1.5, NaN, 2 ** 53, '1', true, null])
                assert.throws(() => call(value), TypeError, `${name} ${value}`);
        }
        config.set('seed', -(2n ** 63n));
        assert.strictEqual(config.get('seed'), -(2n ** 63n));
        session.resetState(1n);
        assert.throws(() => model.save('/nowhere/a\0b'), RangeError);
        assert.throws(() => model.setMetadata('a', 'b\0c'), RangeError);
    },
};

const [name] = process.argv.slice(2);
if (name) {
    parts[name]();
} else {
    for (const part of Object.keys(parts)) {
        const run = spawnSync(process.execPath, ['--expose-gc', __filename, part], { stdio: 'inherit' });
        console.log(`${part}: ${run.status === 0 ? 'passed' : `FAILED (${run.signal || run.status})`}`);
        process.exitCode ||= run.status === 0 ? 0 : 1;
    }
}
