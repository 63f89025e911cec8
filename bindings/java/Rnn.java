import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/**
 * librnn for Java, by JNA: the functions of rnn.h that training and running need, and closeable classes over them.
 *
 * <p>The texts in rnn.h hold for every method of the same name, shapes included. Counts come from the arrays, and the
 * library checks them. Where the library takes (NULL, 0), null says so.
 */
public final class Rnn {
    public static final int OK = 0;
    public static final int E_NULL = -1;
    public static final int E_SIZE = -2;
    public static final int E_VALUE = -3;
    public static final int E_STATE = -4;
    public static final int E_MEMORY = -5;
    public static final int E_IO = -6;
    public static final int E_FORMAT = -7;
    public static final int E_NAME = -8;
    public static final int E_NONFINITE = -9;
    public static final int E_UNSUPPORTED = -10;

    public static final int CELL = 1;
    public static final int INPUT_SIZE = 2;
    public static final int VOCABULARY = 3;
    public static final int EMBEDDING_SIZE = 4;
    public static final int HIDDEN_SIZE = 5;
    public static final int LAYERS = 6;
    public static final int CLASSES = 7;
    public static final int SEED = 8;
    public static final int INIT_RANGE = 101;

    public static final int CELL_TANH = 1;

    public static final int INFERENCE = 1;
    public static final int TRAINING = 2;

    public static final int STATE_H = 1;

    public static final int SUM = 1;
    public static final int MEAN = 2;

    /** The C interface, as rnn.h has it; size_t is long on the 64-bit systems that Java runs on. */
    private interface C extends Library {
        String rnn_version_string();

        String rnn_last_error();

        int rnn_config_create(PointerByReference out);

        void rnn_config_destroy(Pointer config);

        int rnn_config_set_int(Pointer config, int key, long value);

        int rnn_config_set_real(Pointer config, int key, double value);

        int rnn_create(PointerByReference out, Pointer config);

        void rnn_destroy(Pointer model);

        int rnn_get_int(Pointer model, long[] value, int key);

        int rnn_parameters(Pointer model, PointerByReference values, long[] count);

        int rnn_set_parameters(Pointer model, float[] values, long count);

        int rnn_save(Pointer model, String path);

        int rnn_load(PointerByReference out, String path);

        int rnn_session_create(PointerByReference out, Pointer model, int mode);

        void rnn_session_destroy(Pointer session);

        int rnn_session_reserve(Pointer session, long steps, long batch);

        int rnn_reset_state(Pointer session, long batch);

        int rnn_get_state(Pointer session, float[] values, long count, int kind);

        int rnn_set_state(Pointer session, float[] values, long count, int kind);

        int rnn_forward(Pointer session, float[] y, long yCount, float[] x, long xCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_forward_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_step(Pointer session, float[] y, long yCount, float[] x, long xCount);

        int rnn_step_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount);

        int rnn_backward(Pointer session, float[] dx, long dxCount, float[] dy, long dyCount);

        int rnn_zero_gradients(Pointer session);

        int rnn_gradients(Pointer session, PointerByReference values, long[] count);

        int rnn_clip_gradient_norm(Pointer session, double[] norm, double maxNorm);

        int rnn_sgd_step(Pointer session, double rate);

        int rnn_softmax_cross_entropy(double[] loss, float[] dlogits, long dlogitsCount, float[] logits,
                long logitsCount, int[] targets, long targetsCount, int[] lengths, long lengthsCount, long steps,
                long batch, long classes, int reduction);

        int rnn_softmax(float[] p, long pCount, float[] logits, long logitsCount, long classes);
    }

    /** The number in the name is that of the ABI declared above; strings are UTF-8. */
    private static final C LIBRARY =
            Native.load("librnn.so.0", C.class, Map.of(Library.OPTION_STRING_ENCODING, "UTF-8"));

    private Rnn() {}

    /** A call that failed: the library's sentence, and its status (one of E_...). */
    public static final class RnnException extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final int status;

        RnnException(int status, String sentence) {
            super(sentence);
            this.status = status;
        }
    }

    /** To be called at once, in the thread that got the status. */
    private static void check(int status) {
        if (status < 0) {
            throw new RnnException(status, LIBRARY.rnn_last_error());
        }
    }

    private static long count(float[] array) {
        return array == null ? 0 : array.length;
    }

    private static long count(int[] array) {
        return array == null ? 0 : array.length;
    }

    public static String version() {
        return LIBRARY.rnn_version_string();
    }

    /** Returns the loss. */
    public static double softmaxCrossEntropy(float[] dlogits, float[] logits, int[] targets, int[] lengths, int steps,
            int batch, int classes, int reduction) {
        double[] loss = new double[1];
        check(LIBRARY.rnn_softmax_cross_entropy(loss, dlogits, count(dlogits), logits, count(logits), targets,
                count(targets), lengths, count(lengths), steps, batch, classes, reduction));
        return loss[0];
    }

    public static void softmax(float[] p, float[] logits, int classes) {
        check(LIBRARY.rnn_softmax(p, count(p), logits, count(logits), classes));
    }

    /** Owns a handle of the library until close(). */
    private abstract static class Handle implements AutoCloseable {
        private final Consumer<Pointer> destroy;
        private Pointer pointer;

        Handle(ToIntFunction<PointerByReference> create, Consumer<Pointer> destroy) {
            PointerByReference out = new PointerByReference();
            check(create.applyAsInt(out));
            this.pointer = out.getValue();
            this.destroy = destroy;
        }

        /** The handle, for a call; null after close(), so that the call throws E_NULL. */
        final Pointer pointer() {
            return pointer;
        }

        @Override
        public final void close() {
            destroy.accept(pointer);
            pointer = null;
        }
    }

    /** Options of a network to be created. */
    public static final class Config extends Handle {
        public Config() {
            super(LIBRARY::rnn_config_create, LIBRARY::rnn_config_destroy);
        }

        public Config set(int key, long value) {
            check(LIBRARY.rnn_config_set_int(pointer(), key, value));
            return this;
        }

        public Config set(int key, double value) {
            check(LIBRARY.rnn_config_set_real(pointer(), key, value));
            return this;
        }
    }

    /** Architecture and weights. */
    public static final class Model extends Handle {
        public Model(Config config) {
            super(out -> LIBRARY.rnn_create(out, config.pointer()), LIBRARY::rnn_destroy);
        }

        private Model(Path path) {
            super(out -> LIBRARY.rnn_load(out, path.toString()), LIBRARY::rnn_destroy);
        }

        public static Model load(Path path) {
            return new Model(path);
        }

        public void save(Path path) {
            check(LIBRARY.rnn_save(pointer(), path.toString()));
        }

        public long get(int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_get_int(pointer(), value, key));
            return value[0];
        }

        /** A copy of the flat block. */
        public float[] parameters() {
            PointerByReference values = new PointerByReference();
            long[] count = new long[1];
            check(LIBRARY.rnn_parameters(pointer(), values, count));
            return values.getValue().getFloatArray(0, Math.toIntExact(count[0]));
        }

        public void setParameters(float[] values) {
            check(LIBRARY.rnn_set_parameters(pointer(), values, count(values)));
        }
    }

    /** What one thread needs to run (INFERENCE) or train (TRAINING) a model, which it keeps alive. */
    public static final class Session extends Handle {
        public Session(Model model, int mode) {
            super(out -> LIBRARY.rnn_session_create(out, model.pointer(), mode), LIBRARY::rnn_session_destroy);
        }

        public void reserve(int steps, int batch) {
            check(LIBRARY.rnn_session_reserve(pointer(), steps, batch));
        }

        public void resetState(int batch) {
            check(LIBRARY.rnn_reset_state(pointer(), batch));
        }

        public void getState(float[] values, int kind) {
            check(LIBRARY.rnn_get_state(pointer(), values, count(values), kind));
        }

        public void setState(float[] values, int kind) {
            check(LIBRARY.rnn_set_state(pointer(), values, count(values), kind));
        }

        public void forward(float[] y, float[] x, int[] lengths, int steps) {
            check(LIBRARY.rnn_forward(pointer(), y, count(y), x, count(x), lengths, count(lengths), steps));
        }

        public void forwardTokens(float[] y, int[] tokens, int[] lengths, int steps) {
            check(LIBRARY.rnn_forward_tokens(pointer(), y, count(y), tokens, count(tokens), lengths, count(lengths),
                    steps));
        }

        public void step(float[] y, float[] x) {
            check(LIBRARY.rnn_step(pointer(), y, count(y), x, count(x)));
        }

        public void stepTokens(float[] y, int[] tokens) {
            check(LIBRARY.rnn_step_tokens(pointer(), y, count(y), tokens, count(tokens)));
        }

        public void backward(float[] dx, float[] dy) {
            check(LIBRARY.rnn_backward(pointer(), dx, count(dx), dy, count(dy)));
        }

        public void zeroGradients() {
            check(LIBRARY.rnn_zero_gradients(pointer()));
        }

        /** A copy of the flat block. */
        public float[] gradients() {
            PointerByReference values = new PointerByReference();
            long[] count = new long[1];
            check(LIBRARY.rnn_gradients(pointer(), values, count));
            return values.getValue().getFloatArray(0, Math.toIntExact(count[0]));
        }

        /** Returns the norm before clipping. */
        public double clipGradientNorm(double maxNorm) {
            double[] norm = new double[1];
            check(LIBRARY.rnn_clip_gradient_norm(pointer(), norm, maxNorm));
            return norm[0];
        }

        public void sgdStep(double rate) {
            check(LIBRARY.rnn_sgd_step(pointer(), rate));
        }
    }
}
