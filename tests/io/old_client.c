/* old_client write FOLDER: trains two networks, saves the trainer and the optimiser in the middle of an epoch and the
 * model at the end, and writes what the networks then compute to FOLDER/results.
 * old_client check FOLDER: loads these files, trains on, and compares with FOLDER/results.
 *
 * It is compiled against the header of the baseline, and linked with the library of today: programs and files of the
 * baseline must go on working.  abi/baseline.sh writes abi/baseline with it.  The numbers are those of other kernels
 * and other machines: they may differ in the last bits. */
#include "../../abi/baseline/rnn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 6, INPUTS = 2, VOCABULARY = 5, OUTPUTS = 3, SEQUENCES = 7, BATCH = 3, EPOCHS = 3, SAVED_AT = 4 };

#define TRY(call) try(call, #call)

static void try(int32_t status, const char *call)
{
    if (status) {
        fprintf(stderr, "%s: %s: %s\n", call, rnn_status_string(status), rnn_last_error());
        exit(1);
    }
}

/* ---- what is compared -------------------------------------------------------------------------------------------- */

struct client {
    const char *folder;
    int writes;
    FILE *results;
    int compared, wrong;
};

static const char *path_of(const struct client *client, const char *network, const char *part)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", client->folder, network, part);
    return path;
}

/* What the file says next must be `network` and `what`. */
static void expect(struct client *client, const char *network, const char *what)
{
    char line[128], expected[128];
    snprintf(line, sizeof line, "%s.%s", network, what);
    if (client->writes) {
        fprintf(client->results, "%s", line);
    } else if (fscanf(client->results, " %127s", expected) != 1 || strcmp(line, expected) != 0) {
        fprintf(stderr, "results: expected %s\n", line);
        exit(1);
    }
}

static void compare(struct client *client, const char *network, const char *what, const float *values, size_t count)
{
    float expected;
    expect(client, network, what);
    for (size_t i = 0; i < count; i++) {
        if (client->writes) {
            fprintf(client->results, " %.9g", (double)values[i]);
        } else if (fscanf(client->results, "%f", &expected) != 1 ||
                   !(fabsf(values[i] - expected) <= 1e-4f * (1 + fabsf(expected)))) {
            fprintf(stderr, "%s.%s, number %d: %.9g, expected %.9g\n", network, what, (int)i, (double)values[i],
                    (double)expected);
            client->wrong++;
        }
        client->compared++;
    }
    if (client->writes)
        fprintf(client->results, "\n");
}

static void compare_one(struct client *client, const char *network, const char *what, double value)
{
    float rounded = (float)value;
    compare(client, network, what, &rounded, 1);
}

/* ---- two networks ------------------------------------------------------------------------------------------------ */

struct network {
    const char *name;
    int32_t loss, optimizer;
    rnn_model *(*create)(int64_t seed);
    int tokens;
};

static void set_layer(rnn_config *config, int32_t kind, int32_t key, int64_t value)
{
    size_t layer;
    TRY(rnn_config_add_layer(config, &layer, kind));
    TRY(rnn_config_set_layer_int(config, layer, key, value));
    if (kind == RNN_KIND_CONV1D)
        TRY(rnn_config_set_layer_int(config, layer, RNN_KERNEL_SIZE, 3));
    if (kind == RNN_KIND_RECURRENT) {
        TRY(rnn_config_set_layer_int(config, layer, RNN_CELL, RNN_CELL_GRU));
        TRY(rnn_config_set_layer_int(config, layer, RNN_INITIAL_STATE, 1));
    }
}

static rnn_model *finish(rnn_config *config, int64_t seed)
{
    rnn_model *model;
    TRY(rnn_config_set_int(config, RNN_SEED, seed));
    TRY(rnn_create(&model, config));
    TRY(rnn_model_set_metadata(model, "written by", "an old client"));
    rnn_config_destroy(config);
    return model;
}

static rnn_model *create_list(int64_t seed)
{
    rnn_config *config;
    TRY(rnn_config_create(&config));
    TRY(rnn_config_set_int(config, RNN_INPUT_SIZE, INPUTS));
    set_layer(config, RNN_KIND_CONV1D, RNN_OUTPUT_SIZE, 4);
    set_layer(config, RNN_KIND_RECURRENT, RNN_HIDDEN_SIZE, 3);
    set_layer(config, RNN_KIND_DENSE, RNN_OUTPUT_SIZE, OUTPUTS);
    return finish(config, seed);
}

static rnn_model *create_tokens(int64_t seed)
{
    const int32_t options[][2] = {{RNN_CELL, RNN_CELL_LSTM}, {RNN_VOCABULARY, VOCABULARY},
                                  {RNN_EMBEDDING_SIZE, 4},   {RNN_HIDDEN_SIZE, 3},
                                  {RNN_LAYERS, 2},           {RNN_CLASSES, OUTPUTS},
                                  {RNN_PEEPHOLES, 1},        {RNN_DIRECTION, RNN_DIRECTION_BOTH}};
    rnn_config *config;
    TRY(rnn_config_create(&config));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        TRY(rnn_config_set_int(config, options[i][0], options[i][1]));
    TRY(rnn_config_set_real(config, RNN_DROPOUT, 0.25));
    TRY(rnn_config_set_text(config, RNN_HEAD_NAME, "fc."));
    return finish(config, seed);
}

static const struct network networks[] = {
    {"tokens", RNN_LOSS_CROSS_ENTROPY, RNN_OPTIMIZER_ADAMW, create_tokens, 1},
    {"list", RNN_LOSS_SQUARED_ERROR, RNN_OPTIMIZER_SGD, create_list, 0},
};

/* ---- their data -------------------------------------------------------------------------------------------------- */

static const int32_t tokens[STEPS + SEQUENCES] = {3, 1, 4, 1, 0, 2, 2, 4, 0, 3, 1, 2, 0};
static const int32_t classes[STEPS + SEQUENCES] = {0, 2, 1, 1, 2, 0, 1, 0, 2, 2, 0, 1, 1};

static float number(size_t i)
{
    return (float)(i * i * 7 % 32) / 16 - 1;
}

static rnn_dataset *create_dataset(const struct network *network)
{
    rnn_dataset *dataset;
    float x[STEPS * INPUTS], values[STEPS * OUTPUTS];
    TRY(rnn_dataset_create(&dataset));
    for (size_t s = 0; s < SEQUENCES; s++) {
        size_t index, steps = 2 + s % (STEPS - 1);
        for (size_t i = 0; i < STEPS * INPUTS; i++)
            x[i] = number(i + 5 * s);
        for (size_t i = 0; i < STEPS * OUTPUTS; i++)
            values[i] = number(3 * i + s) / 2;
        if (network->tokens) {
            TRY(rnn_dataset_add_tokens(dataset, &index, tokens + s, steps));
            TRY(rnn_dataset_set_classes(dataset, index, classes + s, steps));
        } else {
            TRY(rnn_dataset_add(dataset, &index, x, steps * INPUTS, steps));
            TRY(rnn_dataset_set_values(dataset, index, values, steps * OUTPUTS));
        }
    }
    return dataset;
}

/* ---- what happens to each ---------------------------------------------------------------------------------------- */

struct run {
    const struct client *client;
    const struct network *network;
    rnn_optimizer *optimizer;
    int batches;
};

static int32_t save_at_batch(void *user, rnn_trainer *trainer, int32_t event)
{
    struct run *run = user;
    if (event == RNN_EVENT_BATCH && ++run->batches == SAVED_AT && run->client->writes) {
        TRY(rnn_trainer_save(trainer, path_of(run->client, run->network->name, "_trainer.safetensors")));
        TRY(rnn_optimizer_save(run->optimizer, path_of(run->client, run->network->name, "_optimizer.safetensors")));
    }
    return 0;
}

static rnn_optimizer *create_optimizer(const struct network *network, const rnn_model *model)
{
    rnn_optimizer *optimizer;
    TRY(rnn_optimizer_create_for_model(&optimizer, network->optimizer, model));
    TRY(rnn_optimizer_set_real(optimizer, RNN_RATE, 0.02));
    TRY(rnn_optimizer_set_real(optimizer, RNN_MAX_NORM, 1));
    TRY(rnn_optimizer_set_int(optimizer, RNN_SCHEDULE, RNN_SCHEDULE_COSINE));
    TRY(rnn_optimizer_set_int(optimizer, RNN_PERIOD, 20));
    if (network->optimizer == RNN_OPTIMIZER_SGD)
        TRY(rnn_optimizer_set_real(optimizer, RNN_MOMENTUM, 0.9));
    return optimizer;
}

/* The run that was never interrupted, or the rest of it from the file. */
static void train(struct client *client, const struct network *network)
{
    rnn_model *model = network->create(client->writes ? 7 : 8);
    rnn_dataset *dataset = create_dataset(network);
    struct run run = {client, network, create_optimizer(network, model), 0};
    rnn_trainer *trainer;
    rnn_loss *loss;
    const float *parameters;
    size_t count;
    double loss_value;
    TRY(rnn_loss_create(&loss, network->loss));
    TRY(rnn_trainer_create(&trainer, model, run.optimizer, loss));
    TRY(rnn_trainer_set_callback(trainer, save_at_batch, &run));
    TRY(rnn_trainer_set_int(trainer, RNN_BATCH_SIZE, BATCH));
    TRY(rnn_trainer_set_int(trainer, RNN_EPOCHS, EPOCHS));
    TRY(rnn_trainer_set_int(trainer, RNN_SHUFFLE, 1));
    TRY(rnn_trainer_set_int(trainer, RNN_KEEP_BEST, 1));
    if (!client->writes)
        TRY(rnn_trainer_load(trainer, path_of(client, network->name, "_trainer.safetensors")));
    TRY(rnn_fit(trainer, dataset, dataset));
    if (client->writes)
        TRY(rnn_save(model, path_of(client, network->name, "_model.safetensors")));

    TRY(rnn_trainer_get_real(trainer, RNN_TRAINING_LOSS, &loss_value));
    compare_one(client, network->name, "training_loss", loss_value);
    TRY(rnn_trainer_get_real(trainer, RNN_BEST_LOSS, &loss_value));
    compare_one(client, network->name, "best_loss", loss_value);
    TRY(rnn_model_parameters(model, &parameters, &count));
    compare(client, network->name, "parameters", parameters, count);
    rnn_trainer_destroy(trainer);
    rnn_optimizer_destroy(run.optimizer);
    rnn_loss_destroy(loss);
    rnn_dataset_destroy(dataset);
    rnn_destroy(model);
}

static void forward(struct client *client, const struct network *network, rnn_model *model, const char *what)
{
    rnn_session *session;
    float x[STEPS * INPUTS], y[STEPS * OUTPUTS];
    for (size_t i = 0; i < STEPS * INPUTS; i++)
        x[i] = number(i);
    TRY(rnn_session_create(&session, model, RNN_INFERENCE));
    TRY(rnn_reset_state(session, 1));
    if (network->tokens)
        TRY(rnn_forward_tokens(session, y, STEPS * OUTPUTS, tokens, STEPS, NULL, 0, STEPS));
    else
        TRY(rnn_forward(session, y, STEPS * OUTPUTS, x, STEPS * INPUTS, NULL, 0, STEPS));
    compare(client, network->name, what, y, STEPS * OUTPUTS);
    rnn_session_destroy(session);
}

/* The model, then the same in 8 bits. */
static void run_model(struct client *client, const struct network *network)
{
    const char *writer;
    rnn_model *model;
    TRY(rnn_load(&model, path_of(client, network->name, "_model.safetensors")));
    forward(client, network, model, "output");
    TRY(rnn_model_get_metadata(model, "written by", &writer));
    compare_one(client, network->name, "metadata", strcmp(writer, "an old client") == 0);
    TRY(rnn_model_set_precision(model, RNN_PRECISION_INT8));
    forward(client, network, model, "output_of_int8");
    rnn_destroy(model);
}

/* One update more, of arrays. */
static void run_optimizer(struct client *client, const struct network *network)
{
    rnn_model *model = network->create(7);
    rnn_optimizer *optimizer;
    const float *start;
    float *parameters, *gradients;
    size_t count;
    int64_t updates;
    TRY(rnn_optimizer_load(&optimizer, path_of(client, network->name, "_optimizer.safetensors")));
    TRY(rnn_optimizer_get_int(optimizer, RNN_UPDATES, &updates));
    compare_one(client, network->name, "updates", (double)updates);
    TRY(rnn_model_parameters(model, &start, &count));
    parameters = malloc(count * sizeof *parameters);
    gradients = malloc(count * sizeof *gradients);
    if (parameters == NULL || gradients == NULL)
        exit(1);
    memcpy(parameters, start, count * sizeof *parameters);
    for (size_t i = 0; i < count; i++)
        gradients[i] = number(i);
    TRY(rnn_optimizer_step_arrays(optimizer, parameters, count, gradients, count));
    compare(client, network->name, "updated_arrays", parameters, count);
    free(parameters);
    free(gradients);
    rnn_optimizer_destroy(optimizer);
    rnn_destroy(model);
}

int main(int argc, char **argv)
{
    struct client client = {0};
    if (argc != 3 || (strcmp(argv[1], "write") != 0 && strcmp(argv[1], "check") != 0)) {
        fprintf(stderr, "usage: old_client write FOLDER, or: old_client check FOLDER\n");
        return 2;
    }
    client.folder = argv[2];
    client.writes = argv[1][0] == 'w';
    client.results = fopen(path_of(&client, "", "results"), client.writes ? "wb" : "r");
    if (client.results == NULL) {
        perror("results");
        return 1;
    }
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        train(&client, &networks[i]);
        run_model(&client, &networks[i]);
        run_optimizer(&client, &networks[i]);
    }
    if (fclose(client.results) != 0)
        return 1;
    if (!client.writes)
        printf("a program of librnn %d.%d.%d with librnn %s: %d numbers compared, %d wrong\n", RNN_VERSION_MAJOR,
               RNN_VERSION_MINOR, RNN_VERSION_PATCH, rnn_version_string(), client.compared, client.wrong);
    return client.wrong > 0;
}
