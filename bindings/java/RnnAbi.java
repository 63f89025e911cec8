import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** The C interface of librnn for JNA. Generated from abi/librnn.json by abi/declare.py; do not edit. */
interface RnnAbi {
    String SONAME = "librnn.so.0";

    // status
    int OK = 0;
    int E_NULL = -1;
    int E_SIZE = -2;
    int E_VALUE = -3;
    int E_STATE = -4;
    int E_MEMORY = -5;
    int E_IO = -6;
    int E_FORMAT = -7;
    int E_NAME = -8;
    int E_NONFINITE = -9;
    int E_UNSUPPORTED = -10;

    // integer keys of rnn_config
    int CELL = 1;
    int INPUT_SIZE = 2;
    int VOCABULARY = 3;
    int EMBEDDING_SIZE = 4;
    int HIDDEN_SIZE = 5;
    int LAYERS = 6;
    int CLASSES = 7;
    int SEED = 8;
    int DIRECTION = 9;
    int MERGE = 10;
    int BIAS = 11;
    int PROJECTION_SIZE = 12;
    int RESIDUAL = 13;
    int OUTPUT = 14;
    int RESET = 15;
    int PEEPHOLES = 16;
    int COUPLE = 17;
    int LAYER_NORM = 18;
    int ACTIVATION_F = 19;
    int ACTIVATION_G = 20;
    int ACTIVATION_H = 21;
    int INIT_INPUT = 22;
    int INIT_RECURRENT = 23;
    int INIT_BIAS = 24;
    int PRODUCTS = 25;
    int PRECISION = 37;
    int OUTPUT_SIZE = 26;
    int KERNEL_SIZE = 27;
    int STRIDE = 28;
    int DILATION = 29;
    int GROUPS = 30;
    int PADDING = 31;
    int ACTIVATION = 32;
    int SOURCE = 33;
    int INITIAL_STATE = 34;
    int TIED = 35;
    int CRF = 36;

    // real keys of rnn_config
    int INIT_RANGE = 101;
    int FORGET_BIAS = 102;
    int DROPOUT = 103;
    int RECURRENT_DROPOUT = 104;
    int ZONEOUT = 105;
    int ZONEOUT_CELL = 106;
    int CLIP = 107;
    int CELL_CLIP = 108;
    int ALPHA_F = 109;
    int BETA_F = 110;
    int ALPHA_G = 111;
    int BETA_G = 112;
    int ALPHA_H = 113;
    int BETA_H = 114;
    int ALPHA = 115;
    int BETA = 116;

    // text keys of rnn_config
    int PREFIX = 201;
    int EMBEDDING_NAME = 202;
    int HEAD_NAME = 203;
    int CRF_NAME = 204;

    // values of RNN_CELL
    int CELL_TANH = 1;
    int CELL_RELU = 2;
    int CELL_LSTM = 3;
    int CELL_GRU = 4;
    int CELL_MINGRU = 5;
    int CELL_SLSTM = 6;
    int CELL_INDRNN = 7;
    int CELL_MINGRU_HIGHWAY = 8;

    // values of RNN_DIRECTION
    int DIRECTION_FORWARD = 1;
    int DIRECTION_REVERSE = 2;
    int DIRECTION_BOTH = 3;

    // values of RNN_MERGE
    int MERGE_CONCATENATE = 1;
    int MERGE_SUM = 2;

    // values of RNN_OUTPUT
    int OUTPUT_EVERY_STEP = 1;
    int OUTPUT_LAST_STEP = 2;
    int OUTPUT_MEAN = 3;
    int OUTPUT_MAXIMUM = 4;

    // values of RNN_RESET
    int RESET_AFTER = 1;
    int RESET_BEFORE = 2;

    // values of RNN_COUPLE
    int COUPLE_FORGET = 1;
    int COUPLE_INPUT = 2;

    // values of RNN_PRODUCTS
    int PRODUCTS_AUTOMATIC = 0;
    int PRODUCTS_OWN = 1;
    int PRODUCTS_CBLAS = 2;

    // values of RNN_PRECISION
    int PRECISION_FLOAT32 = 0;
    int PRECISION_BF16 = 1;
    int PRECISION_INT8 = 2;

    // values of RNN_ACTIVATION_F, _G and _H
    int ACTIVATION_TANH = 1;
    int ACTIVATION_SIGMOID = 2;
    int ACTIVATION_RELU = 3;
    int ACTIVATION_HARD_SIGMOID = 4;
    int ACTIVATION_LEAKY_RELU = 5;
    int ACTIVATION_THRESHOLDED_RELU = 6;
    int ACTIVATION_SCALED_TANH = 7;
    int ACTIVATION_ELU = 8;
    int ACTIVATION_SOFTSIGN = 9;
    int ACTIVATION_SOFTPLUS = 10;
    int ACTIVATION_AFFINE = 11;

    // values of RNN_INIT_
    int INIT_UNIFORM = 1;
    int INIT_XAVIER = 2;
    int INIT_ORTHOGONAL = 3;
    int INIT_ZERO = 4;

    // RNN_KIND_...
    int KIND_RECURRENT = 1;
    int KIND_DENSE = 2;
    int KIND_CONV1D = 3;
    int KIND_EMBEDDING = 4;
    int KIND_AFFINE = 5;
    int KIND_LAYER_NORM = 6;
    int KIND_RMS_NORM = 7;
    int KIND_DROPOUT = 8;
    int KIND_ACTIVATION = 9;
    int KIND_POOLING = 10;
    int KIND_SKIP = 11;
    int KIND_MAGNITUDE = 12;

    // values of RNN_PADDING
    int PADDING_CAUSAL = 1;
    int PADDING_CENTRED = 2;
    int PADDING_NONE = 3;

    // RNN_SOURCE_...
    int SOURCE_INPUT = -1;

    // RNN_ONNX_...
    int ONNX_W = 1;
    int ONNX_R = 2;
    int ONNX_B = 3;
    int ONNX_P = 4;

    // RNN_KERAS_...
    int KERAS_KERNEL = 1;
    int KERAS_RECURRENT = 2;
    int KERAS_BIAS = 3;

    // modes of a session
    int INFERENCE = 1;
    int TRAINING = 2;

    // RNN_STATE_...
    int STATE_H = 1;
    int STATE_C = 2;
    int STATE_N = 3;
    int STATE_M = 4;

    // RNN_LOSS_...
    int LOSS_CROSS_ENTROPY = 1;
    int LOSS_BINARY_CROSS_ENTROPY = 2;
    int LOSS_SQUARED_ERROR = 3;
    int LOSS_ABSOLUTE_ERROR = 4;
    int LOSS_HUBER = 5;
    int LOSS_CTC = 6;
    int LOSS_CUSTOM = 7;
    int LOSS_CRF = 8;
    int LOSS_QUANTILE = 9;
    int LOSS_GAUSSIAN = 10;
    int LOSS_ERROR_TO_SIGNAL = 11;

    // integer keys of rnn_loss
    int REDUCTION = 501;
    int IGNORED = 502;
    int BLANK = 503;
    int ZERO_INFINITY = 504;
    int SKIP_MISSING = 505;

    // real keys of rnn_loss
    int SMOOTHING = 551;
    int DELTA = 552;
    int PRE_EMPHASIS = 553;
    int ENERGY_FLOOR = 554;
    int OFFSET_WEIGHT = 555;
    int MIN_VARIANCE = 556;

    // values of RNN_REDUCTION
    int SUM = 1;
    int MEAN = 2;

    // RNN_OPTIMIZER_...
    int OPTIMIZER_SGD = 1;
    int OPTIMIZER_RMSPROP = 2;
    int OPTIMIZER_ADAGRAD = 3;
    int OPTIMIZER_ADAM = 4;
    int OPTIMIZER_ADAMW = 5;

    // integer keys of rnn_optimizer
    int NESTEROV = 301;
    int SCHEDULE = 302;
    int WARMUP = 303;
    int PERIOD = 304;
    int PATIENCE = 305;
    int UPDATES = 306;
    int PLATEAU = 307;
    int AMSGRAD = 308;

    // real keys of rnn_optimizer
    int RATE = 401;
    int MOMENTUM = 402;
    int BETA_1 = 403;
    int BETA_2 = 404;
    int EPSILON = 405;
    int WEIGHT_DECAY = 406;
    int MAX_NORM = 407;
    int MAX_ABS = 408;
    int GAMMA = 409;
    int MINIMUM_RATE = 410;
    int PLATEAU_FACTOR = 411;
    int PLATEAU_THRESHOLD = 412;
    int CURRENT_RATE = 413;

    // integer keys of tensors of rnn_optimizer
    int FROZEN = 351;

    // real keys of tensors of rnn_optimizer
    int RATE_FACTOR = 451;
    int DECAY_FACTOR = 452;

    // values of RNN_SCHEDULE
    int SCHEDULE_CONSTANT = 1;
    int SCHEDULE_STEP = 2;
    int SCHEDULE_EXPONENTIAL = 3;
    int SCHEDULE_COSINE = 4;

    // RNN_DECODER_...
    int DECODER_CTC_GREEDY = 1;
    int DECODER_CTC_BEAM = 2;
    int DECODER_BEAM = 3;
    int DECODER_SAMPLING = 4;
    int DECODER_CRF = 5;

    // integer keys of rnn_decoder
    int BEAM_WIDTH = 801;
    int RESULTS = 802;
    int START_TOKEN = 803;
    int END_TOKEN = 804;
    int MINIMUM_LENGTH = 805;
    int MAXIMUM_LENGTH = 806;
    int TOP_K = 807;
    int RANDOM_STATE = 808;

    // real keys of rnn_decoder
    int LENGTH_PENALTY = 851;
    int TEMPERATURE = 852;
    int TOP_P = 853;
    int SCORER_WEIGHT = 854;
    int INSERTION_BONUS = 855;
    int BEAM_THRESHOLD = 856;

    // RNN_ATTENTION_...
    int ATTENTION_DOT = 1;
    int ATTENTION_GENERAL = 2;
    int ATTENTION_ADDITIVE = 3;

    // integer keys of rnn_trainer
    int EPOCHS = 601;
    int BATCH_SIZE = 602;
    int SHUFFLE = 603;
    int EARLY_STOP = 604;
    int KEEP_BEST = 605;
    int THREADS = 606;
    int SKIP_NONFINITE = 607;
    int EPOCH = 611;
    int BATCH = 612;
    int SKIPPED = 613;
    int STREAM_STEPS = 614;
    int BUCKETS = 615;
    int MEMORY_LIMIT = 616;

    // real keys of rnn_trainer
    int MIN_DELTA = 701;

    // real keys of rnn_trainer
    int BATCH_LOSS = 711;
    int TRAINING_LOSS = 712;
    int VALIDATION_LOSS = 713;
    int BEST_LOSS = 714;

    // RNN_EVENT_...
    int EVENT_BATCH = 1;
    int EVENT_VALIDATION = 2;
    int EVENT_EPOCH = 3;
    int EVENT_EARLY_STOP = 4;
    int EVENT_CHECKPOINT = 5;

    /** rnn_task. */
    interface Task extends Callback {
        void invoke(Pointer context, long index);
    }

    /** rnn_parallel_for. */
    interface ParallelFor extends Callback {
        void invoke(Pointer user, long count, Task task, Pointer context);
    }

    /** rnn_loss_function. */
    interface LossFunction extends Callback {
        int invoke(Pointer user, Pointer loss, Pointer value, Pointer weight, Pointer dy, Pointer y, long yCount);
    }

    /** rnn_scorer. */
    interface Scorer extends Callback {
        int invoke(Pointer user, Pointer scores, long scoresCount, Pointer slots, Pointer labels, Pointer parents,
                long rows);
    }

    /** rnn_generator. */
    interface Generator extends Callback {
        int invoke(Pointer user, Pointer logits, long logitsCount, Pointer tokens, Pointer parents, long rows);
    }

    /** rnn_sample_function. */
    interface SampleFunction extends Callback {
        int invoke(Pointer user, Pointer sample, long index, long seed);
    }

    /** rnn_progress. */
    interface Progress extends Callback {
        int invoke(Pointer user, Pointer trainer, int event);
    }

    /** The functions; size_t is long on the 64-bit systems that Java runs on. */
    interface Functions extends Library {
        int rnn_version();

        String rnn_version_string();

        String rnn_build_info();

        String rnn_status_string(int status);

        String rnn_last_error();

        void rnn_config_destroy(Pointer config);

        String rnn_config_last_error(Pointer config);

        void rnn_destroy(Pointer model);

        void rnn_session_destroy(Pointer session);

        String rnn_session_last_error(Pointer session);

        void rnn_loss_destroy(Pointer loss);

        String rnn_loss_last_error(Pointer loss);

        void rnn_optimizer_destroy(Pointer optimizer);

        String rnn_optimizer_last_error(Pointer optimizer);

        void rnn_decoder_destroy(Pointer decoder);

        String rnn_decoder_last_error(Pointer decoder);

        void rnn_attention_destroy(Pointer attention);

        String rnn_attention_last_error(Pointer attention);

        void rnn_dataset_destroy(Pointer dataset);

        void rnn_trainer_destroy(Pointer trainer);

        String rnn_trainer_last_error(Pointer trainer);

        // The status of the following functions must be checked.

        int rnn_config_create(PointerByReference out);

        int rnn_config_set_int(Pointer config, int key, long value);

        int rnn_config_set_real(Pointer config, int key, double value);

        int rnn_config_set_text(Pointer config, int key, String value);

        int rnn_config_get_int(Pointer config, int key, long[] value);

        int rnn_config_get_real(Pointer config, int key, double[] value);

        int rnn_config_get_text(Pointer config, int key, PointerByReference value);

        int rnn_config_infer(Pointer config, String path);

        int rnn_config_infer_memory(Pointer config, byte[] bytes, long count);

        int rnn_config_add_layer(Pointer config, long[] index, int kind);

        int rnn_config_layer_count(Pointer config, long[] count);

        int rnn_config_set_layer_int(Pointer config, long layer, int key, long value);

        int rnn_config_set_layer_real(Pointer config, long layer, int key, double value);

        int rnn_config_set_layer_text(Pointer config, long layer, int key, String value);

        int rnn_config_get_layer_int(Pointer config, long layer, int key, long[] value);

        int rnn_config_get_layer_real(Pointer config, long layer, int key, double[] value);

        int rnn_config_get_layer_text(Pointer config, long layer, int key, PointerByReference value);

        int rnn_create(PointerByReference out, Pointer config);

        int rnn_retain(Pointer model);

        int rnn_model_get_int(Pointer model, int key, long[] value);

        int rnn_model_get_real(Pointer model, int key, double[] value);

        int rnn_model_get_text(Pointer model, int key, PointerByReference value);

        int rnn_model_output_size(Pointer model, long[] outputs);

        int rnn_model_layer_count(Pointer model, long[] count);

        int rnn_model_layer_kind(Pointer model, long layer, int[] kind);

        int rnn_model_get_layer_int(Pointer model, long layer, int key, long[] value);

        int rnn_model_get_layer_real(Pointer model, long layer, int key, double[] value);

        int rnn_model_get_layer_text(Pointer model, long layer, int key, PointerByReference value);

        int rnn_describe(Pointer model, byte[] text, long capacity, long[] size, long steps, long batch);

        int rnn_model_tensor_count(Pointer model, long[] count);

        int rnn_model_tensor_info(Pointer model, long index, PointerByReference name, long[] rank, long[] shape,
                long shapeCount, long[] offset);

        int rnn_model_parameters(Pointer model, PointerByReference values, long[] count);

        int rnn_model_set_parameters(Pointer model, float[] values, long valuesCount);

        int rnn_model_get_parameter(Pointer model, String name, float[] values, long valuesCount);

        int rnn_model_set_parameter(Pointer model, String name, float[] values, long valuesCount);

        int rnn_model_set_precision(Pointer model, int precision);

        int rnn_model_release_parameters(Pointer model);

        int rnn_model_set_metadata(Pointer model, String key, String value);

        int rnn_model_get_metadata(Pointer model, String key, PointerByReference value);

        int rnn_save(Pointer model, String path);

        int rnn_save_memory(Pointer model, byte[] bytes, long capacity, long[] size);

        int rnn_save_as(Pointer model, String path, int precision);

        int rnn_save_memory_as(Pointer model, byte[] bytes, long capacity, long[] size, int precision);

        int rnn_load(PointerByReference out, String path);

        int rnn_load_memory(PointerByReference out, byte[] bytes, long count);

        int rnn_model_load_parameters(Pointer model, String path);

        int rnn_model_load_parameters_memory(Pointer model, byte[] bytes, long count);

        int rnn_model_unused_tensors(Pointer model, String path, byte[] text, long capacity, long[] size);

        int rnn_model_unused_tensors_memory(Pointer model, byte[] bytes, long count, byte[] text, long capacity,
                long[] size);

        int rnn_model_import_onnx(Pointer model, long layer, int input, float[] values, long valuesCount);

        int rnn_model_export_onnx(Pointer model, long layer, int input, float[] values, long valuesCount);

        int rnn_model_import_keras(Pointer model, long layer, long direction, int weight, float[] values,
                long valuesCount);

        int rnn_model_export_keras(Pointer model, long layer, long direction, int weight, float[] values,
                long valuesCount);

        int rnn_model_import_tf1_lstm(Pointer model, long layer, long direction, float[] kernel, long kernelCount,
                float[] bias, long biasCount, double forgetBias);

        int rnn_session_create(PointerByReference out, Pointer model, int mode);

        int rnn_session_reserve(Pointer session, long steps, long batch);

        int rnn_reset_state(Pointer session, long batch);

        int rnn_session_output_steps(Pointer session, long steps, long[] outputSteps);

        int rnn_session_output_lengths(Pointer session, int[] lengths, long lengthsCount);

        int rnn_session_has_output(Pointer session, int[] has);

        int rnn_session_get_state(Pointer session, int kind, float[] values, long valuesCount);

        int rnn_session_set_state(Pointer session, int kind, float[] values, long valuesCount);

        int rnn_session_row_state_count(Pointer session, long[] count);

        int rnn_session_get_row_state(Pointer session, long row, float[] values, long valuesCount);

        int rnn_session_set_row_state(Pointer session, long row, float[] values, long valuesCount);

        int rnn_session_reset_row(Pointer session, long row);

        int rnn_session_set_state_gradient(Pointer session, int kind, float[] values, long valuesCount);

        int rnn_session_get_state_gradient(Pointer session, int kind, float[] values, long valuesCount);

        int rnn_session_seed_dropout(Pointer session, long seed);

        int rnn_session_set_threads(Pointer session, long threads);

        int rnn_session_set_parallel_for(Pointer session, long threads, ParallelFor parallelFor, Pointer user);

        int rnn_session_set_recompute(Pointer session, long steps);

        int rnn_forward(Pointer session, float[] y, long yCount, float[] x, long xCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_forward_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount, int[] lengths,
                long lengthsCount, long steps);

        int rnn_session_set_step_mask(Pointer session, int[] mask, long maskCount);

        int rnn_session_set_resets(Pointer session, int[] resets, long resetsCount);

        int rnn_step(Pointer session, float[] y, long yCount, float[] x, long xCount);

        int rnn_step_tokens(Pointer session, float[] y, long yCount, int[] tokens, long tokensCount);

        int rnn_backward(Pointer session, float[] dx, long dxCount, float[] dy, long dyCount);

        int rnn_zero_gradients(Pointer session);

        int rnn_session_gradients(Pointer session, PointerByReference values, long[] count);

        int rnn_session_get_gradient(Pointer session, String name, float[] values, long valuesCount);

        int rnn_session_add_gradients(Pointer session, float[] values, long valuesCount);

        int rnn_session_clip_gradient_norm(Pointer session, double[] norm, double maxNorm);

        int rnn_session_clip_gradient_value(Pointer session, double maxAbs);

        int rnn_sgd_step(Pointer session, double rate);

        int rnn_softmax_cross_entropy(double[] loss, float[] dlogits, long dlogitsCount, float[] logits,
                long logitsCount, int[] targets, long targetsCount, long classes);

        int rnn_softmax(float[] p, long pCount, float[] logits, long logitsCount, long classes);

        int rnn_loss_create(PointerByReference out, int kind);

        int rnn_loss_set_int(Pointer loss, int key, long value);

        int rnn_loss_set_real(Pointer loss, int key, double value);

        int rnn_loss_get_int(Pointer loss, int key, long[] value);

        int rnn_loss_get_real(Pointer loss, int key, double[] value);

        int rnn_loss_set_threads(Pointer loss, long threads);

        int rnn_loss_set_class_weights(Pointer loss, float[] weights, long weightsCount);

        int rnn_loss_set_quantiles(Pointer loss, float[] levels, long levelsCount);

        int rnn_loss_set_batch(Pointer loss, int[] lengths, long lengthsCount, long steps, long batch, long classes);

        int rnn_loss_set_batch_of_session(Pointer loss, Pointer session);

        int rnn_loss_set_mask(Pointer loss, float[] mask, long maskCount);

        int rnn_loss_set_step_mask(Pointer loss, int[] mask, long maskCount);

        int rnn_loss_set_sequence_weights(Pointer loss, float[] weights, long weightsCount);

        int rnn_loss_set_label_lengths(Pointer loss, int[] labelLengths, long labelLengthsCount);

        int rnn_loss_of_classes(Pointer loss, double[] value, float[] dy, long dyCount, float[] y, long yCount,
                int[] classes, long classesCount);

        int rnn_loss_of_values(Pointer loss, double[] value, float[] dy, long dyCount, float[] y, long yCount,
                float[] values, long valuesCount);

        int rnn_loss_get_sequence_losses(Pointer loss, double[] losses, long lossesCount);

        int rnn_loss_set_transitions(Pointer loss, float[] start, long startCount, float[] end, long endCount,
                float[] transitions, long transitionsCount);

        int rnn_loss_set_transitions_of_model(Pointer loss, Pointer model);

        int rnn_loss_get_transition_gradients(Pointer loss, float[] dstart, long dstartCount, float[] dend,
                long dendCount, float[] dtransitions, long dtransitionsCount);

        int rnn_session_add_transition_gradients(Pointer session, Pointer loss);

        int rnn_loss_set_callback(Pointer loss, LossFunction callback, Pointer user);

        int rnn_loss_get_batch(Pointer loss, PointerByReference lengths, long[] steps, long[] batch, long[] classes);

        int rnn_loss_get_mask(Pointer loss, PointerByReference mask, long[] maskCount);

        int rnn_loss_get_step_mask(Pointer loss, PointerByReference mask, long[] maskCount);

        int rnn_loss_get_sequence_weights(Pointer loss, PointerByReference weights, long[] weightsCount);

        int rnn_loss_get_classes(Pointer loss, PointerByReference classes, long[] classesCount);

        int rnn_loss_get_values(Pointer loss, PointerByReference values, long[] valuesCount);

        int rnn_optimizer_create(PointerByReference out, int kind, long parametersCount);

        int rnn_optimizer_create_for_model(PointerByReference out, int kind, Pointer model);

        int rnn_optimizer_set_int(Pointer optimizer, int key, long value);

        int rnn_optimizer_set_real(Pointer optimizer, int key, double value);

        int rnn_optimizer_get_int(Pointer optimizer, int key, long[] value);

        int rnn_optimizer_get_real(Pointer optimizer, int key, double[] value);

        int rnn_optimizer_set_tensors_int(Pointer optimizer, String prefix, int key, long value);

        int rnn_optimizer_set_tensors_real(Pointer optimizer, String prefix, int key, double value);

        int rnn_optimizer_get_tensor_int(Pointer optimizer, String name, int key, long[] value);

        int rnn_optimizer_get_tensor_real(Pointer optimizer, String name, int key, double[] value);

        int rnn_optimizer_exempt_biases(Pointer optimizer);

        int rnn_optimizer_step(Pointer optimizer, Pointer session);

        int rnn_optimizer_step_arrays(Pointer optimizer, float[] parameters, long parametersCount, float[] gradients,
                long gradientsCount);

        int rnn_optimizer_set_threads(Pointer optimizer, long threads);

        int rnn_optimizer_report(Pointer optimizer, double loss);

        int rnn_optimizer_save(Pointer optimizer, String path);

        int rnn_optimizer_save_memory(Pointer optimizer, byte[] bytes, long capacity, long[] size);

        int rnn_optimizer_load(PointerByReference out, String path);

        int rnn_optimizer_load_memory(PointerByReference out, byte[] bytes, long count);

        int rnn_decoder_create(PointerByReference out, int kind);

        int rnn_decoder_set_int(Pointer decoder, int key, long value);

        int rnn_decoder_set_real(Pointer decoder, int key, double value);

        int rnn_decoder_get_int(Pointer decoder, int key, long[] value);

        int rnn_decoder_get_real(Pointer decoder, int key, double[] value);

        int rnn_decoder_decode(Pointer decoder, float[] logits, long logitsCount, int[] lengths, long lengthsCount,
                long steps, long batch, long classes);

        int rnn_decoder_set_step_mask(Pointer decoder, int[] mask, long maskCount);

        int rnn_decoder_begin(Pointer decoder, long batch, long classes);

        int rnn_decoder_feed(Pointer decoder, float[] logits, long logitsCount, int[] lengths, long lengthsCount,
                long steps);

        int rnn_decoder_get_stable_count(Pointer decoder, long sequence, long[] count);

        int rnn_decoder_set_scorer(Pointer decoder, Scorer scorer, Pointer user);

        int rnn_decoder_search(Pointer decoder, long classes, Generator generator, Pointer user);

        int rnn_session_next(Pointer session, float[] logits, long logitsCount, int[] tokens, int[] parents, long rows);

        int rnn_decoder_get_result_count(Pointer decoder, long sequence, long[] count);

        int rnn_decoder_get_result(Pointer decoder, long sequence, long rank, PointerByReference tokens,
                PointerByReference steps, PointerByReference scores, long[] count, double[] score);

        int rnn_decoder_sample(Pointer decoder, int[] tokens, long tokensCount, float[] logits, long logitsCount,
                long classes);

        int rnn_decoder_set_transitions(Pointer decoder, float[] start, long startCount, float[] end, long endCount,
                float[] transitions, long transitionsCount);

        int rnn_decoder_set_transitions_of_model(Pointer decoder, Pointer model);

        int rnn_decoder_get_marginals(Pointer decoder, float[] p, long pCount);

        int rnn_session_select_state(Pointer session, int[] rows, long rowsCount);

        int rnn_attention_create(PointerByReference out, int score, long querySize, long memorySize, long units,
                long seed);

        int rnn_attention_set_int(Pointer attention, int key, long value);

        int rnn_attention_get_int(Pointer attention, int key, long[] value);

        int rnn_attention_parameters(Pointer attention, PointerByReference values, long[] count);

        int rnn_attention_gradients(Pointer attention, PointerByReference values, long[] count);

        int rnn_attention_set_parameters(Pointer attention, float[] values, long valuesCount);

        int rnn_attention_step(Pointer attention, Pointer optimizer);

        int rnn_attention_zero_gradients(Pointer attention);

        int rnn_attention_set_memory(Pointer attention, float[] memory, long memoryCount, int[] lengths,
                long lengthsCount, long steps, long batch);

        int rnn_attention_forward(Pointer attention, float[] context, long contextCount, float[] weights,
                long weightsCount, float[] queries, long queriesCount);

        int rnn_attention_backward(Pointer attention, float[] dqueries, long dqueriesCount, float[] dcontext,
                long dcontextCount, float[] queries, long queriesCount, float[] weights, long weightsCount);

        int rnn_attention_backward_memory(Pointer attention, float[] dmemory, long dmemoryCount);

        int rnn_dataset_create(PointerByReference out);

        int rnn_dataset_count(Pointer dataset, long[] count);

        int rnn_dataset_add(Pointer dataset, long[] index, float[] x, long xCount, long steps);

        int rnn_dataset_add_tokens(Pointer dataset, long[] index, int[] tokens, long tokensCount);

        int rnn_dataset_set_classes(Pointer dataset, long index, int[] classes, long classesCount);

        int rnn_dataset_set_values(Pointer dataset, long index, float[] values, long valuesCount);

        int rnn_dataset_set_mask(Pointer dataset, long index, float[] mask, long maskCount);

        int rnn_dataset_set_weight(Pointer dataset, long index, double weight);

        int rnn_dataset_set_step_mask(Pointer dataset, long index, int[] mask, long maskCount);

        int rnn_dataset_create_from_source(PointerByReference out, long count, long mostSteps, long mostTargets,
                SampleFunction source, Pointer user);

        int rnn_dataset_set_transform(Pointer dataset, SampleFunction transform, Pointer user);

        int rnn_sample_set_x(Pointer sample, float[] x, long xCount, long steps);

        int rnn_sample_set_tokens(Pointer sample, int[] tokens, long tokensCount);

        int rnn_sample_set_classes(Pointer sample, int[] classes, long classesCount);

        int rnn_sample_set_values(Pointer sample, float[] values, long valuesCount);

        int rnn_sample_set_mask(Pointer sample, float[] mask, long maskCount);

        int rnn_sample_set_step_mask(Pointer sample, int[] mask, long maskCount);

        int rnn_sample_set_weight(Pointer sample, double weight);

        int rnn_sample_get_x(Pointer sample, PointerByReference x, long[] xCount, long[] steps);

        int rnn_sample_get_tokens(Pointer sample, PointerByReference tokens, long[] tokensCount);

        int rnn_sample_get_classes(Pointer sample, PointerByReference classes, long[] classesCount);

        int rnn_sample_get_values(Pointer sample, PointerByReference values, long[] valuesCount);

        int rnn_sample_get_mask(Pointer sample, PointerByReference mask, long[] maskCount);

        int rnn_sample_get_step_mask(Pointer sample, PointerByReference mask, long[] maskCount);

        int rnn_trainer_create(PointerByReference out, Pointer model, Pointer optimizer, Pointer loss);

        int rnn_trainer_set_int(Pointer trainer, int key, long value);

        int rnn_trainer_set_real(Pointer trainer, int key, double value);

        int rnn_trainer_get_int(Pointer trainer, int key, long[] value);

        int rnn_trainer_get_real(Pointer trainer, int key, double[] value);

        int rnn_trainer_set_checkpoint(Pointer trainer, String path);

        int rnn_trainer_set_callback(Pointer trainer, Progress callback, Pointer user);

        int rnn_fit(Pointer trainer, Pointer training, Pointer validation);

        int rnn_evaluate(Pointer trainer, double[] loss, double[] accuracy, Pointer dataset);

        int rnn_trainer_save(Pointer trainer, String path);

        int rnn_trainer_load(Pointer trainer, String path);
    }
}
