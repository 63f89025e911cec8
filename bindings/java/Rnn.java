import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
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
    public static final int DIRECTION = 9;
    public static final int MERGE = 10;
    public static final int BIAS = 11;
    public static final int PROJECTION_SIZE = 12;
    public static final int RESIDUAL = 13;
    public static final int OUTPUT = 14;
    public static final int RESET = 15;
    public static final int PEEPHOLES = 16;
    public static final int COUPLE = 17;
    public static final int LAYER_NORM = 18;
    public static final int ACTIVATION_F = 19;
    public static final int ACTIVATION_G = 20;
    public static final int ACTIVATION_H = 21;
    public static final int INIT_INPUT = 22;
    public static final int INIT_RECURRENT = 23;
    public static final int INIT_BIAS = 24;
    public static final int INIT_RANGE = 101;
    public static final int FORGET_BIAS = 102;
    public static final int DROPOUT = 103;
    public static final int RECURRENT_DROPOUT = 104;
    public static final int ZONEOUT = 105;
    public static final int ZONEOUT_CELL = 106;
    public static final int CLIP = 107;
    public static final int CELL_CLIP = 108;
    public static final int ALPHA_F = 109;
    public static final int BETA_F = 110;
    public static final int ALPHA_G = 111;
    public static final int BETA_G = 112;
    public static final int ALPHA_H = 113;
    public static final int BETA_H = 114;
    public static final int PREFIX = 201;
    public static final int EMBEDDING_NAME = 202;
    public static final int HEAD_NAME = 203;

    public static final int CELL_TANH = 1;
    public static final int CELL_RELU = 2;
    public static final int CELL_LSTM = 3;
    public static final int CELL_GRU = 4;
    public static final int CELL_MINGRU = 5;
    public static final int CELL_SLSTM = 6;

    public static final int DIRECTION_FORWARD = 1;
    public static final int DIRECTION_REVERSE = 2;
    public static final int DIRECTION_BOTH = 3;

    public static final int MERGE_CONCATENATE = 1;
    public static final int MERGE_SUM = 2;

    public static final int OUTPUT_EVERY_STEP = 1;
    public static final int OUTPUT_LAST_STEP = 2;
    public static final int OUTPUT_MEAN = 3;

    public static final int RESET_AFTER = 1;
    public static final int RESET_BEFORE = 2;

    public static final int COUPLE_FORGET = 1;
    public static final int COUPLE_INPUT = 2;

    public static final int ACTIVATION_TANH = 1;
    public static final int ACTIVATION_SIGMOID = 2;
    public static final int ACTIVATION_RELU = 3;
    public static final int ACTIVATION_HARD_SIGMOID = 4;
    public static final int ACTIVATION_LEAKY_RELU = 5;
    public static final int ACTIVATION_THRESHOLDED_RELU = 6;
    public static final int ACTIVATION_SCALED_TANH = 7;
    public static final int ACTIVATION_ELU = 8;
    public static final int ACTIVATION_SOFTSIGN = 9;
    public static final int ACTIVATION_SOFTPLUS = 10;
    public static final int ACTIVATION_AFFINE = 11;

    public static final int INIT_UNIFORM = 1;
    public static final int INIT_XAVIER = 2;
    public static final int INIT_ORTHOGONAL = 3;
    public static final int INIT_ZERO = 4;

    public static final int INFERENCE = 1;
    public static final int TRAINING = 2;

    public static final int STATE_H = 1;
    public static final int STATE_C = 2;
    public static final int STATE_N = 3;
    public static final int STATE_M = 4;

    public static final int SUM = 1;
    public static final int MEAN = 2;

    public static final int OPTIMIZER_SGD = 1;
    public static final int OPTIMIZER_RMSPROP = 2;
    public static final int OPTIMIZER_ADAGRAD = 3;
    public static final int OPTIMIZER_ADAM = 4;
    public static final int OPTIMIZER_ADAMW = 5;

    public static final int NESTEROV = 301;
    public static final int SCHEDULE = 302;
    public static final int WARMUP = 303;
    public static final int PERIOD = 304;
    public static final int PATIENCE = 305;
    public static final int UPDATES = 306;
    public static final int PLATEAU = 307;
    public static final int RATE = 401;
    public static final int MOMENTUM = 402;
    public static final int BETA_1 = 403;
    public static final int BETA_2 = 404;
    public static final int EPSILON = 405;
    public static final int WEIGHT_DECAY = 406;
    public static final int MAX_NORM = 407;
    public static final int MAX_ABS = 408;
    public static final int GAMMA = 409;
    public static final int RATE_LEAST = 410;
    public static final int PLATEAU_FACTOR = 411;
    public static final int PLATEAU_THRESHOLD = 412;
    public static final int RATE_NOW = 413;

    public static final int SCHEDULE_CONSTANT = 1;
    public static final int SCHEDULE_STEP = 2;
    public static final int SCHEDULE_EXPONENTIAL = 3;
    public static final int SCHEDULE_COSINE = 4;

    public static final int EPOCHS = 601;
    public static final int BATCH_SIZE = 602;
    public static final int LOSS = 603;
    public static final int SHUFFLE = 604;
    public static final int EARLY_STOP = 605;
    public static final int KEEP_BEST = 606;
    public static final int THREADS = 607;
    public static final int BLANK = 608;
    public static final int IGNORED = 609;
    public static final int EPOCH = 610;
    public static final int BATCH = 611;
    public static final int SKIP_NONFINITE = 612;
    public static final int SKIPPED = 613;
    public static final int SMOOTHING = 701;
    public static final int DELTA = 702;
    public static final int BATCH_LOSS = 711;
    public static final int TRAINING_LOSS = 712;
    public static final int VALIDATION_LOSS = 713;
    public static final int BEST_LOSS = 714;

    public static final int LOSS_CROSS_ENTROPY = 1;
    public static final int LOSS_BINARY_CROSS_ENTROPY = 2;
    public static final int LOSS_SQUARED_ERROR = 3;
    public static final int LOSS_ABSOLUTE_ERROR = 4;
    public static final int LOSS_HUBER = 5;
    public static final int LOSS_CTC = 6;

    public static final int EVENT_BATCH = 1;
    public static final int EVENT_VALIDATION = 2;
    public static final int EVENT_EPOCH = 3;
    public static final int EVENT_EARLY_STOP = 4;
    public static final int EVENT_CHECKPOINT = 5;

    /** rnn_progress. */
    private interface Progress extends Callback {
        int invoke(Pointer user, Pointer trainer, int event);
    }

    /** The C interface, as rnn.h has it; size_t is long on the 64-bit systems that Java runs on. */
    private interface C extends Library {
        String rnn_version_string();

        String rnn_last_error();

        int rnn_config_create(PointerByReference out);

        void rnn_config_destroy(Pointer config);

        int rnn_config_set_int(Pointer config, int key, long value);

        int rnn_config_set_real(Pointer config, int key, double value);

        int rnn_config_set_text(Pointer config, int key, String value);

        int rnn_config_infer(Pointer config, String path);

        int rnn_config_infer_memory(Pointer config, byte[] bytes, long count);

        int rnn_create(PointerByReference out, Pointer config);

        void rnn_destroy(Pointer model);

        int rnn_model_get_int(Pointer model, long[] value, int key);

        int rnn_model_get_real(Pointer model, double[] value, int key);

        int rnn_model_get_text(Pointer model, PointerByReference value, int key);

        int rnn_describe(Pointer model, byte[] text, long capacity, long[] size, long steps, long batch);

        int rnn_model_parameters(Pointer model, PointerByReference values, long[] count);

        int rnn_model_set_parameters(Pointer model, float[] values, long count);

        int rnn_save(Pointer model, String path);

        int rnn_load(PointerByReference out, String path);

        int rnn_model_load_parameters(Pointer model, String path);

        int rnn_model_load_parameters_memory(Pointer model, byte[] bytes, long count);

        int rnn_model_import_onnx(Pointer model, long layer, float[] w, long wCount, float[] r, long rCount, float[] b,
                long bCount, float[] p, long pCount);

        int rnn_model_export_onnx(Pointer model, long layer, float[] w, long wCount, float[] r, long rCount, float[] b,
                long bCount, float[] p, long pCount);

        int rnn_model_import_keras(Pointer model, long layer, long direction, float[] kernel, long kernelCount,
                float[] recurrent, long recurrentCount, float[] bias, long biasCount);

        int rnn_model_export_keras(Pointer model, long layer, long direction, float[] kernel, long kernelCount,
                float[] recurrent, long recurrentCount, float[] bias, long biasCount);

        int rnn_session_create(PointerByReference out, Pointer model, int mode);

        void rnn_session_destroy(Pointer session);

        int rnn_session_reserve(Pointer session, long steps, long batch);

        int rnn_reset_state(Pointer session, long batch);

        int rnn_session_get_state(Pointer session, float[] values, long count, int kind);

        int rnn_session_set_state(Pointer session, float[] values, long count, int kind);

        int rnn_session_get_state_gradient(Pointer session, float[] values, long count, int kind);

        int rnn_session_select_state(Pointer session, int[] rows, long count);

        int rnn_session_set_state_gradient(Pointer session, float[] values, long count, int kind);

        int rnn_session_seed_dropout(Pointer session, long seed);

        int rnn_session_set_threads(Pointer session, long threads);

        int rnn_session_set_recompute(Pointer session, long steps);

        int rnn_forward(Pointer session, float[] y, long yCount, float[] x, long xCount, int[] lengths,
                long lengthsCount, long steps);

        /** For an x that has to live on. */
        int rnn_forward(Pointer session, float[] y, long yCount, Pointer x, long xCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_forward_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_step(Pointer session, float[] y, long yCount, float[] x, long xCount);

        int rnn_step_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount);

        int rnn_backward(Pointer session, float[] dx, long dxCount, float[] dy, long dyCount);

        int rnn_zero_gradients(Pointer session);

        int rnn_session_gradients(Pointer session, PointerByReference values, long[] count);

        int rnn_session_add_gradients(Pointer session, float[] values, long count);

        int rnn_session_clip_gradient_norm(Pointer session, double[] norm, double maxNorm);

        int rnn_sgd_step(Pointer session, double rate);

        int rnn_softmax_cross_entropy(double[] loss, float[] dlogits, long dlogitsCount, float[] logits,
                long logitsCount, int[] targets, long targetsCount, int[] lengths, long lengthsCount, long steps,
                long batch, long classes, int reduction);

        int rnn_softmax(float[] p, long pCount, float[] logits, long logitsCount, long classes);

        int rnn_ctc_loss(double[] loss, double[] losses, long lossesCount, float[] dlogits, long dlogitsCount,
                float[] logits, long logitsCount, int[] labels, long labelsCount, int[] lengths, long lengthsCount,
                int[] labelLengths, long labelLengthsCount, long steps, long batch, long classes, long mostLabels,
                int blank, int reduction, int zeroInfinity);

        int rnn_ctc_greedy(int[] labels, long labelsCount, int[] labelLengths, long labelLengthsCount, double[] scores,
                long scoresCount, float[] logits, long logitsCount, int[] lengths, long lengthsCount, long steps,
                long batch, long classes, int blank);

        int rnn_sample(int[] tokens, long tokensCount, float[] logits, long logitsCount, long batch, long classes,
                double temperature, long topK, double topP, long[] random);

        int rnn_optimizer_create(PointerByReference out, int kind, long parametersCount);

        void rnn_optimizer_destroy(Pointer optimizer);

        int rnn_optimizer_set_int(Pointer optimizer, int key, long value);

        int rnn_optimizer_set_real(Pointer optimizer, int key, double value);

        int rnn_optimizer_get_int(Pointer optimizer, long[] value, int key);

        int rnn_optimizer_get_real(Pointer optimizer, double[] value, int key);

        int rnn_optimizer_step(Pointer optimizer, Pointer session);

        int rnn_optimizer_report(Pointer optimizer, double loss);

        int rnn_optimizer_save(Pointer optimizer, String path);

        int rnn_optimizer_load(PointerByReference out, String path);

        int rnn_dataset_create(PointerByReference out);

        void rnn_dataset_destroy(Pointer dataset);

        int rnn_dataset_add(Pointer dataset, float[] x, long xCount, int[] tokens, long tokensCount, int[] classes,
                long classesCount, float[] values, long valuesCount, long steps);

        int rnn_trainer_create(PointerByReference out, Pointer model, Pointer optimizer);

        void rnn_trainer_destroy(Pointer trainer);

        int rnn_trainer_set_int(Pointer trainer, int key, long value);

        int rnn_trainer_set_real(Pointer trainer, int key, double value);

        int rnn_trainer_get_int(Pointer trainer, long[] value, int key);

        int rnn_trainer_get_real(Pointer trainer, double[] value, int key);

        int rnn_trainer_set_checkpoint(Pointer trainer, String path);

        int rnn_trainer_set_callback(Pointer trainer, Progress callback, Pointer user);

        int rnn_fit(Pointer trainer, Pointer training, Pointer validation);

        int rnn_evaluate(Pointer trainer, double[] loss, double[] accuracy, Pointer dataset);

        int rnn_trainer_save(Pointer trainer, String path);

        int rnn_trainer_load(Pointer trainer, String path);
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

    private static long count(double[] array) {
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

    /** Returns the loss; labels are [batch,mostLabels]. */
    public static double ctcLoss(double[] losses, float[] dlogits, float[] logits, int[] labels, int[] lengths,
            int[] labelLengths, int steps, int batch, int classes, int mostLabels, int blank, int reduction,
            boolean zeroInfinity) {
        double[] loss = new double[1];
        check(LIBRARY.rnn_ctc_loss(loss, losses, count(losses), dlogits, count(dlogits), logits, count(logits), labels,
                count(labels), lengths, count(lengths), labelLengths, count(labelLengths), steps, batch, classes,
                mostLabels, blank, reduction, zeroInfinity ? 1 : 0));
        return loss[0];
    }

    /** Returns the labels of each sequence. */
    public static int[][] ctcGreedy(float[] logits, int[] lengths, int steps, int batch, int classes, int blank) {
        int[] labels = new int[Math.multiplyExact(steps, batch)];
        int[] counts = new int[batch];
        check(LIBRARY.rnn_ctc_greedy(labels, count(labels), counts, count(counts), null, 0, logits, count(logits),
                lengths, count(lengths), steps, batch, classes, blank));
        int[][] found = new int[batch][];
        for (int b = 0; b < batch; b++) {
            found[b] = Arrays.copyOfRange(labels, b * steps, b * steps + counts[b]);
        }
        return found;
    }

    /** Draws tokens; random has one element, which is another one afterwards. */
    public static void sample(int[] tokens, float[] logits, int classes, double temperature, int topK, double topP,
            long[] random) {
        if (topK < 0) { // an enormous size_t, as which it would mean all
            throw new IllegalArgumentException("sample: topK is " + topK + ", expected at least 0");
        }
        check(LIBRARY.rnn_sample(tokens, count(tokens), logits, count(logits), count(tokens), classes, temperature,
                topK, topP, random));
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

        public Config set(int key, String value) {
            check(LIBRARY.rnn_config_set_text(pointer(), key, value));
            return this;
        }

        /** Sets what a safetensors file tells. */
        public Config infer(Path path) {
            check(LIBRARY.rnn_config_infer(pointer(), path.toString()));
            return this;
        }

        public Config inferMemory(byte[] bytes) {
            check(LIBRARY.rnn_config_infer_memory(pointer(), bytes, bytes.length));
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

        /** All parameters from a safetensors file of any writer, such as a state_dict of PyTorch. */
        public void loadParameters(Path path) {
            check(LIBRARY.rnn_model_load_parameters(pointer(), path.toString()));
        }

        public void loadParametersMemory(byte[] bytes) {
            check(LIBRARY.rnn_model_load_parameters_memory(pointer(), bytes, bytes.length));
        }

        public long get(int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_model_get_int(pointer(), value, key));
            return value[0];
        }

        public double getReal(int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_model_get_real(pointer(), value, key));
            return value[0];
        }

        public String getText(int key) {
            PointerByReference value = new PointerByReference();
            check(LIBRARY.rnn_model_get_text(pointer(), value, key));
            return value.getValue().getString(0, "UTF-8");
        }

        public String describe(long steps, long batch) {
            long[] size = new long[1];
            check(LIBRARY.rnn_describe(pointer(), null, 0, size, steps, batch));
            byte[] text = new byte[Math.toIntExact(size[0])];
            check(LIBRARY.rnn_describe(pointer(), text, text.length, size, steps, batch));
            return new String(text, 0, text.length - 1, StandardCharsets.UTF_8); // without the final 0
        }

        /** A copy of the flat block. */
        public float[] parameters() {
            PointerByReference values = new PointerByReference();
            long[] count = new long[1];
            check(LIBRARY.rnn_model_parameters(pointer(), values, count));
            return values.getValue().getFloatArray(0, Math.toIntExact(count[0]));
        }

        public void setParameters(float[] values) {
            check(LIBRARY.rnn_model_set_parameters(pointer(), values, count(values)));
        }

        public void importOnnx(int layer, float[] w, float[] r, float[] b, float[] p) {
            check(LIBRARY.rnn_model_import_onnx(pointer(), layer, w, count(w), r, count(r), b, count(b), p, count(p)));
        }

        public void exportOnnx(int layer, float[] w, float[] r, float[] b, float[] p) {
            check(LIBRARY.rnn_model_export_onnx(pointer(), layer, w, count(w), r, count(r), b, count(b), p, count(p)));
        }

        public void importKeras(int layer, int direction, float[] kernel, float[] recurrent, float[] bias) {
            check(LIBRARY.rnn_model_import_keras(pointer(), layer, direction, kernel, count(kernel), recurrent,
                    count(recurrent), bias, count(bias)));
        }

        public void exportKeras(int layer, int direction, float[] kernel, float[] recurrent, float[] bias) {
            check(LIBRARY.rnn_model_export_keras(pointer(), layer, direction, kernel, count(kernel), recurrent,
                    count(recurrent), bias, count(bias)));
        }
    }

    /** What one thread needs to run (INFERENCE) or train (TRAINING) a model, which it keeps alive. */
    public static final class Session extends Handle {
        private boolean recomputes;
        private Memory kept; // the x that the library reads in backward
        private Memory spare; // room for the next one, so that a call that fails leaves it

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
            check(LIBRARY.rnn_session_get_state(pointer(), values, count(values), kind));
        }

        public void setState(float[] values, int kind) {
            check(LIBRARY.rnn_session_set_state(pointer(), values, count(values), kind));
        }

        /** Sequence i of the state becomes what sequence rows[i] was. */
        public void selectState(int[] rows) {
            check(LIBRARY.rnn_session_select_state(pointer(), rows, count(rows)));
        }

        public void getStateGradient(float[] values, int kind) {
            check(LIBRARY.rnn_session_get_state_gradient(pointer(), values, count(values), kind));
        }

        public void setStateGradient(float[] values, int kind) {
            check(LIBRARY.rnn_session_set_state_gradient(pointer(), values, count(values), kind));
        }

        public void seedDropout(long seed) {
            check(LIBRARY.rnn_session_seed_dropout(pointer(), seed));
        }

        public void setThreads(int threads) {
            check(LIBRARY.rnn_session_set_threads(pointer(), threads));
        }

        /** The session then keeps a copy of the x of forward, for JNA gives the array's own memory to no one. */
        public void setRecompute(int steps) {
            check(LIBRARY.rnn_session_set_recompute(pointer(), steps));
            recomputes = steps > 0;
            kept = null;
            spare = null;
        }

        public void forward(float[] y, float[] x, int[] lengths, int steps) {
            if (!recomputes || count(x) == 0) {
                check(LIBRARY.rnn_forward(pointer(), y, count(y), x, count(x), lengths, count(lengths), steps));
                return;
            }
            Memory copy = copy(x);
            check(LIBRARY.rnn_forward(pointer(), y, count(y), copy, count(x), lengths, count(lengths), steps));
            spare = kept;
            kept = copy;
        }

        private Memory copy(float[] x) {
            long size = count(x) * Float.BYTES;
            Memory copy = spare != null && spare.size() >= size ? spare : new Memory(size);
            copy.write(0, x, 0, x.length);
            return copy;
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
            Reference.reachabilityFence(this); // it holds the memory of x
        }

        public void zeroGradients() {
            check(LIBRARY.rnn_zero_gradients(pointer()));
        }

        /** A copy of the flat block. */
        public float[] gradients() {
            PointerByReference values = new PointerByReference();
            long[] count = new long[1];
            check(LIBRARY.rnn_session_gradients(pointer(), values, count));
            return values.getValue().getFloatArray(0, Math.toIntExact(count[0]));
        }

        /** To train in parallel: adds the gradients of another session. */
        public void addGradients(float[] values) {
            check(LIBRARY.rnn_session_add_gradients(pointer(), values, count(values)));
        }

        /** Returns the norm before clipping. */
        public double clipGradientNorm(double maxNorm) {
            double[] norm = new double[1];
            check(LIBRARY.rnn_session_clip_gradient_norm(pointer(), norm, maxNorm));
            return norm[0];
        }

        public void sgdStep(double rate) {
            check(LIBRARY.rnn_sgd_step(pointer(), rate));
        }
    }
    /** How parameters are changed by gradients: new Optimizer(OPTIMIZER_ADAM, count). */
    public static final class Optimizer extends Handle {
        public Optimizer(int kind, long parametersCount) {
            super(out -> LIBRARY.rnn_optimizer_create(out, kind, parametersCount), LIBRARY::rnn_optimizer_destroy);
        }

        private Optimizer(Path path) {
            super(out -> LIBRARY.rnn_optimizer_load(out, path.toString()), LIBRARY::rnn_optimizer_destroy);
        }

        public static Optimizer load(Path path) {
            return new Optimizer(path);
        }

        public void save(Path path) {
            check(LIBRARY.rnn_optimizer_save(pointer(), path.toString()));
        }

        public Optimizer set(int key, long value) {
            check(LIBRARY.rnn_optimizer_set_int(pointer(), key, value));
            return this;
        }

        public Optimizer set(int key, double value) {
            check(LIBRARY.rnn_optimizer_set_real(pointer(), key, value));
            return this;
        }

        public long get(int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_optimizer_get_int(pointer(), value, key));
            return value[0];
        }

        public double getReal(int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_optimizer_get_real(pointer(), value, key));
            return value[0];
        }

        public void step(Session session) {
            check(LIBRARY.rnn_optimizer_step(pointer(), session.pointer()));
        }

        public void report(double loss) {
            check(LIBRARY.rnn_optimizer_report(pointer(), loss));
        }
    }

    /** Sequences with what is to be learned of them; copies of what it is given. */
    public static final class Dataset extends Handle {
        public Dataset() {
            super(LIBRARY::rnn_dataset_create, LIBRARY::rnn_dataset_destroy);
        }

        /** One of x and tokens, and one of classes and values; the others null. */
        public void add(float[] x, int[] tokens, int[] classes, float[] values, int steps) {
            check(LIBRARY.rnn_dataset_add(pointer(), x, count(x), tokens, count(tokens), classes, count(classes),
                    values, count(values), steps));
        }
    }

    /** The training loop; it keeps the model and the optimiser alive. */
    public static final class Trainer extends Handle {
        public Trainer(Model model, Optimizer optimizer) {
            super(out -> LIBRARY.rnn_trainer_create(out, model.pointer(), optimizer.pointer()),
                    LIBRARY::rnn_trainer_destroy);
        }

        public Trainer set(int key, long value) {
            check(LIBRARY.rnn_trainer_set_int(pointer(), key, value));
            return this;
        }

        public Trainer set(int key, double value) {
            check(LIBRARY.rnn_trainer_set_real(pointer(), key, value));
            return this;
        }

        public long get(int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_trainer_get_int(pointer(), value, key));
            return value[0];
        }

        public double getReal(int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_trainer_get_real(pointer(), value, key));
            return value[0];
        }

        /** Where fit saves after every epoch; null: nowhere. */
        public void setCheckpoint(Path path) {
            check(LIBRARY.rnn_trainer_set_checkpoint(pointer(), path == null ? null : path.toString()));
        }

        /** Trains; validation may be null. */
        public void fit(Dataset training, Dataset validation) {
            check(LIBRARY.rnn_fit(pointer(), training.pointer(), validation == null ? null : validation.pointer()));
        }

        /**
         * The same; stop is told of every EVENT_..., and true from it ends the training. Returns whether it did. What
         * it throws must not pass through C: it ends the training and comes out here.
         */
        public boolean fit(Dataset training, Dataset validation, IntPredicate stop) {
            Throwable[] thrown = new Throwable[1];
            boolean[] stopped = new boolean[1];
            Progress progress = (user, trainer, event) -> {
                try {
                    stopped[0] = stop.test(event);
                } catch (Throwable failure) { // checked ones too: other languages of the JVM throw them anywhere
                    thrown[0] = failure;
                }
                return stopped[0] || thrown[0] != null ? 1 : 0;
            };
            check(LIBRARY.rnn_trainer_set_callback(pointer(), progress, null));
            try {
                fit(training, validation);
            } catch (RnnException failure) {
                if (thrown[0] == null) {
                    throw failure;
                }
            } finally {
                LIBRARY.rnn_trainer_set_callback(pointer(), null, null); // closed by the callback: does nothing
                Reference.reachabilityFence(progress); // JNA alone does not keep it
            }
            if (thrown[0] != null) {
                Trainer.<RuntimeException>rethrow(thrown[0]);
            }
            return stopped[0];
        }

        /** Throws what it is given, checked exceptions undeclared. */
        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
            throw (T) thrown;
        }

        /** Returns the loss and, of cross-entropy, the accuracy. */
        public double[] evaluate(Dataset dataset) {
            double[] loss = new double[1];
            double[] accuracy = new double[1];
            check(LIBRARY.rnn_evaluate(pointer(), loss, accuracy, dataset.pointer()));
            return new double[] {loss[0], accuracy[0]};
        }

        public void save(Path path) {
            check(LIBRARY.rnn_trainer_save(pointer(), path.toString()));
        }

        /** Puts what save wrote into this trainer, its model and its optimiser. */
        public void load(Path path) {
            check(LIBRARY.rnn_trainer_load(pointer(), path.toString()));
        }
    }
}
