/* exchange write FOLDER: trains a little, and writes the files of the model, of the optimiser and of the trainer.
 * exchange copy FROM TO: loads these files and writes them again.
 *
 * exchange.sh runs it on two machines that may differ in byte order: the copies must be equal to the originals. */
#include "support/fitting.h"

#include <stdio.h>
#include <string.h>

struct path {
    char text[4096];
};

static struct path path_of(const char *folder, const char *name)
{
    struct path path;
    int count = snprintf(path.text, sizeof path.text, "%s/%s.safetensors", folder, name);
    assert_true(count > 0 && (size_t)count < sizeof path.text);
    return path;
}

static void save(struct run *run, const rnn_model *model, const rnn_optimizer *optimizer, const char *folder)
{
    assert_ok(rnn_save(model, path_of(folder, "model").text));
    assert_ok(rnn_optimizer_save(optimizer, path_of(folder, "optimizer").text));
    assert_ok(rnn_trainer_save(run->trainer, path_of(folder, "trainer").text));
}

static void train(const char *folder)
{
    struct datasets datasets = datasets_open(tasks[0]);
    struct run run;
    run_open(&run, datasets.task, 5);
    run_set(&run, RNN_SHUFFLE, 1);
    run_set(&run, RNN_KEEP_BEST, 1);
    assert_ok(rnn_fit(run.trainer, datasets.training, datasets.validation));
    save(&run, run.model, run.optimizer, folder);
    run_close(&run);
    datasets_close(&datasets);
}

static void copy(const char *from, const char *to)
{
    struct run run;
    rnn_model *model;
    rnn_optimizer *optimizer;
    run_open(&run, tasks[0], 99);
    run_set(&run, RNN_KEEP_BEST, 1);
    assert_ok(rnn_load(&model, path_of(from, "model").text));
    assert_ok(rnn_optimizer_load(&optimizer, path_of(from, "optimizer").text));
    assert_ok(rnn_trainer_load(run.trainer, path_of(from, "trainer").text));
    save(&run, model, optimizer, to);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
    run_close(&run);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "write") == 0)
        train(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "copy") == 0)
        copy(argv[2], argv[3]);
    else {
        fprintf(stderr, "usage: exchange write FOLDER, or: exchange copy FROM TO\n");
        return 2;
    }
    return 0;
}
