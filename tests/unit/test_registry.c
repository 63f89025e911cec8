/* What the cells say of themselves, for what no network shows. */
#include "cells/registry.h"
#include "model/cell_form.h"
#include "model/options.h"

#include <string.h>

#include "support/support.h"

static void test_values_and_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        [RNN_CELL_TANH] = {"RNN_CELL_TANH", "tanh RNN"},
        [RNN_CELL_RELU] = {"RNN_CELL_RELU", "relu RNN"},
        [RNN_CELL_LSTM] = {"RNN_CELL_LSTM", "LSTM"},
        [RNN_CELL_GRU] = {"RNN_CELL_GRU", "GRU"},
        [RNN_CELL_MINGRU] = {"RNN_CELL_MINGRU", "minGRU"},
        [RNN_CELL_SLSTM] = {"RNN_CELL_SLSTM", "sLSTM"},
        [RNN_CELL_INDRNN] = {"RNN_CELL_INDRNN", "IndRNN"},
        [RNN_CELL_MINGRU_HIGHWAY] = {"RNN_CELL_MINGRU_HIGHWAY", "minGRU with highway gate"}};
    assert_int_equal(RNNI_REGISTRY_LAST, sizeof names / sizeof *names - 1);
    for (int64_t value = 1; value <= RNNI_REGISTRY_LAST; value++) {
        const struct rnni_cell *cell = rnni_registry_cell(value);
        assert_int_equal(cell->value, value);
        assert_string_equal(cell->name, names[value][0]);
        assert_string_equal(cell->label, names[value][1]);
        assert_in_range(cell->gates, 1, 4);
        assert_in_range(cell->states, 1, RNNI_STATES);
    }
}

/* Lists of options end, have options alone, and no option twice. */
static void test_lists_of_options(void **state)
{
    (void)state;
    for (int64_t value = 1; value <= RNNI_REGISTRY_LAST; value++) {
        const int32_t *keys = rnni_registry_cell(value)->options;
        size_t count = 0;
        while (count < RNNI_CELL_OPTIONS && keys[count])
            count++;
        assert_true(count < RNNI_CELL_OPTIONS);
        for (size_t i = 0; i < count; i++) {
            size_t found = 0;
            for (size_t k = 0; k < rnni_options_count; k++)
                found += rnni_options_table[k].key == keys[i];
            assert_int_equal(found, 1);
            for (size_t k = 0; k < i; k++)
                assert_int_not_equal(keys[k], keys[i]);
        }
    }
}

/* An option that no cell names is of all cells. */
static void test_options_of_all_cells(void **state)
{
    (void)state;
    const struct rnni_cell *lstm = rnni_registry_cell(RNN_CELL_LSTM), *mingru = rnni_registry_cell(RNN_CELL_MINGRU);
    assert_true(rnni_registry_has_option(lstm, RNN_LAYERS));
    assert_true(rnni_registry_has_option(mingru, RNN_LAYERS));
    assert_true(rnni_registry_has_option(lstm, RNN_CELL_CLIP));
    assert_false(rnni_registry_has_option(mingru, RNN_CELL_CLIP));
}

/* A gate of others is one of theirs, and no two of ours are the same. */
static void check_order(const struct rnni_cell *cell, const struct rnni_foreign *order)
{
    unsigned seen = 0;
    if (!order->gates)
        return;
    assert_int_equal(order->gates, cell->gates);
    for (size_t i = 0; i < cell->gates; i++) {
        assert_true(order->gate[i] < order->gates);
        seen |= 1u << order->gate[i];
    }
    assert_int_equal(seen, (1u << order->gates) - 1);
}

static void test_orders_of_others(void **state)
{
    (void)state;
    for (int64_t value = 1; value <= RNNI_REGISTRY_LAST; value++) {
        check_order(rnni_registry_cell(value), &rnni_registry_cell(value)->onnx);
        check_order(rnni_registry_cell(value), &rnni_registry_cell(value)->keras);
    }
}

/* The gates of a standard LSTM are computed with its products, row by row. */
static void test_which_forms_work_in_rows(void **state)
{
    (void)state;
    struct rnni_options options;
    rnni_options_default(&options);
    options.hidden_size = 8;
    options.cell = RNN_CELL_LSTM;
    assert_int_equal(rnni_cell_form_of(&options).in_rows, rnni_gates()->lstm_row != NULL);
    options.projection_size = 4;
    assert_int_equal(rnni_cell_form_of(&options).in_rows, 0);
    options.projection_size = 0;
    options.peepholes = 1;
    assert_int_equal(rnni_cell_form_of(&options).in_rows, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_and_names),         cmocka_unit_test(test_lists_of_options),
        cmocka_unit_test(test_options_of_all_cells),     cmocka_unit_test(test_orders_of_others),
        cmocka_unit_test(test_which_forms_work_in_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
