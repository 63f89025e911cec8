import java.io.IOException;

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

    private static Rnn.Dataset sequences() {
        Rnn.Dataset dataset = new Rnn.Dataset();
        for (int i = 0; i < 4; i++) {
            dataset.add(null, new int[] {0, 1, 2}, new int[] {1, 2, 3}, null, 3);
        }
        return dataset;
    }

    /** Whatever a callback throws comes out of fit, which may then be called again. */
    private static void callbacks(Rnn.Model model, Rnn.Optimizer optimizer) {
        try (Rnn.Dataset dataset = sequences(); Rnn.Trainer trainer = new Rnn.Trainer(model, optimizer)) {
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
        try (Rnn.Dataset dataset = sequences(); Rnn.Trainer trainer = new Rnn.Trainer(model, optimizer)) {
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

    private static void numbers() {
        int[] token = new int[1];
        try {
            Rnn.sample(token, new float[] {0, 3, 1}, 3, 1.0, -1, 1.0, new long[] {1});
            check(false, "topK -1 was accepted");
        } catch (IllegalArgumentException expected) {
            check(expected.getMessage().startsWith("sample: topK is -1"), expected.getMessage());
        }
    }

    public static void main(String[] arguments) {
        try (Rnn.Config config = new Rnn.Config().set(Rnn.VOCABULARY, 4).set(Rnn.HIDDEN_SIZE, 3).set(Rnn.CLASSES, 4);
                Rnn.Model model = new Rnn.Model(config);
                Rnn.Optimizer optimizer = new Rnn.Optimizer(Rnn.OPTIMIZER_SGD, model.parameters().length)) {
            callbacks(model, optimizer);
        }
        numbers();
    }
}
