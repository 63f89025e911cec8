/* Run with a library of the CBLAS's name that is none, given the reason that rnn_create must tell. */
#include <rnn.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, rnn_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    rnn_config *config;
    rnn_model *model = NULL;
    int64_t products;
    if (argc != 2)
        return 2;
    if (rnn_config_create(&config) || rnn_config_set_int(config, RNN_INPUT_SIZE, 2) ||
        rnn_config_set_int(config, RNN_HIDDEN_SIZE, 3) || rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS))
        return failed("configuration");
    for (int again = 0; again < 2; again++)
        if (rnn_create(&model, config) != RNN_E_UNSUPPORTED || model || !strstr(rnn_last_error(), argv[1]))
            return failed("a CBLAS that cannot be used");
    if (rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_OWN) || rnn_create(&model, config) ||
        rnn_model_get_int(model, RNN_PRODUCTS, &products) || products != RNN_PRODUCTS_OWN)
        return failed("own kernels beside it");
    rnn_destroy(model);
    rnn_config_destroy(config);
    return 0;
}
