//! librnn for Rust: the declarations of rnn.h that training and running need, and a thin safe layer over them.
//!
//! The texts in rnn.h hold for every method of the same name, shapes included.  Counts come from the slices, and the
//! library checks them.  The handles are neither `Send` nor `Sync`, so a model and its sessions stay in one thread.
#![allow(dead_code)] // a program uses what it needs

use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;
use std::{fmt, ptr};

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
pub const PREFIX: i32 = 201;
pub const EMBEDDING_NAME: i32 = 202;
pub const HEAD_NAME: i32 = 203;

pub const CELL_TANH: i32 = 1;
pub const CELL_RELU: i32 = 2;
pub const CELL_LSTM: i32 = 3;
pub const CELL_GRU: i32 = 4;
pub const CELL_MINGRU: i32 = 5;
pub const CELL_SLSTM: i32 = 6;

pub const DIRECTION_FORWARD: i32 = 1;
pub const DIRECTION_REVERSE: i32 = 2;
pub const DIRECTION_BOTH: i32 = 3;

pub const MERGE_CONCATENATE: i32 = 1;
pub const MERGE_SUM: i32 = 2;

pub const OUTPUT_EVERY_STEP: i32 = 1;
pub const OUTPUT_LAST_STEP: i32 = 2;
pub const OUTPUT_MEAN: i32 = 3;

pub const RESET_AFTER: i32 = 1;
pub const RESET_BEFORE: i32 = 2;

pub const COUPLE_FORGET: i32 = 1;
pub const COUPLE_INPUT: i32 = 2;

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

pub const INIT_UNIFORM: i32 = 1;
pub const INIT_XAVIER: i32 = 2;
pub const INIT_ORTHOGONAL: i32 = 3;
pub const INIT_ZERO: i32 = 4;

pub const INFERENCE: i32 = 1;
pub const TRAINING: i32 = 2;

pub const STATE_H: i32 = 1;
pub const STATE_C: i32 = 2;
pub const STATE_N: i32 = 3;
pub const STATE_M: i32 = 4;

pub const SUM: i32 = 1;
pub const MEAN: i32 = 2;

pub const OPTIMIZER_SGD: i32 = 1;
pub const OPTIMIZER_RMSPROP: i32 = 2;
pub const OPTIMIZER_ADAGRAD: i32 = 3;
pub const OPTIMIZER_ADAM: i32 = 4;
pub const OPTIMIZER_ADAMW: i32 = 5;

pub const NESTEROV: i32 = 301;
pub const SCHEDULE: i32 = 302;
pub const WARMUP: i32 = 303;
pub const PERIOD: i32 = 304;
pub const PATIENCE: i32 = 305;
pub const UPDATES: i32 = 306;
pub const PLATEAU: i32 = 307;
pub const RATE: i32 = 401;
pub const MOMENTUM: i32 = 402;
pub const BETA_1: i32 = 403;
pub const BETA_2: i32 = 404;
pub const EPSILON: i32 = 405;
pub const WEIGHT_DECAY: i32 = 406;
pub const MAX_NORM: i32 = 407;
pub const MAX_ABS: i32 = 408;
pub const GAMMA: i32 = 409;
pub const RATE_LEAST: i32 = 410;
pub const PLATEAU_FACTOR: i32 = 411;
pub const PLATEAU_THRESHOLD: i32 = 412;
pub const RATE_NOW: i32 = 413;

pub const SCHEDULE_CONSTANT: i32 = 1;
pub const SCHEDULE_STEP: i32 = 2;
pub const SCHEDULE_EXPONENTIAL: i32 = 3;
pub const SCHEDULE_COSINE: i32 = 4;

pub const EPOCHS: i32 = 601;
pub const BATCH_SIZE: i32 = 602;
pub const LOSS: i32 = 603;
pub const SHUFFLE: i32 = 604;
pub const EARLY_STOP: i32 = 605;
pub const KEEP_BEST: i32 = 606;
pub const THREADS: i32 = 607;
pub const BLANK: i32 = 608;
pub const IGNORED: i32 = 609;
pub const EPOCH: i32 = 610;
pub const BATCH: i32 = 611;
pub const SKIP_NONFINITE: i32 = 612;
pub const SKIPPED: i32 = 613;
pub const SMOOTHING: i32 = 701;
pub const DELTA: i32 = 702;
pub const BATCH_LOSS: i32 = 711;
pub const TRAINING_LOSS: i32 = 712;
pub const VALIDATION_LOSS: i32 = 713;
pub const BEST_LOSS: i32 = 714;

pub const LOSS_CROSS_ENTROPY: i32 = 1;
pub const LOSS_BINARY_CROSS_ENTROPY: i32 = 2;
pub const LOSS_SQUARED_ERROR: i32 = 3;
pub const LOSS_ABSOLUTE_ERROR: i32 = 4;
pub const LOSS_HUBER: i32 = 5;
pub const LOSS_CTC: i32 = 6;

pub const EVENT_BATCH: i32 = 1;
pub const EVENT_VALIDATION: i32 = 2;
pub const EVENT_EPOCH: i32 = 3;
pub const EVENT_EARLY_STOP: i32 = 4;
pub const EVENT_CHECKPOINT: i32 = 5;

/// The C interface, as rnn.h has it.
#[allow(non_camel_case_types)]
mod c {
    use std::os::raw::{c_char, c_void};

    pub enum rnn_config {}
    pub enum rnn_model {}
    pub enum rnn_session {}
    pub enum rnn_optimizer {}
    pub enum rnn_dataset {}
    pub enum rnn_trainer {}
    pub type rnn_progress = Option<unsafe extern "C" fn(*mut c_void, *mut rnn_trainer, i32) -> i32>;

    extern "C" {
        pub fn rnn_version_string() -> *const c_char;
        pub fn rnn_last_error() -> *const c_char;
        pub fn rnn_config_create(out: *mut *mut rnn_config) -> i32;
        pub fn rnn_config_destroy(config: *mut rnn_config);
        pub fn rnn_config_set_int(config: *mut rnn_config, key: i32, value: i64) -> i32;
        pub fn rnn_config_set_real(config: *mut rnn_config, key: i32, value: f64) -> i32;
        pub fn rnn_config_set_text(config: *mut rnn_config, key: i32, value: *const c_char) -> i32;
        pub fn rnn_config_infer(config: *mut rnn_config, path: *const c_char) -> i32;
        pub fn rnn_config_infer_memory(config: *mut rnn_config, bytes: *const c_void, count: usize) -> i32;
        pub fn rnn_create(out: *mut *mut rnn_model, config: *mut rnn_config) -> i32;
        pub fn rnn_destroy(model: *mut rnn_model);
        pub fn rnn_model_get_int(model: *const rnn_model, value: *mut i64, key: i32) -> i32;
        pub fn rnn_model_get_real(model: *const rnn_model, value: *mut f64, key: i32) -> i32;
        pub fn rnn_model_get_text(model: *const rnn_model, value: *mut *const c_char, key: i32) -> i32;
        pub fn rnn_describe(
            model: *const rnn_model, text: *mut c_char, capacity: usize, size: *mut usize, steps: usize, batch: usize,
        ) -> i32;
        pub fn rnn_model_parameters(model: *const rnn_model, values: *mut *const f32, count: *mut usize) -> i32;
        pub fn rnn_model_set_parameters(model: *mut rnn_model, values: *const f32, count: usize) -> i32;
        pub fn rnn_save(model: *const rnn_model, path: *const c_char) -> i32;
        pub fn rnn_load(out: *mut *mut rnn_model, path: *const c_char) -> i32;
        pub fn rnn_load_memory(out: *mut *mut rnn_model, bytes: *const c_void, count: usize) -> i32;
        pub fn rnn_model_load_parameters(model: *mut rnn_model, path: *const c_char) -> i32;
        pub fn rnn_model_load_parameters_memory(model: *mut rnn_model, bytes: *const c_void, count: usize) -> i32;
        pub fn rnn_model_import_onnx(
            model: *mut rnn_model, layer: usize, w: *const f32, w_count: usize, r: *const f32, r_count: usize,
            b: *const f32, b_count: usize, p: *const f32, p_count: usize,
        ) -> i32;
        pub fn rnn_model_export_onnx(
            model: *const rnn_model, layer: usize, w: *mut f32, w_count: usize, r: *mut f32, r_count: usize,
            b: *mut f32, b_count: usize, p: *mut f32, p_count: usize,
        ) -> i32;
        pub fn rnn_model_import_keras(
            model: *mut rnn_model, layer: usize, direction: usize, kernel: *const f32, kernel_count: usize,
            recurrent: *const f32, recurrent_count: usize, bias: *const f32, bias_count: usize,
        ) -> i32;
        pub fn rnn_model_export_keras(
            model: *const rnn_model, layer: usize, direction: usize, kernel: *mut f32, kernel_count: usize,
            recurrent: *mut f32, recurrent_count: usize, bias: *mut f32, bias_count: usize,
        ) -> i32;
        pub fn rnn_session_create(out: *mut *mut rnn_session, model: *mut rnn_model, mode: i32) -> i32;
        pub fn rnn_session_destroy(session: *mut rnn_session);
        pub fn rnn_session_reserve(session: *mut rnn_session, steps: usize, batch: usize) -> i32;
        pub fn rnn_reset_state(session: *mut rnn_session, batch: usize) -> i32;
        pub fn rnn_session_get_state(session: *mut rnn_session, values: *mut f32, count: usize, kind: i32) -> i32;
        pub fn rnn_session_set_state(session: *mut rnn_session, values: *const f32, count: usize, kind: i32) -> i32;
        pub fn rnn_session_get_state_gradient(session: *mut rnn_session, values: *mut f32, count: usize, kind: i32) -> i32;
        pub fn rnn_session_select_state(session: *mut rnn_session, rows: *const i32, rows_count: usize) -> i32;
        pub fn rnn_session_set_state_gradient(session: *mut rnn_session, values: *const f32, count: usize, kind: i32) -> i32;
        pub fn rnn_session_seed_dropout(session: *mut rnn_session, seed: i64) -> i32;
        pub fn rnn_session_set_threads(session: *mut rnn_session, threads: usize) -> i32;
        pub fn rnn_session_set_recompute(session: *mut rnn_session, steps: usize) -> i32;
        pub fn rnn_forward(
            session: *mut rnn_session, y: *mut f32, y_count: usize, x: *const f32, x_count: usize,
            lengths: *const i32, lengths_count: usize, steps: usize,
        ) -> i32;
        pub fn rnn_forward_tokens(
            session: *mut rnn_session, y: *mut f32, y_count: usize, tokens: *const i32, tokens_count: usize,
            lengths: *const i32, lengths_count: usize, steps: usize,
        ) -> i32;
        pub fn rnn_step(session: *mut rnn_session, y: *mut f32, y_count: usize, x: *const f32, x_count: usize) -> i32;
        pub fn rnn_step_tokens(
            session: *mut rnn_session, y: *mut f32, y_count: usize, tokens: *const i32, tokens_count: usize,
        ) -> i32;
        pub fn rnn_backward(
            session: *mut rnn_session, dx: *mut f32, dx_count: usize, dy: *const f32, dy_count: usize,
        ) -> i32;
        pub fn rnn_zero_gradients(session: *mut rnn_session) -> i32;
        pub fn rnn_session_gradients(session: *mut rnn_session, values: *mut *mut f32, count: *mut usize) -> i32;
        pub fn rnn_session_add_gradients(session: *mut rnn_session, values: *const f32, count: usize) -> i32;
        pub fn rnn_session_clip_gradient_norm(session: *mut rnn_session, norm: *mut f64, max_norm: f64) -> i32;
        pub fn rnn_sgd_step(session: *mut rnn_session, rate: f64) -> i32;
        pub fn rnn_softmax_cross_entropy(
            loss: *mut f64, dlogits: *mut f32, dlogits_count: usize, logits: *const f32, logits_count: usize,
            targets: *const i32, targets_count: usize, lengths: *const i32, lengths_count: usize,
            steps: usize, batch: usize, classes: usize, reduction: i32,
        ) -> i32;
        pub fn rnn_softmax(
            p: *mut f32, p_count: usize, logits: *const f32, logits_count: usize, classes: usize,
        ) -> i32;
        pub fn rnn_ctc_loss(
            loss: *mut f64, losses: *mut f64, losses_count: usize, dlogits: *mut f32, dlogits_count: usize,
            logits: *const f32, logits_count: usize, labels: *const i32, labels_count: usize, lengths: *const i32,
            lengths_count: usize, label_lengths: *const i32, label_lengths_count: usize, steps: usize, batch: usize,
            classes: usize, most_labels: usize, blank: i32, reduction: i32, zero_infinity: i32,
        ) -> i32;
        pub fn rnn_ctc_greedy(
            labels: *mut i32, labels_count: usize, label_lengths: *mut i32, label_lengths_count: usize,
            scores: *mut f64, scores_count: usize, logits: *const f32, logits_count: usize, lengths: *const i32,
            lengths_count: usize, steps: usize, batch: usize, classes: usize, blank: i32,
        ) -> i32;
        pub fn rnn_sample(
            tokens: *mut i32, tokens_count: usize, logits: *const f32, logits_count: usize, batch: usize,
            classes: usize, temperature: f64, top_k: usize, top_p: f64, random: *mut i64,
        ) -> i32;
        pub fn rnn_optimizer_create(out: *mut *mut rnn_optimizer, kind: i32, count: usize) -> i32;
        pub fn rnn_optimizer_destroy(optimizer: *mut rnn_optimizer);
        pub fn rnn_optimizer_set_int(optimizer: *mut rnn_optimizer, key: i32, value: i64) -> i32;
        pub fn rnn_optimizer_set_real(optimizer: *mut rnn_optimizer, key: i32, value: f64) -> i32;
        pub fn rnn_optimizer_get_int(optimizer: *mut rnn_optimizer, value: *mut i64, key: i32) -> i32;
        pub fn rnn_optimizer_get_real(optimizer: *mut rnn_optimizer, value: *mut f64, key: i32) -> i32;
        pub fn rnn_optimizer_step(optimizer: *mut rnn_optimizer, session: *mut rnn_session) -> i32;
        pub fn rnn_optimizer_report(optimizer: *mut rnn_optimizer, loss: f64) -> i32;
        pub fn rnn_optimizer_save(optimizer: *const rnn_optimizer, path: *const c_char) -> i32;
        pub fn rnn_optimizer_load(out: *mut *mut rnn_optimizer, path: *const c_char) -> i32;
        pub fn rnn_dataset_create(out: *mut *mut rnn_dataset) -> i32;
        pub fn rnn_dataset_destroy(dataset: *mut rnn_dataset);
        pub fn rnn_dataset_add(
            dataset: *mut rnn_dataset, x: *const f32, x_count: usize, tokens: *const i32, tokens_count: usize,
            classes: *const i32, classes_count: usize, values: *const f32, values_count: usize, steps: usize,
        ) -> i32;
        pub fn rnn_trainer_create(
            out: *mut *mut rnn_trainer, model: *mut rnn_model, optimizer: *mut rnn_optimizer,
        ) -> i32;
        pub fn rnn_trainer_destroy(trainer: *mut rnn_trainer);
        pub fn rnn_trainer_set_int(trainer: *mut rnn_trainer, key: i32, value: i64) -> i32;
        pub fn rnn_trainer_set_real(trainer: *mut rnn_trainer, key: i32, value: f64) -> i32;
        pub fn rnn_trainer_get_int(trainer: *mut rnn_trainer, value: *mut i64, key: i32) -> i32;
        pub fn rnn_trainer_get_real(trainer: *mut rnn_trainer, value: *mut f64, key: i32) -> i32;
        pub fn rnn_trainer_set_checkpoint(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
        pub fn rnn_trainer_set_callback(trainer: *mut rnn_trainer, callback: rnn_progress, user: *mut c_void) -> i32;
        pub fn rnn_fit(
            trainer: *mut rnn_trainer, training: *const rnn_dataset, validation: *const rnn_dataset,
        ) -> i32;
        pub fn rnn_evaluate(
            trainer: *mut rnn_trainer, loss: *mut f64, accuracy: *mut f64, dataset: *const rnn_dataset,
        ) -> i32;
        pub fn rnn_trainer_save(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
        pub fn rnn_trainer_load(trainer: *mut rnn_trainer, path: *const c_char) -> i32;
    }
}

/// A call that failed: one of `E_...` and the library's sentence.
#[derive(Debug)]
pub struct Error {
    pub status: i32,
    pub sentence: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// To be called at once, in the thread that got the status.
fn check(status: i32) -> Result<()> {
    if status >= 0 {
        return Ok(());
    }
    Err(Error { status, sentence: string(unsafe { c::rnn_last_error() }) })
}

fn string(text: *const c_char) -> String {
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error { status: E_VALUE, sentence: format!("{:?} has a 0 in it", text) })
}

fn path_string(path: &Path) -> Result<CString> {
    let text = path.to_str().and_then(|text| CString::new(text).ok());
    text.ok_or_else(|| Error { status: E_VALUE, sentence: format!("{:?} is no path for the library", path) })
}

/// Where the library takes (NULL, 0), `None` says so; an empty slice would be an array without elements.
fn optional<T>(values: Option<&[T]>) -> (*const T, usize) {
    values.map_or((ptr::null(), 0), |values| (values.as_ptr(), values.len()))
}

fn optional_mut<T>(values: Option<&mut [T]>) -> (*mut T, usize) {
    values.map_or((ptr::null_mut(), 0), |values| (values.as_mut_ptr(), values.len()))
}

pub fn version() -> String {
    string(unsafe { c::rnn_version_string() })
}

/// Options of a network to be created.
pub struct Config(*mut c::rnn_config);

impl Config {
    pub fn new() -> Result<Config> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_config_create(&mut handle) })?;
        Ok(Config(handle))
    }

    pub fn set_int(&mut self, key: i32, value: i64) -> Result<()> {
        check(unsafe { c::rnn_config_set_int(self.0, key, value) })
    }

    pub fn set_real(&mut self, key: i32, value: f64) -> Result<()> {
        check(unsafe { c::rnn_config_set_real(self.0, key, value) })
    }

    pub fn set_text(&mut self, key: i32, value: &str) -> Result<()> {
        let value = c_string(value)?;
        check(unsafe { c::rnn_config_set_text(self.0, key, value.as_ptr()) })
    }

    /// Sets what a safetensors file tells.
    pub fn infer(&mut self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_config_infer(self.0, path.as_ptr()) })
    }

    pub fn infer_memory(&mut self, bytes: &[u8]) -> Result<()> {
        check(unsafe { c::rnn_config_infer_memory(self.0, bytes.as_ptr().cast(), bytes.len()) })
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        unsafe { c::rnn_config_destroy(self.0) }
    }
}

/// Architecture and weights.
pub struct Model(*mut c::rnn_model);

impl Model {
    pub fn new(config: &mut Config) -> Result<Model> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_create(&mut handle, config.0) })?;
        Ok(Model(handle))
    }

    pub fn load(path: &Path) -> Result<Model> {
        let path = path_string(path)?;
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_load(&mut handle, path.as_ptr()) })?;
        Ok(Model(handle))
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Model> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_load_memory(&mut handle, bytes.as_ptr().cast(), bytes.len()) })?;
        Ok(Model(handle))
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_save(self.0, path.as_ptr()) })
    }

    /// All parameters from a safetensors file of any writer, such as a state_dict of PyTorch.
    pub fn load_parameters(&mut self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_model_load_parameters(self.0, path.as_ptr()) })
    }

    pub fn load_parameters_memory(&mut self, bytes: &[u8]) -> Result<()> {
        check(unsafe { c::rnn_model_load_parameters_memory(self.0, bytes.as_ptr().cast(), bytes.len()) })
    }

    pub fn get_int(&self, key: i32) -> Result<i64> {
        let mut value = 0;
        check(unsafe { c::rnn_model_get_int(self.0, &mut value, key) })?;
        Ok(value)
    }

    pub fn get_real(&self, key: i32) -> Result<f64> {
        let mut value = 0.0;
        check(unsafe { c::rnn_model_get_real(self.0, &mut value, key) })?;
        Ok(value)
    }

    pub fn get_text(&self, key: i32) -> Result<String> {
        let mut value = ptr::null();
        check(unsafe { c::rnn_model_get_text(self.0, &mut value, key) })?;
        Ok(string(value))
    }

    pub fn describe(&self, steps: usize, batch: usize) -> Result<String> {
        let mut size = 0;
        check(unsafe { c::rnn_describe(self.0, ptr::null_mut(), 0, &mut size, steps, batch) })?;
        let mut text = vec![0; size];
        check(unsafe { c::rnn_describe(self.0, text.as_mut_ptr(), size, &mut size, steps, batch) })?;
        Ok(string(text.as_ptr()))
    }

    /// A copy: a session that trains changes the parameters while `&self` may be borrowed.
    pub fn parameters(&self) -> Result<Vec<f32>> {
        let (mut values, mut count) = (ptr::null(), 0);
        check(unsafe { c::rnn_model_parameters(self.0, &mut values, &mut count) })?;
        Ok(unsafe { std::slice::from_raw_parts(values, count) }.to_vec())
    }

    pub fn set_parameters(&mut self, values: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_model_set_parameters(self.0, values.as_ptr(), values.len()) })
    }

    pub fn import_onnx(
        &mut self, layer: usize, w: &[f32], r: &[f32], b: Option<&[f32]>, p: Option<&[f32]>,
    ) -> Result<()> {
        let ((b, b_count), (p, p_count)) = (optional(b), optional(p));
        check(unsafe {
            c::rnn_model_import_onnx(self.0, layer, w.as_ptr(), w.len(), r.as_ptr(), r.len(), b, b_count, p, p_count)
        })
    }

    pub fn export_onnx(
        &self, layer: usize, w: Option<&mut [f32]>, r: Option<&mut [f32]>, b: Option<&mut [f32]>,
        p: Option<&mut [f32]>,
    ) -> Result<()> {
        let ((w, w_count), (r, r_count)) = (optional_mut(w), optional_mut(r));
        let ((b, b_count), (p, p_count)) = (optional_mut(b), optional_mut(p));
        check(unsafe { c::rnn_model_export_onnx(self.0, layer, w, w_count, r, r_count, b, b_count, p, p_count) })
    }

    pub fn import_keras(
        &mut self, layer: usize, direction: usize, kernel: &[f32], recurrent: &[f32], bias: Option<&[f32]>,
    ) -> Result<()> {
        let (bias, bias_count) = optional(bias);
        let (kernel, kernel_count) = (kernel.as_ptr(), kernel.len());
        let (recurrent, recurrent_count) = (recurrent.as_ptr(), recurrent.len());
        check(unsafe {
            c::rnn_model_import_keras(
                self.0, layer, direction, kernel, kernel_count, recurrent, recurrent_count, bias, bias_count,
            )
        })
    }

    pub fn export_keras(
        &self, layer: usize, direction: usize, kernel: &mut [f32], recurrent: &mut [f32], bias: Option<&mut [f32]>,
    ) -> Result<()> {
        let (bias, bias_count) = optional_mut(bias);
        let (kernel, kernel_count) = (kernel.as_mut_ptr(), kernel.len());
        let (recurrent, recurrent_count) = (recurrent.as_mut_ptr(), recurrent.len());
        check(unsafe {
            c::rnn_model_export_keras(
                self.0, layer, direction, kernel, kernel_count, recurrent, recurrent_count, bias, bias_count,
            )
        })
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { c::rnn_destroy(self.0) }
    }
}

/// What one thread needs to run (`INFERENCE`) or train (`TRAINING`) a model, which it keeps alive.
pub struct Session(*mut c::rnn_session);

impl Session {
    pub fn new(model: &Model, mode: i32) -> Result<Session> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_session_create(&mut handle, model.0, mode) })?;
        Ok(Session(handle))
    }

    pub fn reserve(&mut self, steps: usize, batch: usize) -> Result<()> {
        check(unsafe { c::rnn_session_reserve(self.0, steps, batch) })
    }

    pub fn reset_state(&mut self, batch: usize) -> Result<()> {
        check(unsafe { c::rnn_reset_state(self.0, batch) })
    }

    pub fn get_state(&mut self, values: &mut [f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_get_state(self.0, values.as_mut_ptr(), values.len(), kind) })
    }

    pub fn set_state(&mut self, values: &[f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_set_state(self.0, values.as_ptr(), values.len(), kind) })
    }

    /// Sequence i of the state becomes what sequence rows[i] was.
    pub fn select_state(&mut self, rows: &[i32]) -> Result<()> {
        check(unsafe { c::rnn_session_select_state(self.0, rows.as_ptr(), rows.len()) })
    }

    pub fn get_state_gradient(&mut self, values: &mut [f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_get_state_gradient(self.0, values.as_mut_ptr(), values.len(), kind) })
    }

    pub fn set_state_gradient(&mut self, values: &[f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_set_state_gradient(self.0, values.as_ptr(), values.len(), kind) })
    }

    pub fn seed_dropout(&mut self, seed: i64) -> Result<()> {
        check(unsafe { c::rnn_session_seed_dropout(self.0, seed) })
    }

    pub fn set_threads(&mut self, threads: usize) -> Result<()> {
        check(unsafe { c::rnn_session_set_threads(self.0, threads) })
    }

    /// # Safety
    ///
    /// From then on the library keeps a pointer to the `x` of `forward`, which no borrow tells: the slice must live,
    /// unchanged, until `backward` has returned or is no longer to be called for it.  `forward_tokens` copies.
    pub unsafe fn set_recompute(&mut self, steps: usize) -> Result<()> {
        check(c::rnn_session_set_recompute(self.0, steps))
    }

    pub fn forward(&mut self, y: &mut [f32], x: &[f32], lengths: Option<&[i32]>, steps: usize) -> Result<()> {
        let (lengths, count) = optional(lengths);
        check(unsafe { c::rnn_forward(self.0, y.as_mut_ptr(), y.len(), x.as_ptr(), x.len(), lengths, count, steps) })
    }

    pub fn forward_tokens(
        &mut self, y: &mut [f32], tokens: &[i32], lengths: Option<&[i32]>, steps: usize,
    ) -> Result<()> {
        let (lengths, count) = optional(lengths);
        check(unsafe {
            c::rnn_forward_tokens(self.0, y.as_mut_ptr(), y.len(), tokens.as_ptr(), tokens.len(), lengths, count, steps)
        })
    }

    pub fn step(&mut self, y: &mut [f32], x: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_step(self.0, y.as_mut_ptr(), y.len(), x.as_ptr(), x.len()) })
    }

    pub fn step_tokens(&mut self, y: &mut [f32], tokens: &[i32]) -> Result<()> {
        check(unsafe { c::rnn_step_tokens(self.0, y.as_mut_ptr(), y.len(), tokens.as_ptr(), tokens.len()) })
    }

    pub fn backward(&mut self, dx: Option<&mut [f32]>, dy: Option<&[f32]>) -> Result<()> {
        let ((dx, dx_count), (dy, dy_count)) = (optional_mut(dx), optional(dy));
        check(unsafe { c::rnn_backward(self.0, dx, dx_count, dy, dy_count) })
    }

    pub fn zero_gradients(&mut self) -> Result<()> {
        check(unsafe { c::rnn_zero_gradients(self.0) })
    }

    pub fn gradients(&mut self) -> Result<&mut [f32]> {
        let (mut values, mut count) = (ptr::null_mut(), 0);
        check(unsafe { c::rnn_session_gradients(self.0, &mut values, &mut count) })?;
        Ok(unsafe { std::slice::from_raw_parts_mut(values, count) })
    }

    /// To train in parallel: adds the gradients of another session.
    pub fn add_gradients(&mut self, values: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_session_add_gradients(self.0, values.as_ptr(), values.len()) })
    }

    /// Returns the norm before clipping.
    pub fn clip_gradient_norm(&mut self, max_norm: f64) -> Result<f64> {
        let mut norm = 0.0;
        check(unsafe { c::rnn_session_clip_gradient_norm(self.0, &mut norm, max_norm) })?;
        Ok(norm)
    }

    pub fn sgd_step(&mut self, rate: f64) -> Result<()> {
        check(unsafe { c::rnn_sgd_step(self.0, rate) })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        unsafe { c::rnn_session_destroy(self.0) }
    }
}

/// How parameters are changed by gradients: `Optimizer::new(OPTIMIZER_ADAM, count)`.
pub struct Optimizer(*mut c::rnn_optimizer);

impl Optimizer {
    pub fn new(kind: i32, parameters_count: usize) -> Result<Optimizer> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_optimizer_create(&mut handle, kind, parameters_count) })?;
        Ok(Optimizer(handle))
    }

    pub fn load(path: &Path) -> Result<Optimizer> {
        let path = path_string(path)?;
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_optimizer_load(&mut handle, path.as_ptr()) })?;
        Ok(Optimizer(handle))
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_optimizer_save(self.0, path.as_ptr()) })
    }

    pub fn set_int(&mut self, key: i32, value: i64) -> Result<()> {
        check(unsafe { c::rnn_optimizer_set_int(self.0, key, value) })
    }

    pub fn set_real(&mut self, key: i32, value: f64) -> Result<()> {
        check(unsafe { c::rnn_optimizer_set_real(self.0, key, value) })
    }

    pub fn get_int(&mut self, key: i32) -> Result<i64> {
        let mut value = 0;
        check(unsafe { c::rnn_optimizer_get_int(self.0, &mut value, key) })?;
        Ok(value)
    }

    pub fn get_real(&mut self, key: i32) -> Result<f64> {
        let mut value = 0.0;
        check(unsafe { c::rnn_optimizer_get_real(self.0, &mut value, key) })?;
        Ok(value)
    }

    pub fn step(&mut self, session: &mut Session) -> Result<()> {
        check(unsafe { c::rnn_optimizer_step(self.0, session.0) })
    }

    pub fn report(&mut self, loss: f64) -> Result<()> {
        check(unsafe { c::rnn_optimizer_report(self.0, loss) })
    }
}

impl Drop for Optimizer {
    fn drop(&mut self) {
        unsafe { c::rnn_optimizer_destroy(self.0) }
    }
}

/// The input of a sequence.
pub enum Input<'a> {
    Real(&'a [f32]),
    Tokens(&'a [i32]),
}

/// What is to be learned of a sequence.
pub enum Target<'a> {
    Classes(&'a [i32]),
    Values(&'a [f32]),
}

/// Sequences with what is to be learned of them; copies of what it is given.
pub struct Dataset(*mut c::rnn_dataset);

impl Dataset {
    pub fn new() -> Result<Dataset> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_dataset_create(&mut handle) })?;
        Ok(Dataset(handle))
    }

    pub fn add(&mut self, input: Input, target: Target, steps: usize) -> Result<()> {
        let (x, tokens) = match input {
            Input::Real(x) => (Some(x), None),
            Input::Tokens(tokens) => (None, Some(tokens)),
        };
        let (classes, values) = match target {
            Target::Classes(classes) => (Some(classes), None),
            Target::Values(values) => (None, Some(values)),
        };
        let ((x, x_count), (tokens, tokens_count)) = (optional(x), optional(tokens));
        let ((classes, classes_count), (values, values_count)) = (optional(classes), optional(values));
        check(unsafe {
            c::rnn_dataset_add(
                self.0, x, x_count, tokens, tokens_count, classes, classes_count, values, values_count, steps,
            )
        })
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        unsafe { c::rnn_dataset_destroy(self.0) }
    }
}

/// The training loop; it keeps the model and the optimiser alive.  What the callback of `fit` may call takes `&self`.
pub struct Trainer(*mut c::rnn_trainer);

/// See `Trainer::fit`.
type Told<'a> = &'a mut dyn FnMut(&Trainer, i32) -> bool;

/// A callback during one `rnn_fit`, and what it panicked with, which must not pass through C.
struct Progress<'a, 'b> {
    told: Told<'a>,
    trainer: &'b Trainer,
    panic: Option<Box<dyn std::any::Any + Send>>,
}

unsafe extern "C" fn progress(user: *mut c_void, _: *mut c::rnn_trainer, event: i32) -> i32 {
    let progress = &mut *user.cast::<Progress>();
    match catch_unwind(AssertUnwindSafe(|| (progress.told)(progress.trainer, event))) {
        Ok(stop) => stop as i32,
        Err(panic) => {
            progress.panic = Some(panic);
            1
        }
    }
}

impl Trainer {
    pub fn new(model: &Model, optimizer: &Optimizer) -> Result<Trainer> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_trainer_create(&mut handle, model.0, optimizer.0) })?;
        Ok(Trainer(handle))
    }

    pub fn set_int(&mut self, key: i32, value: i64) -> Result<()> {
        check(unsafe { c::rnn_trainer_set_int(self.0, key, value) })
    }

    pub fn set_real(&mut self, key: i32, value: f64) -> Result<()> {
        check(unsafe { c::rnn_trainer_set_real(self.0, key, value) })
    }

    pub fn get_int(&self, key: i32) -> Result<i64> {
        let mut value = 0;
        check(unsafe { c::rnn_trainer_get_int(self.0, &mut value, key) })?;
        Ok(value)
    }

    pub fn get_real(&self, key: i32) -> Result<f64> {
        let mut value = 0.0;
        check(unsafe { c::rnn_trainer_get_real(self.0, &mut value, key) })?;
        Ok(value)
    }

    /// Where `fit` saves after every epoch; `None`: nowhere.
    pub fn set_checkpoint(&mut self, path: Option<&Path>) -> Result<()> {
        let path = path.map(path_string).transpose()?;
        let pointer = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        check(unsafe { c::rnn_trainer_set_checkpoint(self.0, pointer) })
    }

    /// `told` hears of every `EVENT_...`; `true` from it ends the training.  Returns whether it did.
    pub fn fit(&mut self, training: &Dataset, validation: Option<&Dataset>, told: Told) -> Result<bool> {
        let (handle, validation) = (self.0, validation.map_or(ptr::null(), |validation| validation.0.cast_const()));
        let mut call = Progress { told, trainer: self, panic: None };
        let user: *mut Progress = &mut call;
        let fitted = unsafe {
            check(c::rnn_trainer_set_callback(handle, Some(progress), user.cast()))?;
            let status = c::rnn_fit(handle, training.0, validation);
            let fitted = check(status).map(|()| status > 0);
            c::rnn_trainer_set_callback(handle, None, ptr::null_mut()); // `call` ends with this method
            fitted
        };
        if let Some(panic) = call.panic {
            resume_unwind(panic);
        }
        fitted
    }

    /// Returns the loss and, of cross-entropy, the accuracy.
    pub fn evaluate(&mut self, dataset: &Dataset) -> Result<(f64, f64)> {
        let (mut loss, mut accuracy) = (0.0, 0.0);
        check(unsafe { c::rnn_evaluate(self.0, &mut loss, &mut accuracy, dataset.0) })?;
        Ok((loss, accuracy))
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_trainer_save(self.0, path.as_ptr()) })
    }

    /// Puts what `save` wrote into this trainer, its model and its optimiser.
    pub fn load(&mut self, path: &Path) -> Result<()> {
        let path = path_string(path)?;
        check(unsafe { c::rnn_trainer_load(self.0, path.as_ptr()) })
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        unsafe { c::rnn_trainer_destroy(self.0) }
    }
}

/// Returns the loss; `shape` is (steps, batch, classes).
pub fn softmax_cross_entropy(
    dlogits: Option<&mut [f32]>, logits: &[f32], targets: &[i32], lengths: Option<&[i32]>,
    shape: (usize, usize, usize), reduction: i32,
) -> Result<f64> {
    let mut loss = 0.0;
    let (dlogits, dlogits_count) = optional_mut(dlogits);
    let (lengths, lengths_count) = optional(lengths);
    check(unsafe {
        c::rnn_softmax_cross_entropy(
            &mut loss, dlogits, dlogits_count, logits.as_ptr(), logits.len(), targets.as_ptr(), targets.len(),
            lengths, lengths_count, shape.0, shape.1, shape.2, reduction,
        )
    })?;
    Ok(loss)
}

pub fn softmax(p: &mut [f32], logits: &[f32], classes: usize) -> Result<()> {
    check(unsafe { c::rnn_softmax(p.as_mut_ptr(), p.len(), logits.as_ptr(), logits.len(), classes) })
}

/// What `ctc_loss` takes: the arrays as in rnn.h, and the options.
pub struct Ctc<'a> {
    pub logits: &'a [f32],
    pub labels: &'a [i32],
    pub lengths: Option<&'a [i32]>,
    pub label_lengths: Option<&'a [i32]>,
    pub most_labels: usize,
    pub blank: i32,
    pub reduction: i32,
    pub zero_infinity: bool,
}

/// Returns the loss; `shape` is (steps, batch, classes).
pub fn ctc_loss(
    losses: Option<&mut [f64]>, dlogits: Option<&mut [f32]>, of: &Ctc, shape: (usize, usize, usize),
) -> Result<f64> {
    let mut loss = 0.0;
    let ((losses, losses_count), (dlogits, dlogits_count)) = (optional_mut(losses), optional_mut(dlogits));
    let ((lengths, lengths_count), (labels_of, labels_of_count)) = (optional(of.lengths), optional(of.label_lengths));
    check(unsafe {
        c::rnn_ctc_loss(
            &mut loss, losses, losses_count, dlogits, dlogits_count, of.logits.as_ptr(), of.logits.len(),
            of.labels.as_ptr(), of.labels.len(), lengths, lengths_count, labels_of, labels_of_count,
            shape.0, shape.1, shape.2, of.most_labels, of.blank, of.reduction, of.zero_infinity as i32,
        )
    })?;
    Ok(loss)
}

/// Returns the labels of each sequence; `shape` is (steps, batch, classes).
pub fn ctc_greedy(
    logits: &[f32], lengths: Option<&[i32]>, shape: (usize, usize, usize), blank: i32,
) -> Result<Vec<Vec<i32>>> {
    let (lengths, lengths_count) = optional(lengths);
    let (mut labels, mut counts) = (vec![0; shape.0 * shape.1], vec![0; shape.1]);
    check(unsafe {
        c::rnn_ctc_greedy(
            labels.as_mut_ptr(), labels.len(), counts.as_mut_ptr(), counts.len(), ptr::null_mut(), 0,
            logits.as_ptr(), logits.len(), lengths, lengths_count, shape.0, shape.1, shape.2, blank,
        )
    })?;
    Ok(labels.chunks(shape.0).zip(counts).map(|(row, count)| row[..count as usize].to_vec()).collect())
}

/// How `sample` draws; `Draw::default()` draws from the softmax itself.
pub struct Draw {
    pub temperature: f64,
    pub top_k: usize,
    pub top_p: f64,
}

impl Default for Draw {
    fn default() -> Draw {
        Draw { temperature: 1.0, top_k: 0, top_p: 1.0 }
    }
}

/// A class for each of the rows of `logits`, [tokens.len(), classes].
pub fn sample(tokens: &mut [i32], logits: &[f32], classes: usize, draw: &Draw, random: &mut i64) -> Result<()> {
    check(unsafe {
        c::rnn_sample(
            tokens.as_mut_ptr(), tokens.len(), logits.as_ptr(), logits.len(), tokens.len(), classes,
            draw.temperature, draw.top_k, draw.top_p, random,
        )
    })
}
