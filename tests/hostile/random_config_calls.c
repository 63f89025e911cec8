/* Random calls on configurations, and those on the library as a whole. */
#include "hostile/random_calls.h"

#include <string.h>

/* ---- values ------------------------------------------------------------------------------------------------------ */

static int32_t random_cell(void)
{
    return (int32_t)random_integer(RNN_CELL_TANH, RNN_CELL_MINGRU_HIGHWAY);
}

/* A value of an integer option that is mostly allowed. */
static int64_t value_of(int32_t key)
{
    switch (key) {
    case RNN_CELL:
        return random_cell();
    case RNN_INPUT_SIZE:
        return one_in(3) ? 0 : INPUTS;
    case RNN_VOCABULARY:
        return one_in(2) ? 0 : TOKENS;
    case RNN_EMBEDDING_SIZE:
    case RNN_PROJECTION_SIZE:
    case RNN_HIDDEN_SIZE:
        return random_integer(0, 6);
    case RNN_CLASSES:
    case RNN_OUTPUT_SIZE:
        return one_in(4) ? random_integer(0, 7) : OUTPUTS;
    case RNN_SEED:
        return (int64_t)chance_bits();
    case RNN_ACTIVATION_F:
    case RNN_ACTIVATION_G:
    case RNN_ACTIVATION_H:
    case RNN_ACTIVATION:
        return random_integer(0, RNN_ACTIVATION_AFFINE);
    case RNN_OUTPUT:
    case RNN_INIT_INPUT:
    case RNN_INIT_RECURRENT:
    case RNN_INIT_BIAS:
        return random_integer(1, 4);
    case RNN_SOURCE:
        return random_integer(-1, 3);
    default:
        return random_integer(0, 3);
    }
}

static int32_t random_int_key(void)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(RNN_CELL, RNN_PRECISION);
}

static int32_t random_real_key(void)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(RNN_INIT_RANGE, RNN_BETA);
}

static int32_t random_text_key(void)
{
    return one_in(16) ? (int32_t)random_integer(-5, 900) : (int32_t)within(RNN_PREFIX, RNN_CRF_NAME);
}

static const char *random_text(void)
{
    static char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    static const char *const texts[] = {"",     "a.", "encoder.", "b",         "\xC3\xA4", "\xFF",
                                        "\x01", "0.", "head.",    "weight_",   "crf.",     longest,
                                        NULL,   "\n", "rnn.",     "embedding."};
    return PICK(texts);
}

static double random_value(void)
{
    return one_in(3) ? random_real(-2, 2) : random_real(0, 0.9);
}

static size_t random_layer(void)
{
    return one_in(12) ? random_size(1024) : below(5);
}

/* ---- a common network or a list that is mostly allowed ----------------------------------------------------------- */

static void set_int(rnn_config *config, int32_t key, int64_t value)
{
    TRY(rnn_config_set_int, config, key, value);
}

static void fill_common(rnn_config *config)
{
    static const int32_t some[] = {RNN_LAYERS,   RNN_DIRECTION,  RNN_MERGE,         RNN_BIAS,
                                   RNN_RESIDUAL, RNN_OUTPUT,     RNN_RESET,         RNN_PEEPHOLES,
                                   RNN_COUPLE,   RNN_LAYER_NORM, RNN_ACTIVATION_F,  RNN_INIT_RECURRENT,
                                   RNN_PRODUCTS, RNN_PRECISION,  RNN_INITIAL_STATE, RNN_PROJECTION_SIZE,
                                   RNN_TIED,     RNN_CRF,        RNN_ACTIVATION_G,  RNN_INIT_INPUT};
    static const int32_t rates[] = {RNN_DROPOUT, RNN_RECURRENT_DROPOUT, RNN_ZONEOUT,    RNN_ZONEOUT_CELL,
                                    RNN_CLIP,    RNN_CELL_CLIP,         RNN_FORGET_BIAS};
    int tokens = one_in(3);
    set_int(config, RNN_CELL, within(RNN_CELL_TANH, RNN_CELL_MINGRU_HIGHWAY));
    set_int(config, tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, tokens ? TOKENS : INPUTS);
    set_int(config, RNN_HIDDEN_SIZE, one_in(8) ? within(1, 40) : INPUTS);
    set_int(config, RNN_CLASSES, OUTPUTS);
    if (tokens && one_in(2))
        set_int(config, RNN_EMBEDDING_SIZE, INPUTS);
    if (one_in(3))
        set_int(config, RNN_LAYERS, 2);
    if (one_in(6))
        set_int(config, RNN_CRF, 1);
    for (size_t i = below(3); i > 0; i--) {
        int32_t key = PICK(some);
        set_int(config, key, key == RNN_LAYERS ? within(1, 3) : value_of(key));
    }
    for (size_t i = below(2); i > 0; i--)
        TRY(rnn_config_set_real, config, PICK(rates), one_in(8) ? random_value() : 0.25);
}

static void fill_layer(rnn_config *config, size_t layer, int32_t kind)
{
    static const int32_t of_conv[] = {RNN_KERNEL_SIZE, RNN_STRIDE, RNN_DILATION, RNN_PADDING};
    static const int32_t of_recurrent[] = {RNN_DIRECTION, RNN_INITIAL_STATE, RNN_LAYERS, RNN_RESIDUAL, RNN_BIAS};
    if (kind == RNN_KIND_DENSE || kind == RNN_KIND_CONV1D || kind == RNN_KIND_EMBEDDING)
        TRY(rnn_config_set_layer_int, config, layer, RNN_OUTPUT_SIZE, OUTPUTS);
    if (kind == RNN_KIND_CONV1D)
        for (size_t i = below(3); i > 0; i--)
            TRY(rnn_config_set_layer_int, config, layer, PICK(of_conv), within(1, 3));
    if (kind == RNN_KIND_RECURRENT) {
        TRY(rnn_config_set_layer_int, config, layer, RNN_HIDDEN_SIZE, OUTPUTS);
        TRY(rnn_config_set_layer_int, config, layer, RNN_CELL, within(RNN_CELL_TANH, RNN_CELL_MINGRU_HIGHWAY));
        if (one_in(3))
            TRY(rnn_config_set_layer_int, config, layer, PICK(of_recurrent), within(0, 2));
    }
    if (kind == RNN_KIND_DROPOUT)
        TRY(rnn_config_set_layer_real, config, layer, RNN_DROPOUT, 0.25);
    if (kind == RNN_KIND_ACTIVATION)
        TRY(rnn_config_set_layer_int, config, layer, RNN_ACTIVATION, within(1, RNN_ACTIVATION_AFFINE));
    if (kind == RNN_KIND_POOLING)
        TRY(rnn_config_set_layer_int, config, layer, RNN_OUTPUT, within(2, 4));
}

static void fill_list(rnn_config *config)
{
    int tokens = one_in(4);
    set_int(config, tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, tokens ? TOKENS : INPUTS);
    size_t count = 1 + below(4);
    for (size_t layer = 0; layer < count; layer++) {
        int32_t kind = (int32_t)within(RNN_KIND_RECURRENT, RNN_KIND_MAGNITUDE);
        if (layer == 0)
            kind = tokens ? (one_in(2) ? RNN_KIND_EMBEDDING : RNN_KIND_RECURRENT) : kind;
        TRY(rnn_config_add_layer, config, OUT(size_t), kind);
        fill_layer(config, layer, kind);
    }
    if (one_in(2)) {
        TRY(rnn_config_add_layer, config, OUT(size_t), RNN_KIND_DENSE);
        fill_layer(config, count, RNN_KIND_DENSE);
    }
}

void make_config(void)
{
    rnn_config **out = OUT(rnn_config *);
    if (TRY(rnn_config_create, out) != RNN_OK)
        return;
    rnn_config *config = *out;
    if (!add_object(CONFIG, config, 0)) {
        rnn_config_destroy(config);
        return;
    }
    if (one_in(8))
        return; /* with defaults */
    if (one_in(3))
        fill_list(config);
    else
        fill_common(config);
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

static void of_library(void)
{
    TRY_NUMBER(rnn_version);
    TRY_VALUE(rnn_version_string, );
    TRY_VALUE(rnn_build_info, );
    TRY_VALUE(rnn_last_error, );
    TRY_VALUE(rnn_status_string, (int32_t)random_integer(-12, 2));
}

static void destroy_config(void)
{
    struct object *config = find(CONFIG, NULL);
    if (one_in(10))
        TRY_NOTHING(rnn_config_destroy, NULL);
    else if (config)
        destroy_object(config);
}

static void set_config_int(void)
{
    int32_t key = random_int_key();
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_set_int, config, key, one_in(8) ? random_integer(-3, 20) : value_of(key));
}

static void set_config_real(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_set_real, config, random_real_key(), random_value());
}

static void set_config_text(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_set_text, config, random_text_key(), random_text());
}

static void get_config_options(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_get_int, config, random_int_key(), OUT(int64_t));
    TRY(rnn_config_get_real, config, random_real_key(), OUT(double));
    TRY(rnn_config_get_text, config, random_text_key(), OUT(const char *));
    TRY_VALUE(rnn_config_last_error, config);
}

static void add_layer(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_add_layer, config, one_in(2) ? NULL : OUT(size_t), (int32_t)random_integer(1, 12));
    TRY(rnn_config_layer_count, config, OUT(size_t));
}

static void set_layer(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    int32_t key = random_int_key();
    TRY(rnn_config_set_layer_int, config, random_layer(), key, value_of(key));
    TRY(rnn_config_set_layer_real, config, random_layer(), one_in(4) ? RNN_EPSILON : random_real_key(), random_value());
    TRY(rnn_config_set_layer_text, config, random_layer(), one_in(4) ? random_text_key() : RNN_PREFIX, random_text());
}

static void get_layer(void)
{
    rnn_config *config = pick(CONFIG)->handle;
    TRY(rnn_config_get_layer_int, config, random_layer(), random_int_key(), OUT(int64_t));
    TRY(rnn_config_get_layer_real, config, random_layer(), random_real_key(), OUT(double));
    TRY(rnn_config_get_layer_text, config, random_layer(), one_in(4) ? random_text_key() : RNN_PREFIX,
        OUT(const char *));
}

static const generator table[] = {of_library,      make_config,        destroy_config, set_config_int, set_config_real,
                                  set_config_text, get_config_options, add_layer,      set_layer,      get_layer};
const struct generators config_generators = GENERATORS(table);
