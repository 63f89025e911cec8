/* The command line of amp, and what its commands do. */
#include "amp.h"
#include "command.h"
#include "file.h"
#include "threads.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "amp";

double decibels(double ratio)
{
    return 10 * log10(ratio);
}

/* ---- sounds ----------------------------------------------------------------------------------------------------- */

static float *samples_of(const sound *s)
{
    float *x = allocate(s->count, sizeof *x);

    for (size_t t = 0; t < s->count; t++)
        x[t] = (float)s->samples[t] / 32768;
    return x;
}

/* Samples beyond -1 to 1 are clipped. */
static void write_sound(const char *path, const float *x, size_t count, int32_t rate)
{
    sound s = {allocate(count, sizeof *s.samples), count, rate};
    size_t clipped = 0;

    for (size_t t = 0; t < count; t++) {
        double wanted = round(32768 * (double)x[t]), value = fmin(fmax(wanted, -32768), 32767);
        clipped += value != wanted;
        s.samples[t] = (int16_t)value;
    }
    wav_write(path, &s);
    if (clipped)
        printf("%s: %zu samples are clipped\n", path, clipped);
    free(s.samples);
}

/* 15 % for validation, and as much again is held out. */
static size_t part_of(size_t count)
{
    return count / 20 * 3;
}

static recording read_recording(const char *input, const char *output)
{
    sound in = wav_read(input), out = wav_read(output);
    recording r = {.count = in.count, .rate = in.rate};

    if (in.rate != out.rate || in.count != out.count)
        die("%s has %zu samples, %d a second, and %s has %zu, %d a second; expected the same", input, in.count,
            (int)in.rate, output, out.count, (int)out.rate);
    r.x = samples_of(&in);
    r.y = samples_of(&out);
    r.held_out = r.count - part_of(r.count);
    r.validation = r.held_out - part_of(r.count);
    free(in.samples);
    free(out.samples);
    return r;
}

/* ---- learning --------------------------------------------------------------------------------------------------- */

/* Each part needs a piece of all streams, and a sound. */
static void check_parts(const recording *r, const char *input, const char *output, const options *o)
{
    const size_t borders[] = {0, r->validation, r->held_out, r->count};
    size_t piece = (size_t)(o->batch * o->steps), least = (piece + 2) / 3 * 20;

    if (part_of(r->count) < piece)
        die("%s has %zu samples, expected at least %zu with --batch %" PRId64 " and --steps %" PRId64, input, r->count,
            least, o->batch, o->steps);
    if (energy(r->x, NULL, r->validation, 0) == 0)
        die("%s: the first %.2f seconds are silence", input, (double)r->validation / r->rate);
    for (size_t i = 0; i < 3; i++)
        if (energy(r->y + borders[i], NULL, borders[i + 1] - borders[i], 0) == 0)
            die("%s: silence from %.2f to %.2f seconds", output, (double)borders[i] / r->rate,
                (double)borders[i + 1] / r->rate);
}

static void learn(const char *input, const char *output, const options *o)
{
    char *model_path = file_beside(o->output, ".safetensors"), *picture = file_beside(o->output, ".svg");
    char *played = file_beside(o->output, ".wav");
    recording r = read_recording(input, output);
    history h = {.epochs = 0};

    check_parts(&r, input, output, o);
    file_check_replaceable(model_path);
    file_check_writable(picture);
    file_check_writable(played);
    file_check_differs(played, input);
    file_check_differs(played, output);
    rnn_model *model = train(&h, &r, o);
    float *y = allocate(r.count, sizeof *y);
    check(rnn_save(model, model_path));
    play(y, model, r.x, r.count, 4096);
    write_sound(played, y, r.count, r.rate);
    compare(&r, y);
    picture_draw(picture, &r, y, &h, o->units);
    printf("\n%" PRId64 " epochs, %.1f s\nmodel: %s\nits output: %s\npicture: %s\n", h.epochs, h.seconds, model_path,
           played, picture);
    rnn_destroy(model);
    free(y);
    free(r.x);
    free(r.y);
    free(played);
    free(picture);
    free(model_path);
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

typedef struct {
    double seconds;
    int64_t rate;
} riff;

/* The options of learning, and for the demo those of its riff. */
static bool parse_learning(options *o, riff *played, const char **words, const char *help, char **arguments)
{
    const option table[] = {
        {"--seconds", "S", REAL, &played->seconds, 1, 3600, "of the riff"},
        {"--samples", "N", WHOLE, &played->rate, LEAST_RATE, LARGEST_RATE, "samples of a second"},
        {"--units", "H", WHOLE, &o->units, 1, 4096, "units of the LSTM"},
        {"--epochs", "N", WHOLE, &o->epochs, 1, 100000, "epochs"},
        {"--batch", "B", WHOLE, &o->batch, 1, 4096, "streams that the recording is cut in"},
        {"--steps", "T", WHOLE, &o->steps, 2, 100000, "samples that an update goes back over"},
        {"--rate", "R", REAL, &o->rate, 1e-9, 10, "the learning rate of Adam; it falls as a cosine"},
        {"--threads", "N", WHOLE, &o->threads, 1, MOST_THREADS, THREADS_HELP},
        {"--seed", "N", WHOLE, &o->seed, 0, MAX_WHOLE, "other initial weights; in the demo another riff"},
        {"--output", "NAME", WORD, &o->output, 0, 0, "NAME.safetensors, NAME.wav and NAME.svg are written"},
    };
    size_t left_out = words ? 2 : 0;
    const command c = {.name = words ? "train" : "demo",
                       .words = words ? "INPUT.wav OUTPUT.wav" : NULL,
                       .word_count = words ? 2 : 0,
                       .options = table + left_out,
                       .option_count = COUNT(table) - left_out,
                       .help = help};

    *o = (options){.units = 16, .epochs = 50, .batch = 8, .steps = 512, .seed = 1, .rate = 0.02, .output = "amp"};
    *played = (riff){30, 44100};
    return command_parse(&c, words, arguments);
}

static void demo_command(char **arguments)
{
    options o;
    riff played;

    if (parse_learning(&o, &played, NULL,
                       "Computes a riff and what an amplifier makes of it, and learns the amplifier.\n"
                       "    NAME-input.wav and NAME-target.wav are written too.",
                       arguments))
        return;
    char *input = file_beside(o.output, "-input.wav"), *target = file_beside(o.output, "-target.wav");
    size_t count = (size_t)(played.seconds * (double)played.rate);
    int32_t rate = (int32_t)played.rate;
    float *x = allocate(count, sizeof *x), *y = allocate(count, sizeof *y);
    file_check_writable(input);
    file_check_writable(target);
    guitar_play(x, count, rate, (uint64_t)o.seed);
    tube_amplify(y, x, count, rate);
    write_sound(input, x, count, rate);
    write_sound(target, y, count, rate);
    free(x);
    free(y);
    learn(input, target, &o);
    free(input);
    free(target);
}

static void train_command(char **arguments)
{
    options o;
    riff unused;
    const char *words[2];

    if (!parse_learning(&o, &unused, words,
                        "Learns an amplifier or an effect from two recordings: what goes in, and what comes out.\n"
                        "    Ctrl-C ends the training early.",
                        arguments))
        learn(words[0], words[1], &o);
}

static void run_command(char **arguments)
{
    int64_t block = 64;
    const char *words[3];
    const option table[] = {{"--block", "N", WHOLE, &block, 1, 1000000, "samples of a block"}};
    const command c = {.name = "run",
                       .words = "MODEL INPUT.wav OUTPUT.wav",
                       .word_count = 3,
                       .options = table,
                       .option_count = COUNT(table),
                       .help = "Plays a recording through a model, a block at a time as in a sound card."};
    int32_t rate;

    if (command_parse(&c, words, arguments))
        return;
    rnn_model *model = network_load(words[0], &rate);
    sound in = wav_read(words[1]);
    if (in.rate != rate)
        die("%s has %d samples a second, expected %d, as the model has learned", words[1], (int)in.rate, (int)rate);
    file_check_writable(words[2]);
    file_check_differs(words[2], words[1]);
    float *x = samples_of(&in), *y = allocate(in.count, sizeof *y);
    play_time taken = play(y, model, x, in.count, (size_t)block);
    double seconds = (double)in.count / rate, of_block = (double)block / rate, factor = taken.seconds / seconds;
    write_sound(words[2], y, in.count, rate);
    printf("%.2f s of sound in %.2f s: real-time factor %.4f\n", seconds, taken.seconds, factor);
    printf("blocks of %" PRId64 " samples are %.3f ms: they took %.3f ms, the slowest %.3f ms\n", block,
           1000 * of_block, 1000 * of_block * factor, 1000 * taken.slowest);
    free(x);
    free(y);
    free(in.samples);
    rnn_destroy(model);
}

int main(int argc, char **argv)
{
    static const subcommand commands[] = {{"demo", demo_command}, {"train", train_command}, {"run", run_command}};

    (void)argc;
    command_run(commands, COUNT(commands), "a guitar amplifier, learned by a small LSTM", argv);
    return 0;
}
