/* Whatever a program may call, it can call in a thread whose stack is as small as rnn.h says.  All tests run in such a
 * thread, stack and guard made here: what needs more ends the program.  On Linux, glibc takes some of the stack for
 * itself, so there is less than that for the library.  Linked with --wrap=cblas_..., since rnn.h speaks of
 * RNN_PRODUCTS_OWN: a CBLAS takes the stack that it wants. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pthread_attr_setstack */

#include "support/calls.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK ((size_t)64 << 10) /* rnn.h, "Stack" */

/* Not called: the kernels make the products. */
void __wrap_cblas_sgemv(void);
void __wrap_cblas_sger(void);
void __wrap_cblas_sgemm(void);
void __wrap_cblas_sgemv(void)
{
    abort();
}
void __wrap_cblas_sger(void)
{
    abort();
}
void __wrap_cblas_sgemm(void)
{
    abort();
}

/* ---- what is called ---------------------------------------------------------------------------------------------- */

static void test_networks(void **state)
{
    (void)state;
    calls_on_library();
    for (size_t i = 0; i < calls_networks_count; i++)
        calls_on_network(&calls_networks[i]);
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < calls_networks_count; i++)
        calls_on_files(&calls_networks[i]);
    calls_on_layers();
    calls_on_layouts();
}

static void test_functions_on_arrays(void **state)
{
    (void)state;
    calls_on_losses();
    calls_on_decoding();
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        calls_on_attention(score);
}

static void test_optimizers(void **state)
{
    (void)state;
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        for (size_t i = 0; i < 2; i++)
            calls_on_optimizer(kind, &calls_networks[i]);
}

static void test_fit(void **state)
{
    (void)state;
    for (int32_t loss = RNN_LOSS_CROSS_ENTROPY; loss <= RNN_LOSS_CTC; loss++)
        calls_on_fit(loss);
}

/* Sentences with numbers, quotations and reasons of the system. */
static void test_errors(void **state)
{
    (void)state;
    rnn_model *model = calls_model(&calls_networks[0]), *none;
    rnn_session *session;
    rnn_config *config;
    char name[300];
    float x[4] = {0};
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    assert_ok(rnn_session_create(&session, model, RNN_TRAINING));
    assert_fails(rnn_forward(session, NULL, 0, x, 4, NULL, 0, 77), RNN_E_SIZE);
    assert_fails(rnn_sgd_step(session, 1e300), RNN_E_VALUE);
    assert_fails(rnn_model_get_parameter(model, name, x, 4), RNN_E_NAME);
    assert_fails(rnn_save(model, "/no/such/directory/file"), RNN_E_IO);
    assert_fails(rnn_load(&none, "/no/such/file"), RNN_E_IO);
    assert_fails(rnn_load_memory(&none, "12345678{\"a\":[}", 14), RNN_E_FORMAT);
    assert_ok(rnn_config_create(&config));
    assert_fails(rnn_create(&none, config), RNN_E_VALUE);
    assert_fails(rnn_config_set_real(config, RNN_DROPOUT, 3), RNN_E_VALUE);
    assert_fails(rnn_config_set_text(config, RNN_PREFIX, name), RNN_E_VALUE);
    rnn_config_destroy(config);
    rnn_session_destroy(session);
    rnn_destroy(model);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static void *run(void *failures)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),   cmocka_unit_test(test_files), cmocka_unit_test(test_functions_on_arrays),
        cmocka_unit_test(test_optimizers), cmocka_unit_test(test_fit),   cmocka_unit_test(test_errors),
    };
    *(int *)failures = run_with_all_kernels(tests, sizeof tests / sizeof *tests);
    return NULL;
}

/* Bytes of the stack that were never written. */
static size_t untouched(const unsigned char *stack)
{
    size_t bytes = 0;
    while (bytes < STACK && stack[bytes] == 0)
        bytes++;
    return bytes;
}

static int run_in_small_thread(void)
{
    int failures = 1;
    pthread_t thread;
    pthread_attr_t attributes;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *guard =
        mmap(NULL, page + STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* zeros */
    if (guard == MAP_FAILED || mprotect(guard, page, PROT_NONE) || pthread_attr_init(&attributes) ||
        pthread_attr_setstack(&attributes, guard + page, STACK) ||
        pthread_create(&thread, &attributes, run, &failures)) {
        fprintf(stderr, "no thread with a stack of %zu bytes\n", STACK);
        return 1;
    }
    pthread_join(thread, NULL);
    printf("%zu of %zu bytes of stack were not used\n", untouched(guard + page), STACK);
    return failures;
}

int main(void)
{
    if (!mkdtemp(directory) || chdir(directory))
        return 1;
    int failures = run_in_small_thread();
    return chdir("/") || rmdir(directory) || failures;
}
