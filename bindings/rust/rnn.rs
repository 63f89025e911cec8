//! librnn for Rust: a thin safe layer over what training and running need of rnn.h; rnn_abi.rs declares all of it.
//!
//! The texts in rnn.h hold for every method of the same name, shapes included.  Counts come from the slices, and the
//! library checks them.  The handles are neither `Send` nor `Sync`, so a model and its sessions stay in one thread.
#![allow(dead_code)] // a program uses what it needs

#[path = "rnn_abi.rs"]
mod rnn_abi;

use rnn_abi::c;
pub use rnn_abi::constants::*;
use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;
use std::rc::Rc;
use std::{fmt, ptr, slice};

/// A call that failed: one of `E_...` and the library's message.
#[derive(Debug)]
pub struct Error {
    pub status: i32,
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// To be called at once, in the thread that got the status.
fn check(status: i32) -> Result<()> {
    if status >= 0 {
        return Ok(());
    }
    Err(Error { status, message: string(unsafe { c::rnn_last_error() }) })
}

fn string(text: *const c_char) -> String {
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error { status: E_VALUE, message: format!("{:?} has a 0 in it", text) })
}

fn path_string(path: &Path) -> Result<CString> {
    let text = path.to_str().and_then(|text| CString::new(text).ok());
    text.ok_or_else(|| Error { status: E_VALUE, message: format!("{:?} is no path for the library", path) })
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

/// Methods that set and read one option.
macro_rules! options {
    ($handle:ident, $set_int:ident, $set_real:ident, $get_int:ident, $get_real:ident) => {
        impl $handle {
            pub fn set_int(&mut self, key: i32, value: i64) -> Result<()> {
                check(unsafe { c::$set_int(self.0, key, value) })
            }

            pub fn set_real(&mut self, key: i32, value: f64) -> Result<()> {
                check(unsafe { c::$set_real(self.0, key, value) })
            }

            pub fn get_int(&self, key: i32) -> Result<i64> {
                let mut value = 0;
                check(unsafe { c::$get_int(self.0, key, &mut value) })?;
                Ok(value)
            }

            pub fn get_real(&self, key: i32) -> Result<f64> {
                let mut value = 0.0;
                check(unsafe { c::$get_real(self.0, key, &mut value) })?;
                Ok(value)
            }
        }
    };
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
        check(unsafe { c::rnn_model_get_int(self.0, key, &mut value) })?;
        Ok(value)
    }

    pub fn get_real(&self, key: i32) -> Result<f64> {
        let mut value = 0.0;
        check(unsafe { c::rnn_model_get_real(self.0, key, &mut value) })?;
        Ok(value)
    }

    pub fn get_text(&self, key: i32) -> Result<String> {
        let mut value = ptr::null();
        check(unsafe { c::rnn_model_get_text(self.0, key, &mut value) })?;
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
        Ok(unsafe { slice::from_raw_parts(values, count) }.to_vec())
    }

    pub fn set_parameters(&mut self, values: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_model_set_parameters(self.0, values.as_ptr(), values.len()) })
    }

    /// One input of an ONNX operator: `ONNX_...`; `None` stands for an absent B or P.
    pub fn import_onnx(&mut self, layer: usize, input: i32, values: Option<&[f32]>) -> Result<()> {
        let (values, count) = optional(values);
        check(unsafe { c::rnn_model_import_onnx(self.0, layer, input, values, count) })
    }

    pub fn export_onnx(&self, layer: usize, input: i32, values: &mut [f32]) -> Result<()> {
        check(unsafe { c::rnn_model_export_onnx(self.0, layer, input, values.as_mut_ptr(), values.len()) })
    }

    /// One weight of a Keras layer: `KERAS_...`.
    pub fn import_keras(&mut self, layer: usize, direction: usize, weight: i32, values: &[f32]) -> Result<()> {
        check(unsafe {
            c::rnn_model_import_keras(self.0, layer, direction, weight, values.as_ptr(), values.len())
        })
    }

    pub fn export_keras(&self, layer: usize, direction: usize, weight: i32, values: &mut [f32]) -> Result<()> {
        check(unsafe {
            c::rnn_model_export_keras(self.0, layer, direction, weight, values.as_mut_ptr(), values.len())
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
        check(unsafe { c::rnn_session_get_state(self.0, kind, values.as_mut_ptr(), values.len()) })
    }

    pub fn set_state(&mut self, values: &[f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_set_state(self.0, kind, values.as_ptr(), values.len()) })
    }

    /// Sequence i of the state becomes what sequence rows[i] was.
    pub fn select_state(&mut self, rows: &[i32]) -> Result<()> {
        check(unsafe { c::rnn_session_select_state(self.0, rows.as_ptr(), rows.len()) })
    }

    pub fn get_state_gradient(&mut self, values: &mut [f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_get_state_gradient(self.0, kind, values.as_mut_ptr(), values.len()) })
    }

    pub fn set_state_gradient(&mut self, values: &[f32], kind: i32) -> Result<()> {
        check(unsafe { c::rnn_session_set_state_gradient(self.0, kind, values.as_ptr(), values.len()) })
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
        Ok(unsafe { slice::from_raw_parts_mut(values, count) })
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

/// How parameters are changed by gradients.
pub struct Optimizer(*mut c::rnn_optimizer);

options!(Optimizer, rnn_optimizer_set_int, rnn_optimizer_set_real, rnn_optimizer_get_int, rnn_optimizer_get_real);

impl Optimizer {
    /// For any parameters, so many.
    pub fn new(kind: i32, parameters_count: usize) -> Result<Optimizer> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_optimizer_create(&mut handle, kind, parameters_count) })?;
        Ok(Optimizer(handle))
    }

    /// For models with the tensors of this one; it has options of tensors.
    pub fn for_model(kind: i32, model: &Model) -> Result<Optimizer> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_optimizer_create_for_model(&mut handle, kind, model.0) })?;
        Ok(Optimizer(handle))
    }

    /// Of every tensor whose name begins with the prefix.
    pub fn set_tensors_int(&mut self, prefix: &str, key: i32, value: i64) -> Result<()> {
        let prefix = c_string(prefix)?;
        check(unsafe { c::rnn_optimizer_set_tensors_int(self.0, prefix.as_ptr(), key, value) })
    }

    pub fn set_tensors_real(&mut self, prefix: &str, key: i32, value: f64) -> Result<()> {
        let prefix = c_string(prefix)?;
        check(unsafe { c::rnn_optimizer_set_tensors_real(self.0, prefix.as_ptr(), key, value) })
    }

    pub fn get_tensor_int(&mut self, name: &str, key: i32) -> Result<i64> {
        let (name, mut value) = (c_string(name)?, 0);
        check(unsafe { c::rnn_optimizer_get_tensor_int(self.0, name.as_ptr(), key, &mut value) })?;
        Ok(value)
    }

    pub fn get_tensor_real(&mut self, name: &str, key: i32) -> Result<f64> {
        let (name, mut value) = (c_string(name)?, 0.0);
        check(unsafe { c::rnn_optimizer_get_tensor_real(self.0, name.as_ptr(), key, &mut value) })?;
        Ok(value)
    }

    /// Sets `DECAY_FACTOR` of every tensor of rank 1 to 0.
    pub fn exempt_biases(&mut self) -> Result<()> {
        check(unsafe { c::rnn_optimizer_exempt_biases(self.0) })
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

/// What a custom loss reads: lengths, mask, weights of the sequences and targets are `None` if they are not set.
pub struct Batch<'a> {
    /// Steps, batch and classes: T, B and C of y.
    pub shape: (usize, usize, usize),
    pub lengths: Option<&'a [i32]>,
    pub mask: Option<&'a [f32]>,
    pub weights: Option<&'a [f32]>,
    pub classes: Option<&'a [i32]>,
    pub values: Option<&'a [f32]>,
    /// What the mean divides by; the loss may overwrite it.
    pub weight: f64,
    alive: PhantomData<&'a c::rnn_loss>,
}

/// `None` if there is none, or if the target is of the other type.
unsafe fn view<'a, T>(
    loss: *mut c::rnn_loss, get: unsafe extern "C" fn(*mut c::rnn_loss, *mut *const T, *mut usize) -> i32,
) -> Option<&'a [T]> {
    let (mut values, mut count) = (ptr::null(), 0);
    if get(loss, &mut values, &mut count) < 0 || values.is_null() {
        return None;
    }
    Some(slice::from_raw_parts(values, count))
}

impl<'a> Batch<'a> {
    unsafe fn new(loss: *mut c::rnn_loss, weight: f64) -> Result<Batch<'a>> {
        let (mut lengths, mut steps, mut batch, mut classes) = (ptr::null(), 0, 0, 0);
        check(c::rnn_loss_get_batch(loss, &mut lengths, &mut steps, &mut batch, &mut classes))?;
        Ok(Batch {
            shape: (steps, batch, classes),
            lengths: if lengths.is_null() { None } else { Some(slice::from_raw_parts(lengths, batch)) },
            mask: view(loss, c::rnn_loss_get_mask),
            weights: view(loss, c::rnn_loss_get_sequence_weights),
            classes: view(loss, c::rnn_loss_get_classes),
            values: view(loss, c::rnn_loss_get_values),
            weight,
            alive: PhantomData,
        })
    }
}

/// A custom loss: returns the sum of the loss over everything that counts, and writes its gradient to the last
/// argument, which is 0 before.  The second one is y.
pub type Compute = dyn FnMut(&mut Batch, &[f32], Option<&mut [f32]>) -> f64;

/// Shared by a loss and its trainers.
struct Custom {
    compute: RefCell<Box<Compute>>,
    panic: RefCell<Option<Box<dyn Any + Send>>>, // which must not pass through C
}

impl Custom {
    /// To be called after every call that may have called it.
    fn resume(custom: &Option<Rc<Custom>>) {
        if let Some(panic) = custom.as_ref().and_then(|custom| custom.panic.borrow_mut().take()) {
            resume_unwind(panic);
        }
    }
}

unsafe extern "C" fn compute(
    user: *mut c_void, loss: *mut c::rnn_loss, value: *mut f64, weight: *mut f64, dy: *mut f32, y: *const f32,
    y_count: usize,
) -> i32 {
    let custom = &*user.cast::<Custom>();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut batch = Batch::new(loss, *weight).expect("a batch");
        let dy = if dy.is_null() { None } else { Some(slice::from_raw_parts_mut(dy, y_count)) };
        *value = (custom.compute.borrow_mut())(&mut batch, slice::from_raw_parts(y, y_count), dy);
        *weight = batch.weight;
    }));
    match outcome {
        Ok(()) => OK,
        Err(panic) => {
            *custom.panic.borrow_mut() = Some(panic);
            1
        }
    }
}

/// A loss: `Loss::new(LOSS_CTC)`, or `Loss::custom(Box::new(...))`.
pub struct Loss(*mut c::rnn_loss, Option<Rc<Custom>>);

options!(Loss, rnn_loss_set_int, rnn_loss_set_real, rnn_loss_get_int, rnn_loss_get_real);

impl Loss {
    pub fn new(kind: i32) -> Result<Loss> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_loss_create(&mut handle, kind) })?;
        Ok(Loss(handle, None))
    }

    /// What it panics with, the call that needs the loss panics with.
    pub fn custom(function: Box<Compute>) -> Result<Loss> {
        let mut loss = Loss::new(LOSS_CUSTOM)?;
        let custom = Rc::new(Custom { compute: RefCell::new(function), panic: RefCell::new(None) });
        let user = Rc::as_ptr(&custom) as *mut c_void;
        check(unsafe { c::rnn_loss_set_callback(loss.0, Some(compute), user) })?;
        loss.1 = Some(custom);
        Ok(loss)
    }

    pub fn set_threads(&mut self, threads: usize) -> Result<()> {
        check(unsafe { c::rnn_loss_set_threads(self.0, threads) })
    }

    pub fn set_class_weights(&mut self, weights: Option<&[f32]>) -> Result<()> {
        let (weights, count) = optional(weights);
        check(unsafe { c::rnn_loss_set_class_weights(self.0, weights, count) })
    }

    /// `shape` is (steps, batch, classes); drops mask, weights and label lengths.
    pub fn set_batch(&mut self, lengths: Option<&[i32]>, shape: (usize, usize, usize)) -> Result<()> {
        let (lengths, count) = optional(lengths);
        check(unsafe { c::rnn_loss_set_batch(self.0, lengths, count, shape.0, shape.1, shape.2) })
    }

    /// The same with the shape and lengths of y in the session's last forward.
    pub fn set_batch_of_session(&mut self, session: &Session) -> Result<()> {
        check(unsafe { c::rnn_loss_set_batch_of_session(self.0, session.0) })
    }

    pub fn set_mask(&mut self, mask: Option<&[f32]>) -> Result<()> {
        let (mask, count) = optional(mask);
        check(unsafe { c::rnn_loss_set_mask(self.0, mask, count) })
    }

    pub fn set_sequence_weights(&mut self, weights: Option<&[f32]>) -> Result<()> {
        let (weights, count) = optional(weights);
        check(unsafe { c::rnn_loss_set_sequence_weights(self.0, weights, count) })
    }

    pub fn set_label_lengths(&mut self, label_lengths: Option<&[i32]>) -> Result<()> {
        let (label_lengths, count) = optional(label_lengths);
        check(unsafe { c::rnn_loss_set_label_lengths(self.0, label_lengths, count) })
    }

    /// Returns the loss.
    pub fn of_classes(&mut self, dy: Option<&mut [f32]>, y: &[f32], classes: &[i32]) -> Result<f64> {
        let (mut value, (dy, dy_count)) = (0.0, optional_mut(dy));
        let (y, y_count, classes, classes_count) = (y.as_ptr(), y.len(), classes.as_ptr(), classes.len());
        let status = check(unsafe {
            c::rnn_loss_of_classes(self.0, &mut value, dy, dy_count, y, y_count, classes, classes_count)
        });
        Custom::resume(&self.1);
        status.map(|()| value)
    }

    pub fn of_values(&mut self, dy: Option<&mut [f32]>, y: &[f32], values: &[f32]) -> Result<f64> {
        let (mut value, (dy, dy_count)) = (0.0, optional_mut(dy));
        let (y, y_count, values, values_count) = (y.as_ptr(), y.len(), values.as_ptr(), values.len());
        let status = check(unsafe {
            c::rnn_loss_of_values(self.0, &mut value, dy, dy_count, y, y_count, values, values_count)
        });
        Custom::resume(&self.1);
        status.map(|()| value)
    }

    pub fn get_sequence_losses(&mut self, losses: &mut [f64]) -> Result<()> {
        check(unsafe { c::rnn_loss_get_sequence_losses(self.0, losses.as_mut_ptr(), losses.len()) })
    }
}

impl Drop for Loss {
    fn drop(&mut self) {
        unsafe { c::rnn_loss_destroy(self.0) }
    }
}

/// The input of a sequence.
pub enum Input<'a> {
    /// x and the number of steps.
    Real(&'a [f32], usize),
    Tokens(&'a [i32]),
}

/// Sequences and their targets; copies of what it is given.
pub struct Dataset(*mut c::rnn_dataset);

impl Dataset {
    pub fn new() -> Result<Dataset> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_dataset_create(&mut handle) })?;
        Ok(Dataset(handle))
    }

    /// One sequence without targets; returns its number.
    pub fn add(&mut self, input: Input) -> Result<usize> {
        let mut index = 0;
        check(unsafe {
            match input {
                Input::Real(x, steps) => c::rnn_dataset_add(self.0, &mut index, x.as_ptr(), x.len(), steps),
                Input::Tokens(tokens) => {
                    c::rnn_dataset_add_tokens(self.0, &mut index, tokens.as_ptr(), tokens.len())
                }
            }
        })?;
        Ok(index)
    }

    pub fn set_classes(&mut self, index: usize, classes: &[i32]) -> Result<()> {
        check(unsafe { c::rnn_dataset_set_classes(self.0, index, classes.as_ptr(), classes.len()) })
    }

    pub fn set_values(&mut self, index: usize, values: &[f32]) -> Result<()> {
        check(unsafe { c::rnn_dataset_set_values(self.0, index, values.as_ptr(), values.len()) })
    }

    /// `None`: 1 for all steps.
    pub fn set_mask(&mut self, index: usize, mask: Option<&[f32]>) -> Result<()> {
        let (mask, count) = optional(mask);
        check(unsafe { c::rnn_dataset_set_mask(self.0, index, mask, count) })
    }

    pub fn set_weight(&mut self, index: usize, weight: f64) -> Result<()> {
        check(unsafe { c::rnn_dataset_set_weight(self.0, index, weight) })
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        unsafe { c::rnn_dataset_destroy(self.0) }
    }
}

/// The training loop; it keeps model, optimiser and loss alive.  What the callback of `fit` may call takes `&self`.
pub struct Trainer(*mut c::rnn_trainer, Option<Rc<Custom>>);

/// See `Trainer::fit`.
type Told<'a> = &'a mut dyn FnMut(&Trainer, i32) -> bool;

/// A callback during one `rnn_fit`, and what it panicked with, which must not pass through C.
struct Progress<'a, 'b> {
    told: Told<'a>,
    trainer: &'b Trainer,
    panic: Option<Box<dyn Any + Send>>,
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
    pub fn new(model: &Model, optimizer: &Optimizer, loss: &Loss) -> Result<Trainer> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_trainer_create(&mut handle, model.0, optimizer.0, loss.0) })?;
        Ok(Trainer(handle, loss.1.clone()))
    }

    pub fn set_int(&mut self, key: i32, value: i64) -> Result<()> {
        check(unsafe { c::rnn_trainer_set_int(self.0, key, value) })
    }

    pub fn get_int(&self, key: i32) -> Result<i64> {
        let mut value = 0;
        check(unsafe { c::rnn_trainer_get_int(self.0, key, &mut value) })?;
        Ok(value)
    }

    pub fn get_real(&self, key: i32) -> Result<f64> {
        let mut value = 0.0;
        check(unsafe { c::rnn_trainer_get_real(self.0, key, &mut value) })?;
        Ok(value)
    }

    /// Where `fit` saves after every epoch; `None`: nowhere.
    pub fn set_checkpoint(&mut self, path: Option<&Path>) -> Result<()> {
        let path = path.map(path_string).transpose()?;
        let pointer = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
        check(unsafe { c::rnn_trainer_set_checkpoint(self.0, pointer) })
    }

    /// `told` is called for every `EVENT_...`; `true` from it ends the training.  Returns whether it did.
    pub fn fit(&mut self, training: &Dataset, validation: Option<&Dataset>, told: Told) -> Result<bool> {
        let (handle, validation) = (self.0, validation.map_or(ptr::null(), |validation| validation.0.cast_const()));
        let mut call = Progress { told, trainer: self, panic: None };
        let user: *mut Progress = &mut call;
        let fitted = unsafe {
            check(c::rnn_trainer_set_callback(handle, Some(progress), user.cast()))?;
            let status = c::rnn_fit(handle, training.0, validation);
            let fitted = check(status).map(|()| status > 0);
            let _ = c::rnn_trainer_set_callback(handle, None, ptr::null_mut()); // `call` ends with this method
            fitted
        };
        if let Some(panic) = call.panic {
            resume_unwind(panic);
        }
        Custom::resume(&self.1);
        fitted
    }

    /// Returns the loss and, of cross-entropy, the accuracy.
    pub fn evaluate(&mut self, dataset: &Dataset) -> Result<(f64, f64)> {
        let (mut loss, mut accuracy) = (0.0, 0.0);
        let status = check(unsafe { c::rnn_evaluate(self.0, &mut loss, &mut accuracy, dataset.0) });
        Custom::resume(&self.1);
        status.map(|()| (loss, accuracy))
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

/// Returns the mean loss over the rows of logits, [N, classes], whose target is not -100; for all else see `Loss`.
pub fn softmax_cross_entropy(
    dlogits: Option<&mut [f32]>, logits: &[f32], targets: &[i32], classes: usize,
) -> Result<f64> {
    let (mut loss, (dlogits, dlogits_count)) = (0.0, optional_mut(dlogits));
    let (logits, logits_count) = (logits.as_ptr(), logits.len());
    let (targets, targets_count) = (targets.as_ptr(), targets.len());
    check(unsafe {
        c::rnn_softmax_cross_entropy(
            &mut loss, dlogits, dlogits_count, logits, logits_count, targets, targets_count, classes,
        )
    })?;
    Ok(loss)
}

pub fn softmax(p: &mut [f32], logits: &[f32], classes: usize) -> Result<()> {
    check(unsafe { c::rnn_softmax(p.as_mut_ptr(), p.len(), logits.as_ptr(), logits.len(), classes) })
}

/// What a decoder found: labels or tokens, with the step and the score (a log probability) of each.
pub struct Decoded {
    pub tokens: Vec<i32>,
    pub steps: Vec<i32>,
    pub scores: Vec<f32>,
    /// Of the whole.
    pub score: f64,
}

/// From logits to classes: `Decoder::new(DECODER_CTC_GREEDY)`.
pub struct Decoder(*mut c::rnn_decoder);

options!(Decoder, rnn_decoder_set_int, rnn_decoder_set_real, rnn_decoder_get_int, rnn_decoder_get_real);

impl Decoder {
    pub fn new(kind: i32) -> Result<Decoder> {
        let mut handle = ptr::null_mut();
        check(unsafe { c::rnn_decoder_create(&mut handle, kind) })?;
        Ok(Decoder(handle))
    }

    /// Of CTC: for each sequence its results, best first; `shape` is (steps, batch, classes).
    pub fn decode(
        &mut self, logits: &[f32], lengths: Option<&[i32]>, shape: (usize, usize, usize),
    ) -> Result<Vec<Vec<Decoded>>> {
        let (lengths, count) = optional(lengths);
        check(unsafe {
            c::rnn_decoder_decode(self.0, logits.as_ptr(), logits.len(), lengths, count, shape.0, shape.1, shape.2)
        })?;
        (0..shape.1).map(|sequence| self.results(sequence)).collect()
    }

    /// Beam search over a session of a network of tokens with the state of one sequence; the results, best first.
    pub fn search(&mut self, session: &mut Session, classes: usize) -> Result<Vec<Decoded>> {
        check(unsafe { c::rnn_decoder_search(self.0, classes, Some(c::rnn_session_next), session.0.cast()) })?;
        self.results(0)
    }

    fn results(&mut self, sequence: usize) -> Result<Vec<Decoded>> {
        let mut count = 0;
        check(unsafe { c::rnn_decoder_get_result_count(self.0, sequence, &mut count) })?;
        (0..count).map(|rank| self.result(sequence, rank)).collect()
    }

    fn result(&mut self, sequence: usize, rank: usize) -> Result<Decoded> {
        let (mut tokens, mut steps, mut scores) = (ptr::null(), ptr::null(), ptr::null());
        let (mut count, mut score) = (0, 0.0);
        check(unsafe {
            c::rnn_decoder_get_result(
                self.0, sequence, rank, &mut tokens, &mut steps, &mut scores, &mut count, &mut score,
            )
        })?;
        unsafe fn copy<T: Copy>(values: *const T, count: usize) -> Vec<T> {
            if count == 0 { Vec::new() } else { slice::from_raw_parts(values, count).to_vec() }
        }
        Ok(unsafe {
            Decoded { tokens: copy(tokens, count), steps: copy(steps, count), scores: copy(scores, count), score }
        })
    }

    /// Sampling: a class for each of the rows of `logits`, [tokens.len(), classes].
    pub fn sample(&mut self, tokens: &mut [i32], logits: &[f32], classes: usize) -> Result<()> {
        check(unsafe {
            c::rnn_decoder_sample(self.0, tokens.as_mut_ptr(), tokens.len(), logits.as_ptr(), logits.len(), classes)
        })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        unsafe { c::rnn_decoder_destroy(self.0) }
    }
}
