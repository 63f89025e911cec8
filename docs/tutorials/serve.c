/* Runs a classifier that PyTorch has trained: reads numbers, a step with FEATURES of them on each line, an empty line
 * at the end of each sequence; prints the logits of each sequence. */
#include <rnn.h>
#include <stdio.h>
#include <stdlib.h>

#define FEATURES 3
#define CLASSES  2
#define LONGEST  100

static void check(int32_t status)
{
    if (status) {
        fprintf(stderr, "%s\n", rnn_last_error());
        exit(1);
    }
}

static rnn_model *load(const char *path)
{
    rnn_config *config;
    rnn_model *model;

    check(rnn_config_create(&config));
    check(rnn_config_set_text(config, RNN_PREFIX, "lstm."));             /* self.lstm */
    check(rnn_config_set_text(config, RNN_HEAD_NAME, "fc."));            /* self.fc */
    check(rnn_config_set_int(config, RNN_OUTPUT, RNN_OUTPUT_LAST_STEP)); /* y[:, -1] */
    check(rnn_config_infer(config, path));                               /* everything else */
    check(rnn_create(&model, config));
    check(rnn_model_load_parameters(model, path));
    rnn_config_destroy(config);
    return model;
}

static void classify(rnn_session *session, const float *x, size_t steps)
{
    float logits[CLASSES];

    check(rnn_reset_state(session, 1));
    check(rnn_forward(session, logits, CLASSES, x, steps * FEATURES, NULL, 0, steps));
    printf("%.6f %.6f\n", logits[0], logits[1]);
}

int main(int count, char **arguments)
{
    float x[LONGEST * FEATURES];
    char line[256];
    size_t steps = 0;
    rnn_session *session;

    if (count != 2)
        return fprintf(stderr, "usage: serve MODEL <INPUT\n"), 2;
    rnn_model *model = load(arguments[1]);
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    while (fgets(line, sizeof line, stdin)) {
        float *row = x + steps * FEATURES;
        if (steps < LONGEST && sscanf(line, "%f %f %f", &row[0], &row[1], &row[2]) == FEATURES) {
            steps++;
        } else if (steps > 0) {
            classify(session, x, steps);
            steps = 0;
        }
    }
    rnn_session_destroy(session);
    rnn_destroy(model);
    return 0;
}
