/* Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell; then trains another by
 * an optimiser and the library's own loop. */
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
/* The same, but -100, which does not count, past the end of a sequence. */
const counts = (i) => Math.floor(i / shape.batch) < lengths[i % shape.batch];
const validTargets = targets.map((target, i) => (counts(i) ? target : -100));

/* Returns the loss of every round. */
function train(model) {
    const logits = new Float32Array(outputCount);
    const dlogits = new Float32Array(outputCount);
    const losses = [];
    const session = new rnn.Session(model, rnn.RNN_TRAINING);
    for (let round = 0; round < 300; round++) {
        session.resetState(shape.batch);
        session.forwardTokens(logits, tokens, lengths, shape.steps);
        losses.push(rnn.softmaxCrossEntropy(dlogits, logits, validTargets, shape.classes));
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

/* Ten updates by an optimiser; returns the last loss. */
function trainBy(optimizer, crossEntropy, model) {
    const logits = new Float32Array(outputCount);
    const session = new rnn.Session(model, rnn.RNN_TRAINING);
    let value;
    for (let round = 0; round < 10; round++) {
        session.resetState(shape.batch);
        session.forwardTokens(logits, tokens, lengths, shape.steps);
        crossEntropy.setBatchOfSession(session); /* shape and lengths */
        value = crossEntropy.ofClasses(logits, logits, targets); /* the gradient in place of the logits */
        session.zeroGradients();
        session.backward(null, logits);
        optimizer.step(session);
    }
    session.close();
    return value;
}

/* The same sequences, one by one. */
function sequences() {
    const dataset = new rnn.Dataset();
    const column = (array, b) => Int32Array.from({ length: lengths[b] }, (_, t) => array[t * shape.batch + b]);
    for (let b = 0; b < shape.batch; b++)
        dataset.add({ tokens: column(tokens, b), classes: column(targets, b) });
    return dataset;
}

/* The likeliest word, by beam search. */
function likeliest(model) {
    const session = new rnn.Session(model);
    const decoder = new rnn.Decoder(rnn.RNN_DECODER_BEAM, {
        beamWidth: 3, maximumLength: 10, startToken: letters.indexOf('h'), endToken: letters.indexOf(' '),
    });
    const [best] = decoder.search(session, letters.length);
    decoder.close();
    session.close();
    return 'h' + Array.from(best.tokens, (token) => letters[token]).join('');
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

/* A buffer of the wrong length is an error with a message, never a crash. */
const session = new rnn.Session(model);
session.resetState(shape.batch);
assert.throws(() => session.forwardTokens(new Float32Array(outputCount), tokens.subarray(1), lengths, shape.steps),
    (error) => {
        console.log(`as expected: ${error.message}`);
        return error.status === rnn.RNN_E_SIZE && error.message.includes('tokens');
    });

/* Another network by Adam, without weight decay of biases, first step by step ... */
const network = new rnn.Model(config);
const adam = new rnn.Optimizer(rnn.RNN_OPTIMIZER_ADAM, network, { rate: 0.02, maxNorm: 1, weightDecay: 1e-5 });
adam.setTensors('bias_', { decayFactor: 0 });
assert.strictEqual(adam.getTensor('bias_ih_l0', 'decayFactor'), 0);
const crossEntropy = new rnn.Loss(rnn.RNN_LOSS_CROSS_ENTROPY);
assert(trainBy(adam, crossEntropy, network) < first && adam.get('updates') === 10, 'Adam did not learn');

/* ... then by fit, which a callback stops as soon as an epoch's loss is small. */
const dataset = sequences();
const trainer = new rnn.Trainer(network, adam, crossEntropy, { epochs: 1000, batchSize: 2 });
const enough = (event) => event === rnn.RNN_EVENT_EPOCH && trainer.get('trainingLoss') < 0.1 * first;
assert(trainer.fit(dataset, null, enough), 'the callback did not stop fit');
const { loss, accuracy } = trainer.evaluate(dataset);
console.log(`fit stopped after ${trainer.get('epoch')} epochs: loss ${loss.toFixed(4)}, `
    + `accuracy ${(100 * accuracy).toFixed()}%`);
assert(trainer.get('epoch') < 1000 && loss < 0.2 * first);

/* What a callback throws comes out of fit. */
assert.throws(() => trainer.fit(dataset, null, () => { throw new RangeError('mine'); }), RangeError);

/* Greedy, and the likeliest word of a beam search. */
const token = new Int32Array(1);
const sampling = new rnn.Decoder(rnn.RNN_DECODER_SAMPLING, { temperature: 0 });
sampling.sample(token, Float32Array.of(0, 3, 1), 3);
assert.strictEqual(token[0], 1);
assert.strictEqual(likeliest(network), word);

/* A loss of one's own: its sum over the batch, and its gradient. */
const absolute = new rnn.Loss(rnn.RNN_LOSS_CUSTOM, {}, (y, batch) => ({
    value: y.reduce((sum, value, i) => sum + Math.abs(value - batch.values[i]), 0),
    dy: y.map((value, i) => Math.sign(value - batch.values[i])),
}));
absolute.setBatch(null, { steps: 2, batch: 1, classes: 2 });
assert.strictEqual(absolute.ofValues(null, new Float32Array(4).fill(1), new Float32Array(4)), 1);

/* Labels without their steps: of the 27 paths of three steps over three equal classes six say "1". */
const ctcShape = { steps: 3, batch: 1, classes: 3 };
const ctc = new rnn.Loss(rnn.RNN_LOSS_CTC, { blank: 0 });
ctc.setBatch(null, ctcShape);
assert(Math.abs(ctc.ofClasses(null, new Float32Array(9), Int32Array.of(1)) - Math.log(27 / 6)) < 1e-6);
const greedy = new rnn.Decoder(rnn.RNN_DECODER_CTC_GREEDY);
const [[path1]] = greedy.decode(Float32Array.of(0, 9, 0, 9, 0, 0, 0, 0, 9), null, ctcShape);
assert.deepStrictEqual([...path1.tokens], [1, 2], 'the best path is 1 blank 2');
assert.deepStrictEqual([...path1.steps], [0, 2], 'the labels begin at the first and the last step');

for (const handle of [session, loaded, model, config, trainer, dataset, adam, network, crossEntropy, sampling, absolute,
    ctc, greedy])
    handle.close();
