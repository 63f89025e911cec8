//! The C interface of librnn.  Generated from abi/librnn.json by abi/declare.py; do not edit.
#![allow(dead_code)] // a program uses what it needs

pub mod constants {
    // status
    pub const OK: i32 = 0;
    pub const E_NULL: i32 = -1;
    pub const E_SIZE: i32 = -2;
    pub const E_VALUE: i32 = -3;
    pub const E_STATE: i32 = -4;
    pub const E_MEMORY: i32 = -5;
    pub const E_IO: i32 = -6;
    pub const E_FORMAT: i32 = -7;
    pub const E_NAME: i32 = -8;
    pub const E_NONFINITE: i32 = -9;
    pub const E_UNSUPPORTED: i32 = -10;

    // integer keys of rnn_config
    pub const CELL: i32 = 1;
    pub const INPUT_SIZE: i32 = 2;
    pub const VOCABULARY: i32 = 3;
    pub const EMBEDDING_SIZE: i32 = 4;
    pub const HIDDEN_SIZE: i32 = 5;
    pub const LAYERS: i32 = 6;
    pub const CLASSES: i32 = 7;
    pub const SEED: i32 = 8;
    pub const DIRECTION: i32 = 9;
    pub const MERGE: i32 = 10;
    pub const BIAS: i32 = 11;
    pub const PROJECTION_SIZE: i32 = 12;
    pub const RESIDUAL: i32 = 13;
    pub const OUTPUT: i32 = 14;
    pub const RESET: i32 = 15;
    pub const PEEPHOLES: i32 = 16;
    pub const COUPLE: i32 = 17;
    pub const LAYER_NORM: i32 = 18;
    pub const ACTIVATION_F: i32 = 19;
    pub const ACTIVATION_G: i32 = 20;
    pub const ACTIVATION_H: i32 = 21;
    pub const INIT_INPUT: i32 = 22;
    pub const INIT_RECURRENT: i32 = 23;
    pub const INIT_BIAS: i32 = 24;
    pub const PRODUCTS: i32 = 25;
    pub const PRECISION: i32 = 37;
    pub const OUTPUT_SIZE: i32 = 26;
    pub const KERNEL_SIZE: i32 = 27;
    pub const STRIDE: i32 = 28;
    pub const DILATION: i32 = 29;
    pub const GROUPS: i32 = 30;
    pub const PADDING: i32 = 31;
    pub const ACTIVATION: i32 = 32;
    pub const SOURCE: i32 = 33;
    pub const INITIAL_STATE: i32 = 34;
    pub const TIED: i32 = 35;
    pub const CRF: i32 = 36;

    // real keys of rnn_config
    pub const INIT_RANGE: i32 = 101;
    pub const FORGET_BIAS: i32 = 102;
    pub const DROPOUT: i32 = 103;
    pub const RECURRENT_DROPOUT: i32 = 104;
    pub const ZONEOUT: i32 = 105;
    pub const ZONEOUT_CELL: i32 = 106;
    pub const CLIP: i32 = 107;
    pub const CELL_CLIP: i32 = 108;
    pub const ALPHA_F: i32 = 109;
    pub const BETA_F: i32 = 110;
    pub const ALPHA_G: i32 = 111;
    pub const BETA_G: i32 = 112;
    pub const ALPHA_H: i32 = 113;
    pub const BETA_H: i32 = 114;
    pub const ALPHA: i32 = 115;
    pub const BETA: i32 = 116;

    // text keys of rnn_config
    pub const PREFIX: i32 = 201;
    pub const EMBEDDING_NAME: i32 = 202;
    pub const HEAD_NAME: i32 = 203;
    pub const CRF_NAME: i32 = 204;

    // values of RNN_CELL
    pub const CELL_TANH: i32 = 1;
    pub const CELL_RELU: i32 = 2;
    pub const CELL_LSTM: i32 = 3;
    pub const CELL_GRU: i32 = 4;
    pub const CELL_MINGRU: i32 = 5;
    pub const CELL_SLSTM: i32 = 6;
    pub const CELL_INDRNN: i32 = 7;
    pub const CELL_MINGRU_HIGHWAY: i32 = 8;

    // values of RNN_DIRECTION
    pub const DIRECTION_FORWARD: i32 = 1;
    pub const DIRECTION_REVERSE: i32 = 2;
    pub const DIRECTION_BOTH: i32 = 3;

    // values of RNN_MERGE
    pub const MERGE_CONCATENATE: i32 = 1;
    pub const MERGE_SUM: i32 = 2;

    // values of RNN_OUTPUT
    pub const OUTPUT_EVERY_STEP: i32 = 1;
    pub const OUTPUT_LAST_STEP: i32 = 2;
    pub const OUTPUT_MEAN: i32 = 3;
    pub const OUTPUT_MAXIMUM: i32 = 4;

    // values of RNN_RESET
    pub const RESET_AFTER: i32 = 1;
    pub const RESET_BEFORE: i32 = 2;

    // values of RNN_COUPLE
    pub const COUPLE_FORGET: i32 = 1;
    pub const COUPLE_INPUT: i32 = 2;

    // values of RNN_PRODUCTS
    pub const PRODUCTS_AUTOMATIC: i32 = 0;
    pub const PRODUCTS_OWN: i32 = 1;
    pub const PRODUCTS_CBLAS: i32 = 2;

    // values of RNN_PRECISION
    pub const PRECISION_FLOAT32: i32 = 0;
    pub const PRECISION_BF16: i32 = 1;
    pub const PRECISION_INT8: i32 = 2;

    // values of RNN_ACTIVATION_F, _G and _H
    pub const ACTIVATION_TANH: i32 = 1;
    pub const ACTIVATION_SIGMOID: i32 = 2;
    pub const ACTIVATION_RELU: i32 = 3;
    pub const ACTIVATION_HARD_SIGMOID: i32 = 4;
    pub const ACTIVATION_LEAKY_RELU: i32 = 5;
    pub const ACTIVATION_THRESHOLDED_RELU: i32 = 6;
    pub const ACTIVATION_SCALED_TANH: i32 = 7;
    pub const ACTIVATION_ELU: i32 = 8;
    pub const ACTIVATION_SOFTSIGN: i32 = 9;
    pub const ACTIVATION_SOFTPLUS: i32 = 10;
    pub const ACTIVATION_AFFINE: i32 = 11;

    // values of RNN_INIT_
    pub const INIT_UNIFORM: i32 = 1;
    pub const INIT_XAVIER: i32 = 2;
    pub const INIT_ORTHOGONAL: i32 = 3;
    pub const INIT_ZERO: i32 = 4;

    // RNN_KIND_...
    pub const KIND_RECURRENT: i32 = 1;
    pub const KIND_DENSE: i32 = 2;
    pub const KIND_CONV1D: i32 = 3;
    pub const KIND_EMBEDDING: i32 = 4;
    pub const KIND_AFFINE: i32 = 5;
    pub const KIND_LAYER_NORM: i32 = 6;
    pub const KIND_RMS_NORM: i32 = 7;
    pub const KIND_DROPOUT: i32 = 8;
    pub const KIND_ACTIVATION: i32 = 9;
    pub const KIND_POOLING: i32 = 10;
    pub const KIND_SKIP: i32 = 11;
    pub const KIND_MAGNITUDE: i32 = 12;

    // values of RNN_PADDING
    pub const PADDING_CAUSAL: i32 = 1;
    pub const PADDING_CENTRED: i32 = 2;
    pub const PADDING_NONE: i32 = 3;

    // RNN_SOURCE_...
    pub const SOURCE_INPUT: i32 = -1;

    // RNN_ONNX_...
    pub const ONNX_W: i32 = 1;
    pub const ONNX_R: i32 = 2;
    pub const ONNX_B: i32 = 3;
    pub const ONNX_P: i32 = 4;

    // RNN_KERAS_...
    pub const KERAS_KERNEL: i32 = 1;
    pub const KERAS_RECURRENT: i32 = 2;
    pub const KERAS_BIAS: i32 = 3;

    // modes of a session
    pub const INFERENCE: i32 = 1;
    pub const TRAINING: i32 = 2;

    // RNN_STATE_...
    pub const STATE_H: i32 = 1;
    pub const STATE_C: i32 = 2;
    pub const STATE_N: i32 = 3;
    pub const STATE_M: i32 = 4;

    // RNN_LOSS_...
    pub const LOSS_CROSS_ENTROPY: i32 = 1;
    pub const LOSS_BINARY_CROSS_ENTROPY: i32 = 2;
    pub const LOSS_SQUARED_ERROR: i32 = 3;
    pub const LOSS_ABSOLUTE_ERROR: i32 = 4;
    pub const LOSS_HUBER: i32 = 5;
    pub const LOSS_CTC: i32 = 6;
    pub const LOSS_CUSTOM: i32 = 7;
    pub const LOSS_CRF: i32 = 8;
    pub const LOSS_QUANTILE: i32 = 9;
    pub const LOSS_GAUSSIAN: i32 = 10;
    pub const LOSS_ERROR_TO_SIGNAL: i32 = 11;

    // integer keys of rnn_loss
    pub const REDUCTION: i32 = 501;
    pub const IGNORED: i32 = 502;
    pub const BLANK: i32 = 503;
    pub const ZERO_INFINITY: i32 = 504;
    pub const SKIP_MISSING: i32 = 505;

    // real keys of rnn_loss
    pub const SMOOTHING: i32 = 551;
    pub const DELTA: i32 = 552;
    pub const PRE_EMPHASIS: i32 = 553;
    pub const ENERGY_FLOOR: i32 = 554;
    pub const OFFSET_WEIGHT: i32 = 555;
    pub const MIN_VARIANCE: i32 = 556;

    // values of RNN_REDUCTION
    pub const SUM: i32 = 1;
    pub const MEAN: i32 = 2;

    // RNN_OPTIMIZER_...
    pub const OPTIMIZER_SGD: i32 = 1;
    pub const OPTIMIZER_RMSPROP: i32 = 2;
    pub const OPTIMIZER_ADAGRAD: i32 = 3;
    pub const OPTIMIZER_ADAM: i32 = 4;
    pub const OPTIMIZER_ADAMW: i32 = 5;

    // integer keys of rnn_optimizer
    pub const NESTEROV: i32 = 301;
    pub const SCHEDULE: i32 = 302;
    pub const WARMUP: i32 = 303;
    pub const PERIOD: i32 = 304;
    pub const PATIENCE: i32 = 305;
    pub const UPDATES: i32 = 306;
    pub const PLATEAU: i32 = 307;
    pub const AMSGRAD: i32 = 308;

    // real keys of rnn_optimizer
    pub const RATE: i32 = 401;
    pub const MOMENTUM: i32 = 402;
    pub const BETA_1: i32 = 403;
    pub const BETA_2: i32 = 404;
    pub const EPSILON: i32 = 405;
    pub const WEIGHT_DECAY: i32 = 406;
    pub const MAX_NORM: i32 = 407;
    pub const MAX_ABS: i32 = 408;
    pub const GAMMA: i32 = 409;
    pub const MINIMUM_RATE: i32 = 410;
    pub const PLATEAU_FACTOR: i32 = 411;
    pub const PLATEAU_THRESHOLD: i32 = 412;
    pub const CURRENT_RATE: i32 = 413;

    // integer keys of tensors of rnn_optimizer
    pub const FROZEN: i32 = 351;

    // real keys of tensors of rnn_optimizer
    pub const RATE_FACTOR: i32 = 451;
    pub const DECAY_FACTOR: i32 = 452;

    // values of RNN_SCHEDULE
    pub const SCHEDULE_CONSTANT: i32 = 1;
    pub const SCHEDULE_STEP: i32 = 2;
    pub const SCHEDULE_EXPONENTIAL: i32 = 3;
    pub const SCHEDULE_COSINE: i32 = 4;

    // RNN_DECODER_...
    pub const DECODER_CTC_GREEDY: i32 = 1;
    pub const DECODER_CTC_BEAM: i32 = 2;
    pub const DECODER_BEAM: i32 = 3;
    pub const DECODER_SAMPLING: i32 = 4;
    pub const DECODER_CRF: i32 = 5;

    // integer keys of rnn_decoder
    pub const BEAM_WIDTH: i32 = 801;
    pub const RESULTS: i32 = 802;
    pub const START_TOKEN: i32 = 803;
    pub const END_TOKEN: i32 = 804;
    pub const MINIMUM_LENGTH: i32 = 805;
    pub const MAXIMUM_LENGTH: i32 = 806;
    pub const TOP_K: i32 = 807;
    pub const RANDOM_STATE: i32 = 808;

    // real keys of rnn_decoder
    pub const LENGTH_PENALTY: i32 = 851;
    pub const TEMPERATURE: i32 = 852;
    pub const TOP_P: i32 = 853;
    pub const SCORER_WEIGHT: i32 = 854;
    pub const INSERTION_BONUS: i32 = 855;
    pub const BEAM_THRESHOLD: i32 = 856;

    // RNN_ATTENTION_...
    pub const ATTENTION_DOT: i32 = 1;
    pub const ATTENTION_GENERAL: i32 = 2;
    pub const ATTENTION_ADDITIVE: i32 = 3;

    // integer keys of rnn_trainer
    pub const EPOCHS: i32 = 601;
    pub const BATCH_SIZE: i32 = 602;
    pub const SHUFFLE: i32 = 603;
    pub const EARLY_STOP: i32 = 604;
    pub const KEEP_BEST: i32 = 605;
    pub const THREADS: i32 = 606;
    pub const SKIP_NONFINITE: i32 = 607;
    pub const EPOCH: i32 = 611;
    pub const BATCH: i32 = 612;
    pub const SKIPPED: i32 = 613;
    pub const STREAM_STEPS: i32 = 614;
    pub const BUCKETS: i32 = 615;
    pub const MEMORY_LIMIT: i32 = 616;

    // real keys of rnn_trainer
    pub const MIN_DELTA: i32 = 701;

    // real keys of rnn_trainer
    pub const BATCH_LOSS: i32 = 711;
    pub const TRAINING_LOSS: i32 = 712;
    pub const VALIDATION_LOSS: i32 = 713;
    pub const BEST_LOSS: i32 = 714;

    // RNN_EVENT_...
    pub const EVENT_BATCH: i32 = 1;
    pub const EVENT_VALIDATION: i32 = 2;
    pub const EVENT_EPOCH: i32 = 3;
    pub const EVENT_EARLY_STOP: i32 = 4;
    pub const EVENT_CHECKPOINT: i32 = 5;
}

#[allow(non_camel_case_types)]
pub mod c {
    use std::os::raw::{c_char, c_void};

    pub enum rnn_config {}
    pub enum rnn_model {}
    pub enum rnn_session {}
    pub enum rnn_loss {}
    pub enum rnn_optimizer {}
    pub enum rnn_decoder {}
    pub enum rnn_attention {}
    pub enum rnn_dataset {}
    pub enum rnn_sample {}
    pub enum rnn_trainer {}

    pub type rnn_task = Option<unsafe extern "C" fn(*mut c_void, usize)>;
    pub type rnn_parallel_for = Option<unsafe extern "C" fn(*mut c_void, usize, rnn_task, *mut c_void)>;
    pub type rnn_loss_function = Option<
        unsafe extern "C" fn(*mut c_void, *mut rnn_loss, *mut f64, *mut f64, *mut f32, *const f32, usize) -> i32,
    >;
    pub type rnn_scorer = Option<
        unsafe extern "C" fn(*mut c_void, *mut f32, usize, *const i32, *const i32, *const i32, usize) -> i32,
    >;
    pub type rnn_generator = Option<
        unsafe extern "C" fn(*mut c_void, *mut f32, usize, *const i32, *const i32, usize) -> i32,
    >;
    pub type rnn_sample_function = Option<unsafe extern "C" fn(*mut c_void, *mut rnn_sample, usize, i64) -> i32>;
    pub type rnn_progress = Option<unsafe extern "C" fn(*mut c_void, *mut rnn_trainer, i32) -> i32>;

    extern "C" {
        pub fn rnn_version() -> i32;
        pub fn rnn_version_string() -> *const c_char;
        pub fn rnn_build_info() -> *const c_char;
        pub fn rnn_status_string(status: i32) -> *const c_char;
        pub fn rnn_last_error() -> *const c_char;
        #[must_use]
        pub fn rnn_config_create(out: *mut *mut rnn_config) -> i32;
        pub fn rnn_config_destroy(config: *mut rnn_config);
        #[must_use]
        pub fn rnn_config_set_int(config: *mut rnn_config, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_config_set_real(config: *mut rnn_config, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_config_set_text(config: *mut rnn_config, key: i32, value: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_config_get_int(config: *mut rnn_config, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_config_get_real(config: *mut rnn_config, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_config_get_text(config: *mut rnn_config, key: i32, value: *mut *const c_char) -> i32;
        #[must_use]
        pub fn rnn_config_infer(config: *mut rnn_config, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_config_infer_memory(config: *mut rnn_config, bytes: *const c_void, count: usize) -> i32;
        #[must_use]
        pub fn rnn_config_add_layer(config: *mut rnn_config, index: *mut usize, kind: i32) -> i32;
        #[must_use]
        pub fn rnn_config_layer_count(config: *mut rnn_config, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_config_set_layer_int(config: *mut rnn_config, layer: usize, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_config_set_layer_real(config: *mut rnn_config, layer: usize, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_config_set_layer_text(config: *mut rnn_config, layer: usize, key: i32, value: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_config_get_layer_int(config: *mut rnn_config, layer: usize, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_config_get_layer_real(config: *mut rnn_config, layer: usize, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_config_get_layer_text(
            config: *mut rnn_config, layer: usize, key: i32, value: *mut *const c_char,
        ) -> i32;
        pub fn rnn_config_last_error(config: *const rnn_config) -> *const c_char;
        #[must_use]
        pub fn rnn_create(out: *mut *mut rnn_model, config: *mut rnn_config) -> i32;
        #[must_use]
        pub fn rnn_retain(model: *mut rnn_model) -> i32;
        pub fn rnn_destroy(model: *mut rnn_model);
        #[must_use]
        pub fn rnn_model_get_int(model: *const rnn_model, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_model_get_real(model: *const rnn_model, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_model_get_text(model: *const rnn_model, key: i32, value: *mut *const c_char) -> i32;
        #[must_use]
        pub fn rnn_model_output_size(model: *const rnn_model, outputs: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_model_layer_count(model: *const rnn_model, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_model_layer_kind(model: *const rnn_model, layer: usize, kind: *mut i32) -> i32;
        #[must_use]
        pub fn rnn_model_get_layer_int(model: *const rnn_model, layer: usize, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_model_get_layer_real(model: *const rnn_model, layer: usize, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_model_get_layer_text(
            model: *const rnn_model, layer: usize, key: i32, value: *mut *const c_char,
        ) -> i32;
        #[must_use]
        pub fn rnn_describe(
            model: *const rnn_model, text: *mut c_char, capacity: usize, size: *mut usize, steps: usize, batch: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_tensor_count(model: *const rnn_model, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_model_tensor_info(
            model: *const rnn_model, index: usize, name: *mut *const c_char, rank: *mut usize, shape: *mut usize,
            shape_count: usize, offset: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_parameters(model: *const rnn_model, values: *mut *const f32, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_model_set_parameters(model: *mut rnn_model, values: *const f32, values_count: usize) -> i32;
        #[must_use]
        pub fn rnn_model_get_parameter(
            model: *const rnn_model, name: *const c_char, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_set_parameter(
            model: *mut rnn_model, name: *const c_char, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_set_precision(model: *mut rnn_model, precision: i32) -> i32;
        #[must_use]
        pub fn rnn_model_release_parameters(model: *mut rnn_model) -> i32;
        #[must_use]
        pub fn rnn_model_set_metadata(model: *mut rnn_model, key: *const c_char, value: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_model_get_metadata(model: *const rnn_model, key: *const c_char, value: *mut *const c_char) -> i32;
        #[must_use]
        pub fn rnn_save(model: *const rnn_model, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_save_memory(model: *const rnn_model, bytes: *mut c_void, capacity: usize, size: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_save_as(model: *const rnn_model, path: *const c_char, precision: i32) -> i32;
        #[must_use]
        pub fn rnn_save_memory_as(
            model: *const rnn_model, bytes: *mut c_void, capacity: usize, size: *mut usize, precision: i32,
        ) -> i32;
        #[must_use]
        pub fn rnn_load(out: *mut *mut rnn_model, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_load_memory(out: *mut *mut rnn_model, bytes: *const c_void, count: usize) -> i32;
        #[must_use]
        pub fn rnn_model_load_parameters(model: *mut rnn_model, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_model_load_parameters_memory(model: *mut rnn_model, bytes: *const c_void, count: usize) -> i32;
        #[must_use]
        pub fn rnn_model_unused_tensors(
            model: *const rnn_model, path: *const c_char, text: *mut c_char, capacity: usize, size: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_unused_tensors_memory(
            model: *const rnn_model, bytes: *const c_void, count: usize, text: *mut c_char, capacity: usize,
            size: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_import_onnx(
            model: *mut rnn_model, layer: usize, input: i32, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_export_onnx(
            model: *const rnn_model, layer: usize, input: i32, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_import_keras(
            model: *mut rnn_model, layer: usize, direction: usize, weight: i32, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_export_keras(
            model: *const rnn_model, layer: usize, direction: usize, weight: i32, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_model_import_tf1_lstm(
            model: *mut rnn_model, layer: usize, direction: usize, kernel: *const f32, kernel_count: usize,
            bias: *const f32, bias_count: usize, forget_bias: f64,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_create(out: *mut *mut rnn_session, model: *mut rnn_model, mode: i32) -> i32;
        pub fn rnn_session_destroy(session: *mut rnn_session);
        #[must_use]
        pub fn rnn_session_reserve(session: *mut rnn_session, steps: usize, batch: usize) -> i32;
        #[must_use]
        pub fn rnn_reset_state(session: *mut rnn_session, batch: usize) -> i32;
        #[must_use]
        pub fn rnn_session_output_steps(session: *mut rnn_session, steps: usize, output_steps: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_session_output_lengths(session: *mut rnn_session, lengths: *mut i32, lengths_count: usize) -> i32;
        #[must_use]
        pub fn rnn_session_has_output(session: *mut rnn_session, has: *mut i32) -> i32;
        #[must_use]
        pub fn rnn_session_get_state(
            session: *mut rnn_session, kind: i32, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_set_state(
            session: *mut rnn_session, kind: i32, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_row_state_count(session: *mut rnn_session, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_session_get_row_state(
            session: *mut rnn_session, row: usize, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_set_row_state(
            session: *mut rnn_session, row: usize, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_reset_row(session: *mut rnn_session, row: usize) -> i32;
        #[must_use]
        pub fn rnn_session_set_state_gradient(
            session: *mut rnn_session, kind: i32, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_get_state_gradient(
            session: *mut rnn_session, kind: i32, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_seed_dropout(session: *mut rnn_session, seed: i64) -> i32;
        #[must_use]
        pub fn rnn_session_set_threads(session: *mut rnn_session, threads: usize) -> i32;
        #[must_use]
        pub fn rnn_session_set_parallel_for(
            session: *mut rnn_session, threads: usize, parallel_for: rnn_parallel_for, user: *mut c_void,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_set_recompute(session: *mut rnn_session, steps: usize) -> i32;
        pub fn rnn_session_last_error(session: *const rnn_session) -> *const c_char;
        #[must_use]
        pub fn rnn_forward(
            session: *mut rnn_session, y: *mut f32, y_count: usize, x: *const f32, x_count: usize, lengths: *const i32,
            lengths_count: usize, steps: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_forward_tokens(
            session: *mut rnn_session, y: *mut f32, y_count: usize, tokens: *const i32, tokens_count: usize,
            lengths: *const i32, lengths_count: usize, steps: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_set_step_mask(session: *mut rnn_session, mask: *const i32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_session_set_resets(session: *mut rnn_session, resets: *const i32, resets_count: usize) -> i32;
        #[must_use]
        pub fn rnn_step(session: *mut rnn_session, y: *mut f32, y_count: usize, x: *const f32, x_count: usize) -> i32;
        #[must_use]
        pub fn rnn_step_tokens(
            session: *mut rnn_session, y: *mut f32, y_count: usize, tokens: *const i32, tokens_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_backward(
            session: *mut rnn_session, dx: *mut f32, dx_count: usize, dy: *const f32, dy_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_zero_gradients(session: *mut rnn_session) -> i32;
        #[must_use]
        pub fn rnn_session_gradients(session: *mut rnn_session, values: *mut *mut f32, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_session_get_gradient(
            session: *mut rnn_session, name: *const c_char, values: *mut f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_add_gradients(session: *mut rnn_session, values: *const f32, values_count: usize) -> i32;
        #[must_use]
        pub fn rnn_session_clip_gradient_norm(session: *mut rnn_session, norm: *mut f64, max_norm: f64) -> i32;
        #[must_use]
        pub fn rnn_session_clip_gradient_value(session: *mut rnn_session, max_abs: f64) -> i32;
        #[must_use]
        pub fn rnn_sgd_step(session: *mut rnn_session, rate: f64) -> i32;
        #[must_use]
        pub fn rnn_softmax_cross_entropy(
            loss: *mut f64, dlogits: *mut f32, dlogits_count: usize, logits: *const f32, logits_count: usize,
            targets: *const i32, targets_count: usize, classes: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_softmax(p: *mut f32, p_count: usize, logits: *const f32, logits_count: usize, classes: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_create(out: *mut *mut rnn_loss, kind: i32) -> i32;
        pub fn rnn_loss_destroy(loss: *mut rnn_loss);
        #[must_use]
        pub fn rnn_loss_set_int(loss: *mut rnn_loss, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_loss_set_real(loss: *mut rnn_loss, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_loss_get_int(loss: *mut rnn_loss, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_loss_get_real(loss: *mut rnn_loss, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_loss_set_threads(loss: *mut rnn_loss, threads: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_class_weights(loss: *mut rnn_loss, weights: *const f32, weights_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_quantiles(loss: *mut rnn_loss, levels: *const f32, levels_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_batch(
            loss: *mut rnn_loss, lengths: *const i32, lengths_count: usize, steps: usize, batch: usize, classes: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_set_batch_of_session(loss: *mut rnn_loss, session: *const rnn_session) -> i32;
        #[must_use]
        pub fn rnn_loss_set_mask(loss: *mut rnn_loss, mask: *const f32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_step_mask(loss: *mut rnn_loss, mask: *const i32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_sequence_weights(loss: *mut rnn_loss, weights: *const f32, weights_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_label_lengths(
            loss: *mut rnn_loss, label_lengths: *const i32, label_lengths_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_of_classes(
            loss: *mut rnn_loss, value: *mut f64, dy: *mut f32, dy_count: usize, y: *const f32, y_count: usize,
            classes: *const i32, classes_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_of_values(
            loss: *mut rnn_loss, value: *mut f64, dy: *mut f32, dy_count: usize, y: *const f32, y_count: usize,
            values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_get_sequence_losses(loss: *mut rnn_loss, losses: *mut f64, losses_count: usize) -> i32;
        #[must_use]
        pub fn rnn_loss_set_transitions(
            loss: *mut rnn_loss, start: *const f32, start_count: usize, end: *const f32, end_count: usize,
            transitions: *const f32, transitions_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_set_transitions_of_model(loss: *mut rnn_loss, model: *const rnn_model) -> i32;
        #[must_use]
        pub fn rnn_loss_get_transition_gradients(
            loss: *mut rnn_loss, dstart: *mut f32, dstart_count: usize, dend: *mut f32, dend_count: usize,
            dtransitions: *mut f32, dtransitions_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_add_transition_gradients(session: *mut rnn_session, loss: *const rnn_loss) -> i32;
        #[must_use]
        pub fn rnn_loss_set_callback(loss: *mut rnn_loss, callback: rnn_loss_function, user: *mut c_void) -> i32;
        #[must_use]
        pub fn rnn_loss_get_batch(
            loss: *mut rnn_loss, lengths: *mut *const i32, steps: *mut usize, batch: *mut usize, classes: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_get_mask(loss: *mut rnn_loss, mask: *mut *const f32, mask_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_loss_get_step_mask(loss: *mut rnn_loss, mask: *mut *const i32, mask_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_loss_get_sequence_weights(
            loss: *mut rnn_loss, weights: *mut *const f32, weights_count: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_loss_get_classes(loss: *mut rnn_loss, classes: *mut *const i32, classes_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_loss_get_values(loss: *mut rnn_loss, values: *mut *const f32, values_count: *mut usize) -> i32;
        pub fn rnn_loss_last_error(loss: *const rnn_loss) -> *const c_char;
        #[must_use]
        pub fn rnn_optimizer_create(out: *mut *mut rnn_optimizer, kind: i32, parameters_count: usize) -> i32;
        #[must_use]
        pub fn rnn_optimizer_create_for_model(out: *mut *mut rnn_optimizer, kind: i32, model: *const rnn_model) -> i32;
        pub fn rnn_optimizer_destroy(optimizer: *mut rnn_optimizer);
        #[must_use]
        pub fn rnn_optimizer_set_int(optimizer: *mut rnn_optimizer, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_optimizer_set_real(optimizer: *mut rnn_optimizer, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_optimizer_get_int(optimizer: *mut rnn_optimizer, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_optimizer_get_real(optimizer: *mut rnn_optimizer, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_optimizer_set_tensors_int(
            optimizer: *mut rnn_optimizer, prefix: *const c_char, key: i32, value: i64,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_set_tensors_real(
            optimizer: *mut rnn_optimizer, prefix: *const c_char, key: i32, value: f64,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_get_tensor_int(
            optimizer: *mut rnn_optimizer, name: *const c_char, key: i32, value: *mut i64,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_get_tensor_real(
            optimizer: *mut rnn_optimizer, name: *const c_char, key: i32, value: *mut f64,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_exempt_biases(optimizer: *mut rnn_optimizer) -> i32;
        #[must_use]
        pub fn rnn_optimizer_step(optimizer: *mut rnn_optimizer, session: *mut rnn_session) -> i32;
        #[must_use]
        pub fn rnn_optimizer_step_arrays(
            optimizer: *mut rnn_optimizer, parameters: *mut f32, parameters_count: usize, gradients: *const f32,
            gradients_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_set_threads(optimizer: *mut rnn_optimizer, threads: usize) -> i32;
        #[must_use]
        pub fn rnn_optimizer_report(optimizer: *mut rnn_optimizer, loss: f64) -> i32;
        #[must_use]
        pub fn rnn_optimizer_save(optimizer: *const rnn_optimizer, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_optimizer_save_memory(
            optimizer: *const rnn_optimizer, bytes: *mut c_void, capacity: usize, size: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_optimizer_load(out: *mut *mut rnn_optimizer, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_optimizer_load_memory(out: *mut *mut rnn_optimizer, bytes: *const c_void, count: usize) -> i32;
        pub fn rnn_optimizer_last_error(optimizer: *const rnn_optimizer) -> *const c_char;
        #[must_use]
        pub fn rnn_decoder_create(out: *mut *mut rnn_decoder, kind: i32) -> i32;
        pub fn rnn_decoder_destroy(decoder: *mut rnn_decoder);
        #[must_use]
        pub fn rnn_decoder_set_int(decoder: *mut rnn_decoder, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_decoder_set_real(decoder: *mut rnn_decoder, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_int(decoder: *mut rnn_decoder, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_real(decoder: *mut rnn_decoder, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_decoder_decode(
            decoder: *mut rnn_decoder, logits: *const f32, logits_count: usize, lengths: *const i32,
            lengths_count: usize, steps: usize, batch: usize, classes: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_set_step_mask(decoder: *mut rnn_decoder, mask: *const i32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_decoder_begin(decoder: *mut rnn_decoder, batch: usize, classes: usize) -> i32;
        #[must_use]
        pub fn rnn_decoder_feed(
            decoder: *mut rnn_decoder, logits: *const f32, logits_count: usize, lengths: *const i32,
            lengths_count: usize, steps: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_stable_count(decoder: *mut rnn_decoder, sequence: usize, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_decoder_set_scorer(decoder: *mut rnn_decoder, scorer: rnn_scorer, user: *mut c_void) -> i32;
        #[must_use]
        pub fn rnn_decoder_search(
            decoder: *mut rnn_decoder, classes: usize, generator: rnn_generator, user: *mut c_void,
        ) -> i32;
        #[must_use]
        pub fn rnn_session_next(
            session: *mut c_void, logits: *mut f32, logits_count: usize, tokens: *const i32, parents: *const i32,
            rows: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_result_count(decoder: *mut rnn_decoder, sequence: usize, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_result(
            decoder: *mut rnn_decoder, sequence: usize, rank: usize, tokens: *mut *const i32, steps: *mut *const i32,
            scores: *mut *const f32, count: *mut usize, score: *mut f64,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_sample(
            decoder: *mut rnn_decoder, tokens: *mut i32, tokens_count: usize, logits: *const f32, logits_count: usize,
            classes: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_set_transitions(
            decoder: *mut rnn_decoder, start: *const f32, start_count: usize, end: *const f32, end_count: usize,
            transitions: *const f32, transitions_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_decoder_set_transitions_of_model(decoder: *mut rnn_decoder, model: *const rnn_model) -> i32;
        #[must_use]
        pub fn rnn_decoder_get_marginals(decoder: *mut rnn_decoder, p: *mut f32, p_count: usize) -> i32;
        pub fn rnn_decoder_last_error(decoder: *const rnn_decoder) -> *const c_char;
        #[must_use]
        pub fn rnn_session_select_state(session: *mut rnn_session, rows: *const i32, rows_count: usize) -> i32;
        #[must_use]
        pub fn rnn_attention_create(
            out: *mut *mut rnn_attention, score: i32, query_size: usize, memory_size: usize, units: usize, seed: i64,
        ) -> i32;
        pub fn rnn_attention_destroy(attention: *mut rnn_attention);
        #[must_use]
        pub fn rnn_attention_set_int(attention: *mut rnn_attention, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_attention_get_int(attention: *mut rnn_attention, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_attention_parameters(
            attention: *mut rnn_attention, values: *mut *const f32, count: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_attention_gradients(attention: *mut rnn_attention, values: *mut *mut f32, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_attention_set_parameters(
            attention: *mut rnn_attention, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_attention_step(attention: *mut rnn_attention, optimizer: *mut rnn_optimizer) -> i32;
        #[must_use]
        pub fn rnn_attention_zero_gradients(attention: *mut rnn_attention) -> i32;
        #[must_use]
        pub fn rnn_attention_set_memory(
            attention: *mut rnn_attention, memory: *const f32, memory_count: usize, lengths: *const i32,
            lengths_count: usize, steps: usize, batch: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_attention_forward(
            attention: *mut rnn_attention, context: *mut f32, context_count: usize, weights: *mut f32,
            weights_count: usize, queries: *const f32, queries_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_attention_backward(
            attention: *mut rnn_attention, dqueries: *mut f32, dqueries_count: usize, dcontext: *const f32,
            dcontext_count: usize, queries: *const f32, queries_count: usize, weights: *const f32, weights_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_attention_backward_memory(
            attention: *mut rnn_attention, dmemory: *mut f32, dmemory_count: usize,
        ) -> i32;
        pub fn rnn_attention_last_error(attention: *const rnn_attention) -> *const c_char;
        #[must_use]
        pub fn rnn_dataset_create(out: *mut *mut rnn_dataset) -> i32;
        pub fn rnn_dataset_destroy(dataset: *mut rnn_dataset);
        #[must_use]
        pub fn rnn_dataset_count(dataset: *const rnn_dataset, count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_dataset_add(
            dataset: *mut rnn_dataset, index: *mut usize, x: *const f32, x_count: usize, steps: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_add_tokens(
            dataset: *mut rnn_dataset, index: *mut usize, tokens: *const i32, tokens_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_classes(
            dataset: *mut rnn_dataset, index: usize, classes: *const i32, classes_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_values(
            dataset: *mut rnn_dataset, index: usize, values: *const f32, values_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_mask(
            dataset: *mut rnn_dataset, index: usize, mask: *const f32, mask_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_weight(dataset: *mut rnn_dataset, index: usize, weight: f64) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_step_mask(
            dataset: *mut rnn_dataset, index: usize, mask: *const i32, mask_count: usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_create_from_source(
            out: *mut *mut rnn_dataset, count: usize, most_steps: usize, most_targets: usize,
            source: rnn_sample_function, user: *mut c_void,
        ) -> i32;
        #[must_use]
        pub fn rnn_dataset_set_transform(
            dataset: *mut rnn_dataset, transform: rnn_sample_function, user: *mut c_void,
        ) -> i32;
        #[must_use]
        pub fn rnn_sample_set_x(sample: *mut rnn_sample, x: *const f32, x_count: usize, steps: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_tokens(sample: *mut rnn_sample, tokens: *const i32, tokens_count: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_classes(sample: *mut rnn_sample, classes: *const i32, classes_count: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_values(sample: *mut rnn_sample, values: *const f32, values_count: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_mask(sample: *mut rnn_sample, mask: *const f32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_step_mask(sample: *mut rnn_sample, mask: *const i32, mask_count: usize) -> i32;
        #[must_use]
        pub fn rnn_sample_set_weight(sample: *mut rnn_sample, weight: f64) -> i32;
        #[must_use]
        pub fn rnn_sample_get_x(
            sample: *mut rnn_sample, x: *mut *const f32, x_count: *mut usize, steps: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_sample_get_tokens(sample: *mut rnn_sample, tokens: *mut *const i32, tokens_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_sample_get_classes(
            sample: *mut rnn_sample, classes: *mut *const i32, classes_count: *mut usize,
        ) -> i32;
        #[must_use]
        pub fn rnn_sample_get_values(sample: *mut rnn_sample, values: *mut *const f32, values_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_sample_get_mask(sample: *mut rnn_sample, mask: *mut *const f32, mask_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_sample_get_step_mask(sample: *mut rnn_sample, mask: *mut *const i32, mask_count: *mut usize) -> i32;
        #[must_use]
        pub fn rnn_trainer_create(
            out: *mut *mut rnn_trainer, model: *mut rnn_model, optimizer: *mut rnn_optimizer, loss: *mut rnn_loss,
        ) -> i32;
        pub fn rnn_trainer_destroy(trainer: *mut rnn_trainer);
        #[must_use]
        pub fn rnn_trainer_set_int(trainer: *mut rnn_trainer, key: i32, value: i64) -> i32;
        #[must_use]
        pub fn rnn_trainer_set_real(trainer: *mut rnn_trainer, key: i32, value: f64) -> i32;
        #[must_use]
        pub fn rnn_trainer_get_int(trainer: *mut rnn_trainer, key: i32, value: *mut i64) -> i32;
        #[must_use]
        pub fn rnn_trainer_get_real(trainer: *mut rnn_trainer, key: i32, value: *mut f64) -> i32;
        #[must_use]
        pub fn rnn_trainer_set_checkpoint(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_trainer_set_callback(trainer: *mut rnn_trainer, callback: rnn_progress, user: *mut c_void) -> i32;
        #[must_use]
        pub fn rnn_fit(trainer: *mut rnn_trainer, training: *const rnn_dataset, validation: *const rnn_dataset) -> i32;
        #[must_use]
        pub fn rnn_evaluate(
            trainer: *mut rnn_trainer, loss: *mut f64, accuracy: *mut f64, dataset: *const rnn_dataset,
        ) -> i32;
        #[must_use]
        pub fn rnn_trainer_save(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
        #[must_use]
        pub fn rnn_trainer_load(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
        pub fn rnn_trainer_last_error(trainer: *const rnn_trainer) -> *const c_char;
    }
}
