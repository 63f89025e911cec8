/* The command line of forecast, and the run: training, forecasts of what was held out, scores, table, picture. */
#include "forecast.h"
#include "command.h"
#include "die.h"
#include "file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "forecast";

static void print_scores(const scores *s, const history *h)
{
    printf("\nheld out, %zu steps; %.1f seconds of training\n", s->steps, h->seconds);
    printf("%-28s %12s %12s\n", "", "network", "a week ago");
    printf("%-28s %12.4f %12.4f\n", "mean absolute error", s->error, s->naive_error);
    printf("%-28s %12.4f %12.4f\n", "pinball loss", s->pinball, s->naive_pinball);
    printf("%-28s %10.1f %%\n", "values in the 80 % interval", 100 * s->coverage);
    printf("%-28s %12.4f\n", "mean width of it", s->width);
}

/* The first steps are for training, the next for validation, the last are held out: 70, 15 and 15 %. */
static void run(const data *d, const options *o)
{
    frame f = frame_of(d);
    size_t least = frame_least(&f), days = d->count > least ? (d->count - least) / f.horizon : 0;
    char *picture = file_beside(o->output, ".svg"), *table = file_beside(o->output, ".csv");
    history h = {.seconds = 0};

    if (days < 14)
        die("%s has %zu values, expected at least %zu: two weeks, and 14 days to forecast", d->name, d->count,
            least + 14 * f.horizon);
    file_check_writable(picture);
    file_check_writable(table);
    size_t held_out = d->count - days * 15 / 100 * f.horizon, validation = held_out - days * 15 / 100 * f.horizon;
    rnn_model *model = train(&h, &f, least, validation, held_out, o);
    forecasts c = forecast_all(model, &f, held_out);
    scores s = score(&c, d);
    if (!s.steps)
        die("%s: all values that are held out are missing", d->name);
    print_scores(&s, &h);
    write_table(table, &c, d);
    picture_draw(picture, &c, d, &h);
    printf("forecasts: %s\npicture: %s\n", table, picture);
    rnn_destroy(model);
    free(c.quantiles);
    free(picture);
    free(table);
}

/* ---- the command line ----------------------------------------------------------------------------------------- */

/* True where only help or the version was wanted, and printed. */
static bool parse(options *o, const char **words, bool has_file, char **arguments)
{
    const option table[] = {
        {"--hours", "N", WHOLE, &o->hours, 1, 10000000, "steps of the generated series"},
        {"--day", "N", WHOLE, &o->day, 1, 100000, "steps of a day, the shorter season; also the horizon"},
        {"--week", "N", WHOLE, &o->week, 1, 1000, "days of a week, the longer season"},
        {"--units", "H", WHOLE, &o->units, 1, 4096, "units of a layer"},
        {"--epochs", "N", WHOLE, &o->epochs, 1, 100000, "epochs at most"},
        {"--patience", "N", WHOLE, &o->patience, 1, 100000, "stop after so many epochs without a better validation"},
        {"--min-delta", "D", REAL, &o->min_delta, 0, 1e9, "by how much a validation loss must be smaller"},
        {"--batch", "N", WHOLE, &o->batch, 1, 100000, "windows of a batch"},
        {"--rate", "R", REAL, &o->rate, 1e-9, 10, "the learning rate of Adam"},
        {"--threads", "N", WHOLE, &o->threads, 1, 64, "threads; they change the time and nothing else"},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "other initial weights, another generated series"},
        {"--output", "NAME", WORD, &o->output, 0, 0, "NAME.svg and NAME.csv are written"},
    };
    const command c = {
        .name = "",
        .words = has_file ? "FILE.csv COLUMN" : NULL,
        .word_count = has_file ? 2 : 0,
        .options = table,
        .option_count = COUNT(table),
        .help = "Forecasts a series a day ahead, as the quantiles 0.1, 0.5 and 0.9, by two LSTM layers.\n"
                "    forecast [OPTIONS]                  a generated series\n"
                "    forecast FILE.csv COLUMN [OPTIONS]  a column of a file with one line for each step",
    };

    return command_parse(&c, words, arguments);
}

int main(int argc, char **argv)
{
    options o = {.hours = 6000,
                 .day = 24,
                 .week = 7,
                 .units = 32,
                 .epochs = 40,
                 .patience = 6,
                 .batch = 32,
                 .seed = 1,
                 .rate = 0.005,
                 .min_delta = 1e-4,
                 .output = "forecast"};
    bool has_file = argc > 1 && argv[1][0] != '-';
    const char *words[2] = {NULL, NULL};

    if (!parse(&o, words, has_file, argv + 1)) {
        data d = has_file ? data_read(words[0], words[1], &o) : data_generate(&o);
        run(&d, &o);
        data_release(&d);
    }
    check_output();
    return 0;
}
