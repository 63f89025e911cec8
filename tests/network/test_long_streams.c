/* Long runs: many steps of a stream, one by one and in pieces, and many updates, without more memory and with the same
 * bits as the same run that is saved and resumed on the way.  RNN_LONG_RUNS in the environment: 10^7 steps and 10^5
 * updates, some minutes; otherwise a hundredth. */
#include "support/support.h"

#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { I = 3, H = 16, L = 2, C = 4, STATES = 2 * L * H, PIECE = 40 };

static size_t scaled(size_t whole)
{
    return getenv("RNN_LONG_RUNS") ? whole : whole / 100;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

/* Bytes of this process in memory; 0 where the system does not tell, or a sanitizer keeps what is released. */
static size_t resident(void)
{
    unsigned long pages = 0, in_memory = 0;
#if defined(__linux__) && !defined(SANITIZED)
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fscanf(file, "%lu %lu", &pages, &in_memory) != 2)
        in_memory = 0;
    if (file)
        fclose(file);
#endif
    return pages ? (size_t)in_memory * 4096 : 0;
}

/* After a tenth of a run all is in place that it needs: what is added later is less than a leak of one small block for
 * every hundredth step or update would be. */
static void assert_flat(size_t early, size_t late)
{
    size_t allowed = (size_t)1 << 20;
    if (early && late > early + allowed)
        fail_msg("%zu bytes in memory early in the run, %zu late", early, late);
}

static rnn_model *create(int64_t cell, double dropout)
{
    rnn_config *config;
    rnn_model *model;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_INPUT_SIZE, I));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, H));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, L));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, C));
    assert_ok(rnn_config_set_real(config, RNN_DROPOUT, dropout));
    assert_ok(rnn_create(&model, config));
    rnn_config_destroy(config);
    return model;
}

/* ---- a stream ---------------------------------------------------------------------------------------------------- */

/* Input number t of the stream: the same in every run. */
static void draw(float x[I], uint64_t t)
{
    uint64_t seed = t * 2654435761U + 1;
    fill_uniform(x, I, &seed);
}

/* All bits of all outputs, in order. */
static uint64_t mix(uint64_t hash, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &y[i], sizeof bits);
        hash = (hash ^ bits) * 1099511628211U;
    }
    return hash;
}

/* Step by step. */
static uint64_t run_steps(rnn_session *session, uint64_t hash, size_t begin, size_t end)
{
    size_t early = 0;
    for (size_t t = begin; t < end; t++) {
        float x[I], y[C];
        draw(x, t);
        assert_ok(rnn_step(session, y, C, x, I));
        hash = mix(hash, y, C);
        if (t == begin + (end - begin) / 10)
            early = resident();
    }
    assert_flat(early, resident());
    return hash;
}

/* The same in pieces, between which the state goes to a new session of a model that has been saved and read. */
static uint64_t run_pieces(rnn_model *model, uint64_t hash, size_t steps)
{
    enum { RESUMED = 50 };
    float state[STATES], x[PIECE * I], y[PIECE * C];
    size_t per_session = steps / RESUMED, early = 0;
    memset(state, 0, sizeof state);
    for (size_t part = 0; part < RESUMED; part++) {
        rnn_model *again;
        rnn_session *session;
        assert_ok(rnn_save(model, "model.safetensors"));
        assert_ok(rnn_load(&again, "model.safetensors"));
        assert_ok(rnn_session_create(&session, again, RNN_INFERENCE));
        assert_ok(rnn_reset_state(session, 1));
        assert_ok(rnn_session_set_row_state(session, 0, state, STATES));
        for (size_t t = part * per_session; t < (part + 1) * per_session; t += PIECE) {
            for (size_t i = 0; i < PIECE; i++)
                draw(x + i * I, t + i);
            assert_ok(rnn_forward(session, y, PIECE * C, x, PIECE * I, NULL, 0, PIECE));
            hash = mix(hash, y, PIECE * C);
        }
        assert_ok(rnn_session_get_row_state(session, 0, state, STATES));
        rnn_session_destroy(session);
        rnn_destroy(again);
        if (part == RESUMED / 10)
            early = resident();
    }
    assert_flat(early, resident());
    return hash;
}

static void a_stream_takes_no_more_memory_and_can_be_resumed(void **unused)
{
    (void)unused;
    rnn_model *model = create(RNN_CELL_LSTM, 0);
    rnn_session *session;
    size_t steps = scaled(10000000), states;
    assert_int_equal(steps % (50 * PIECE), 0);
    assert_ok(rnn_session_create(&session, model, RNN_INFERENCE));
    assert_ok(rnn_reset_state(session, 1));
    assert_ok(rnn_session_row_state_count(session, &states));
    assert_int_equal(states, STATES);
    uint64_t whole = run_steps(session, 1, 0, steps);
    assert_true(run_pieces(model, 1, steps) == whole);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- updates ------------------------------------------------------------------------------------------------------
 */

enum { T = 6, B = 2, SAMPLES = 8 };

static rnn_dataset *samples(void)
{
    rnn_dataset *dataset;
    uint64_t seed = 5;
    assert_ok(rnn_dataset_create(&dataset));
    for (size_t i = 0; i < SAMPLES; i++) {
        float x[T * I];
        int32_t classes[T];
        fill_uniform(x, T * I, &seed);
        for (size_t t = 0; t < T; t++)
            classes[t] = (int32_t)((i + t) % C);
        add_sequence(dataset, x, T * I, NULL, 0, classes, T, NULL, 0, T);
    }
    return dataset;
}

static rnn_trainer *trainer_of(rnn_model *model)
{
    rnn_optimizer *optimizer;
    rnn_trainer *trainer;
    assert_ok(rnn_optimizer_create_for_model(&optimizer, RNN_OPTIMIZER_ADAM, model));
    assert_ok(rnn_optimizer_set_real(optimizer, RNN_RATE, 1e-3));
    open_trainer(&trainer, model, optimizer, RNN_LOSS_CROSS_ENTROPY);
    assert_ok(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, B));
    rnn_optimizer_destroy(optimizer);
    return trainer;
}

/* So many epochs more. */
static void train(rnn_trainer *trainer, const rnn_dataset *dataset, size_t epochs)
{
    int64_t epoch;
    assert_ok(rnn_trainer_get_int(trainer, RNN_EPOCH, &epoch));
    assert_ok(rnn_trainer_set_int(trainer, RNN_EPOCHS, epoch + (int64_t)epochs));
    assert_ok(rnn_fit(trainer, dataset, NULL));
}

static void assert_same_parameters(const rnn_model *a, const rnn_model *b)
{
    const float *ours, *theirs;
    size_t count, others;
    assert_ok(rnn_model_parameters(a, &ours, &count));
    assert_ok(rnn_model_parameters(b, &theirs, &others));
    assert_int_equal(count, others);
    assert_memory_equal(ours, theirs, count * sizeof *ours);
}

/* With dropout and a shuffled order, whose random numbers must go on too. */
static void updates_take_no_more_memory_and_can_be_resumed(void **unused)
{
    (void)unused;
    enum { PARTS = 25 };
    size_t updates = scaled(100000), epochs = updates / (SAMPLES / B), early = 0;
    rnn_dataset *dataset = samples();
    rnn_model *whole = create(RNN_CELL_GRU, 0.25), *pieces = create(RNN_CELL_GRU, 0.25);
    rnn_trainer *one = trainer_of(whole);
    assert_int_equal(epochs % PARTS, 0);
    for (size_t part = 0; part < 2; part++) {
        train(one, dataset, part ? epochs - epochs / 10 : epochs / 10);
        early = part ? early : resident();
    }
    assert_flat(early, resident());
    for (size_t part = 0; part < PARTS; part++) {
        rnn_trainer *trainer = trainer_of(pieces);
        if (part)
            assert_ok(rnn_trainer_load(trainer, "trainer.safetensors"));
        train(trainer, dataset, epochs / PARTS);
        assert_ok(rnn_trainer_save(trainer, "trainer.safetensors"));
        rnn_trainer_destroy(trainer);
        rnn_destroy(pieces);
        pieces = create(RNN_CELL_GRU, 0.25);
        if (part == PARTS / 10)
            early = resident();
    }
    assert_flat(early, resident());
    rnn_trainer *last = trainer_of(pieces);
    assert_ok(rnn_trainer_load(last, "trainer.safetensors"));
    assert_same_parameters(whole, pieces);
    rnn_trainer_destroy(last);
    rnn_trainer_destroy(one);
    rnn_dataset_destroy(dataset);
    rnn_destroy(whole);
    rnn_destroy(pieces);
}

static char directory[] = "/tmp/rnn-long-streams-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave(void **state)
{
    (void)state;
    remove("model.safetensors");
    remove("trainer.safetensors");
    return chdir("/") || rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_stream_takes_no_more_memory_and_can_be_resumed),
                                       cmocka_unit_test(updates_take_no_more_memory_and_can_be_resumed)};
    return cmocka_run_group_tests(tests, enter, leave);
}
