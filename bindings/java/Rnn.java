import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;

/**
 * librnn for Java, by JNA: closeable classes over what training and running need of rnn.h; RnnAbi declares all of it.
 *
 * <p>The texts in rnn.h hold for every method of the same name, shapes included. Counts come from the arrays, and the
 * library checks them. Where the library takes (NULL, 0), null says so.
 */
public final class Rnn implements RnnAbi {
    /** The functions of rnn.h, and other forms of some. */
    private interface C extends RnnAbi.Functions {
        /** For an x that has to live on. */
        int rnn_forward(Pointer session, float[] y, long yCount, Pointer x, long xCount, int[] lengths,
                long lengthsCount, long steps);

        /** For a generator that is a function of C. */
        int rnn_decoder_search(Pointer decoder, long classes, Function generator, Pointer user);
    }

    private static final Map<String, Object> UTF_8 = Map.of(Library.OPTION_STRING_ENCODING, "UTF-8");
    private static final C LIBRARY = Native.load(SONAME, C.class, UTF_8);
    private static final Function SESSION_NEXT =
            NativeLibrary.getInstance(SONAME, UTF_8).getFunction("rnn_session_next");

    private Rnn() {}

    /** A call that failed: the library's message, and its status (one of E_...). */
    public static final class RnnException extends RuntimeException {
        private static final long serialVersionUID = 1;
        public final int status;

        RnnException(int status, String message) {
            super(message);
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

    /** Returns the mean loss over the rows of logits [N,classes] whose target is not -100; for all else see Loss. */
    public static double softmaxCrossEntropy(float[] dlogits, float[] logits, int[] targets, int classes) {
        double[] loss = new double[1];
        check(LIBRARY.rnn_softmax_cross_entropy(loss, dlogits, count(dlogits), logits, count(logits), targets,
                count(targets), classes));
        return loss[0];
    }

    public static void softmax(float[] p, float[] logits, int classes) {
        check(LIBRARY.rnn_softmax(p, count(p), logits, count(logits), classes));
    }

    /** What callbacks threw during a call: it must not pass through C, but ends the call and comes out of it. */
    private static final class Thrown {
        private static final ThreadLocal<Thrown> INNERMOST = new ThreadLocal<>();
        private Throwable thrown;

        private interface Body {
            int run();
        }

        /** The body of a callback; returns its status. */
        static int guard(Body body) {
            Thrown call = INNERMOST.get();
            try {
                return call.thrown == null ? body.run() : 1;
            } catch (Throwable failure) { // checked ones too: other languages of the JVM throw them anywhere
                call.thrown = failure;
                return 1;
            }
        }

        /** A call of the library that may call back; returns its status. */
        static int during(Body call) {
            Thrown outer = INNERMOST.get();
            Thrown here = new Thrown();
            INNERMOST.set(here);
            int status;
            String message;
            try {
                status = call.run();
                message = status < 0 ? LIBRARY.rnn_last_error() : null;
            } finally {
                INNERMOST.set(outer);
            }
            if (here.thrown != null) {
                Thrown.<RuntimeException>rethrow(here.thrown);
            }
            if (status < 0) {
                throw new RnnException(status, message);
            }
            return status;
        }

        /** Throws what it is given, checked exceptions undeclared. */
        @SuppressWarnings("unchecked")
        private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
            throw (T) thrown;
        }
    }

    /** Owns a handle of the library until close(). */
    private abstract static class Handle implements AutoCloseable {
        private final Consumer<Pointer> destroy;
        private Pointer pointer;
        private int calls; // in progress that may call back

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

        /** A call that may call back; the handle lives until it returns, and so does what this object holds. */
        final void during(Thrown.Body call) {
            Pointer used = pointer;
            calls++;
            try {
                Thrown.during(call);
            } finally {
                if (--calls == 0 && pointer == null) {
                    destroy.accept(used);
                }
                Reference.reachabilityFence(this);
            }
        }

        @Override
        public final void close() {
            if (calls == 0) {
                destroy.accept(pointer);
            }
            pointer = null;
        }
    }

    /** A function that sets one option, or reads it into an array of one element. */
    private interface Access<T> {
        int of(Pointer handle, int key, T value);
    }

    /** The four functions of a handle with options. */
    private static final class Options {
        private final Access<Long> setInt;
        private final Access<Double> setReal;
        private final Access<long[]> getInt;
        private final Access<double[]> getReal;

        Options(Access<Long> setInt, Access<Double> setReal, Access<long[]> getInt, Access<double[]> getReal) {
            this.setInt = setInt;
            this.setReal = setReal;
            this.getInt = getInt;
            this.getReal = getReal;
        }
    }

    /** A handle with options; S is its own class. */
    private abstract static class Settable<S> extends Handle {
        private final Options options;

        Settable(ToIntFunction<PointerByReference> create, Consumer<Pointer> destroy, Options options) {
            super(create, destroy);
            this.options = options;
        }

        @SuppressWarnings("unchecked")
        private S self(int status) {
            check(status);
            return (S) this;
        }

        public final S set(int key, long value) {
            return self(options.setInt.of(pointer(), key, value));
        }

        public final S set(int key, double value) {
            return self(options.setReal.of(pointer(), key, value));
        }

        public final long get(int key) {
            long[] value = new long[1];
            check(options.getInt.of(pointer(), key, value));
            return value[0];
        }

        public final double getReal(int key) {
            double[] value = new double[1];
            check(options.getReal.of(pointer(), key, value));
            return value[0];
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
            check(LIBRARY.rnn_model_get_int(pointer(), key, value));
            return value[0];
        }

        public double getReal(int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_model_get_real(pointer(), key, value));
            return value[0];
        }

        public String getText(int key) {
            PointerByReference value = new PointerByReference();
            check(LIBRARY.rnn_model_get_text(pointer(), key, value));
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

        /** One input of an ONNX operator, ONNX_...; null stands for an absent B or P. */
        public void importOnnx(int layer, int input, float[] values) {
            check(LIBRARY.rnn_model_import_onnx(pointer(), layer, input, values, count(values)));
        }

        public void exportOnnx(int layer, int input, float[] values) {
            check(LIBRARY.rnn_model_export_onnx(pointer(), layer, input, values, count(values)));
        }

        /** One weight of a Keras layer, KERAS_.... */
        public void importKeras(int layer, int direction, int weight, float[] values) {
            check(LIBRARY.rnn_model_import_keras(pointer(), layer, direction, weight, values, count(values)));
        }

        public void exportKeras(int layer, int direction, int weight, float[] values) {
            check(LIBRARY.rnn_model_export_keras(pointer(), layer, direction, weight, values, count(values)));
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
            check(LIBRARY.rnn_session_get_state(pointer(), kind, values, count(values)));
        }

        public void setState(float[] values, int kind) {
            check(LIBRARY.rnn_session_set_state(pointer(), kind, values, count(values)));
        }

        /** Sequence i of the state becomes what sequence rows[i] was. */
        public void selectState(int[] rows) {
            check(LIBRARY.rnn_session_select_state(pointer(), rows, count(rows)));
        }

        public void getStateGradient(float[] values, int kind) {
            check(LIBRARY.rnn_session_get_state_gradient(pointer(), kind, values, count(values)));
        }

        public void setStateGradient(float[] values, int kind) {
            check(LIBRARY.rnn_session_set_state_gradient(pointer(), kind, values, count(values)));
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

    /** How parameters are changed by gradients: new Optimizer(OPTIMIZER_ADAM, model), or for so many parameters. */
    public static final class Optimizer extends Settable<Optimizer> {
        private static final Options OPTIONS = new Options(LIBRARY::rnn_optimizer_set_int,
                LIBRARY::rnn_optimizer_set_real, LIBRARY::rnn_optimizer_get_int, LIBRARY::rnn_optimizer_get_real);

        /** An optimiser with options of tensors. */
        public Optimizer(int kind, Model model) {
            super(out -> LIBRARY.rnn_optimizer_create_for_model(out, kind, model.pointer()),
                    LIBRARY::rnn_optimizer_destroy, OPTIONS);
        }

        public Optimizer(int kind, long parametersCount) {
            super(out -> LIBRARY.rnn_optimizer_create(out, kind, parametersCount), LIBRARY::rnn_optimizer_destroy,
                    OPTIONS);
        }

        private Optimizer(Path path) {
            super(out -> LIBRARY.rnn_optimizer_load(out, path.toString()), LIBRARY::rnn_optimizer_destroy, OPTIONS);
        }

        public static Optimizer load(Path path) {
            return new Optimizer(path);
        }

        public void save(Path path) {
            check(LIBRARY.rnn_optimizer_save(pointer(), path.toString()));
        }

        /** Of every tensor whose name begins with the prefix. */
        public Optimizer setTensors(String prefix, int key, long value) {
            check(LIBRARY.rnn_optimizer_set_tensors_int(pointer(), prefix, key, value));
            return this;
        }

        public Optimizer setTensors(String prefix, int key, double value) {
            check(LIBRARY.rnn_optimizer_set_tensors_real(pointer(), prefix, key, value));
            return this;
        }

        public long getTensor(String name, int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_optimizer_get_tensor_int(pointer(), name, key, value));
            return value[0];
        }

        public double getTensorReal(String name, int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_optimizer_get_tensor_real(pointer(), name, key, value));
            return value[0];
        }

        /** Sets DECAY_FACTOR of every tensor of rank 1 to 0. */
        public Optimizer exemptBiases() {
            check(LIBRARY.rnn_optimizer_exempt_biases(pointer()));
            return this;
        }

        public void step(Session session) {
            check(LIBRARY.rnn_optimizer_step(pointer(), session.pointer()));
        }

        public void report(double loss) {
            check(LIBRARY.rnn_optimizer_report(pointer(), loss));
        }
    }

    /** What a custom loss reads: copies, null for what is not set. */
    public static final class Batch {
        /** T, B and C of y. */
        public final int steps;

        public final int batch;
        public final int outputs;
        public final int[] lengths;
        public final float[] mask;
        /** Of the sequences. */
        public final float[] weights;

        /** The targets, of one type. */
        public final int[] classes;

        public final float[] values;

        /** What the mean divides by; the loss may overwrite it. */
        public double weight;

        private interface Get {
            int of(PointerByReference values, long[] count);
        }

        Batch(Pointer loss, double weight) {
            PointerByReference out = new PointerByReference();
            long[][] sizes = new long[3][1];
            check(LIBRARY.rnn_loss_get_batch(loss, out, sizes[0], sizes[1], sizes[2]));
            steps = Math.toIntExact(sizes[0][0]);
            batch = Math.toIntExact(sizes[1][0]);
            outputs = Math.toIntExact(sizes[2][0]);
            lengths = out.getValue() == null ? null : out.getValue().getIntArray(0, batch);
            mask = floats((values, count) -> LIBRARY.rnn_loss_get_mask(loss, values, count));
            weights = floats((values, count) -> LIBRARY.rnn_loss_get_sequence_weights(loss, values, count));
            values = floats((values, count) -> LIBRARY.rnn_loss_get_values(loss, values, count));
            PointerByReference found = new PointerByReference();
            long[] count = new long[1];
            boolean given = LIBRARY.rnn_loss_get_classes(loss, found, count) >= 0 && found.getValue() != null;
            classes = given ? found.getValue().getIntArray(0, Math.toIntExact(count[0])) : null;
            this.weight = weight;
        }

        private static float[] floats(Get get) {
            PointerByReference values = new PointerByReference();
            long[] count = new long[1];
            boolean given = get.of(values, count) >= 0 && values.getValue() != null; // else the targets are classes
            return given ? values.getValue().getFloatArray(0, Math.toIntExact(count[0])) : null;
        }
    }

    /** A custom loss. */
    public interface Compute {
        /**
         * Returns the sum of the loss over everything that counts, and writes its gradient to dy, which is 0 before;
         * null: not wanted. What it throws is thrown by the call that needs the loss.
         */
        double of(Batch batch, float[] dy, float[] y);
    }

    /** A loss: new Loss(LOSS_CTC), or of a Compute. */
    public static final class Loss extends Settable<Loss> {
        private static final Options OPTIONS = new Options(LIBRARY::rnn_loss_set_int, LIBRARY::rnn_loss_set_real,
                LIBRARY::rnn_loss_get_int, LIBRARY::rnn_loss_get_real);

        /** Kept by the loss and its trainers, for JNA alone does not keep it. */
        private final LossFunction callback;

        public Loss(int kind) {
            super(out -> LIBRARY.rnn_loss_create(out, kind), LIBRARY::rnn_loss_destroy, OPTIONS);
            callback = null;
        }

        public Loss(Compute compute) {
            super(out -> LIBRARY.rnn_loss_create(out, LOSS_CUSTOM), LIBRARY::rnn_loss_destroy, OPTIONS);
            callback = (user, loss, value, weight, dy, y, count) -> Thrown.guard(() -> {
                Batch batch = new Batch(loss, weight.getDouble(0));
                float[] gradient = dy == null ? null : new float[Math.toIntExact(count)];
                double sum = compute.of(batch, gradient, y.getFloatArray(0, Math.toIntExact(count)));
                if (dy != null) {
                    dy.write(0, gradient, 0, gradient.length);
                }
                value.setDouble(0, sum);
                weight.setDouble(0, batch.weight);
                return OK;
            });
            check(LIBRARY.rnn_loss_set_callback(pointer(), callback, null));
        }

        public void setThreads(int threads) {
            check(LIBRARY.rnn_loss_set_threads(pointer(), threads));
        }

        public void setClassWeights(float[] weights) {
            check(LIBRARY.rnn_loss_set_class_weights(pointer(), weights, count(weights)));
        }

        /** The shape of y and the valid steps; drops mask, weights and label lengths. */
        public void setBatch(int[] lengths, int steps, int batch, int classes) {
            check(LIBRARY.rnn_loss_set_batch(pointer(), lengths, count(lengths), steps, batch, classes));
        }

        /** The same with the shape and lengths of y in the session's last forward. */
        public void setBatchOfSession(Session session) {
            check(LIBRARY.rnn_loss_set_batch_of_session(pointer(), session.pointer()));
        }

        public void setMask(float[] mask) {
            check(LIBRARY.rnn_loss_set_mask(pointer(), mask, count(mask)));
        }

        public void setSequenceWeights(float[] weights) {
            check(LIBRARY.rnn_loss_set_sequence_weights(pointer(), weights, count(weights)));
        }

        public void setLabelLengths(int[] labelLengths) {
            check(LIBRARY.rnn_loss_set_label_lengths(pointer(), labelLengths, count(labelLengths)));
        }

        /** Returns the loss. */
        public double ofClasses(float[] dy, float[] y, int[] classes) {
            double[] value = new double[1];
            during(() -> LIBRARY.rnn_loss_of_classes(pointer(), value, dy, count(dy), y, count(y), classes,
                    count(classes)));
            return value[0];
        }

        public double ofValues(float[] dy, float[] y, float[] values) {
            double[] value = new double[1];
            during(() -> LIBRARY.rnn_loss_of_values(pointer(), value, dy, count(dy), y, count(y), values,
                    count(values)));
            return value[0];
        }

        public void getSequenceLosses(double[] losses) {
            check(LIBRARY.rnn_loss_get_sequence_losses(pointer(), losses, count(losses)));
        }
    }

    /** Sequences and their targets; copies of what it is given. */
    public static final class Dataset extends Handle {
        public Dataset() {
            super(LIBRARY::rnn_dataset_create, LIBRARY::rnn_dataset_destroy);
        }

        /** One sequence without targets; returns its number. */
        public long add(float[] x, int steps) {
            long[] index = new long[1];
            check(LIBRARY.rnn_dataset_add(pointer(), index, x, count(x), steps));
            return index[0];
        }

        public long add(int[] tokens) {
            long[] index = new long[1];
            check(LIBRARY.rnn_dataset_add_tokens(pointer(), index, tokens, count(tokens)));
            return index[0];
        }

        public void setClasses(long index, int[] classes) {
            check(LIBRARY.rnn_dataset_set_classes(pointer(), index, classes, count(classes)));
        }

        public void setValues(long index, float[] values) {
            check(LIBRARY.rnn_dataset_set_values(pointer(), index, values, count(values)));
        }

        /** null: 1 for all steps. */
        public void setMask(long index, float[] mask) {
            check(LIBRARY.rnn_dataset_set_mask(pointer(), index, mask, count(mask)));
        }

        public void setWeight(long index, double weight) {
            check(LIBRARY.rnn_dataset_set_weight(pointer(), index, weight));
        }
    }

    /** The training loop; it keeps model, optimiser and loss alive. */
    public static final class Trainer extends Handle {
        private final LossFunction ofLoss; // the library calls it as long as the trainer lives

        public Trainer(Model model, Optimizer optimizer, Loss loss) {
            super(out -> LIBRARY.rnn_trainer_create(out, model.pointer(), optimizer.pointer(), loss.pointer()),
                    LIBRARY::rnn_trainer_destroy);
            ofLoss = loss.callback;
        }

        public Trainer set(int key, long value) {
            check(LIBRARY.rnn_trainer_set_int(pointer(), key, value));
            return this;
        }

        public long get(int key) {
            long[] value = new long[1];
            check(LIBRARY.rnn_trainer_get_int(pointer(), key, value));
            return value[0];
        }

        public double getReal(int key) {
            double[] value = new double[1];
            check(LIBRARY.rnn_trainer_get_real(pointer(), key, value));
            return value[0];
        }

        /** Where fit saves after every epoch; null: nowhere. */
        public void setCheckpoint(Path path) {
            check(LIBRARY.rnn_trainer_set_checkpoint(pointer(), path == null ? null : path.toString()));
        }

        /** Trains; validation may be null. */
        public void fit(Dataset training, Dataset validation) {
            during(() -> LIBRARY.rnn_fit(pointer(), training.pointer(),
                    validation == null ? null : validation.pointer()));
        }

        /**
         * The same; stop is called for every EVENT_..., and true from it ends the training. Returns whether it did.
         * What it or a custom loss throws must not pass through C: it ends the training and comes out here.
         */
        public boolean fit(Dataset training, Dataset validation, IntPredicate stop) {
            boolean[] stopped = new boolean[1];
            Progress progress = (user, trainer, event) -> Thrown.guard(() -> {
                stopped[0] = stop.test(event);
                return stopped[0] ? 1 : 0;
            });
            check(LIBRARY.rnn_trainer_set_callback(pointer(), progress, null));
            try {
                fit(training, validation);
            } finally {
                LIBRARY.rnn_trainer_set_callback(pointer(), null, null); // closed by the callback: does nothing
                Reference.reachabilityFence(progress); // JNA alone does not keep it
            }
            return stopped[0];
        }

        /** Returns the loss and, of cross-entropy, the accuracy. */
        public double[] evaluate(Dataset dataset) {
            double[] loss = new double[1];
            double[] accuracy = new double[1];
            during(() -> LIBRARY.rnn_evaluate(pointer(), loss, accuracy, dataset.pointer()));
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
    /** What a decoder found: labels or tokens, with the step and the score (a log probability) of each. */
    public static final class Result {
        public final int[] tokens;
        public final int[] steps;
        public final float[] scores;
        /** Of the whole. */
        public final double score;

        Result(int[] tokens, int[] steps, float[] scores, double score) {
            this.tokens = tokens;
            this.steps = steps;
            this.scores = scores;
            this.score = score;
        }
    }

    /** From logits to classes: new Decoder(DECODER_CTC_GREEDY). */
    public static final class Decoder extends Settable<Decoder> {
        private static final Options OPTIONS = new Options(LIBRARY::rnn_decoder_set_int, LIBRARY::rnn_decoder_set_real,
                LIBRARY::rnn_decoder_get_int, LIBRARY::rnn_decoder_get_real);

        public Decoder(int kind) {
            super(out -> LIBRARY.rnn_decoder_create(out, kind), LIBRARY::rnn_decoder_destroy, OPTIONS);
        }

        /** Of CTC: for each sequence its results, best first. */
        public Result[][] decode(float[] logits, int[] lengths, int steps, int batch, int classes) {
            check(LIBRARY.rnn_decoder_decode(pointer(), logits, count(logits), lengths, count(lengths), steps, batch,
                    classes));
            Result[][] results = new Result[batch][];
            for (int sequence = 0; sequence < batch; sequence++) {
                results[sequence] = results(sequence);
            }
            return results;
        }

        /** Beam search over a session of a network of tokens with the state of one sequence; results, best first. */
        public Result[] search(Session session, int classes) {
            check(LIBRARY.rnn_decoder_search(pointer(), classes, SESSION_NEXT, session.pointer()));
            return results(0);
        }

        private Result[] results(int sequence) {
            long[] count = new long[1];
            check(LIBRARY.rnn_decoder_get_result_count(pointer(), sequence, count));
            Result[] results = new Result[Math.toIntExact(count[0])];
            for (int rank = 0; rank < results.length; rank++) {
                PointerByReference tokens = new PointerByReference();
                PointerByReference steps = new PointerByReference();
                PointerByReference scores = new PointerByReference();
                double[] score = new double[1];
                check(LIBRARY.rnn_decoder_get_result(pointer(), sequence, rank, tokens, steps, scores, count, score));
                int size = Math.toIntExact(count[0]);
                results[rank] = size == 0
                        ? new Result(new int[0], new int[0], new float[0], score[0])
                        : new Result(tokens.getValue().getIntArray(0, size), steps.getValue().getIntArray(0, size),
                                scores.getValue().getFloatArray(0, size), score[0]);
            }
            return results;
        }

        /** Sampling: draws tokens [B] from logits [B,classes]. */
        public void sample(int[] tokens, float[] logits, int classes) {
            check(LIBRARY.rnn_decoder_sample(pointer(), tokens, count(tokens), logits, count(logits), classes));
        }
    }
}
