/* What a trained model is used for: the loss of a text, and new text. */
#include "charlm.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 512 /* characters of a text that are evaluated at once */

void validate(const char *checkpoint, const char *file)
{
    const train_options options = {.rate = 1, .steps = PIECE, .threads = 1};
    rnn_model *model;
    double loss;

    check(rnn_load(&model, checkpoint));
    letter_table letters = letters_load(model, checkpoint);
    file_bytes source = file_read(file);
    if (source.count < 2)
        die("%s: one character alone has nothing to be predicted from: at least 2 are needed", file);
    int32_t *tokens = tokens_of(&letters, source, file);
    rnn_dataset *stream = streams_cut(tokens, source.count, 1, 1);
    rnn_trainer *trainer = trainer_create(model, 1, &options);
    check(rnn_evaluate(trainer, &loss, NULL, stream));
    printf("loss %.4f nats, %.4f bits per character, over %zu characters\n", loss, bits(loss), source.count);
    rnn_trainer_destroy(trainer);
    rnn_dataset_destroy(stream);
    free(tokens);
    free(source.bytes);
    rnn_destroy(model);
}

/* Draws a token from softmax(logits / temperature); the likeliest one at temperature 0.  Overwrites the logits. */
static int32_t draw(float *logits /* [V] */, size_t vocabulary, double temperature, uint64_t *state)
{
    size_t best = 0, token = 0;

    for (size_t i = 1; i < vocabulary; i++)
        if (logits[i] > logits[best])
            best = i;
    if (temperature == 0)
        return (int32_t)best;
    /* Down from the largest, and not below what is 0 after softmax: no temperature is too small. */
    float largest = logits[best];
    for (size_t i = 0; i < vocabulary; i++) {
        double scaled = ((double)logits[i] - (double)largest) / temperature;
        logits[i] = (float)(scaled > -1000 ? scaled : -1000);
    }
    check(rnn_softmax(logits, vocabulary, logits, vocabulary, vocabulary));
    double rest = uniform(state);
    while (token + 1 < vocabulary && (rest -= (double)logits[token]) >= 0)
        token++;
    return (int32_t)token;
}

/* The tokens of the prime; without one, the end of a line, or what else comes first in the alphabet. */
static size_t prime_tokens(int32_t *tokens, const char *prime, const letter_table *letters, const char *checkpoint)
{
    size_t count = strlen(prime);

    for (size_t i = 0; i < count; i++) {
        unsigned char byte = (unsigned char)prime[i];
        tokens[i] = letters->token[byte];
        if (tokens[i] < 0)
            die("--prime: the character '%c' (0x%02x) at offset %zu is not in the alphabet of %s",
                byte > ' ' && byte < 0x7f ? byte : '?', byte, i, checkpoint);
    }
    if (count > 0)
        return count;
    tokens[0] = letters->token['\n'] < 0 ? 0 : letters->token['\n'];
    return 1;
}

void sample(const char *checkpoint, const sample_options *options)
{
    rnn_model *model;
    rnn_session *session;
    uint64_t state = (uint64_t)options->seed;

    check(rnn_load(&model, checkpoint));
    check(rnn_session_create(&session, model, RNN_INFERENCE));
    letter_table letters = letters_load(model, checkpoint);
    float *logits = allocate(letters.size, sizeof *logits);               /* [V] */
    int32_t *prime = allocate(strlen(options->prime) + 1, sizeof *prime); /* [T] */
    size_t count = prime_tokens(prime, options->prime, &letters, checkpoint);

    for (size_t i = 0; i < count; i++)
        check(rnn_step_tokens(session, logits, letters.size, &prime[i], 1));
    fputs(options->prime, stdout);
    for (int64_t i = 0; i < options->length; i++) {
        int32_t token = draw(logits, letters.size, options->temperature, &state);
        putchar(letters.byte[token]);
        check(rnn_step_tokens(session, logits, letters.size, &token, 1));
    }
    putchar('\n');
    free(prime);
    free(logits);
    rnn_session_destroy(session);
    rnn_destroy(model);
}
