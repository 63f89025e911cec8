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

function trainer(options = {}) {
    const model = small();
    const dataset = new rnn.Dataset();
    dataset.add({ tokens: Int32Array.of(0, 1, 2), classes: Int32Array.of(1, 2, 3) }, 3);
    const optimizer = new rnn.Optimizer(rnn.RNN_OPTIMIZER_SGD, model.parameters().length);
    return [new rnn.Trainer(model, optimizer, options), dataset];
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

    /* 2^32 and 2^64 and more, which C would cut off, and what is no integer. */
    async integers() {
        const model = small(), session = new rnn.Session(model), logits = new Float32Array(4);
        const config = new rnn.Config(), token = new Int32Array(1), shape = { steps: 1, batch: 1, classes: 4 };
        const calls = [
            ['rnn_session_create: mode', 32, (n) => new rnn.Session(model, n)],
            ['rnn_session_get_state: kind', 32, (n) => session.getState(new Float32Array(3), n)],
            ['rnn_beam_search: first', 32, (n) => rnn.beamSearch(session, n, -1, 3, 4, 1)],
            ['rnn_beam_search: end', 32, (n) => rnn.beamSearch(session, 0, n, 3, 4, 1)],
            ['rnn_ctc_greedy: blank', 32, (n) => rnn.ctcGreedy(logits, null, shape, n)],
            ['rnn_config_set_int: value', 64, (n) => config.set('seed', n)],
            ['rnn_sample: random', 64, (n) => rnn.sample(token, logits, 4, { random: n })],
            ['rnn_reset_state: batch', 'size', (n) => session.resetState(n)],
            ['rnn_sample: top_k', 'size', (n) => rnn.sample(token, logits, 4, { topK: n })],
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
