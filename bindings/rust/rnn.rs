//! librnn for Rust: the declarations of rnn.h that training and running need, and a thin safe layer over them.
//!
//! The texts in rnn.h hold for every method of the same name, shapes included.  Counts come from the slices, and the
//! library checks them.  The handles are neither `Send` nor `Sync`, so a model and its sessions stay in one thread.
#![allow(dead_code)] // a program uses what it needs

use std::ffi::{CStr, CString};
use std::os::raw::c_char;
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
pub const INIT_RANGE: i32 = 101;

pub const CELL_TANH: i32 = 1;

pub const INFERENCE: i32 = 1;
pub const TRAINING: i32 = 2;

pub const STATE_H: i32 = 1;

pub const SUM: i32 = 1;
pub const MEAN: i32 = 2;

/// The C interface, as rnn.h has it.
#[allow(non_camel_case_types)]
mod c {
    use std::os::raw::{c_char, c_void};

    pub enum rnn_config {}
    pub enum rnn_model {}
    pub enum rnn_session {}

    extern "C" {
        pub fn rnn_version_string() -> *const c_char;
        pub fn rnn_last_error() -> *const c_char;
        pub fn rnn_config_create(out: *mut *mut rnn_config) -> i32;
        pub fn rnn_config_destroy(config: *mut rnn_config);
        pub fn rnn_config_set_int(config: *mut rnn_config, key: i32, value: i64) -> i32;
        pub fn rnn_config_set_real(config: *mut rnn_config, key: i32, value: f64) -> i32;
        pub fn rnn_create(out: *mut *mut rnn_model, config: *mut rnn_config) -> i32;
        pub fn rnn_destroy(model: *mut rnn_model);
        pub fn rnn_get_int(model: *const rnn_model, value: *mut i64, key: i32) -> i32;
        pub fn rnn_parameters(model: *const rnn_model, values: *mut *const f32, count: *mut usize) -> i32;
        pub fn rnn_set_parameters(model: *mut rnn_model, values: *const f32, count: usize) -> i32;
        pub fn rnn_save(model: *const rnn_model, path: *const c_char) -> i32;
        pub fn rnn_load(out: *mut *mut rnn_model, path: *const c_char) -> i32;
        pub fn rnn_load_memory(out: *mut *mut rnn_model, bytes: *const c_void, count: usize) -> i32;
        pub fn rnn_session_create(out: *mut *mut rnn_session, model: *mut rnn_model, mode: i32) -> i32;
        pub fn rnn_session_destroy(session: *mut rnn_session);
        pub fn rnn_session_reserve(session: *mut rnn_session, steps: usize, batch: usize) -> i32;
        pub fn rnn_reset_state(session: *mut rnn_session, batch: usize) -> i32;
        pub fn rnn_get_state(session: *mut rnn_session, values: *mut f32, count: usize, kind: i32) -> i32;
        pub fn rnn_set_state(session: *mut rnn_session, values: *const f32, count: usize, kind: i32) -> i32;
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
        pub fn rnn_gradients(session: *mut rnn_session, values: *mut *mut f32, count: *mut usize) -> i32;
        pub fn rnn_clip_gradient_norm(session: *mut rnn_session, norm: *mut f64, max_norm: f64) -> i32;
        pub fn rnn_sgd_step(session: *mut rnn_session, rate: f64) -> i32;
        pub fn rnn_softmax_cross_entropy(
            loss: *mut f64, dlogits: *mut f32, dlogits_count: usize, logits: *const f32, logits_count: usize,
            targets: *const i32, targets_count: usize, lengths: *const i32, lengths_count: usize,
            steps: usize, batch: usize, classes: usize, reduction: i32,
        ) -> i32;
        pub fn rnn_softmax(
            p: *mut f32, p_count: usize, logits: *const f32, logits_count: usize, classes: usize,
        ) -> i32;
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

    pub fn get_int(&self, key: i32) -> Result<i64> {
        let mut value = 0;
        check(unsafe { c::rnn_get_int(self.0, &mut value, key) })?;
        Ok(value)
    }

    /// A copy: a session that trains changes the parameters while `&self` may be borrowed.
    pub fn parameters(&self) -> Result<Vec<f32>> {
        let (mut values, mut count) = (ptr::null(), 0);
        check(unsafe { c::rnn_parameters(self.0, &mut values, &mut count) })?;
        Ok(unsafe { std::slice::from_raw_parts(values, count) }.to_vec())
    }

    pub fn set_parameters(&mut self, values: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_set_parameters(self.0, values.as_ptr(), values.len()) })
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
        check(unsafe { c::rnn_get_state(self.0, values.as_mut_ptr(), values.len(), kind) })
    }

    pub fn set_state(&mut self, values: &[f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_set_state(self.0, values.as_ptr(), values.len(), kind) })
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

    pub fn backward(&mut self, dx: Option<&mut [f32]>, dy: &[f32]) -> Result<()> {
        let (dx, count) = optional_mut(dx);
        check(unsafe { c::rnn_backward(self.0, dx, count, dy.as_ptr(), dy.len()) })
    }

    pub fn zero_gradients(&mut self) -> Result<()> {
        check(unsafe { c::rnn_zero_gradients(self.0) })
    }

    pub fn gradients(&mut self) -> Result<&mut [f32]> {
        let (mut values, mut count) = (ptr::null_mut(), 0);
        check(unsafe { c::rnn_gradients(self.0, &mut values, &mut count) })?;
        Ok(unsafe { std::slice::from_raw_parts_mut(values, count) })
    }

    /// Returns the norm before clipping.
    pub fn clip_gradient_norm(&mut self, max_norm: f64) -> Result<f64> {
        let mut norm = 0.0;
        check(unsafe { c::rnn_clip_gradient_norm(self.0, &mut norm, max_norm) })?;
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
