/* How long handles live: any order of release, references, and what is derived from a handle that is gone.  Run under a
 * sanitizer or valgrind these also show that nothing is leaked or used after its end. */
#include "support/fixture.h"

#include <string.h>

/* ---- any order -------------------------------------------------------------------------------------------------- */

enum { HANDLES = 4 }; /* a configuration, a model, two sessions of it */

struct handles {
    rnn_config *config;
    rnn_model *model;
    rnn_session *sessions[2];
};

static struct handles open_handles(void)
{
    struct handles h = {.config = fixture_config(REAL)};
    assert_ok(rnn_create(&h.model, h.config));
    assert_ok(rnn_session_create(&h.sessions[0], h.model, RNN_TRAINING));
    assert_ok(rnn_session_create(&h.sessions[1], h.model, RNN_INFERENCE));
    return h;
}

static void release(struct handles *h, size_t which)
{
    if (which == 0) {
        rnn_config_destroy(h->config);
        h->config = NULL;
    } else if (which == 1) {
        rnn_destroy(h->model);
        h->model = NULL;
    } else {
        rnn_session_destroy(h->sessions[which - 2]);
        h->sessions[which - 2] = NULL;
    }
}

/* Everything that is left still works. */
static void use(struct handles *h)
{
    static const float x[I] = {1, 2, 3, 4};
    float y[C];
    rnn_model *other;
    size_t count;
    if (h->config) {
        assert_ok(rnn_create(&other, h->config));
        rnn_destroy(other);
    }
    if (h->model)
        assert_ok(rnn_model_tensor_count(h->model, &count));
    for (size_t i = 0; i < 2; i++)
        if (h->sessions[i])
            assert_ok(rnn_step(h->sessions[i], y, C, x, I));
    if (h->sessions[0]) {
        assert_ok(rnn_forward(h->sessions[0], y, C, x, I, NULL, 0, 1));
        assert_ok(rnn_backward(h->sessions[0], NULL, 0, y, C));
        assert_ok(rnn_sgd_step(h->sessions[0], 0.1));
    }
}

static void test_any_order_of_release(void **state)
{
    (void)state;
    for (size_t order = 0; order < HANDLES * HANDLES * HANDLES * HANDLES; order++) {
        size_t places[HANDLES] = {order % 4, order / 4 % 4, order / 16 % 4, order / 64};
        unsigned seen = 0;
        for (size_t i = 0; i < HANDLES; i++)
            seen |= 1u << places[i];
        if (seen != 15) /* no permutation */
            continue;
        struct handles h = open_handles();
        for (size_t i = 0; i < HANDLES; i++) {
            release(&h, places[i]);
            use(&h);
        }
    }
}

/* ---- any order, with what trains -------------------------------------------------------------------------------- */

enum { LEARNERS = 5, ORDERS = 5 * 5 * 5 * 5 * 5 };

struct learners {
    rnn_model *model;
    rnn_optimizer *optimizer;
    rnn_trainer *trainer; /* of both */
    rnn_session *session;
    rnn_dataset *dataset;
};

static const float learned_x[2 * I] = {1, 2, 3, 4, -1, -2, -3, -4};

static struct learners open_learners(void)
{
    static const int32_t classes[2] = {3, 1};
    struct learners l;
    rnn_config *config = fixture_config(REAL);
    const float *values;
    size_t count;
    assert_ok(rnn_create(&l.model, config));
    assert_ok(rnn_model_parameters(l.model, &values, &count));
    assert_ok(rnn_optimizer_create(&l.optimizer, RNN_OPTIMIZER_ADAMW, count));
    open_trainer(&l.trainer, l.model, l.optimizer, RNN_LOSS_CROSS_ENTROPY);
    assert_ok(rnn_session_create(&l.session, l.model, RNN_TRAINING));
    assert_ok(rnn_dataset_create(&l.dataset));
    add_sequence(l.dataset, learned_x, 2 * I, NULL, 0, classes, 2, NULL, 0, 2);
    assert_ok(rnn_trainer_set_int(l.trainer, RNN_KEEP_BEST, 1));
    rnn_config_destroy(config);
    return l;
}

static void release_learner(struct learners *l, size_t which)
{
    if (which == 0)
        rnn_destroy(l->model);
    else if (which == 1)
        rnn_optimizer_destroy(l->optimizer);
    else if (which == 2)
        rnn_trainer_destroy(l->trainer);
    else if (which == 3)
        rnn_session_destroy(l->session);
    else
        rnn_dataset_destroy(l->dataset);
    l->model = which == 0 ? NULL : l->model;
    l->optimizer = which == 1 ? NULL : l->optimizer;
    l->trainer = which == 2 ? NULL : l->trainer;
    l->session = which == 3 ? NULL : l->session;
    l->dataset = which == 4 ? NULL : l->dataset;
}

/* What is left still works. */
static void use_learners(const struct learners *l)
{
    float y[C];
    int64_t epochs;
    if (l->trainer && l->dataset) {
        assert_ok(rnn_trainer_get_int(l->trainer, RNN_EPOCH, &epochs));
        assert_ok(rnn_trainer_set_int(l->trainer, RNN_EPOCHS, epochs + 1));
        assert_ok(rnn_fit(l->trainer, l->dataset, l->dataset));
    }
    if (l->session) {
        assert_ok(rnn_forward(l->session, y, C, learned_x, I, NULL, 0, 1));
        assert_ok(rnn_backward(l->session, NULL, 0, y, C));
    }
    if (l->session && l->optimizer)
        assert_ok(rnn_optimizer_step(l->optimizer, l->session));
    if (l->optimizer)
        assert_ok(rnn_optimizer_report(l->optimizer, 1));
}

static void test_any_order_of_learners(void **state)
{
    (void)state;
    for (size_t order = 0; order < ORDERS; order++) {
        const size_t places[LEARNERS] = {order % 5, order / 5 % 5, order / 25 % 5, order / 125 % 5, order / 625};
        unsigned seen = 0;
        for (size_t i = 0; i < LEARNERS; i++)
            seen |= 1u << places[i];
        if (seen != 31) /* no permutation */
            continue;
        struct learners l = open_learners();
        for (size_t i = 0; i < LEARNERS; i++) {
            release_learner(&l, places[i]);
            use_learners(&l);
        }
    }
    rnn_optimizer_destroy(NULL);
    rnn_trainer_destroy(NULL);
    rnn_dataset_destroy(NULL);
}

/* ---- references ------------------------------------------------------------------------------------------------- */

static void test_references(void **state)
{
    (void)state;
    struct handles h = open_handles();
    size_t count;
    for (size_t i = 0; i < 3; i++)
        assert_ok(rnn_retain(h.model));
    for (size_t i = 0; i < 3; i++) {
        rnn_destroy(h.model);
        assert_ok(rnn_model_tensor_count(h.model, &count));
    }
    rnn_session_destroy(h.sessions[0]);
    rnn_session_destroy(h.sessions[1]);
    assert_ok(rnn_model_tensor_count(h.model, &count)); /* the sessions took only their own */
    rnn_destroy(h.model);
    rnn_config_destroy(h.config);
}

/* A session keeps its model: what the model handed out stays where it is. */
static void test_session_keeps_its_model(void **state)
{
    (void)state;
    struct handles h = open_handles();
    const float *view;
    const char *name, *note;
    size_t count;
    assert_ok(rnn_model_set_metadata(h.model, "key", "value"));
    assert_ok(rnn_model_parameters(h.model, &view, &count));
    assert_ok(rnn_model_tensor_info(h.model, 0, &name, NULL, NULL, 0, NULL));
    assert_ok(rnn_model_get_metadata(h.model, "key", &note));
    rnn_destroy(h.model);
    rnn_session_destroy(h.sessions[0]);
    assert_true(view[0] != view[count - 1]);
    assert_string_equal(name, "weight_ih_l0");
    assert_string_equal(note, "value");
    rnn_session_destroy(h.sessions[1]);
    rnn_config_destroy(h.config);
}

/* A session that could not be made holds no reference: the model ends here, as a leak checker sees. */
static void test_failed_session_holds_nothing(void **state)
{
    (void)state;
    struct handles h = open_handles();
    rnn_session *none = NULL;
    for (size_t i = 0; i < 3; i++)
        assert_fails(rnn_session_create(&none, h.model, 7), RNN_E_VALUE);
    assert_null(none);
    for (size_t i = 0; i < HANDLES; i++)
        release(&h, i);
}

/* The view of the gradients stays where it is and may be written to. */
static void test_view_of_gradients(void **state)
{
    (void)state;
    struct fixture f = fixture_open(REAL, RNN_TRAINING);
    float *view, *later, piece[C];
    size_t count, more;
    assert_ok(rnn_session_gradients(f.session, &view, &count));
    assert_int_equal(count, f.parameter_count);
    for (size_t i = 0; i < count; i++)
        view[i] = (float)i;
    assert_ok(rnn_session_get_gradient(f.session, "head.bias", piece, C));
    assert_memory_equal(piece, view + count - C, sizeof piece);
    assert_ok(rnn_sgd_step(f.session, 0.25));
    assert_ok(rnn_reset_state(f.session, 100 * B));
    assert_ok(rnn_session_reserve(f.session, 100, 1));
    assert_ok(rnn_session_gradients(f.session, &later, &more));
    assert_ptr_equal(later, view);
    for (size_t i = 0; i < count; i++)
        assert_true(view[i] == (float)i); /* kept by the step */
    const float *parameters;
    assert_ok(rnn_model_parameters(f.model, &parameters, &more));
    for (size_t i = 0; i < count; i++)
        assert_close(parameters[i], f.parameters[i] - 0.25f * (float)i, 1e-6);
    assert_ok(rnn_zero_gradients(f.session));
    for (size_t i = 0; i < count; i++)
        assert_true(view[i] == 0);
    fixture_close(&f);
}

/* At first the gradients are 0, and so is the state, for a batch of 1. */
static void test_new_session(void **state)
{
    (void)state;
    struct handles h = open_handles();
    float *gradients, states[L * H];
    size_t count;
    assert_ok(rnn_session_gradients(h.sessions[0], &gradients, &count));
    for (size_t i = 0; i < count; i++)
        assert_true(gradients[i] == 0);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(rnn_session_last_error(h.sessions[i]), "");
        assert_ok(rnn_session_get_state(h.sessions[i], RNN_STATE_H, states, L * H));
        for (size_t j = 0; j < L * H; j++)
            assert_true(states[j] == 0);
    }
    for (size_t i = 0; i < HANDLES; i++)
        release(&h, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_order_of_release),
        cmocka_unit_test(test_any_order_of_learners),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_session_keeps_its_model),
        cmocka_unit_test(test_failed_session_holds_nothing),
        cmocka_unit_test(test_view_of_gradients),
        cmocka_unit_test(test_new_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
