/* rnn_describe tells what memory a session of a size takes: compared to the blocks that such a session holds.  Linked
 * with --wrap=rnni_memory_take and --wrap=rnni_memory_release. */
#include "support/support.h"

#include "session/network_session.h"

enum { T = 7, B = 3, I = 5, V = 6, H = 20, HELD = 64 };

/* Networks with all that a session has room for. */
enum network { FORWARD, POOLED, EMBEDDED, ONE_HOT, FOUR_STATES, LIST, NETWORKS };

static struct {
    void *block;
    size_t bytes;
} held[HELD];

void *__real_rnni_memory_take(size_t count, size_t size);
void *__wrap_rnni_memory_take(size_t count, size_t size);
void __real_rnni_memory_release(void *block);
void __wrap_rnni_memory_release(void *block);

void *__wrap_rnni_memory_take(size_t count, size_t size)
{
    void *block = __real_rnni_memory_take(count, size);
    size_t i = 0;
    while (held[i].block)
        assert_true(++i < HELD);
    held[i].block = block;
    held[i].bytes = count * size;
    return block;
}

void __wrap_rnni_memory_release(void *block)
{
    for (size_t i = 0; block && i < HELD; i++)
        if (held[i].block == block)
            held[i].block = NULL;
    __real_rnni_memory_release(block);
}

static size_t bytes_held(void)
{
    size_t bytes = 0;
    for (size_t i = 0; i < HELD; i++)
        bytes += held[i].block ? held[i].bytes : 0;
    return bytes;
}

static void set(rnn_config *config, int32_t key, int64_t value)
{
    assert_ok(rnn_config_set_int(config, key, value));
}

static void add_layer(rnn_config *config, int32_t kind, int32_t key, int64_t value)
{
    size_t layer;
    assert_ok(rnn_config_add_layer(config, &layer, kind));
    assert_ok(rnn_config_set_layer_int(config, layer, key, value));
}

static rnn_model *model_of(enum network network)
{
    rnn_config *config;
    rnn_model *model;
    int reads_tokens = network == EMBEDDED || network == ONE_HOT;
    assert_ok(rnn_config_create(&config));
    set(config, reads_tokens ? RNN_VOCABULARY : RNN_INPUT_SIZE, reads_tokens ? V : I);
    switch (network) {
    case LIST:
        add_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 12);
        add_layer(config, RNN_KIND_RECURRENT, RNN_HIDDEN_SIZE, H);
        add_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, 9);
        add_layer(config, RNN_KIND_RECURRENT, RNN_HIDDEN_SIZE, 8);
        add_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, 4);
        break;
    case FOUR_STATES:
        set(config, RNN_CELL, RNN_CELL_SLSTM);
        set(config, RNN_HIDDEN_SIZE, H);
        set(config, RNN_LAYERS, 2);
        break;
    default:
        set(config, RNN_CELL, network == ONE_HOT ? RNN_CELL_GRU : RNN_CELL_LSTM);
        set(config, RNN_HIDDEN_SIZE, H);
        set(config, RNN_CLASSES, 4);
        set(config, RNN_DIRECTION, network == FORWARD ? RNN_DIRECTION_FORWARD : RNN_DIRECTION_BOTH);
        set(config, RNN_OUTPUT, network == POOLED ? RNN_OUTPUT_MEAN : RNN_OUTPUT_EVERY_STEP);
        set(config, RNN_EMBEDDING_SIZE, network == EMBEDDED ? 3 : 0);
    }
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* A session of one thread, with room for T steps of B sequences. */
static void sessions_take_what_is_said(void **state)
{
    (void)state;
    for (enum network network = FORWARD; network < NETWORKS; network++) {
        rnn_model *model = model_of(network);
        for (int32_t mode = RNN_INFERENCE; mode <= RNN_TRAINING; mode++) {
            size_t before = bytes_held();
            rnn_session *session;
            assert_ok(rnn_session_create(&session, model, mode));
            assert_ok(rnn_session_set_threads(session, 1));
            assert_ok(rnn_session_reserve(session, T, B));
            size_t said = rnni_network_session_bytes(model, mode == RNN_TRAINING, T, B, T * B);
            assert_true(bytes_held() - before == said);
            rnn_session_destroy(session);
            assert_true(bytes_held() == before);
        }
        rnn_destroy(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_take_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
