import java.io.IOException;
import java.util.Arrays;

/** Tests of Rnn.java: what a callback throws or closes, and numbers that C would read as others. */
public final class RnnTest {
    private RnnTest() {}

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    /** Throws a checked exception that nothing declares, as other languages of the JVM do. */
    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private static Rnn.Dataset sequences(boolean values) {
        Rnn.Dataset dataset = new Rnn.Dataset();
        for (int i = 0; i < 4; i++) {
            long index = dataset.add(new int[] {0, 1, 2});
            check(index == i, "another number");
            if (values) {
                dataset.setValues(index, new float[12]);
            } else {
                dataset.setClasses(index, new int[] {1, 2, 3});
            }
        }
        return dataset;
    }

    /** Whatever a callback throws comes out of fit, which may then be called again. */
    private static void callbacks(Rnn.Model model, Rnn.Optimizer optimizer, Rnn.Loss loss) {
        try (Rnn.Dataset dataset = sequences(false); Rnn.Trainer trainer = new Rnn.Trainer(model, optimizer, loss)) {
            trainer.set(Rnn.EPOCHS, 3);
            for (Throwable mine : new Throwable[] {new IOException(), new IllegalStateException(), new Throwable(),
                    new StackOverflowError()}) {
                Throwable found = null;
                try {
                    trainer.fit(dataset, null, event -> {
                        RnnTest.<RuntimeException>raise(mine);
                        return false;
                    });
                } catch (Throwable thrown) {
                    found = thrown;
                }
                check(found == mine, mine + " was thrown, " + found + " came out");
                trainer.set(Rnn.EPOCHS, trainer.get(Rnn.EPOCH) + 3);
            }
            trainer.fit(dataset, null);
            check(trainer.get(Rnn.EPOCH) == trainer.get(Rnn.EPOCHS), "fit did not go on");
        }
        try (Rnn.Dataset dataset = sequences(false); Rnn.Trainer trainer = new Rnn.Trainer(model, optimizer, loss)) {
            int[] events = new int[1];
            trainer.set(Rnn.EPOCHS, 3);
            trainer.fit(dataset, null, event -> {
                events[0]++;
                trainer.close();
                dataset.close();
                return false;
            });
            check(events[0] >= 6, "closed by its callback, fit ended early");
        }
    }

    /** A custom loss gets what was set, lives as long as its trainer, and what it throws comes out of every call. */
    private static void customLosses(Rnn.Model model, Rnn.Optimizer optimizer) {
        float[] y = {1, 2, 3, 4};
        float[] dy = new float[4];
        Rnn.Batch[] seen = new Rnn.Batch[1];
        try (Rnn.Loss loss = new Rnn.Loss((batch, gradient, found) -> {
            seen[0] = batch;
            if (gradient != null) {
                System.arraycopy(found, 0, gradient, 0, found.length);
            }
            batch.weight = 2;
            return 3;
        })) {
            loss.setBatch(new int[] {1}, 2, 1, 2);
            loss.setMask(new float[] {0.5f, 0.5f});
            loss.setSequenceWeights(new float[] {4});
            check(loss.ofClasses(dy, y, new int[] {1, 0}) == 1.5, "another loss was expected");
            check(Arrays.equals(dy, new float[] {0.5f, 1, 0, 0}), "another gradient was expected");
            check(Arrays.equals(seen[0].lengths, new int[] {1}) && seen[0].mask[0] == 0.5f && seen[0].weights[0] == 4
                    && Arrays.equals(seen[0].classes, new int[] {1, 0}) && seen[0].values == null, "another batch");
            check(loss.ofValues(null, y, y) == 1.5 && Arrays.equals(seen[0].values, y) && seen[0].classes == null,
                    "another batch");
        }
        Rnn.Loss[] closed = new Rnn.Loss[1];
        closed[0] = new Rnn.Loss((batch, gradient, found) -> {
            closed[0].close();
            return batch.weight;
        });
        closed[0].setBatch(null, 2, 1, 2);
        check(closed[0].ofValues(null, y, y) == 1, "a callback could not close its loss");
        try {
            closed[0].ofValues(null, y, y);
            check(false, "a closed loss was used");
        } catch (Rnn.RnnException expected) {
            check(expected.status == Rnn.E_NULL, expected.getMessage());
        }
        Throwable mine = new IOException();
        Rnn.Trainer trainer;
        try (Rnn.Loss loss = new Rnn.Loss((batch, gradient, found) -> {
            RnnTest.<RuntimeException>raise(mine);
            return 0;
        })) {
            loss.setBatch(null, 2, 1, 2);
            trainer = new Rnn.Trainer(model, optimizer, loss);
            comesOut(mine, () -> loss.ofValues(dy, y, y));
        }
        System.gc();
        try (Rnn.Dataset dataset = sequences(true)) {
            comesOut(mine, () -> trainer.fit(dataset, null));
            comesOut(mine, () -> trainer.fit(dataset, null, event -> false));
            comesOut(mine, () -> trainer.evaluate(dataset));
        }
        trainer.close();
        try (Rnn.Loss loss = new Rnn.Loss(Rnn.LOSS_HUBER)) {
            loss.setBatch(null, 2, 1, 2);
            loss.ofClasses(dy, y, new int[] {1, 0});
            check(false, "another type of target was accepted");
        } catch (Rnn.RnnException expected) {
            check(expected.status == Rnn.E_UNSUPPORTED, expected.getMessage());
        }
    }

    private static void comesOut(Throwable mine, Runnable call) {
        Throwable found = null;
        try {
            call.run();
        } catch (Throwable thrown) {
            found = thrown;
        }
        check(found == mine, mine + " was thrown, " + found + " came out");
    }

    private static void numbers(Rnn.Model model) {
        try (Rnn.Decoder sampling = new Rnn.Decoder(Rnn.DECODER_SAMPLING)) {
            sampling.set(Rnn.TOP_K, -1);
            check(false, "top_k -1 was accepted");
        } catch (Rnn.RnnException expected) {
            check(expected.status == Rnn.E_VALUE, expected.getMessage());
        }
        try (Rnn.Optimizer optimizer = new Rnn.Optimizer(Rnn.OPTIMIZER_ADAMW, model)) {
            optimizer.setTensors("bias_", Rnn.FROZEN, 1).setTensors("head.", Rnn.RATE_FACTOR, 0.5).exemptBiases();
            check(optimizer.getTensor("bias_hh_l0", Rnn.FROZEN) == 1, "not frozen");
            check(optimizer.getTensorReal("head.weight", Rnn.RATE_FACTOR) == 0.5, "another rate");
            check(optimizer.getTensorReal("head.bias", Rnn.DECAY_FACTOR) == 0, "not exempt");
        }
    }

    public static void main(String[] arguments) {
        try (Rnn.Config config = new Rnn.Config().set(Rnn.VOCABULARY, 4).set(Rnn.HIDDEN_SIZE, 3).set(Rnn.CLASSES, 4);
                Rnn.Model model = new Rnn.Model(config);
                Rnn.Loss loss = new Rnn.Loss(Rnn.LOSS_CROSS_ENTROPY);
                Rnn.Optimizer optimizer = new Rnn.Optimizer(Rnn.OPTIMIZER_SGD, model.parameters().length)) {
            callbacks(model, optimizer, loss);
            customLosses(model, optimizer);
            numbers(model);
        }
    }
}
