/* The library's own kernels beside a CBLAS (RNN_PRODUCTS): every row that has products, by both. */
#include <stdio.h>

#include "measures.h"
#include "rows.h"
#include "tools.h"

static void call(void *context)
{
    job_call(context);
}

static void print_pair(const struct options *options, const char *name, const struct cell *cell, struct workload work)
{
    struct job own, cblas;
    double fastest[2];
    (void)cell;
    if (work.precision) /* a CBLAS has none of these */
        return;
    work.products = RNN_PRODUCTS_OWN;
    job_set_up(&own, work, options->threads);
    work.products = RNN_PRODUCTS_CBLAS;
    job_set_up(&cblas, work, options->threads);
    time_in_turn(call, (void *[]){&own, &cblas}, fastest);
    printf("%s\t%.3f\t%.3f\t%.3f\n", name, fastest[0] * 1e6, fastest[1] * 1e6, fastest[1] / fastest[0]);
    fflush(stdout);
    job_tear_down(&own);
    job_tear_down(&cblas);
}

/* Whether the library has a CBLAS; if not, says why. */
static int has_cblas(void)
{
    rnn_config *config;
    rnn_model *model;
    check(rnn_config_create(&config));
    check(rnn_config_set_int(config, RNN_INPUT_SIZE, 1));
    check(rnn_config_set_int(config, RNN_HIDDEN_SIZE, 1));
    check(rnn_config_set_int(config, RNN_PRODUCTS, RNN_PRODUCTS_CBLAS));
    int32_t status = rnn_create(&model, config);
    rnn_config_destroy(config);
    if (status == RNN_E_UNSUPPORTED) {
        fprintf(stderr, "# --products needs a CBLAS: %s\n", rnn_last_error());
        return 0;
    }
    check(status);
    rnn_destroy(model);
    return 1;
}

void products_print(const struct options *options)
{
    if (!has_cblas())
        return;
    fprintf(stderr, "# row, microseconds with own kernels, with CBLAS, CBLAS / own\n");
    rows_visit(options, print_pair);
}
