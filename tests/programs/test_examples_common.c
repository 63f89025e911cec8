/* What the example programs share (examples/common): labelled sequences, files, command lines, axes.  The sentences
 * with which a program ends are the business of the shell tests. */
#ifdef __linux__
#define _GNU_SOURCE /* sched_setaffinity */
#else
#define _POSIX_C_SOURCE 200809L
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "axis.h"
#include "command.h"
#include "file.h"
#include "panel.h"
#include "random.h"
#include "sequences.h"
#include "threads.h"
#include "wav.h"

const char program_name[] = "test_examples_common";

/* ---- sequences -------------------------------------------------------------------------------------------------- */

/* The definition: the last label of a or b is deleted, inserted or replaced. */
static size_t edits(const int32_t *a, size_t a_count, const int32_t *b, size_t b_count)
{
    if (a_count == 0 || b_count == 0)
        return a_count + b_count;
    size_t best = edits(a, a_count - 1, b, b_count - 1) + (a[a_count - 1] != b[b_count - 1]);
    size_t deleted = edits(a, a_count - 1, b, b_count) + 1, inserted = edits(a, a_count, b, b_count - 1) + 1;
    best = deleted < best ? deleted : best;
    return inserted < best ? inserted : best;
}

/* String `number` of those of 0 to 4 labels out of three; returns its length. */
static size_t short_string(int32_t labels[4], size_t number)
{
    size_t length = 0, count = 1;

    for (; number >= count; count *= 3, length++)
        number -= count;
    for (size_t i = 0; i < length; i++, number /= 3)
        labels[i] = (int32_t)(number % 3);
    return length;
}

static void test_edit_distance(void **unused)
{
    const size_t strings = 1 + 3 + 9 + 27 + 81;
    int32_t a[4], b[4];

    (void)unused;
    for (size_t i = 0; i < strings; i++)
        for (size_t j = 0; j < strings; j++) {
            size_t a_count = short_string(a, i), b_count = short_string(b, j);
            assert_int_equal(edit_distance(a, a_count, b, b_count), edits(a, a_count, b, b_count));
        }
}

/* `steps` steps of two numbers that tell which they are, and as many labels as are asked for. */
static sequence new_sequence(int32_t name, size_t steps, size_t label_count)
{
    sequence s = {.steps = steps, .label_count = label_count, .group = name};

    s.x = steps ? malloc(2 * steps * sizeof *s.x) : NULL;
    s.labels = label_count ? malloc(label_count * sizeof *s.labels) : NULL;
    for (size_t i = 0; i < 2 * steps; i++)
        s.x[i] = (float)(100 * name) + (float)i;
    for (size_t i = 0; i < label_count; i++)
        s.labels[i] = name;
    return s;
}

static void test_join(void **unused)
{
    sequence_list list = {.inputs = 2};

    (void)unused;
    sequences_add(&list, new_sequence(1, 3, 2));
    sequences_add(&list, new_sequence(2, 2, 0)); /* silence */
    sequences_add(&list, new_sequence(3, 0, 1));
    sequences_add(&list, new_sequence(4, 1, 1));
    const sequence *parts[] = {&list.items[0], &list.items[1], &list.items[2], &list.items[3]};
    sequences_add(&list, sequences_join(parts, 4, 2));
    const sequence *joined = &list.items[4];
    static const float x[] = {100, 101, 102, 103, 104, 105, 200, 201, 202, 203, 400, 401};
    static const int32_t labels[] = {1, 1, 3, 4};
    assert_int_equal(joined->steps, 6);
    assert_int_equal(joined->label_count, 4);
    assert_int_equal(joined->group, 1);
    assert_memory_equal(joined->x, x, sizeof x);
    assert_memory_equal(joined->labels, labels, sizeof labels);
    sequences_release(&list);
    assert_int_equal(list.count, 0);
}

static void test_batch(void **unused)
{
    sequence_list list = {.inputs = 2};

    (void)unused;
    sequences_add(&list, new_sequence(9, 7, 1)); /* before the batch */
    sequences_add(&list, new_sequence(1, 1, 1));
    sequences_add(&list, new_sequence(2, 3, 1));
    sequence_batch batch = sequences_batch(&list, 1, 2);
    static const float x[] = {100, 101, 200, 201, 0, 0, 202, 203, 0, 0, 204, 205}; /* [T,B,inputs] */
    assert_int_equal(batch.steps, 3);
    assert_int_equal(batch.batch, 2);
    assert_null(batch.tokens);
    assert_memory_equal(batch.x, x, sizeof x);
    assert_int_equal(batch.lengths[0], 1);
    assert_int_equal(batch.lengths[1], 3);
    sequence_batch_release(&batch);
    sequences_release(&list);
}

static void test_batch_of_tokens(void **unused)
{
    int32_t first[] = {5, 6, 7}, second[] = {8};
    sequence items[] = {{.tokens = first, .steps = 3}, {.tokens = second, .steps = 1}};
    static const int32_t tokens[] = {5, 8, 6, 0, 7, 0}; /* [T,B] */

    (void)unused;
    sequence_batch batch = sequences_batch(&(sequence_list){.items = items, .count = 2}, 0, 2);
    assert_null(batch.x);
    assert_memory_equal(batch.tokens, tokens, sizeof tokens);
    sequence_batch_release(&batch);
}

static void test_shuffle(void **unused)
{
    enum { ITEMS = 300 }; /* more than a list has room for at first */
    sequence_list list = {.inputs = 2};
    uint64_t random = 1;
    size_t moved = 0;
    char seen[ITEMS] = {0};

    (void)unused;
    for (int32_t i = 0; i < ITEMS; i++)
        sequences_add(&list, new_sequence(i, 1, 1));
    shuffle(list.items, list.count, sizeof *list.items, &random);
    for (size_t i = 0; i < ITEMS; i++) {
        const sequence *s = &list.items[i];
        assert_int_equal(s->labels[0], s->group);
        assert_int_equal(seen[s->group]++, 0);
        moved += (size_t)s->group != i;
    }
    assert_true(moved > ITEMS / 2);
    sequences_release(&list);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void check_lines(const char *text, const char *const *lines)
{
    char copy[64], *rest = strcpy(copy, text);

    for (; *lines; lines++)
        assert_string_equal(file_next_line(&rest), *lines);
    assert_null(file_next_line(&rest));
    assert_null(file_next_line(&rest));
}

static void test_lines(void **unused)
{
    (void)unused;
    check_lines("", (const char *const[]){NULL});
    check_lines("one\ntwo\n", (const char *const[]){"one", "two", NULL});
    check_lines("one\r\ntwo\r\n", (const char *const[]){"one", "two", NULL});
    check_lines("one\ntwo", (const char *const[]){"one", "two", NULL});
    check_lines("\n\r\n\nend", (const char *const[]){"", "", "", "end", NULL});
    check_lines("a\rb\r\r\nc\r", (const char *const[]){"a\rb\r", "c\r", NULL});
}

static void check_beside(const char *path, const char *suffix, const char *expected)
{
    char *beside = file_beside(path, suffix);

    assert_string_equal(beside, expected);
    free(beside);
}

static void test_beside(void **unused)
{
    (void)unused;
    check_beside("model.safetensors", ".svg", "model.svg");
    check_beside("a.safetensors/model.safetensors", "-confusion.svg", "a.safetensors/model-confusion.svg");
    check_beside("a.safetensors/model", ".svg", "a.safetensors/model.svg");
    check_beside("model.svg", ".svg", "model.svg.svg");
    check_beside(".safetensors", ".svg", ".safetensors.svg");
    check_beside("", ".svg", ".svg");
}

static void write_file(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs(bytes, file);
    assert_int_equal(fclose(file), 0);
}

/* In a folder of its own: what is looked for is found, and what is tried leaves nothing behind. */
static void test_folder(void **unused)
{
    char folder[] = "/tmp/test_examples_common.XXXXXX";
    static const char *const names[] = {"b.wav", "a.wav", "c.txt", ".wav"};

    (void)unused;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 4; i++) {
        char *path = file_path(folder, names[i]);
        write_file(path, names[i]);
        file_check_writable(path);
        file_check_replaceable(path);
        file_bytes read = file_read(path);
        assert_int_equal(read.count, strlen(names[i]));
        assert_string_equal(read.bytes, names[i]);
        free(read.bytes);
        free(path);
    }
    char *new = file_path(folder, "d.wav");
    file_check_writable(new);
    file_check_replaceable(new);
    free(new);
    file_names found = file_names_read(folder, ".wav");
    assert_int_equal(found.count, 2);
    assert_string_equal(found.names[0], "a.wav");
    assert_string_equal(found.names[1], "b.wav");
    file_names_release(&found);
    for (size_t i = 0; i < 4; i++) {
        char *path = file_path(folder, names[i]);
        assert_int_equal(remove(path), 0);
        free(path);
    }
    assert_int_equal(rmdir(folder), 0); /* it is empty */
}

static void test_wav(void **unused)
{
    static const unsigned char head[] = "RIFF\x2e\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x44\xac\0\0\x88\x58\1\0\2\0\x10\0"
                                        "data\x0a\0\0";
    static const unsigned char data[10] = {0, 0, 1, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0x80};
    int16_t samples[] = {0, 1, -1, 32767, -32768};
    char path[] = "/tmp/test_examples_common.XXXXXX";

    (void)unused;
    int opened = mkstemp(path);
    assert_true(opened >= 0);
    close(opened);
    wav_write(path, &(sound){samples, 5, 44100});
    file_bytes written = file_read(path);
    assert_int_equal(sizeof head, 44); /* the last byte is the 0 of the string */
    assert_int_equal(written.count, sizeof head + sizeof data);
    assert_memory_equal(written.bytes, head, sizeof head);
    assert_memory_equal(written.bytes + sizeof head, data, sizeof data);
    free(written.bytes);
    sound read = wav_read(path);
    assert_int_equal(read.rate, 44100);
    assert_int_equal(read.count, 5);
    assert_memory_equal(read.samples, samples, sizeof samples);
    free(read.samples);
    assert_int_equal(remove(path), 0);
}

/* ---- command lines ---------------------------------------------------------------------------------------------- */

typedef struct {
    const char *words[2];
    int64_t units;
    double rate;
    const char *output;
    bool loud, units_given, loud_given;
} settings;

static settings parse(char **arguments)
{
    settings s = {.units = 1, .rate = 0.5, .output = "model"};
    const option options[] = {
        {"--units", "H", WHOLE, &s.units, 1, 100, "hidden units", &s.units_given},
        {"--rate", "R", REAL, &s.rate, 0, 1, "learning rate", NULL},
        {"--output", "PATH", WORD, &s.output, 0, 0, "where to save", NULL},
        {"--loud", "", FLAG, &s.loud, 0, 0, "says more", &s.loud_given},
    };
    const command c = {.name = "train",
                       .words = "FROM TO",
                       .word_count = 2,
                       .options = options,
                       .option_count = COUNT(options),
                       .help = "Trains."};

    assert_false(command_parse(&c, s.words, arguments));
    return s;
}

static void test_words_and_defaults(void **unused)
{
    (void)unused;
    settings s = parse((char *[]){"first", "-", NULL});
    assert_string_equal(s.words[0], "first");
    assert_string_equal(s.words[1], "-");
    assert_int_equal(s.units, 1);
    assert_true(s.rate == 0.5);
    assert_string_equal(s.output, "model");
    assert_false(s.loud || s.units_given || s.loud_given);
}

static void test_options(void **unused)
{
    (void)unused;
    settings s = parse((char *[]){"--units=7", "first", "--loud", "--rate", "1e-2", "second", "--output=a=b", NULL});
    assert_string_equal(s.words[0], "first");
    assert_string_equal(s.words[1], "second");
    assert_int_equal(s.units, 7);
    assert_true(s.rate == 1e-2);
    assert_string_equal(s.output, "a=b");
    assert_true(s.loud && s.units_given && s.loud_given);
    s = parse((char *[]){"first", "second", "--units", "2", "--units", "3", "--output", "--loud", NULL});
    assert_int_equal(s.units, 3);
    assert_string_equal(s.output, "--loud");
    assert_false(s.loud || s.loud_given);
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static void test_cores(void **unused)
{
    int64_t cores = cores_available();

    (void)unused;
    assert_true(cores >= 1 && cores <= MOST_THREADS && cores <= sysconf(_SC_NPROCESSORS_CONF));
#ifdef __linux__
    cpu_set_t allowed, one;

    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed)) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
        }
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(cores_available(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof allowed, &allowed), 0);
    assert_int_equal(cores_available(), cores);
#endif
}

static void test_threads_worth(void **unused)
{
    (void)unused;
    assert_int_equal(threads_worth(0, 8), 1);
    assert_int_equal(threads_worth(THREAD_WORTH - 1, 8), 1);
    assert_int_equal(threads_worth(2 * THREAD_WORTH - 1, 8), 1);
    assert_int_equal(threads_worth(2 * THREAD_WORTH, 8), 2);
    assert_int_equal(threads_worth(2 * THREAD_WORTH, 1), 1);
    assert_int_equal(threads_worth(8 * THREAD_WORTH, 8), 8);
    assert_int_equal(threads_worth(UINT64_MAX, 8), 8);
}

/* A tanh network of one-hot tokens: H (V + H + 2) parameters, and an embedding in front of it instead: V E, H (E + H +
 * 2). */
static rnn_model *tanh_network(int64_t words, int64_t embedding, int64_t units)
{
    rnn_config *config;
    rnn_model *model;

    assert_int_equal(rnn_config_create(&config), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_VOCABULARY, words), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, embedding), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_HIDDEN_SIZE, units), RNN_OK);
    assert_int_equal(rnn_create(&model, config), RNN_OK);
    rnn_config_destroy(config);
    return model;
}

static void test_threads_choose(void **unused)
{
    rnn_model *one_hot = tanh_network(48, 0, 50), *embedded = tanh_network(100000, 8, 40); /* 5000 and 2000 a step */
    int64_t cores = cores_available();

    (void)unused;
    assert_int_equal(threads_choose(7, one_hot, 1), 7);
    assert_int_equal(threads_choose(1, one_hot, 1 << 30), 1);
    assert_int_equal(threads_choose(0, one_hot, 39), 1);
    assert_int_equal(threads_choose(0, one_hot, 40), cores < 2 ? cores : 2);
    assert_int_equal(threads_choose(0, one_hot, 1 << 30), cores);
    assert_int_equal(threads_choose(0, embedded, 99), 1);
    assert_int_equal(threads_choose(0, embedded, 100), cores < 2 ? cores : 2);
    rnn_destroy(one_hot);
    rnn_destroy(embedded);
}

/* ---- axes ------------------------------------------------------------------------------------------------------- */

static void check_axis(axis a, double low, double high, double tick)
{
    assert_true(fabs(a.low - low) < 1e-12 && fabs(a.high - high) < 1e-12 && fabs(a.tick - tick) < 1e-12);
}

static void test_axes(void **unused)
{
    (void)unused;
    check_axis(axis_over(0, 50, 10, 0, 1), 0, 50, 5);
    check_axis(axis_over(1.61, 4.4, 7, 0, 1), 1.5, 4.5, 0.5);
    check_axis(axis_over(-0.3, 0.07, 4, 0, 1), -0.3, 0.1, 0.1);
    check_axis(axis_over(2, 2, 5, 0, 1), 2, 2.001, 2e-4);
    check_axis(axis_over_whole(0, 3, 7, 0, 1), 0, 3, 1);
    check_axis(axis_over_whole(4, 4, 7, 0, 1), 4, 5, 1);
    axis a = axis_over(0, 50, 10, 400, 100);
    assert_true(axis_place(&a, 0) == 400 && axis_place(&a, 25) == 250 && axis_place(&a, 50) == 100);
    assert_true(axis_place(&a, -1) == 400 && axis_place(&a, 51) == 100);
}

static void test_axes_of_lines(void **unused)
{
    const double values[] = {4, INFINITY, 2, NAN};
    series line = {.count = 0};
    panel_line lines[] = {{"loss", "#000", &line, 0}};
    axis x, y;

    (void)unused;
    panel_axes(&x, &y, (box){0, 0, 700, 460}, INFINITY, lines, 1); /* of nothing */
    assert_true(y.low == 0 && y.high > 0 && x.low == 0 && x.high > 0);
    for (size_t i = 0; i < 4; i++)
        series_add(&line, (double)i + 1, values[i]);
    panel_axes(&x, &y, (box){0, 0, 700, 460}, INFINITY, lines, 1);
    assert_true(x.low == 0 && x.high == 4 && y.low == 2 && y.high == 4);
    panel_axes(&x, &y, (box){0, 0, 700, 460}, 0, lines, 1);
    assert_true(y.low == 0 && y.high == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edit_distance), cmocka_unit_test(test_join),
        cmocka_unit_test(test_batch),         cmocka_unit_test(test_batch_of_tokens),
        cmocka_unit_test(test_shuffle),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_beside),        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_wav),           cmocka_unit_test(test_words_and_defaults),
        cmocka_unit_test(test_options),       cmocka_unit_test(test_cores),
        cmocka_unit_test(test_threads_worth), cmocka_unit_test(test_threads_choose),
        cmocka_unit_test(test_axes),          cmocka_unit_test(test_axes_of_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
