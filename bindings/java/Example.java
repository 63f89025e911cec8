import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Trains an LSTM to spell "hello hello hello ...", saves it, loads it again and lets it spell; then trains another by
 * an optimiser and the library's own loop.
 */
public final class Example {
    private static final String WORD = "hello ";
    private static final String LETTERS = " ehlo";
    private static final int STEPS = 20;
    private static final int[] STARTS = {0, 1, 4, 5}; // four sequences: they begin at h, e, o and the space ...
    private static final int[] LENGTHS = {20, 13, 17, 5}; // ... and have different lengths
    private static final int BATCH = STARTS.length;
    private static final int CLASSES = LETTERS.length();
    private static final int[] TOKENS = letters(0);
    private static final int[] TARGETS = letters(1);
    private static final int[] VALID_TARGETS = valid(TARGETS);

    private Example() {}

    /** The letters of all sequences, `ahead` steps further on: [STEPS, BATCH]. */
    private static int[] letters(int ahead) {
        int[] letters = new int[STEPS * BATCH];
        for (int i = 0; i < letters.length; i++) {
            int position = STARTS[i % BATCH] + i / BATCH + ahead;
            letters[i] = LETTERS.indexOf(WORD.charAt(position % WORD.length()));
        }
        return letters;
    }

    /** The same, but -100, which does not count, past the end of a sequence. */
    private static int[] valid(int[] targets) {
        int[] valid = targets.clone();
        for (int i = 0; i < valid.length; i++) {
            valid[i] = i / BATCH < LENGTHS[i % BATCH] ? valid[i] : -100;
        }
        return valid;
    }

    /** Returns the loss of every round. */
    private static double[] train(Rnn.Model model) {
        float[] logits = new float[STEPS * BATCH * CLASSES];
        float[] dlogits = new float[logits.length];
        double[] losses = new double[300];
        try (Rnn.Session session = new Rnn.Session(model, Rnn.TRAINING)) {
            for (int round = 0; round < losses.length; round++) {
                session.resetState(BATCH);
                session.forwardTokens(logits, TOKENS, LENGTHS, STEPS);
                losses[round] = Rnn.softmaxCrossEntropy(dlogits, logits, VALID_TARGETS, CLASSES);
                session.zeroGradients();
                session.backward(null, dlogits);
                session.clipGradientNorm(1.0);
                session.sgdStep(0.5);
            }
        }
        return losses;
    }

    private static Rnn.Model saveAndLoad(Rnn.Model model) throws IOException {
        Path file = Files.createTempFile("hello", ".safetensors");
        try {
            model.save(file);
            return Rnn.Model.load(file);
        } finally {
            Files.delete(file);
        }
    }

    private static float[] outputs(Rnn.Model model, int threads) {
        float[] logits = new float[STEPS * BATCH * CLASSES];
        try (Rnn.Session session = new Rnn.Session(model, Rnn.INFERENCE)) {
            session.setThreads(threads);
            session.resetState(BATCH);
            session.forwardTokens(logits, TOKENS, LENGTHS, STEPS);
        }
        return logits;
    }

    /** One letter at a time. */
    private static String spell(Rnn.Model model, int length) {
        StringBuilder text = new StringBuilder(WORD.substring(0, 1));
        float[] logits = new float[CLASSES];
        try (Rnn.Session session = new Rnn.Session(model, Rnn.INFERENCE)) {
            while (text.length() < length) {
                session.stepTokens(logits, new int[] {LETTERS.indexOf(text.charAt(text.length() - 1))});
                int best = 0;
                for (int i = 1; i < CLASSES; i++) {
                    best = logits[i] > logits[best] ? i : best;
                }
                text.append(LETTERS.charAt(best));
            }
        }
        return text.toString();
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** A buffer of the wrong length is an error with a message, never a crash. */
    private static void showError(Rnn.Model model) {
        try (Rnn.Session session = new Rnn.Session(model, Rnn.INFERENCE)) {
            session.resetState(BATCH);
            int[] tooShort = Arrays.copyOf(TOKENS, TOKENS.length - 1);
            session.forwardTokens(new float[STEPS * BATCH * CLASSES], tooShort, LENGTHS, STEPS);
            check(false, "an array that is too short was taken");
        } catch (Rnn.RnnException error) {
            System.out.println("as expected: " + error.getMessage());
            check(error.status == Rnn.E_SIZE && error.getMessage().contains("tokens"), "another error was expected");
        }
    }

    /** Ten updates by an optimiser. */
    private static void trainBy(Rnn.Optimizer optimizer, Rnn.Loss crossEntropy, Rnn.Model model) {
        float[] logits = new float[STEPS * BATCH * CLASSES];
        float[] dlogits = new float[logits.length];
        try (Rnn.Session session = new Rnn.Session(model, Rnn.TRAINING)) {
            for (int round = 0; round < 10; round++) {
                session.resetState(BATCH);
                session.forwardTokens(logits, TOKENS, LENGTHS, STEPS);
                crossEntropy.setBatchOfSession(session); // shape and lengths
                crossEntropy.ofClasses(dlogits, logits, TARGETS);
                session.zeroGradients();
                session.backward(null, dlogits);
                optimizer.step(session);
            }
        }
        check(optimizer.get(Rnn.UPDATES) == 10, "an update is missing");
    }

    private static int[] column(int[] letters, int b) {
        int[] column = new int[STEPS];
        for (int t = 0; t < STEPS; t++) {
            column[t] = letters[t * BATCH + b];
        }
        return column;
    }

    /** By Adam, step by step and then by fit, which the callback stops as soon as an epoch's loss is small. */
    private static void fit(Rnn.Model model, double enough) {
        try (Rnn.Optimizer adam = new Rnn.Optimizer(Rnn.OPTIMIZER_ADAM, model);
                Rnn.Loss crossEntropy = new Rnn.Loss(Rnn.LOSS_CROSS_ENTROPY);
                Rnn.Dataset dataset = new Rnn.Dataset();
                Rnn.Trainer trainer = new Rnn.Trainer(model, adam, crossEntropy)) {
            adam.set(Rnn.RATE, 0.02).set(Rnn.WEIGHT_DECAY, 1e-5).setTensors("bias_", Rnn.DECAY_FACTOR, 0.0);
            check(adam.getTensorReal("bias_ih_l0", Rnn.DECAY_FACTOR) == 0, "biases have a decay");
            trainBy(adam, crossEntropy, model);
            for (int b = 0; b < BATCH; b++) {
                dataset.setClasses(dataset.add(column(TOKENS, b)), column(TARGETS, b));
            }
            trainer.set(Rnn.EPOCHS, 1000);
            boolean stopped = trainer.fit(dataset, null,
                    event -> event == Rnn.EVENT_EPOCH && trainer.getReal(Rnn.TRAINING_LOSS) < enough);
            double[] found = trainer.evaluate(dataset);
            System.out.printf("fit stopped after %d epochs: loss %.4f, accuracy %.0f%%%n", trainer.get(Rnn.EPOCH),
                    found[0], 100 * found[1]);
            check(stopped && trainer.get(Rnn.EPOCH) < 1000 && found[0] < 2 * enough, "the callback did not stop fit");
            try {
                trainer.fit(dataset, null, event -> {
                    throw new IllegalStateException("mine");
                });
                check(false, "an exception was lost");
            } catch (IllegalStateException expected) {
                check(expected.getMessage().equals("mine"), "another exception was expected");
            }
        }
    }

    /** The likeliest word, by beam search. */
    private static String likeliest(Rnn.Model model) {
        try (Rnn.Session session = new Rnn.Session(model, Rnn.INFERENCE);
                Rnn.Decoder beam = new Rnn.Decoder(Rnn.DECODER_BEAM)) {
            beam.set(Rnn.BEAM_WIDTH, 3).set(Rnn.MAXIMUM_LENGTH, 10);
            beam.set(Rnn.START_TOKEN, LETTERS.indexOf('h')).set(Rnn.END_TOKEN, LETTERS.indexOf(' '));
            StringBuilder word = new StringBuilder("h");
            for (int token : beam.search(session, CLASSES)[0].tokens) {
                word.append(LETTERS.charAt(token));
            }
            return word.toString();
        }
    }

    /** A loss of one's own: its sum over the batch, and its gradient. */
    private static void customLoss() {
        Rnn.Compute absoluteError = (batch, dy, y) -> {
            double sum = 0;
            for (int i = 0; i < y.length; i++) {
                sum += Math.abs(y[i] - batch.values[i]);
                if (dy != null) {
                    dy[i] = Math.signum(y[i] - batch.values[i]);
                }
            }
            return sum;
        };
        float[] dy = new float[4];
        try (Rnn.Loss loss = new Rnn.Loss(absoluteError)) {
            loss.setBatch(null, 2, 1, 2);
            check(loss.ofValues(dy, new float[] {1, 1, -1, 3}, new float[4]) == 1.5, "another loss was expected");
            check(Arrays.equals(dy, new float[] {0.25f, 0.25f, -0.25f, 0.25f}), "another gradient was expected");
        }
    }

    /** From logits to classes, and labels without their steps. */
    private static void decode() {
        try (Rnn.Decoder sampling = new Rnn.Decoder(Rnn.DECODER_SAMPLING);
                Rnn.Decoder greedy = new Rnn.Decoder(Rnn.DECODER_CTC_GREEDY);
                Rnn.Loss ctc = new Rnn.Loss(Rnn.LOSS_CTC)) {
            int[] token = new int[1];
            sampling.set(Rnn.TEMPERATURE, 0.0).sample(token, new float[] {0, 3, 1}, 3);
            check(token[0] == 1, "greedy takes the largest");
            // Of the 27 paths of three steps over three equal classes six say "1".
            ctc.setBatch(null, 3, 1, 3);
            double loss = ctc.ofClasses(null, new float[9], new int[] {1});
            check(Math.abs(loss - Math.log(27.0 / 6)) < 1e-6, "another loss was expected");
            Rnn.Result best = greedy.decode(new float[] {0, 9, 0, 9, 0, 0, 0, 0, 9}, null, 3, 1, 3)[0][0];
            check(Arrays.equals(best.tokens, new int[] {1, 2}), "the best path is 1 blank 2");
            check(Arrays.equals(best.steps, new int[] {0, 2}), "the labels begin at the first and the last step");
        }
    }

    public static void main(String[] arguments) throws IOException {
        try (Rnn.Config config = new Rnn.Config()
                        .set(Rnn.CELL, Rnn.CELL_LSTM)
                        .set(Rnn.VOCABULARY, CLASSES)
                        .set(Rnn.HIDDEN_SIZE, 16)
                        .set(Rnn.CLASSES, CLASSES)
                        .set(Rnn.SEED, 1);
                Rnn.Model model = new Rnn.Model(config)) {
            // Training: the loss must fall to less than a tenth.
            double[] losses = train(model);
            double first = losses[0];
            double last = losses[losses.length - 1];
            System.out.printf("librnn %s: loss %.4f at the start, %.4f at the end%n", Rnn.version(), first, last);
            check(last < 0.1 * first, "the loss did not fall");

            // A checkpoint gives the same network, and two threads give what one gives: the same output, bit for bit.
            try (Rnn.Model loaded = saveAndLoad(model)) {
                float[] expected = outputs(model, 1);
                check(Arrays.equals(expected, outputs(loaded, 1)), "the loaded network computes something else");
                check(Arrays.equals(expected, outputs(model, 2)), "two threads compute something else");
                String text = spell(loaded, 18);
                System.out.println("it spells: " + text);
                check(text.equals(WORD.repeat(3)), "that is not what it was taught");
            }
            showError(model);
            try (Rnn.Model other = new Rnn.Model(config)) {
                fit(other, 0.1 * first);
                check(likeliest(other).equals(WORD), "another word is likelier");
            }
            customLoss();
            decode();
        }
    }
}
