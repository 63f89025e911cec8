/* How much memory a model takes beside its parameters. */
#include "model/model.h"

#include "support/guarded.h"
#include "support/support.h"

static size_t bytes_of(int64_t cell, int64_t hidden, int64_t inputs, int64_t direction, size_t *parameters)
{
    rnn_config *config = NULL;
    rnn_model *model = NULL;
    assert_int_equal(rnn_config_create(&config), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_CELL, cell), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_HIDDEN_SIZE, hidden), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_INPUT_SIZE, inputs), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_DIRECTION, direction), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_CLASSES, 1), RNN_OK);
    assert_int_equal(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN), RNN_OK);
    assert_int_equal(rnn_create(&model, config), RNN_OK);
    size_t bytes = rnni_model_bytes(model);
    *parameters = model->layout.parameter_count;
    rnn_destroy(model);
    rnn_config_destroy(config);
    return bytes;
}

/* At most 64 KiB and four times the parameters, where panels of 16 units would take up to seventeen times. */
static void narrow_layers_take_little(void **state)
{
    (void)state;
    static const int64_t cells[] = {RNN_CELL_TANH, RNN_CELL_LSTM, RNN_CELL_GRU, RNN_CELL_SLSTM, RNN_CELL_MINGRU};
    static const int64_t inputs[] = {1, 100, 5000, 40000};
    for (size_t c = 0; c < COUNT_OF(cells); c++)
        for (int64_t hidden = 1; hidden <= 8; hidden++)
            for (size_t i = 0; i < COUNT_OF(inputs); i++)
                for (int64_t direction = RNN_DIRECTION_FORWARD; direction <= RNN_DIRECTION_BOTH; direction++) {
                    size_t parameters, bytes = bytes_of(cells[c], hidden, inputs[i], direction, &parameters);
                    assert_in_range(bytes, 2 * 4 * parameters, 4 * 4 * parameters + 65536);
                }
}

/* The copy is less than twice as large as the parameters whatever the width, and as large for multiples of 16. */
static void the_copy_is_less_than_twice_as_large(void **state)
{
    (void)state;
    for (int64_t hidden = 1; hidden <= 130; hidden++) {
        size_t parameters, bytes = bytes_of(RNN_CELL_LSTM, hidden, 2000, RNN_DIRECTION_FORWARD, &parameters);
        double copies = ((double)bytes - 16384) / (4.0 * (double)parameters) - 1;
        assert_true(copies < (hidden % 16 ? 2 : 1.01));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrow_layers_take_little),
        cmocka_unit_test(the_copy_is_less_than_twice_as_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
