/* The program of a user: valid C99 and C++11, built against the installed library in every way that is promised.
 * Creates a small network, runs it and prints one line. */
#include <rnn.h>

#include <math.h>
#include <stdio.h>

static int failed(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, rnn_last_error());
    return 1;
}

int main(void)
{
    rnn_config *config = NULL;
    rnn_model *model = NULL;
    rnn_session *session = NULL;
    float x[3 * 2] = {0.5F, -1.0F, 0.25F, 2.0F, 0.0F, 1.0F}; /* [T,B,I], T = 3, B = 1, I = 2 */
    float y[3 * 4];                                          /* [T,B,C], C = 4 */
    int i;

    if (rnn_version() != RNN_VERSION_NUMBER) {
        fprintf(stderr, "the header is of %d, the library of %d\n", RNN_VERSION_NUMBER, (int)rnn_version());
        return 1;
    }
    if (rnn_config_create(&config) || rnn_config_set_int(config, RNN_INPUT_SIZE, 2) ||
        rnn_config_set_int(config, RNN_HIDDEN_SIZE, 8) || rnn_config_set_int(config, RNN_CLASSES, 4))
        return failed("configuration");
    if (rnn_create(&model, config) || rnn_session_create(&session, model, RNN_INFERENCE))
        return failed("network");
    if (rnn_forward(session, y, 12, x, 6, NULL, 0, 3))
        return failed("forward");
    for (i = 0; i < 12; i++)
        if (!(fabs((double)y[i]) < 100.0) || y[i] == 0.0F) {
            fprintf(stderr, "output %d is %g\n", i, (double)y[i]);
            return 1;
        }
    printf("librnn %s, %s\n", rnn_version_string(), rnn_build_info());
    rnn_session_destroy(session);
    rnn_destroy(model);
    rnn_config_destroy(config);
    return 0;
}
