/* Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell. */
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const rnn = require('./rnn.js');

const word = 'hello ';
const letters = ' ehlo';
const starts = [0, 1, 4, 5]; /* four sequences: they begin at h, e, o and the space ... */
const lengths = Int32Array.of(20, 13, 17, 5); /* ... and have different lengths */
const shape = { steps: 20, batch: starts.length, classes: letters.length };
const outputCount = shape.steps * shape.batch * shape.classes;

/* The letters of all sequences, `ahead` steps further on: [steps, batch]. */
function text(ahead) {
    const at = (index) => starts[index % shape.batch] + Math.floor(index / shape.batch) + ahead;
    return Int32Array.from({ length: shape.steps * shape.batch }, (_, i) => letters.indexOf(word[at(i) % word.length]));
}

const tokens = text(0);
const targets = text(1);

/* Returns the loss of every round. */
function train(model) {
    const logits = new Float32Array(outputCount);
    const dlogits = new Float32Array(outputCount);
    const losses = [];
    const session = new rnn.Session(model, rnn.RNN_TRAINING);
    for (let round = 0; round < 300; round++) {
        session.resetState(shape.batch);
        session.forwardTokens(logits, tokens, lengths, shape.steps);
        losses.push(rnn.softmaxCrossEntropy(dlogits, logits, targets, lengths, shape));
        session.zeroGradients();
        session.backward(null, dlogits);
        session.clipGradientNorm(1.0);
        session.sgdStep(0.5);
    }
    session.close();
    return losses;
}

function saveAndLoad(model) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rnn-'));
    try {
        const file = path.join(folder, 'hello.safetensors');
        model.save(file);
        return rnn.Model.load(file);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

function outputs(model, threads = 1) {
    const logits = new Float32Array(outputCount);
    const session = new rnn.Session(model);
    session.setThreads(threads);
    session.resetState(shape.batch);
    session.forwardTokens(logits, tokens, lengths, shape.steps);
    session.close();
    return Buffer.from(logits.buffer);
}

/* One letter at a time. */
function spell(model, length) {
    let spelt = word[0];
    const logits = new Float32Array(letters.length);
    const session = new rnn.Session(model);
    while (spelt.length < length) {
        session.stepTokens(logits, Int32Array.of(letters.indexOf(spelt.at(-1))));
        spelt += letters[logits.indexOf(Math.max(...logits))];
    }
    session.close();
    return spelt;
}

const config = new rnn.Config({
    cell: rnn.RNN_CELL_LSTM, vocabulary: letters.length, hiddenSize: 16, classes: letters.length, seed: 1,
});
const model = new rnn.Model(config);

/* Training: the loss must fall to less than a tenth. */
const losses = train(model);
const [first, last] = [losses[0], losses.at(-1)];
console.log(`librnn ${rnn.version()}: loss ${first.toFixed(4)} at the start, ${last.toFixed(4)} at the end`);
assert(last < 0.1 * first, 'the loss did not fall');

/* A checkpoint gives the same network, and two threads give what one gives: the same output, bit for bit. */
const loaded = saveAndLoad(model);
assert(outputs(model).equals(outputs(loaded)), 'the loaded network computes something else');
assert(outputs(model).equals(outputs(model, 2)), 'two threads compute something else');

const spelt = spell(loaded, 18);
console.log(`it spells: ${spelt}`);
assert.strictEqual(spelt, word.repeat(3));

/* A buffer of the wrong length is an error with a sentence, never a crash. */
const session = new rnn.Session(model);
session.resetState(shape.batch);
assert.throws(() => session.forwardTokens(new Float32Array(outputCount), tokens.subarray(1), lengths, shape.steps),
    (error) => {
        console.log(`as expected: ${error.message}`);
        return error.status === rnn.RNN_E_SIZE && error.message.includes('tokens');
    });

for (const handle of [session, loaded, model, config])
    handle.close();
