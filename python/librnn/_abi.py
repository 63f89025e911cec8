"""The C interface of librnn for ctypes.  Generated from abi/librnn.json by abi/declare.py; do not edit."""

import ctypes
from ctypes import POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p
from typing import Any, Literal, TypedDict

VERSION = "0.9.0"
SONAME = "librnn.so.0"

# status
OK = 0
E_NULL = -1
E_SIZE = -2
E_VALUE = -3
E_STATE = -4
E_MEMORY = -5
E_IO = -6
E_FORMAT = -7
E_NAME = -8
E_NONFINITE = -9
E_UNSUPPORTED = -10

# integer keys of rnn_config
CELL = 1
INPUT_SIZE = 2
VOCABULARY = 3
EMBEDDING_SIZE = 4
HIDDEN_SIZE = 5
LAYERS = 6
CLASSES = 7
SEED = 8
DIRECTION = 9
MERGE = 10
BIAS = 11
PROJECTION_SIZE = 12
RESIDUAL = 13
OUTPUT = 14
RESET = 15
PEEPHOLES = 16
COUPLE = 17
LAYER_NORM = 18
ACTIVATION_F = 19
ACTIVATION_G = 20
ACTIVATION_H = 21
INIT_INPUT = 22
INIT_RECURRENT = 23
INIT_BIAS = 24
PRODUCTS = 25
PRECISION = 37
OUTPUT_SIZE = 26
KERNEL_SIZE = 27
STRIDE = 28
DILATION = 29
GROUPS = 30
PADDING = 31
ACTIVATION = 32
SOURCE = 33
INITIAL_STATE = 34
TIED = 35
CRF = 36

# real keys of rnn_config
INIT_RANGE = 101
FORGET_BIAS = 102
DROPOUT = 103
RECURRENT_DROPOUT = 104
ZONEOUT = 105
ZONEOUT_CELL = 106
CLIP = 107
CELL_CLIP = 108
ALPHA_F = 109
BETA_F = 110
ALPHA_G = 111
BETA_G = 112
ALPHA_H = 113
BETA_H = 114
ALPHA = 115
BETA = 116

# text keys of rnn_config
PREFIX = 201
EMBEDDING_NAME = 202
HEAD_NAME = 203
CRF_NAME = 204

# values of RNN_CELL
CELL_TANH = 1
CELL_RELU = 2
CELL_LSTM = 3
CELL_GRU = 4
CELL_MINGRU = 5
CELL_SLSTM = 6
CELL_INDRNN = 7
CELL_MINGRU_HIGHWAY = 8

# values of RNN_DIRECTION
DIRECTION_FORWARD = 1
DIRECTION_REVERSE = 2
DIRECTION_BOTH = 3

# values of RNN_MERGE
MERGE_CONCATENATE = 1
MERGE_SUM = 2

# values of RNN_OUTPUT
OUTPUT_EVERY_STEP = 1
OUTPUT_LAST_STEP = 2
OUTPUT_MEAN = 3
OUTPUT_MAXIMUM = 4

# values of RNN_RESET
RESET_AFTER = 1
RESET_BEFORE = 2

# values of RNN_COUPLE
COUPLE_FORGET = 1
COUPLE_INPUT = 2

# values of RNN_PRODUCTS
PRODUCTS_AUTOMATIC = 0
PRODUCTS_OWN = 1
PRODUCTS_CBLAS = 2

# values of RNN_PRECISION
PRECISION_FLOAT32 = 0
PRECISION_BF16 = 1
PRECISION_INT8 = 2

# values of RNN_ACTIVATION_F, _G and _H
ACTIVATION_TANH = 1
ACTIVATION_SIGMOID = 2
ACTIVATION_RELU = 3
ACTIVATION_HARD_SIGMOID = 4
ACTIVATION_LEAKY_RELU = 5
ACTIVATION_THRESHOLDED_RELU = 6
ACTIVATION_SCALED_TANH = 7
ACTIVATION_ELU = 8
ACTIVATION_SOFTSIGN = 9
ACTIVATION_SOFTPLUS = 10
ACTIVATION_AFFINE = 11

# values of RNN_INIT_
INIT_UNIFORM = 1
INIT_XAVIER = 2
INIT_ORTHOGONAL = 3
INIT_ZERO = 4

# RNN_KIND_...
KIND_RECURRENT = 1
KIND_DENSE = 2
KIND_CONV1D = 3
KIND_EMBEDDING = 4
KIND_AFFINE = 5
KIND_LAYER_NORM = 6
KIND_RMS_NORM = 7
KIND_DROPOUT = 8
KIND_ACTIVATION = 9
KIND_POOLING = 10
KIND_SKIP = 11
KIND_MAGNITUDE = 12

# values of RNN_PADDING
PADDING_CAUSAL = 1
PADDING_CENTRED = 2
PADDING_NONE = 3

# RNN_SOURCE_...
SOURCE_INPUT = -1

# RNN_ONNX_...
ONNX_W = 1
ONNX_R = 2
ONNX_B = 3
ONNX_P = 4

# RNN_KERAS_...
KERAS_KERNEL = 1
KERAS_RECURRENT = 2
KERAS_BIAS = 3

# modes of a session
INFERENCE = 1
TRAINING = 2

# RNN_STATE_...
STATE_H = 1
STATE_C = 2
STATE_N = 3
STATE_M = 4

# RNN_LOSS_...
LOSS_CROSS_ENTROPY = 1
LOSS_BINARY_CROSS_ENTROPY = 2
LOSS_SQUARED_ERROR = 3
LOSS_ABSOLUTE_ERROR = 4
LOSS_HUBER = 5
LOSS_CTC = 6
LOSS_CUSTOM = 7
LOSS_CRF = 8
LOSS_QUANTILE = 9
LOSS_GAUSSIAN = 10
LOSS_ERROR_TO_SIGNAL = 11

# integer keys of rnn_loss
REDUCTION = 501
IGNORED = 502
BLANK = 503
ZERO_INFINITY = 504
SKIP_MISSING = 505

# real keys of rnn_loss
SMOOTHING = 551
DELTA = 552
PRE_EMPHASIS = 553
ENERGY_FLOOR = 554
OFFSET_WEIGHT = 555
MIN_VARIANCE = 556

# values of RNN_REDUCTION
SUM = 1
MEAN = 2

# RNN_OPTIMIZER_...
OPTIMIZER_SGD = 1
OPTIMIZER_RMSPROP = 2
OPTIMIZER_ADAGRAD = 3
OPTIMIZER_ADAM = 4
OPTIMIZER_ADAMW = 5

# integer keys of rnn_optimizer
NESTEROV = 301
SCHEDULE = 302
WARMUP = 303
PERIOD = 304
PATIENCE = 305
UPDATES = 306
PLATEAU = 307
AMSGRAD = 308

# real keys of rnn_optimizer
RATE = 401
MOMENTUM = 402
BETA_1 = 403
BETA_2 = 404
EPSILON = 405
WEIGHT_DECAY = 406
MAX_NORM = 407
MAX_ABS = 408
GAMMA = 409
MINIMUM_RATE = 410
PLATEAU_FACTOR = 411
PLATEAU_THRESHOLD = 412
CURRENT_RATE = 413

# integer keys of tensors of rnn_optimizer
FROZEN = 351

# real keys of tensors of rnn_optimizer
RATE_FACTOR = 451
DECAY_FACTOR = 452

# values of RNN_SCHEDULE
SCHEDULE_CONSTANT = 1
SCHEDULE_STEP = 2
SCHEDULE_EXPONENTIAL = 3
SCHEDULE_COSINE = 4

# RNN_DECODER_...
DECODER_CTC_GREEDY = 1
DECODER_CTC_BEAM = 2
DECODER_BEAM = 3
DECODER_SAMPLING = 4
DECODER_CRF = 5

# integer keys of rnn_decoder
BEAM_WIDTH = 801
RESULTS = 802
START_TOKEN = 803
END_TOKEN = 804
MINIMUM_LENGTH = 805
MAXIMUM_LENGTH = 806
TOP_K = 807
RANDOM_STATE = 808

# real keys of rnn_decoder
LENGTH_PENALTY = 851
TEMPERATURE = 852
TOP_P = 853
SCORER_WEIGHT = 854
INSERTION_BONUS = 855
BEAM_THRESHOLD = 856

# RNN_ATTENTION_...
ATTENTION_DOT = 1
ATTENTION_GENERAL = 2
ATTENTION_ADDITIVE = 3

# integer keys of rnn_trainer
EPOCHS = 601
BATCH_SIZE = 602
SHUFFLE = 603
EARLY_STOP = 604
KEEP_BEST = 605
THREADS = 606
SKIP_NONFINITE = 607
EPOCH = 611
BATCH = 612
SKIPPED = 613
STREAM_STEPS = 614
BUCKETS = 615
MEMORY_LIMIT = 616

# real keys of rnn_trainer
MIN_DELTA = 701

# real keys of rnn_trainer
BATCH_LOSS = 711
TRAINING_LOSS = 712
VALIDATION_LOSS = 713
BEST_LOSS = 714

# RNN_EVENT_...
EVENT_BATCH = 1
EVENT_VALIDATION = 2
EVENT_EPOCH = 3
EVENT_EARLY_STOP = 4
EVENT_CHECKPOINT = 5


class rnn_config(ctypes.Structure):
    """Opaque."""


class rnn_model(ctypes.Structure):
    """Opaque."""


class rnn_session(ctypes.Structure):
    """Opaque."""


class rnn_loss(ctypes.Structure):
    """Opaque."""


class rnn_optimizer(ctypes.Structure):
    """Opaque."""


class rnn_decoder(ctypes.Structure):
    """Opaque."""


class rnn_attention(ctypes.Structure):
    """Opaque."""


class rnn_dataset(ctypes.Structure):
    """Opaque."""


class rnn_sample(ctypes.Structure):
    """Opaque."""


class rnn_trainer(ctypes.Structure):
    """Opaque."""


rnn_task = ctypes.CFUNCTYPE(None, c_void_p, c_size_t)
rnn_parallel_for = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, rnn_task, c_void_p)
rnn_loss_function = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(rnn_loss), POINTER(c_double), POINTER(c_double),
        POINTER(c_float), POINTER(c_float), c_size_t)
rnn_scorer = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(c_float), c_size_t, POINTER(c_int32), POINTER(c_int32),
        POINTER(c_int32), c_size_t)
rnn_generator = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(c_float), c_size_t, POINTER(c_int32), POINTER(c_int32),
        c_size_t)
rnn_sample_function = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(rnn_sample), c_size_t, c_int64)
rnn_progress = ctypes.CFUNCTYPE(c_int32, c_void_p, POINTER(rnn_trainer), c_int32)

PROTOTYPES: dict[str, tuple[Any, ...]] = {  # name: (result, *arguments)
    "rnn_version": (c_int32,),
    "rnn_version_string": (c_char_p,),
    "rnn_build_info": (c_char_p,),
    "rnn_status_string": (c_char_p, c_int32),
    "rnn_last_error": (c_char_p,),
    "rnn_config_create": (c_int32, POINTER(POINTER(rnn_config))),
    "rnn_config_destroy": (None, POINTER(rnn_config)),
    "rnn_config_set_int": (c_int32, POINTER(rnn_config), c_int32, c_int64),
    "rnn_config_set_real": (c_int32, POINTER(rnn_config), c_int32, c_double),
    "rnn_config_set_text": (c_int32, POINTER(rnn_config), c_int32, c_char_p),
    "rnn_config_get_int": (c_int32, POINTER(rnn_config), c_int32, POINTER(c_int64)),
    "rnn_config_get_real": (c_int32, POINTER(rnn_config), c_int32, c_void_p),
    "rnn_config_get_text": (c_int32, POINTER(rnn_config), c_int32, POINTER(c_char_p)),
    "rnn_config_infer": (c_int32, POINTER(rnn_config), c_char_p),
    "rnn_config_infer_memory": (c_int32, POINTER(rnn_config), c_void_p, c_size_t),
    "rnn_config_add_layer": (c_int32, POINTER(rnn_config), POINTER(c_size_t), c_int32),
    "rnn_config_layer_count": (c_int32, POINTER(rnn_config), POINTER(c_size_t)),
    "rnn_config_set_layer_int": (c_int32, POINTER(rnn_config), c_size_t, c_int32, c_int64),
    "rnn_config_set_layer_real": (c_int32, POINTER(rnn_config), c_size_t, c_int32, c_double),
    "rnn_config_set_layer_text": (c_int32, POINTER(rnn_config), c_size_t, c_int32, c_char_p),
    "rnn_config_get_layer_int": (c_int32, POINTER(rnn_config), c_size_t, c_int32, POINTER(c_int64)),
    "rnn_config_get_layer_real": (c_int32, POINTER(rnn_config), c_size_t, c_int32, c_void_p),
    "rnn_config_get_layer_text": (c_int32, POINTER(rnn_config), c_size_t, c_int32, POINTER(c_char_p)),
    "rnn_config_last_error": (c_char_p, POINTER(rnn_config)),
    "rnn_create": (c_int32, POINTER(POINTER(rnn_model)), POINTER(rnn_config)),
    "rnn_retain": (c_int32, POINTER(rnn_model)),
    "rnn_destroy": (None, POINTER(rnn_model)),
    "rnn_model_get_int": (c_int32, POINTER(rnn_model), c_int32, POINTER(c_int64)),
    "rnn_model_get_real": (c_int32, POINTER(rnn_model), c_int32, c_void_p),
    "rnn_model_get_text": (c_int32, POINTER(rnn_model), c_int32, POINTER(c_char_p)),
    "rnn_model_output_size": (c_int32, POINTER(rnn_model), POINTER(c_size_t)),
    "rnn_model_layer_count": (c_int32, POINTER(rnn_model), POINTER(c_size_t)),
    "rnn_model_layer_kind": (c_int32, POINTER(rnn_model), c_size_t, c_void_p),
    "rnn_model_get_layer_int": (c_int32, POINTER(rnn_model), c_size_t, c_int32, POINTER(c_int64)),
    "rnn_model_get_layer_real": (c_int32, POINTER(rnn_model), c_size_t, c_int32, c_void_p),
    "rnn_model_get_layer_text": (c_int32, POINTER(rnn_model), c_size_t, c_int32, POINTER(c_char_p)),
    "rnn_describe": (c_int32, POINTER(rnn_model), c_char_p, c_size_t, POINTER(c_size_t), c_size_t, c_size_t),
    "rnn_model_tensor_count": (c_int32, POINTER(rnn_model), POINTER(c_size_t)),
    "rnn_model_tensor_info": (c_int32, POINTER(rnn_model), c_size_t, POINTER(c_char_p), POINTER(c_size_t),
        POINTER(c_size_t), c_size_t, POINTER(c_size_t)),
    "rnn_model_parameters": (c_int32, POINTER(rnn_model), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_model_set_parameters": (c_int32, POINTER(rnn_model), c_void_p, c_size_t),
    "rnn_model_get_parameter": (c_int32, POINTER(rnn_model), c_char_p, c_void_p, c_size_t),
    "rnn_model_set_parameter": (c_int32, POINTER(rnn_model), c_char_p, c_void_p, c_size_t),
    "rnn_model_set_precision": (c_int32, POINTER(rnn_model), c_int32),
    "rnn_model_release_parameters": (c_int32, POINTER(rnn_model)),
    "rnn_model_set_metadata": (c_int32, POINTER(rnn_model), c_char_p, c_char_p),
    "rnn_model_get_metadata": (c_int32, POINTER(rnn_model), c_char_p, POINTER(c_char_p)),
    "rnn_save": (c_int32, POINTER(rnn_model), c_char_p),
    "rnn_save_memory": (c_int32, POINTER(rnn_model), c_void_p, c_size_t, POINTER(c_size_t)),
    "rnn_save_as": (c_int32, POINTER(rnn_model), c_char_p, c_int32),
    "rnn_save_memory_as": (c_int32, POINTER(rnn_model), c_void_p, c_size_t, POINTER(c_size_t), c_int32),
    "rnn_load": (c_int32, POINTER(POINTER(rnn_model)), c_char_p),
    "rnn_load_memory": (c_int32, POINTER(POINTER(rnn_model)), c_void_p, c_size_t),
    "rnn_model_load_parameters": (c_int32, POINTER(rnn_model), c_char_p),
    "rnn_model_load_parameters_memory": (c_int32, POINTER(rnn_model), c_void_p, c_size_t),
    "rnn_model_unused_tensors": (c_int32, POINTER(rnn_model), c_char_p, c_char_p, c_size_t, POINTER(c_size_t)),
    "rnn_model_unused_tensors_memory": (c_int32, POINTER(rnn_model), c_void_p, c_size_t, c_char_p, c_size_t,
        POINTER(c_size_t)),
    "rnn_model_import_onnx": (c_int32, POINTER(rnn_model), c_size_t, c_int32, c_void_p, c_size_t),
    "rnn_model_export_onnx": (c_int32, POINTER(rnn_model), c_size_t, c_int32, c_void_p, c_size_t),
    "rnn_model_import_keras": (c_int32, POINTER(rnn_model), c_size_t, c_size_t, c_int32, c_void_p, c_size_t),
    "rnn_model_export_keras": (c_int32, POINTER(rnn_model), c_size_t, c_size_t, c_int32, c_void_p, c_size_t),
    "rnn_model_import_tf1_lstm": (c_int32, POINTER(rnn_model), c_size_t, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t, c_double),
    "rnn_session_create": (c_int32, POINTER(POINTER(rnn_session)), POINTER(rnn_model), c_int32),
    "rnn_session_destroy": (None, POINTER(rnn_session)),
    "rnn_session_reserve": (c_int32, POINTER(rnn_session), c_size_t, c_size_t),
    "rnn_reset_state": (c_int32, POINTER(rnn_session), c_size_t),
    "rnn_session_output_steps": (c_int32, POINTER(rnn_session), c_size_t, POINTER(c_size_t)),
    "rnn_session_output_lengths": (c_int32, POINTER(rnn_session), c_void_p, c_size_t),
    "rnn_session_has_output": (c_int32, POINTER(rnn_session), c_void_p),
    "rnn_session_get_state": (c_int32, POINTER(rnn_session), c_int32, c_void_p, c_size_t),
    "rnn_session_set_state": (c_int32, POINTER(rnn_session), c_int32, c_void_p, c_size_t),
    "rnn_session_row_state_count": (c_int32, POINTER(rnn_session), POINTER(c_size_t)),
    "rnn_session_get_row_state": (c_int32, POINTER(rnn_session), c_size_t, c_void_p, c_size_t),
    "rnn_session_set_row_state": (c_int32, POINTER(rnn_session), c_size_t, c_void_p, c_size_t),
    "rnn_session_reset_row": (c_int32, POINTER(rnn_session), c_size_t),
    "rnn_session_set_state_gradient": (c_int32, POINTER(rnn_session), c_int32, c_void_p, c_size_t),
    "rnn_session_get_state_gradient": (c_int32, POINTER(rnn_session), c_int32, c_void_p, c_size_t),
    "rnn_session_seed_dropout": (c_int32, POINTER(rnn_session), c_int64),
    "rnn_session_set_threads": (c_int32, POINTER(rnn_session), c_size_t),
    "rnn_session_set_parallel_for": (c_int32, POINTER(rnn_session), c_size_t, rnn_parallel_for, c_void_p),
    "rnn_session_set_recompute": (c_int32, POINTER(rnn_session), c_size_t),
    "rnn_session_last_error": (c_char_p, POINTER(rnn_session)),
    "rnn_forward": (c_int32, POINTER(rnn_session), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t,
        c_size_t),
    "rnn_forward_tokens": (c_int32, POINTER(rnn_session), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t,
        c_size_t),
    "rnn_session_set_step_mask": (c_int32, POINTER(rnn_session), c_void_p, c_size_t),
    "rnn_session_set_resets": (c_int32, POINTER(rnn_session), c_void_p, c_size_t),
    "rnn_step": (c_int32, POINTER(rnn_session), c_void_p, c_size_t, c_void_p, c_size_t),
    "rnn_step_tokens": (c_int32, POINTER(rnn_session), c_void_p, c_size_t, c_void_p, c_size_t),
    "rnn_backward": (c_int32, POINTER(rnn_session), c_void_p, c_size_t, c_void_p, c_size_t),
    "rnn_zero_gradients": (c_int32, POINTER(rnn_session)),
    "rnn_session_gradients": (c_int32, POINTER(rnn_session), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_session_get_gradient": (c_int32, POINTER(rnn_session), c_char_p, c_void_p, c_size_t),
    "rnn_session_add_gradients": (c_int32, POINTER(rnn_session), c_void_p, c_size_t),
    "rnn_session_clip_gradient_norm": (c_int32, POINTER(rnn_session), c_void_p, c_double),
    "rnn_session_clip_gradient_value": (c_int32, POINTER(rnn_session), c_double),
    "rnn_sgd_step": (c_int32, POINTER(rnn_session), c_double),
    "rnn_softmax_cross_entropy": (c_int32, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t,
        c_size_t),
    "rnn_softmax": (c_int32, c_void_p, c_size_t, c_void_p, c_size_t, c_size_t),
    "rnn_loss_create": (c_int32, POINTER(POINTER(rnn_loss)), c_int32),
    "rnn_loss_destroy": (None, POINTER(rnn_loss)),
    "rnn_loss_set_int": (c_int32, POINTER(rnn_loss), c_int32, c_int64),
    "rnn_loss_set_real": (c_int32, POINTER(rnn_loss), c_int32, c_double),
    "rnn_loss_get_int": (c_int32, POINTER(rnn_loss), c_int32, POINTER(c_int64)),
    "rnn_loss_get_real": (c_int32, POINTER(rnn_loss), c_int32, c_void_p),
    "rnn_loss_set_threads": (c_int32, POINTER(rnn_loss), c_size_t),
    "rnn_loss_set_class_weights": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_quantiles": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_batch": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t, c_size_t, c_size_t, c_size_t),
    "rnn_loss_set_batch_of_session": (c_int32, POINTER(rnn_loss), POINTER(rnn_session)),
    "rnn_loss_set_mask": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_step_mask": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_sequence_weights": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_label_lengths": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_of_classes": (c_int32, POINTER(rnn_loss), c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_loss_of_values": (c_int32, POINTER(rnn_loss), c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_loss_get_sequence_losses": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t),
    "rnn_loss_set_transitions": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_loss_set_transitions_of_model": (c_int32, POINTER(rnn_loss), POINTER(rnn_model)),
    "rnn_loss_get_transition_gradients": (c_int32, POINTER(rnn_loss), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_session_add_transition_gradients": (c_int32, POINTER(rnn_session), POINTER(rnn_loss)),
    "rnn_loss_set_callback": (c_int32, POINTER(rnn_loss), rnn_loss_function, c_void_p),
    "rnn_loss_get_batch": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_int32)), POINTER(c_size_t), POINTER(c_size_t),
        POINTER(c_size_t)),
    "rnn_loss_get_mask": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_loss_get_step_mask": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_int32)), POINTER(c_size_t)),
    "rnn_loss_get_sequence_weights": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_loss_get_classes": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_int32)), POINTER(c_size_t)),
    "rnn_loss_get_values": (c_int32, POINTER(rnn_loss), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_loss_last_error": (c_char_p, POINTER(rnn_loss)),
    "rnn_optimizer_create": (c_int32, POINTER(POINTER(rnn_optimizer)), c_int32, c_size_t),
    "rnn_optimizer_create_for_model": (c_int32, POINTER(POINTER(rnn_optimizer)), c_int32, POINTER(rnn_model)),
    "rnn_optimizer_destroy": (None, POINTER(rnn_optimizer)),
    "rnn_optimizer_set_int": (c_int32, POINTER(rnn_optimizer), c_int32, c_int64),
    "rnn_optimizer_set_real": (c_int32, POINTER(rnn_optimizer), c_int32, c_double),
    "rnn_optimizer_get_int": (c_int32, POINTER(rnn_optimizer), c_int32, POINTER(c_int64)),
    "rnn_optimizer_get_real": (c_int32, POINTER(rnn_optimizer), c_int32, c_void_p),
    "rnn_optimizer_set_tensors_int": (c_int32, POINTER(rnn_optimizer), c_char_p, c_int32, c_int64),
    "rnn_optimizer_set_tensors_real": (c_int32, POINTER(rnn_optimizer), c_char_p, c_int32, c_double),
    "rnn_optimizer_get_tensor_int": (c_int32, POINTER(rnn_optimizer), c_char_p, c_int32, POINTER(c_int64)),
    "rnn_optimizer_get_tensor_real": (c_int32, POINTER(rnn_optimizer), c_char_p, c_int32, c_void_p),
    "rnn_optimizer_exempt_biases": (c_int32, POINTER(rnn_optimizer)),
    "rnn_optimizer_step": (c_int32, POINTER(rnn_optimizer), POINTER(rnn_session)),
    "rnn_optimizer_step_arrays": (c_int32, POINTER(rnn_optimizer), c_void_p, c_size_t, c_void_p, c_size_t),
    "rnn_optimizer_set_threads": (c_int32, POINTER(rnn_optimizer), c_size_t),
    "rnn_optimizer_report": (c_int32, POINTER(rnn_optimizer), c_double),
    "rnn_optimizer_save": (c_int32, POINTER(rnn_optimizer), c_char_p),
    "rnn_optimizer_save_memory": (c_int32, POINTER(rnn_optimizer), c_void_p, c_size_t, POINTER(c_size_t)),
    "rnn_optimizer_load": (c_int32, POINTER(POINTER(rnn_optimizer)), c_char_p),
    "rnn_optimizer_load_memory": (c_int32, POINTER(POINTER(rnn_optimizer)), c_void_p, c_size_t),
    "rnn_optimizer_last_error": (c_char_p, POINTER(rnn_optimizer)),
    "rnn_decoder_create": (c_int32, POINTER(POINTER(rnn_decoder)), c_int32),
    "rnn_decoder_destroy": (None, POINTER(rnn_decoder)),
    "rnn_decoder_set_int": (c_int32, POINTER(rnn_decoder), c_int32, c_int64),
    "rnn_decoder_set_real": (c_int32, POINTER(rnn_decoder), c_int32, c_double),
    "rnn_decoder_get_int": (c_int32, POINTER(rnn_decoder), c_int32, POINTER(c_int64)),
    "rnn_decoder_get_real": (c_int32, POINTER(rnn_decoder), c_int32, c_void_p),
    "rnn_decoder_decode": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t, c_void_p, c_size_t, c_size_t, c_size_t,
        c_size_t),
    "rnn_decoder_set_step_mask": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t),
    "rnn_decoder_begin": (c_int32, POINTER(rnn_decoder), c_size_t, c_size_t),
    "rnn_decoder_feed": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t, c_void_p, c_size_t, c_size_t),
    "rnn_decoder_get_stable_count": (c_int32, POINTER(rnn_decoder), c_size_t, POINTER(c_size_t)),
    "rnn_decoder_set_scorer": (c_int32, POINTER(rnn_decoder), rnn_scorer, c_void_p),
    "rnn_decoder_search": (c_int32, POINTER(rnn_decoder), c_size_t, rnn_generator, c_void_p),
    "rnn_session_next": (c_int32, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p, c_size_t),
    "rnn_decoder_get_result_count": (c_int32, POINTER(rnn_decoder), c_size_t, POINTER(c_size_t)),
    "rnn_decoder_get_result": (c_int32, POINTER(rnn_decoder), c_size_t, c_size_t, POINTER(POINTER(c_int32)),
        POINTER(POINTER(c_int32)), POINTER(POINTER(c_float)), POINTER(c_size_t), c_void_p),
    "rnn_decoder_sample": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t, c_void_p, c_size_t, c_size_t),
    "rnn_decoder_set_transitions": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_decoder_set_transitions_of_model": (c_int32, POINTER(rnn_decoder), POINTER(rnn_model)),
    "rnn_decoder_get_marginals": (c_int32, POINTER(rnn_decoder), c_void_p, c_size_t),
    "rnn_decoder_last_error": (c_char_p, POINTER(rnn_decoder)),
    "rnn_session_select_state": (c_int32, POINTER(rnn_session), c_void_p, c_size_t),
    "rnn_attention_create": (c_int32, POINTER(POINTER(rnn_attention)), c_int32, c_size_t, c_size_t, c_size_t, c_int64),
    "rnn_attention_destroy": (None, POINTER(rnn_attention)),
    "rnn_attention_set_int": (c_int32, POINTER(rnn_attention), c_int32, c_int64),
    "rnn_attention_get_int": (c_int32, POINTER(rnn_attention), c_int32, POINTER(c_int64)),
    "rnn_attention_parameters": (c_int32, POINTER(rnn_attention), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_attention_gradients": (c_int32, POINTER(rnn_attention), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_attention_set_parameters": (c_int32, POINTER(rnn_attention), c_void_p, c_size_t),
    "rnn_attention_step": (c_int32, POINTER(rnn_attention), POINTER(rnn_optimizer)),
    "rnn_attention_zero_gradients": (c_int32, POINTER(rnn_attention)),
    "rnn_attention_set_memory": (c_int32, POINTER(rnn_attention), c_void_p, c_size_t, c_void_p, c_size_t, c_size_t,
        c_size_t),
    "rnn_attention_forward": (c_int32, POINTER(rnn_attention), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t),
    "rnn_attention_backward": (c_int32, POINTER(rnn_attention), c_void_p, c_size_t, c_void_p, c_size_t, c_void_p,
        c_size_t, c_void_p, c_size_t),
    "rnn_attention_backward_memory": (c_int32, POINTER(rnn_attention), c_void_p, c_size_t),
    "rnn_attention_last_error": (c_char_p, POINTER(rnn_attention)),
    "rnn_dataset_create": (c_int32, POINTER(POINTER(rnn_dataset))),
    "rnn_dataset_destroy": (None, POINTER(rnn_dataset)),
    "rnn_dataset_count": (c_int32, POINTER(rnn_dataset), POINTER(c_size_t)),
    "rnn_dataset_add": (c_int32, POINTER(rnn_dataset), POINTER(c_size_t), c_void_p, c_size_t, c_size_t),
    "rnn_dataset_add_tokens": (c_int32, POINTER(rnn_dataset), POINTER(c_size_t), c_void_p, c_size_t),
    "rnn_dataset_set_classes": (c_int32, POINTER(rnn_dataset), c_size_t, c_void_p, c_size_t),
    "rnn_dataset_set_values": (c_int32, POINTER(rnn_dataset), c_size_t, c_void_p, c_size_t),
    "rnn_dataset_set_mask": (c_int32, POINTER(rnn_dataset), c_size_t, c_void_p, c_size_t),
    "rnn_dataset_set_weight": (c_int32, POINTER(rnn_dataset), c_size_t, c_double),
    "rnn_dataset_set_step_mask": (c_int32, POINTER(rnn_dataset), c_size_t, c_void_p, c_size_t),
    "rnn_dataset_create_from_source": (c_int32, POINTER(POINTER(rnn_dataset)), c_size_t, c_size_t, c_size_t,
        rnn_sample_function, c_void_p),
    "rnn_dataset_set_transform": (c_int32, POINTER(rnn_dataset), rnn_sample_function, c_void_p),
    "rnn_sample_set_x": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t, c_size_t),
    "rnn_sample_set_tokens": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t),
    "rnn_sample_set_classes": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t),
    "rnn_sample_set_values": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t),
    "rnn_sample_set_mask": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t),
    "rnn_sample_set_step_mask": (c_int32, POINTER(rnn_sample), c_void_p, c_size_t),
    "rnn_sample_set_weight": (c_int32, POINTER(rnn_sample), c_double),
    "rnn_sample_get_x": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_float)), POINTER(c_size_t), POINTER(c_size_t)),
    "rnn_sample_get_tokens": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_int32)), POINTER(c_size_t)),
    "rnn_sample_get_classes": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_int32)), POINTER(c_size_t)),
    "rnn_sample_get_values": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_sample_get_mask": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_float)), POINTER(c_size_t)),
    "rnn_sample_get_step_mask": (c_int32, POINTER(rnn_sample), POINTER(POINTER(c_int32)), POINTER(c_size_t)),
    "rnn_trainer_create": (c_int32, POINTER(POINTER(rnn_trainer)), POINTER(rnn_model), POINTER(rnn_optimizer),
        POINTER(rnn_loss)),
    "rnn_trainer_destroy": (None, POINTER(rnn_trainer)),
    "rnn_trainer_set_int": (c_int32, POINTER(rnn_trainer), c_int32, c_int64),
    "rnn_trainer_set_real": (c_int32, POINTER(rnn_trainer), c_int32, c_double),
    "rnn_trainer_get_int": (c_int32, POINTER(rnn_trainer), c_int32, POINTER(c_int64)),
    "rnn_trainer_get_real": (c_int32, POINTER(rnn_trainer), c_int32, c_void_p),
    "rnn_trainer_set_checkpoint": (c_int32, POINTER(rnn_trainer), c_char_p),
    "rnn_trainer_set_callback": (c_int32, POINTER(rnn_trainer), rnn_progress, c_void_p),
    "rnn_fit": (c_int32, POINTER(rnn_trainer), POINTER(rnn_dataset), POINTER(rnn_dataset)),
    "rnn_evaluate": (c_int32, POINTER(rnn_trainer), c_void_p, c_void_p, POINTER(rnn_dataset)),
    "rnn_trainer_save": (c_int32, POINTER(rnn_trainer), c_char_p),
    "rnn_trainer_load": (c_int32, POINTER(rnn_trainer), c_char_p),
    "rnn_trainer_last_error": (c_char_p, POINTER(rnn_trainer)),
}

CHECKED = frozenset((  # functions whose status must be checked
    "rnn_config_create",
    "rnn_config_set_int",
    "rnn_config_set_real",
    "rnn_config_set_text",
    "rnn_config_get_int",
    "rnn_config_get_real",
    "rnn_config_get_text",
    "rnn_config_infer",
    "rnn_config_infer_memory",
    "rnn_config_add_layer",
    "rnn_config_layer_count",
    "rnn_config_set_layer_int",
    "rnn_config_set_layer_real",
    "rnn_config_set_layer_text",
    "rnn_config_get_layer_int",
    "rnn_config_get_layer_real",
    "rnn_config_get_layer_text",
    "rnn_create",
    "rnn_retain",
    "rnn_model_get_int",
    "rnn_model_get_real",
    "rnn_model_get_text",
    "rnn_model_output_size",
    "rnn_model_layer_count",
    "rnn_model_layer_kind",
    "rnn_model_get_layer_int",
    "rnn_model_get_layer_real",
    "rnn_model_get_layer_text",
    "rnn_describe",
    "rnn_model_tensor_count",
    "rnn_model_tensor_info",
    "rnn_model_parameters",
    "rnn_model_set_parameters",
    "rnn_model_get_parameter",
    "rnn_model_set_parameter",
    "rnn_model_set_precision",
    "rnn_model_release_parameters",
    "rnn_model_set_metadata",
    "rnn_model_get_metadata",
    "rnn_save",
    "rnn_save_memory",
    "rnn_save_as",
    "rnn_save_memory_as",
    "rnn_load",
    "rnn_load_memory",
    "rnn_model_load_parameters",
    "rnn_model_load_parameters_memory",
    "rnn_model_unused_tensors",
    "rnn_model_unused_tensors_memory",
    "rnn_model_import_onnx",
    "rnn_model_export_onnx",
    "rnn_model_import_keras",
    "rnn_model_export_keras",
    "rnn_model_import_tf1_lstm",
    "rnn_session_create",
    "rnn_session_reserve",
    "rnn_reset_state",
    "rnn_session_output_steps",
    "rnn_session_output_lengths",
    "rnn_session_has_output",
    "rnn_session_get_state",
    "rnn_session_set_state",
    "rnn_session_row_state_count",
    "rnn_session_get_row_state",
    "rnn_session_set_row_state",
    "rnn_session_reset_row",
    "rnn_session_set_state_gradient",
    "rnn_session_get_state_gradient",
    "rnn_session_seed_dropout",
    "rnn_session_set_threads",
    "rnn_session_set_parallel_for",
    "rnn_session_set_recompute",
    "rnn_forward",
    "rnn_forward_tokens",
    "rnn_session_set_step_mask",
    "rnn_session_set_resets",
    "rnn_step",
    "rnn_step_tokens",
    "rnn_backward",
    "rnn_zero_gradients",
    "rnn_session_gradients",
    "rnn_session_get_gradient",
    "rnn_session_add_gradients",
    "rnn_session_clip_gradient_norm",
    "rnn_session_clip_gradient_value",
    "rnn_sgd_step",
    "rnn_softmax_cross_entropy",
    "rnn_softmax",
    "rnn_loss_create",
    "rnn_loss_set_int",
    "rnn_loss_set_real",
    "rnn_loss_get_int",
    "rnn_loss_get_real",
    "rnn_loss_set_threads",
    "rnn_loss_set_class_weights",
    "rnn_loss_set_quantiles",
    "rnn_loss_set_batch",
    "rnn_loss_set_batch_of_session",
    "rnn_loss_set_mask",
    "rnn_loss_set_step_mask",
    "rnn_loss_set_sequence_weights",
    "rnn_loss_set_label_lengths",
    "rnn_loss_of_classes",
    "rnn_loss_of_values",
    "rnn_loss_get_sequence_losses",
    "rnn_loss_set_transitions",
    "rnn_loss_set_transitions_of_model",
    "rnn_loss_get_transition_gradients",
    "rnn_session_add_transition_gradients",
    "rnn_loss_set_callback",
    "rnn_loss_get_batch",
    "rnn_loss_get_mask",
    "rnn_loss_get_step_mask",
    "rnn_loss_get_sequence_weights",
    "rnn_loss_get_classes",
    "rnn_loss_get_values",
    "rnn_optimizer_create",
    "rnn_optimizer_create_for_model",
    "rnn_optimizer_set_int",
    "rnn_optimizer_set_real",
    "rnn_optimizer_get_int",
    "rnn_optimizer_get_real",
    "rnn_optimizer_set_tensors_int",
    "rnn_optimizer_set_tensors_real",
    "rnn_optimizer_get_tensor_int",
    "rnn_optimizer_get_tensor_real",
    "rnn_optimizer_exempt_biases",
    "rnn_optimizer_step",
    "rnn_optimizer_step_arrays",
    "rnn_optimizer_set_threads",
    "rnn_optimizer_report",
    "rnn_optimizer_save",
    "rnn_optimizer_save_memory",
    "rnn_optimizer_load",
    "rnn_optimizer_load_memory",
    "rnn_decoder_create",
    "rnn_decoder_set_int",
    "rnn_decoder_set_real",
    "rnn_decoder_get_int",
    "rnn_decoder_get_real",
    "rnn_decoder_decode",
    "rnn_decoder_set_step_mask",
    "rnn_decoder_begin",
    "rnn_decoder_feed",
    "rnn_decoder_get_stable_count",
    "rnn_decoder_set_scorer",
    "rnn_decoder_search",
    "rnn_session_next",
    "rnn_decoder_get_result_count",
    "rnn_decoder_get_result",
    "rnn_decoder_sample",
    "rnn_decoder_set_transitions",
    "rnn_decoder_set_transitions_of_model",
    "rnn_decoder_get_marginals",
    "rnn_session_select_state",
    "rnn_attention_create",
    "rnn_attention_set_int",
    "rnn_attention_get_int",
    "rnn_attention_parameters",
    "rnn_attention_gradients",
    "rnn_attention_set_parameters",
    "rnn_attention_step",
    "rnn_attention_zero_gradients",
    "rnn_attention_set_memory",
    "rnn_attention_forward",
    "rnn_attention_backward",
    "rnn_attention_backward_memory",
    "rnn_dataset_create",
    "rnn_dataset_count",
    "rnn_dataset_add",
    "rnn_dataset_add_tokens",
    "rnn_dataset_set_classes",
    "rnn_dataset_set_values",
    "rnn_dataset_set_mask",
    "rnn_dataset_set_weight",
    "rnn_dataset_set_step_mask",
    "rnn_dataset_create_from_source",
    "rnn_dataset_set_transform",
    "rnn_sample_set_x",
    "rnn_sample_set_tokens",
    "rnn_sample_set_classes",
    "rnn_sample_set_values",
    "rnn_sample_set_mask",
    "rnn_sample_set_step_mask",
    "rnn_sample_set_weight",
    "rnn_sample_get_x",
    "rnn_sample_get_tokens",
    "rnn_sample_get_classes",
    "rnn_sample_get_values",
    "rnn_sample_get_mask",
    "rnn_sample_get_step_mask",
    "rnn_trainer_create",
    "rnn_trainer_set_int",
    "rnn_trainer_set_real",
    "rnn_trainer_get_int",
    "rnn_trainer_get_real",
    "rnn_trainer_set_checkpoint",
    "rnn_trainer_set_callback",
    "rnn_fit",
    "rnn_evaluate",
    "rnn_trainer_save",
    "rnn_trainer_load",
))

CHOICES = {  # option or argument: {word: value}
    "cell": {"tanh": 1, "relu": 2, "lstm": 3, "gru": 4, "mingru": 5, "slstm": 6, "indrnn": 7, "mingru_highway": 8},
    "direction": {"forward": 1, "reverse": 2, "both": 3},
    "merge": {"concatenate": 1, "sum": 2},
    "output": {"every_step": 1, "last_step": 2, "mean": 3, "maximum": 4},
    "reset": {"after": 1, "before": 2},
    "couple": {"forget": 1, "input": 2},
    "products": {"automatic": 0, "own": 1, "cblas": 2},
    "precision": {"float32": 0, "bf16": 1, "int8": 2},
    "activation": {"tanh": 1, "sigmoid": 2, "relu": 3, "hard_sigmoid": 4, "leaky_relu": 5, "thresholded_relu": 6,
        "scaled_tanh": 7, "elu": 8, "softsign": 9, "softplus": 10, "affine": 11},
    "activation_f": {"tanh": 1, "sigmoid": 2, "relu": 3, "hard_sigmoid": 4, "leaky_relu": 5, "thresholded_relu": 6,
        "scaled_tanh": 7, "elu": 8, "softsign": 9, "softplus": 10, "affine": 11},
    "activation_g": {"tanh": 1, "sigmoid": 2, "relu": 3, "hard_sigmoid": 4, "leaky_relu": 5, "thresholded_relu": 6,
        "scaled_tanh": 7, "elu": 8, "softsign": 9, "softplus": 10, "affine": 11},
    "activation_h": {"tanh": 1, "sigmoid": 2, "relu": 3, "hard_sigmoid": 4, "leaky_relu": 5, "thresholded_relu": 6,
        "scaled_tanh": 7, "elu": 8, "softsign": 9, "softplus": 10, "affine": 11},
    "init_input": {"uniform": 1, "xavier": 2, "orthogonal": 3, "zero": 4},
    "init_recurrent": {"uniform": 1, "xavier": 2, "orthogonal": 3, "zero": 4},
    "init_bias": {"uniform": 1, "xavier": 2, "orthogonal": 3, "zero": 4},
    "kind": {"recurrent": 1, "dense": 2, "conv1d": 3, "embedding": 4, "affine": 5, "layer_norm": 6, "rms_norm": 7,
        "dropout": 8, "activation": 9, "pooling": 10, "skip": 11, "magnitude": 12},
    "padding": {"causal": 1, "centred": 2, "none": 3},
    "onnx": {"w": 1, "r": 2, "b": 3, "p": 4},
    "keras": {"kernel": 1, "recurrent": 2, "bias": 3},
    "mode": {"inference": 1, "training": 2},
    "state": {"h": 1, "c": 2, "n": 3, "m": 4},
    "loss": {"cross_entropy": 1, "binary_cross_entropy": 2, "squared_error": 3, "absolute_error": 4, "huber": 5,
        "ctc": 6, "custom": 7, "crf": 8, "quantile": 9, "gaussian": 10, "error_to_signal": 11},
    "reduction": {"sum": 1, "mean": 2},
    "optimizer": {"sgd": 1, "rmsprop": 2, "adagrad": 3, "adam": 4, "adamw": 5},
    "schedule": {"constant": 1, "step": 2, "exponential": 3, "cosine": 4},
    "decoder": {"ctc_greedy": 1, "ctc_beam": 2, "beam": 3, "sampling": 4, "crf": 5},
    "attention": {"dot": 1, "general": 2, "additive": 3},
    "event": {"batch": 1, "validation": 2, "epoch": 3, "early_stop": 4, "checkpoint": 5},
}

OPTIONS: dict[str, dict[str, tuple[int, Any]]] = {  # class: {option: (key, type)}
    "Model": {
        "cell": (CELL, c_int64),
        "input_size": (INPUT_SIZE, c_int64),
        "vocabulary": (VOCABULARY, c_int64),
        "embedding_size": (EMBEDDING_SIZE, c_int64),
        "hidden_size": (HIDDEN_SIZE, c_int64),
        "layers": (LAYERS, c_int64),
        "classes": (CLASSES, c_int64),
        "seed": (SEED, c_int64),
        "direction": (DIRECTION, c_int64),
        "merge": (MERGE, c_int64),
        "bias": (BIAS, c_int64),
        "projection_size": (PROJECTION_SIZE, c_int64),
        "residual": (RESIDUAL, c_int64),
        "output": (OUTPUT, c_int64),
        "reset": (RESET, c_int64),
        "peepholes": (PEEPHOLES, c_int64),
        "couple": (COUPLE, c_int64),
        "layer_norm": (LAYER_NORM, c_int64),
        "activation_f": (ACTIVATION_F, c_int64),
        "activation_g": (ACTIVATION_G, c_int64),
        "activation_h": (ACTIVATION_H, c_int64),
        "init_input": (INIT_INPUT, c_int64),
        "init_recurrent": (INIT_RECURRENT, c_int64),
        "init_bias": (INIT_BIAS, c_int64),
        "products": (PRODUCTS, c_int64),
        "precision": (PRECISION, c_int64),
        "initial_state": (INITIAL_STATE, c_int64),
        "tied": (TIED, c_int64),
        "crf": (CRF, c_int64),
        "init_range": (INIT_RANGE, c_double),
        "forget_bias": (FORGET_BIAS, c_double),
        "dropout": (DROPOUT, c_double),
        "recurrent_dropout": (RECURRENT_DROPOUT, c_double),
        "zoneout": (ZONEOUT, c_double),
        "zoneout_cell": (ZONEOUT_CELL, c_double),
        "clip": (CLIP, c_double),
        "cell_clip": (CELL_CLIP, c_double),
        "alpha_f": (ALPHA_F, c_double),
        "beta_f": (BETA_F, c_double),
        "alpha_g": (ALPHA_G, c_double),
        "beta_g": (BETA_G, c_double),
        "alpha_h": (ALPHA_H, c_double),
        "beta_h": (BETA_H, c_double),
        "prefix": (PREFIX, c_char_p),
        "embedding_name": (EMBEDDING_NAME, c_char_p),
        "head_name": (HEAD_NAME, c_char_p),
        "crf_name": (CRF_NAME, c_char_p),
    },
    "Loss": {
        "reduction": (REDUCTION, c_int64),
        "ignored": (IGNORED, c_int64),
        "blank": (BLANK, c_int64),
        "zero_infinity": (ZERO_INFINITY, c_int64),
        "skip_missing": (SKIP_MISSING, c_int64),
        "smoothing": (SMOOTHING, c_double),
        "delta": (DELTA, c_double),
        "pre_emphasis": (PRE_EMPHASIS, c_double),
        "energy_floor": (ENERGY_FLOOR, c_double),
        "offset_weight": (OFFSET_WEIGHT, c_double),
        "min_variance": (MIN_VARIANCE, c_double),
    },
    "Optimizer": {
        "nesterov": (NESTEROV, c_int64),
        "schedule": (SCHEDULE, c_int64),
        "warmup": (WARMUP, c_int64),
        "period": (PERIOD, c_int64),
        "patience": (PATIENCE, c_int64),
        "updates": (UPDATES, c_int64),
        "plateau": (PLATEAU, c_int64),
        "amsgrad": (AMSGRAD, c_int64),
        "rate": (RATE, c_double),
        "momentum": (MOMENTUM, c_double),
        "beta_1": (BETA_1, c_double),
        "beta_2": (BETA_2, c_double),
        "epsilon": (EPSILON, c_double),
        "weight_decay": (WEIGHT_DECAY, c_double),
        "max_norm": (MAX_NORM, c_double),
        "max_abs": (MAX_ABS, c_double),
        "gamma": (GAMMA, c_double),
        "minimum_rate": (MINIMUM_RATE, c_double),
        "plateau_factor": (PLATEAU_FACTOR, c_double),
        "plateau_threshold": (PLATEAU_THRESHOLD, c_double),
        "current_rate": (CURRENT_RATE, c_double),
    },
    "Tensor": {
        "frozen": (FROZEN, c_int64),
        "rate_factor": (RATE_FACTOR, c_double),
        "decay_factor": (DECAY_FACTOR, c_double),
    },
    "Decoder": {
        "beam_width": (BEAM_WIDTH, c_int64),
        "results": (RESULTS, c_int64),
        "start_token": (START_TOKEN, c_int64),
        "end_token": (END_TOKEN, c_int64),
        "minimum_length": (MINIMUM_LENGTH, c_int64),
        "maximum_length": (MAXIMUM_LENGTH, c_int64),
        "top_k": (TOP_K, c_int64),
        "random_state": (RANDOM_STATE, c_int64),
        "length_penalty": (LENGTH_PENALTY, c_double),
        "temperature": (TEMPERATURE, c_double),
        "top_p": (TOP_P, c_double),
        "scorer_weight": (SCORER_WEIGHT, c_double),
        "insertion_bonus": (INSERTION_BONUS, c_double),
        "beam_threshold": (BEAM_THRESHOLD, c_double),
        "blank": (BLANK, c_int64),
    },
    "Attention": {
        "products": (PRODUCTS, c_int64),
        "precision": (PRECISION, c_int64),
    },
    "Trainer": {
        "epochs": (EPOCHS, c_int64),
        "batch_size": (BATCH_SIZE, c_int64),
        "shuffle": (SHUFFLE, c_int64),
        "early_stop": (EARLY_STOP, c_int64),
        "keep_best": (KEEP_BEST, c_int64),
        "threads": (THREADS, c_int64),
        "skip_nonfinite": (SKIP_NONFINITE, c_int64),
        "epoch": (EPOCH, c_int64),
        "batch": (BATCH, c_int64),
        "skipped": (SKIPPED, c_int64),
        "stream_steps": (STREAM_STEPS, c_int64),
        "buckets": (BUCKETS, c_int64),
        "memory_limit": (MEMORY_LIMIT, c_int64),
        "min_delta": (MIN_DELTA, c_double),
        "batch_loss": (BATCH_LOSS, c_double),
        "training_loss": (TRAINING_LOSS, c_double),
        "validation_loss": (VALIDATION_LOSS, c_double),
        "best_loss": (BEST_LOSS, c_double),
        "seed": (SEED, c_int64),
    },
    "Layer": {
        "cell": (CELL, c_int64),
        "hidden_size": (HIDDEN_SIZE, c_int64),
        "layers": (LAYERS, c_int64),
        "direction": (DIRECTION, c_int64),
        "merge": (MERGE, c_int64),
        "bias": (BIAS, c_int64),
        "projection_size": (PROJECTION_SIZE, c_int64),
        "residual": (RESIDUAL, c_int64),
        "output": (OUTPUT, c_int64),
        "reset": (RESET, c_int64),
        "peepholes": (PEEPHOLES, c_int64),
        "couple": (COUPLE, c_int64),
        "layer_norm": (LAYER_NORM, c_int64),
        "activation_f": (ACTIVATION_F, c_int64),
        "activation_g": (ACTIVATION_G, c_int64),
        "activation_h": (ACTIVATION_H, c_int64),
        "init_input": (INIT_INPUT, c_int64),
        "init_recurrent": (INIT_RECURRENT, c_int64),
        "init_bias": (INIT_BIAS, c_int64),
        "precision": (PRECISION, c_int64),
        "output_size": (OUTPUT_SIZE, c_int64),
        "kernel_size": (KERNEL_SIZE, c_int64),
        "stride": (STRIDE, c_int64),
        "dilation": (DILATION, c_int64),
        "groups": (GROUPS, c_int64),
        "padding": (PADDING, c_int64),
        "activation": (ACTIVATION, c_int64),
        "source": (SOURCE, c_int64),
        "initial_state": (INITIAL_STATE, c_int64),
        "tied": (TIED, c_int64),
        "init_range": (INIT_RANGE, c_double),
        "forget_bias": (FORGET_BIAS, c_double),
        "dropout": (DROPOUT, c_double),
        "recurrent_dropout": (RECURRENT_DROPOUT, c_double),
        "zoneout": (ZONEOUT, c_double),
        "zoneout_cell": (ZONEOUT_CELL, c_double),
        "clip": (CLIP, c_double),
        "cell_clip": (CELL_CLIP, c_double),
        "alpha_f": (ALPHA_F, c_double),
        "beta_f": (BETA_F, c_double),
        "alpha_g": (ALPHA_G, c_double),
        "beta_g": (BETA_G, c_double),
        "alpha_h": (ALPHA_H, c_double),
        "beta_h": (BETA_H, c_double),
        "alpha": (ALPHA, c_double),
        "beta": (BETA, c_double),
        "prefix": (PREFIX, c_char_p),
        "epsilon": (EPSILON, c_double),
    },
}


class ModelOptions(TypedDict, total=False):
    """Options of the class Model."""

    cell: Literal["tanh", "relu", "lstm", "gru", "mingru", "slstm", "indrnn", "mingru_highway"]
    input_size: int
    vocabulary: int
    embedding_size: int
    hidden_size: int
    layers: int
    classes: int
    seed: int
    direction: Literal["forward", "reverse", "both"]
    merge: Literal["concatenate", "sum"]
    bias: int
    projection_size: int
    residual: int
    output: Literal["every_step", "last_step", "mean", "maximum"]
    reset: Literal["after", "before"]
    peepholes: int
    couple: Literal["forget", "input"]
    layer_norm: int
    activation_f: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    activation_g: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    activation_h: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    init_input: Literal["uniform", "xavier", "orthogonal", "zero"]
    init_recurrent: Literal["uniform", "xavier", "orthogonal", "zero"]
    init_bias: Literal["uniform", "xavier", "orthogonal", "zero"]
    products: Literal["automatic", "own", "cblas"]
    precision: Literal["float32", "bf16", "int8"]
    initial_state: int
    tied: int
    crf: int
    init_range: float
    forget_bias: float
    dropout: float
    recurrent_dropout: float
    zoneout: float
    zoneout_cell: float
    clip: float
    cell_clip: float
    alpha_f: float
    beta_f: float
    alpha_g: float
    beta_g: float
    alpha_h: float
    beta_h: float
    prefix: str
    embedding_name: str
    head_name: str
    crf_name: str


class LossOptions(TypedDict, total=False):
    """Options of the class Loss."""

    reduction: Literal["sum", "mean"]
    ignored: int
    blank: int
    zero_infinity: int
    skip_missing: int
    smoothing: float
    delta: float
    pre_emphasis: float
    energy_floor: float
    offset_weight: float
    min_variance: float


class OptimizerOptions(TypedDict, total=False):
    """Options of the class Optimizer."""

    nesterov: int
    schedule: Literal["constant", "step", "exponential", "cosine"]
    warmup: int
    period: int
    patience: int
    plateau: int
    amsgrad: int
    rate: float
    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float
    weight_decay: float
    max_norm: float
    max_abs: float
    gamma: float
    minimum_rate: float
    plateau_factor: float
    plateau_threshold: float


class TensorOptions(TypedDict, total=False):
    """Options of the class Tensor."""

    frozen: int
    rate_factor: float
    decay_factor: float


class DecoderOptions(TypedDict, total=False):
    """Options of the class Decoder."""

    beam_width: int
    results: int
    start_token: int
    end_token: int
    minimum_length: int
    maximum_length: int
    top_k: int
    random_state: int
    length_penalty: float
    temperature: float
    top_p: float
    scorer_weight: float
    insertion_bonus: float
    beam_threshold: float
    blank: int


class AttentionOptions(TypedDict, total=False):
    """Options of the class Attention."""

    products: Literal["automatic", "own", "cblas"]
    precision: Literal["float32", "bf16", "int8"]


class TrainerOptions(TypedDict, total=False):
    """Options of the class Trainer."""

    epochs: int
    batch_size: int
    shuffle: int
    early_stop: int
    keep_best: int
    threads: int
    skip_nonfinite: int
    stream_steps: int
    buckets: int
    memory_limit: int
    min_delta: float
    seed: int


class LayerOptions(TypedDict, total=False):
    """Options of the class Layer."""

    cell: Literal["tanh", "relu", "lstm", "gru", "mingru", "slstm", "indrnn", "mingru_highway"]
    hidden_size: int
    layers: int
    direction: Literal["forward", "reverse", "both"]
    merge: Literal["concatenate", "sum"]
    bias: int
    projection_size: int
    residual: int
    output: Literal["every_step", "last_step", "mean", "maximum"]
    reset: Literal["after", "before"]
    peepholes: int
    couple: Literal["forget", "input"]
    layer_norm: int
    activation_f: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    activation_g: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    activation_h: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    init_input: Literal["uniform", "xavier", "orthogonal", "zero"]
    init_recurrent: Literal["uniform", "xavier", "orthogonal", "zero"]
    init_bias: Literal["uniform", "xavier", "orthogonal", "zero"]
    precision: Literal["float32", "bf16", "int8"]
    output_size: int
    kernel_size: int
    stride: int
    dilation: int
    groups: int
    padding: Literal["causal", "centred", "none"]
    activation: Literal["tanh", "sigmoid", "relu", "hard_sigmoid", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "elu", "softsign", "softplus", "affine"]
    source: int
    initial_state: int
    tied: int
    init_range: float
    forget_bias: float
    dropout: float
    recurrent_dropout: float
    zoneout: float
    zoneout_cell: float
    clip: float
    cell_clip: float
    alpha_f: float
    beta_f: float
    alpha_g: float
    beta_g: float
    alpha_h: float
    beta_h: float
    alpha: float
    beta: float
    prefix: str
    epsilon: float
