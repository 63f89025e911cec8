/* Every function that the library exports succeeds at least once: the names in librnn.map (RNN_TEST_EXPORTS) are among
 * those of the calls that support/calls.c makes. */
#define _POSIX_C_SOURCE 200809L

#include "support/calls.h"
#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/rnn-test-XXXXXX"; /* the current directory */

static int enter(void **state)
{
    (void)state;
    return enter_folder(directory);
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") || rmdir(directory);
}

static void make_all_calls(void **state)
{
    (void)state;
    calls_on_library();
    for (size_t i = 0; i < calls_networks_count; i++) {
        calls_on_network(&calls_networks[i]);
        calls_on_files(&calls_networks[i]);
    }
    calls_on_layers();
    calls_on_samples();
    calls_on_layouts();
    calls_on_losses();
    calls_on_decoding();
    for (int32_t kind = RNN_OPTIMIZER_SGD; kind <= RNN_OPTIMIZER_ADAMW; kind++)
        calls_on_optimizer(kind, &calls_networks[0]);
    for (int32_t score = RNN_ATTENTION_DOT; score <= RNN_ATTENTION_ADDITIVE; score++)
        calls_on_attention(score);
    for (int32_t loss = RNN_LOSS_CROSS_ENTROPY; loss <= RNN_LOSS_CTC; loss++)
        calls_on_fit(loss);
}

/* The next name of the map, one a line: "        rnn_create;".  0 at its end. */
static int next_name(FILE *map, char name[64])
{
    char line[128];
    while (fgets(line, sizeof line, map))
        if (sscanf(line, " rnn_%59[a-z0-9_];", name + 4) == 1) {
            memcpy(name, "rnn_", 4);
            return 1;
        }
    return 0;
}

static void every_export_has_succeeded(void **state)
{
    (void)state;
    size_t exports = 0, missing = 0;
    char name[64];
    FILE *map = fopen(RNN_TEST_EXPORTS, "r");
    assert_non_null(map);
    for (; next_name(map, name); exports++)
        if (!calls_has(name)) {
            print_error("%s is exported, but no test sees it succeed: call it in tests/support/calls.c\n", name);
            missing++;
        }
    fclose(map);
    assert_int_equal(missing, 0);
    assert_true(exports > 100); /* the map was read */
}

/* The record can tell. */
static void what_was_not_called_is_missing(void **state)
{
    (void)state;
    assert_true(calls_has("rnn_create"));
    assert_false(calls_has("rnn_creat"));
    assert_false(calls_has("rnn_create2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(make_all_calls),
        cmocka_unit_test(every_export_has_succeeded),
        cmocka_unit_test(what_was_not_called_is_missing),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
