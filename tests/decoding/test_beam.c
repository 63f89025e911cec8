/* rnn_decoder_search against all sequences, and against a search that keeps whole sequences; over a generator that
 * depends on everything it has read, and over networks by rnn_session_next. */
#include "support/beam_generator.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- generators ------------------------------------------------------------------------------------------------- */

static void markov_logits(struct beam_generator *generator, float *logits, const struct history *history)
{
    static const float table[3][3] = {{0.5f, 1, -1}, {-INFINITY, 0, 2}, {1, 1.5f, 0.25f}};
    assert_int_equal(generator->classes, 3);
    memcpy(logits, table[history->tokens[history->length - 1]], sizeof table[0]);
}

static void equal_logits(struct beam_generator *generator, float *logits, const struct history *history)
{
    (void)history;
    memset(logits, 0, generator->classes * sizeof *logits);
}

static void no_logits(struct beam_generator *generator, float *logits, const struct history *history)
{
    for (size_t c = 0; c < generator->classes; c++)
        logits[c] = history->length > 1 ? -INFINITY : 0;
}

/* The last of what the network says to the whole sequence, from its initial state. */
static void network_logits(struct beam_generator *generator, float *logits, const struct history *history)
{
    float y[(MOST_STEPS + 1) * MOST_CLASSES];
    assert_ok(rnn_reset_state(generator->session, 1));
    for (int32_t s = 0; s < 2 && generator->states[s]; s++)
        assert_ok(
            rnn_session_set_state(generator->session, RNN_STATE_H + s, generator->states[s], generator->state_count));
    assert_ok(rnn_forward_tokens(generator->session, y, history->length * generator->classes, history->tokens,
                                 history->length, NULL, 0, history->length));
    memcpy(logits, y + (history->length - 1) * generator->classes, generator->classes * sizeof *logits);
}

/* ---- the oracle -------------------------------------------------------------------------------------------------- */

struct sequence {
    struct history history;
    double log_p, score;
};

struct list {
    struct sequence of[4 * MOST];
    size_t count;
};

static int by_score(const void *a, const void *b)
{
    const struct sequence *x = a, *y = b;
    if (x->score > y->score || x->score < y->score)
        return x->score > y->score ? -1 : 1;
    for (size_t i = 0; i < x->history.length && i < y->history.length; i++)
        if (x->history.tokens[i] != y->history.tokens[i])
            return x->history.tokens[i] < y->history.tokens[i] ? -1 : 1;
    return (x->history.length > y->history.length) - (x->history.length < y->history.length);
}

/* Every continuation of a sequence by one token that has a probability. */
static void continue_sequence(struct list *list, struct beam_generator *generator, const struct sequence *sequence)
{
    float logits[MOST_CLASSES];
    double sum = 0;
    generator->logits_of(generator, logits, &sequence->history);
    for (size_t c = 0; c < generator->classes; c++)
        sum += exp((double)logits[c]);
    for (size_t c = 0; c < generator->classes; c++) {
        struct sequence longer = *sequence;
        longer.history.tokens[longer.history.length++] = (int32_t)c;
        longer.log_p += (double)logits[c] - log(sum);
        longer.score = longer.log_p;
        assert_true(list->count < sizeof list->of / sizeof *list->of);
        if (logits[c] > -INFINITY && !((int32_t)c == generator->end && longer.history.length - 2 < generator->minimum))
            list->of[list->count++] = longer;
    }
}

static int is_over(const struct beam_generator *generator, const struct sequence *sequence)
{
    size_t n = sequence->history.length - 1;
    return n == generator->steps || sequence->history.tokens[n] == generator->end;
}

/* The search as it is described, to the last step: with a width that drops nothing, all sequences. */
static void expect(struct list *done, struct beam_generator *generator, size_t width)
{
    static struct list beam, next_beam;
    beam.count = 1;
    done->count = 0;
    beam.of[0] = (struct sequence){.history = {{generator->first}, 1}};
    for (size_t n = 1; n <= generator->steps; n++) {
        next_beam.count = 0;
        for (size_t i = 0; i < beam.count; i++)
            continue_sequence(&next_beam, generator, &beam.of[i]);
        qsort(next_beam.of, next_beam.count, sizeof *next_beam.of, by_score);
        beam.count = 0;
        for (size_t i = 0; i < next_beam.count && i < width; i++) {
            struct sequence sequence = next_beam.of[i];
            struct list *to = is_over(generator, &sequence) ? done : &beam;
            if (to == done)
                sequence.score = sequence.log_p / pow((5 + (double)n) / 6, generator->penalty);
            to->of[to->count++] = sequence;
        }
    }
    qsort(done->of, done->count, sizeof *done->of, by_score);
}

/* ---- the checker ------------------------------------------------------------------------------------------------- */

static int32_t search_by(struct results *results, const struct beam_generator *generator, rnn_generator by, void *user)
{
    struct decoder_beam beam = beam_generator_beam(generator);
    return decoder_search(results->tokens, results->lengths, results->scores, &beam, by, user);
}

static int32_t search(struct results *results, struct beam_generator *generator)
{
    beam_generator_begin(generator);
    return search_by(results, generator, beam_generator_next, generator);
}

static int is_sequence(const int32_t *tokens, int32_t length, const struct sequence *sequence, size_t steps)
{
    int same = length == (int32_t)sequence->history.length - 1;
    for (size_t t = 0; same && t < steps; t++)
        same = tokens[t] == ((int32_t)t < length ? sequence->history.tokens[t + 1] : -1);
    return same;
}

/* Whether the results are the best of the list, in order but where scores are as good as equal, and then no more. */
static int is_best_of(const struct results *results, const struct list *list, const struct beam_generator *generator,
                      double tolerance)
{
    static char used[4 * MOST];
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < generator->results; i++) {
        const int32_t *tokens = results->tokens + i * generator->steps;
        double score = results->scores[i];
        size_t found = 0;
        if (i >= list->count && (results->lengths[i] != -1 || score > -HUGE_VAL || tokens[0] != -1))
            return 0;
        if (i >= list->count)
            continue;
        while (found < list->count &&
               (used[found] || !is_sequence(tokens, results->lengths[i], &list->of[found], generator->steps)))
            found++;
        if (found == list->count || !close_enough(score, list->of[i].score, tolerance) ||
            !close_enough(score, list->of[found].score, tolerance))
            return 0;
        used[found] = 1;
    }
    return 1;
}

static void assert_found(struct beam_generator *generator, size_t width)
{
    static struct list list;
    static struct results results;
    expect(&list, generator, width);
    assert_ok(search(&results, generator));
    assert_true(is_best_of(&results, &list, generator, 1e-6));
    assert_true(generator->calls >= 1 && generator->calls <= generator->steps);
}

/* ---- against all sequences --------------------------------------------------------------------------------------- */

static const double penalties[] = {0, 0.6, 1, 3, 1000};
#define PENALTIES (sizeof penalties / sizeof *penalties)

static void test_all_sequences(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++)
        for (size_t i = 0; i < 4; i++)
            for (int32_t end = -1; end < 3; end += 2) {
                struct beam_generator generator = beam_generator_of(3 + seed % 2, 4, end, penalties[i], seed);
                for (generator.results = 1; generator.results < MOST; generator.results *= 8)
                    assert_found(&generator, MOST);
            }
}

static void test_markov_and_one_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++)
        for (int32_t end = -1; end < (i % 2 ? 1 : 3); end++) {
            struct beam_generator generator = beam_generator_of(i % 2 ? 1 : 3, 6, end, penalties[i / 2], 1);
            generator.logits_of = i % 2 ? hashed_logits : markov_logits;
            generator.results = 5;
            assert_found(&generator, MOST);
        }
}

/* Narrow beams: what stops early has found the same as what goes on to the last step. */
static void test_narrow_beams(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++)
        for (size_t width = 1; width < 8; width++) {
            struct beam_generator generator =
                beam_generator_of(5, MOST_STEPS, (int32_t)(seed % 6) - 1, penalties[seed % PENALTIES], seed);
            generator.width = width;
            generator.end_bias = (double)(seed % 3);
            for (generator.results = 1; generator.results <= width; generator.results++)
                if (generator.penalty < 100) /* scores then are too close to 0 to be told apart */
                    assert_found(&generator, width);
        }
}

static void test_width_one_is_greedy(void **state)
{
    static struct results results;
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct beam_generator generator = beam_generator_of(4, 7, seed % 2 ? 1 : -1, 0.5, seed);
        struct history history = {{generator.first}, 1};
        generator.width = 1;
        assert_ok(search(&results, &generator));
        for (int over = 0; !over;) {
            float logits[4];
            int32_t best = 0;
            hashed_logits(&generator, logits, &history);
            for (int32_t c = 1; c < 4; c++)
                best = logits[c] > logits[best] ? c : best;
            history.tokens[history.length++] = best;
            over = best == generator.end || history.length == generator.steps + 1;
        }
        assert_int_equal(results.lengths[0], history.length - 1);
        assert_memory_equal(results.tokens, history.tokens + 1, (history.length - 1) * sizeof *results.tokens);
    }
}

/* The end is not taken before so many other tokens, however likely it is. */
static void test_minimum_length(void **state)
{
    static struct results results;
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++)
        for (size_t minimum = 0; minimum <= 4; minimum++)
            for (size_t width = 1; width <= MOST; width = 8 * width + 1) {
                struct beam_generator generator =
                    beam_generator_of(3 + seed % 2, 4, (int32_t)(seed % 3), penalties[seed % 4], seed);
                generator.width = width;
                generator.minimum = minimum;
                generator.end_bias = 3;
                generator.results = width < 50 ? width : 50;
                assert_found(&generator, width);
                assert_ok(search(&results, &generator));
                for (size_t i = 0; i < generator.results && results.lengths[i] >= 0; i++) {
                    int32_t last = results.tokens[i * generator.steps + (size_t)results.lengths[i] - 1];
                    assert_true(results.lengths[i] > (int32_t)minimum || last != generator.end);
                    assert_true(results.lengths[i] >= (int32_t)minimum);
                }
            }
    struct beam_generator endless = beam_generator_of(3, 4, -1, 0, 1);
    endless.minimum = 3; /* there is no end to forbid */
    assert_found(&endless, MOST);
}

/* Where nothing but the end is possible, and it is forbidden, there is no result. */
static void end_alone(struct beam_generator *generator, float *logits, const struct history *history)
{
    (void)history;
    for (size_t c = 0; c < generator->classes; c++)
        logits[c] = (int32_t)c == generator->end ? 0 : -INFINITY;
}

static void test_no_result(void **state)
{
    static struct results results;
    (void)state;
    struct beam_generator generator = beam_generator_of(3, 4, 1, 0, 0);
    generator.logits_of = end_alone;
    generator.results = 2;
    generator.minimum = 1;
    assert_ok(search(&results, &generator));
    assert_true(results.lengths[0] == -1 && generator.calls == 1);
    generator.minimum = 0;
    assert_ok(search(&results, &generator));
    assert_true(results.lengths[0] == 1 && results.lengths[1] == -1);
}

/* The score of each token is its log probability after those before it: by the softmax of the generator. */
static void test_scores_of_tokens(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        static struct beam_generator generator;
        generator = beam_generator_of(5, MOST_STEPS, (int32_t)(seed % 6) - 1, seed % 3 ? 0.7 : 0, seed);
        generator.minimum = seed % 4;
        generator.width = 8;
        generator.results = 6;
        struct decoder_beam beam = beam_generator_beam(&generator);
        rnn_decoder *decoder = decoder_of_beam(&beam);
        size_t results;
        beam_generator_begin(&generator);
        assert_ok(rnn_decoder_search(decoder, generator.classes, beam_generator_next, &generator));
        assert_ok(rnn_decoder_get_result_count(decoder, 0, &results));
        assert_int_equal(results, 6);
        for (size_t i = 0; i < results; i++) {
            struct history history = {{generator.first}, 1};
            const int32_t *tokens, *steps;
            const float *scores;
            size_t count;
            double score, sum = 0;
            assert_ok(rnn_decoder_get_result(decoder, 0, i, &tokens, &steps, &scores, &count, &score));
            for (size_t t = 0; t < count; t++) {
                float logits[MOST_CLASSES];
                double all = 0;
                hashed_logits(&generator, logits, &history);
                for (size_t c = 0; c < generator.classes; c++)
                    all += exp((double)logits[c]);
                assert_close((double)scores[t], (double)logits[tokens[t]] - log(all), 1e-6);
                assert_int_equal(steps[t], t);
                sum += (double)scores[t];
                history.tokens[history.length++] = tokens[t];
            }
            assert_close(score * pow((5 + (double)count) / 6, generator.penalty), sum, 1e-5);
        }
        rnn_decoder_destroy(decoder);
    }
}

/* A likely end ends the search, but not where the penalty may still make a longer one better. */
static void test_it_ends_early(void **state)
{
    (void)state;
    struct beam_generator generator = beam_generator_of(4, MOST_STEPS, 2, 0, 3);
    generator.width = 4;
    generator.end_bias = 20;
    assert_found(&generator, 4);
    assert_int_equal(generator.calls, 1);
    generator.results = 4; /* the others have to be found too */
    assert_found(&generator, 4);
    assert_true(generator.calls == 2);
    generator.results = 1;
    generator.end_bias = 1;
    size_t calls[2];
    for (size_t i = 0; i < 2; i++) {
        generator.penalty = i ? 5 : 0;
        assert_found(&generator, 4);
        calls[i] = generator.calls;
    }
    assert_true(calls[0] < calls[1]);
}

static void test_ties(void **state)
{
    static struct results results;
    (void)state;
    struct beam_generator generator = beam_generator_of(3, 2, -1, 0, 0);
    generator.logits_of = equal_logits;
    for (generator.width = 1; generator.width <= 9; generator.width++) {
        generator.results = generator.width;
        assert_ok(search(&results, &generator));
        for (int32_t i = 0; i < (int32_t)generator.width; i++) {
            assert_int_equal(results.tokens[2 * i], i / 3);
            assert_int_equal(results.tokens[2 * i + 1], i % 3);
        }
    }
}

static void test_nothing_goes_on(void **state)
{
    static struct results results;
    (void)state;
    struct beam_generator generator = beam_generator_of(3, 4, 1, 0, 0);
    generator.logits_of = no_logits;
    generator.results = 3;
    assert_ok(search(&results, &generator));
    assert_int_equal(results.lengths[0], 1); /* that which ended */
    assert_int_equal(results.tokens[0], 1);
    for (size_t i = 1; i < 3; i++)
        assert_true(results.lengths[i] == -1 && results.scores[i] <= -HUGE_VAL && results.tokens[4 * i] == -1);
}

static void test_the_checker_finds_faults(void **state)
{
    static struct list list;
    static struct results right, wrong;
    (void)state;
    struct beam_generator generator = beam_generator_of(3, 4, 1, 1, 2);
    generator.results = 100;
    expect(&list, &generator, MOST);
    assert_ok(search(&right, &generator));
    assert_true(is_best_of(&right, &list, &generator, 1e-6) && list.count < 99);
    for (int fault = 0; fault < 6; fault++) {
        wrong = right;
        switch (fault) {
        case 0: /* the end does not count */
            wrong.scores[0] *= pow((5 + (double)right.lengths[0]) / (4 + (double)right.lengths[0]), generator.penalty);
            break;
        case 1:
            wrong.lengths[3]--;
            break;
        case 2: /* a parent that was mistaken */
            wrong.tokens[2 * generator.steps] = (wrong.tokens[2 * generator.steps] + 1) % 3;
            break;
        case 3: /* something behind the end */
            wrong.tokens[(list.count + 1) * generator.steps] = 0;
            break;
        case 4: /* not in order */
            wrong.scores[0] = right.scores[1];
            break;
        default: /* one too many */
            wrong.scores[list.count] = -50;
            break;
        }
        assert_false(is_best_of(&wrong, &list, &generator, 1e-6));
    }
}

/* ---- networks ---------------------------------------------------------------------------------------------------- */

static rnn_session *session_of(int64_t cell, int64_t embedding, int32_t mode)
{
    rnn_config *config;
    rnn_model *model;
    rnn_session *session;
    assert_ok(rnn_config_create(&config));
    assert_ok(rnn_config_set_int(config, RNN_CELL, cell));
    assert_ok(rnn_config_set_int(config, RNN_VOCABULARY, 4));
    assert_ok(rnn_config_set_int(config, RNN_EMBEDDING_SIZE, embedding));
    assert_ok(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 5));
    assert_ok(rnn_config_set_int(config, RNN_LAYERS, 2));
    assert_ok(rnn_config_set_int(config, RNN_CLASSES, 4));
    assert_ok(rnn_config_set_real(config, RNN_INIT_RANGE, 1.5));
    assert_ok(rnn_create(&model, config));
    assert_ok(rnn_session_create(&session, model, mode));
    rnn_destroy(model);
    rnn_config_destroy(config);
    return session;
}

/* After a prompt, from the state that it left. */
static void search_network(int64_t cell, int64_t embedding, int32_t mode, int32_t end, double penalty)
{
    static const int32_t prompt[] = {3, 1, 2};
    static struct list list;
    static struct results results;
    float states[2][10];
    int32_t count = cell == RNN_CELL_LSTM ? 2 : 1;
    rnn_session *session = session_of(cell, embedding, mode);
    struct beam_generator generator = beam_generator_of(4, 4, end, penalty, 1);
    generator.logits_of = network_logits;
    generator.session = session;
    generator.state_count = 10;
    generator.results = 30;
    assert_ok(rnn_forward_tokens(session, NULL, 0, prompt, 3, NULL, 0, 3));
    for (int32_t s = 0; s < count; s++) {
        generator.states[s] = states[s];
        assert_ok(rnn_session_get_state(session, RNN_STATE_H + s, states[s], 10));
    }
    for (size_t width = 1; width <= MOST; width = width * 4 + 1) {
        generator.width = width;
        generator.results = width < 30 ? width : 30;
        expect(&list, &generator, width);
        assert_ok(rnn_reset_state(session, 1));
        for (int32_t s = 0; s < count; s++)
            assert_ok(rnn_session_set_state(session, RNN_STATE_H + s, states[s], 10));
        assert_ok(search_by(&results, &generator, rnn_session_next, session));
        assert_true(is_best_of(&results, &list, &generator, 1e-5));
    }
    rnn_session_destroy(session);
}

static void test_networks(void **state)
{
    (void)state;
    search_network(RNN_CELL_GRU, 0, RNN_INFERENCE, 2, 0.7);
    search_network(RNN_CELL_LSTM, 3, RNN_INFERENCE, -1, 0);
    search_network(RNN_CELL_LSTM, 0, RNN_TRAINING, 0, 0);
    search_network(RNN_CELL_GRU, 3, RNN_TRAINING, 1, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sequences),
        cmocka_unit_test(test_markov_and_one_class),
        cmocka_unit_test(test_narrow_beams),
        cmocka_unit_test(test_width_one_is_greedy),
        cmocka_unit_test(test_minimum_length),
        cmocka_unit_test(test_no_result),
        cmocka_unit_test(test_scores_of_tokens),
        cmocka_unit_test(test_it_ends_early),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_nothing_goes_on),
        cmocka_unit_test(test_the_checker_finds_faults),
        cmocka_unit_test(test_networks),
    };
    return run_with_all_kernels(tests, sizeof tests / sizeof *tests);
}
