/* Plucked strings: each is a sum of harmonics that begin together and decay, the higher ones faster. */
#include "amp.h"
#include "random.h"

#include <math.h>

#define PI        3.14159265358979323846
#define LOWEST    82.407 /* Hz: the low E */
#define HARMONICS 40
#define HIGHEST   9000.0 /* Hz, of a harmonic */
#define STIFFNESS 8e-5   /* how much too high harmonics of a real string are */
#define RELEASE   0.015  /* seconds from the end of a note to silence */

typedef struct {
    double frequency, loudness, place /* where it is plucked, of its length */, damping /* 1/s */;
} string;

/* Adds the string to x, from its pluck to its end. */
static void pluck(float *x, size_t count, const string *s, double rate)
{
    double fade = RELEASE * rate;

    for (int k = 1; k <= HARMONICS; k++) {
        double frequency = s->frequency * k * sqrt(1 + STIFFNESS * k * k);
        double decay = exp(-(s->damping * (1 + 0.15 * k)) / rate), angle = 2 * PI * frequency / rate;
        double turn_re = decay * cos(angle), turn_im = decay * sin(angle);
        double re = s->loudness * sin(PI * k * s->place) / pow(k, 1.4), im = 0;
        if (frequency > HIGHEST || frequency > 0.45 * rate)
            return;
        for (size_t t = 0; t < count; t++) {
            double left = (double)(count - t), was = re;
            x[t] += (float)(left < fade ? im * left / fade : im);
            re = re * turn_re - im * turn_im;
            im = was * turn_im + im * turn_re;
        }
    }
}

static size_t draw(uint64_t *random, size_t count)
{
    return (size_t)(uniform(random) * (double)count);
}

/* A note, a fifth or a chord, as semitones above the root; the return value is how many. */
static size_t draw_chord(const int **semitones, uint64_t *random)
{
    static const int chords[][5] = {{0}, {0, 7, 12}, {0, 7, 12, 16, 19}, {0, 7, 12, 15, 19}};
    static const size_t counts[] = {1, 3, 5, 5};
    double drawn = uniform(random);
    size_t kind = drawn < 0.5 ? 0 : drawn < 0.75 ? 1 : drawn < 0.88 ? 2 : 3;

    *semitones = chords[kind];
    return counts[kind];
}

static void play_chord(float *x, size_t count, double rate, uint64_t *random)
{
    static const int pentatonic[] = {0, 3, 5, 7, 10};
    const int *semitones;
    size_t strings = draw_chord(&semitones, random), octaves = strings == 1 ? 3 : 1;
    int root = pentatonic[draw(random, 5)] + 12 * (int)draw(random, octaves);
    double loudness = 0.15 + 0.85 * uniform(random), damping = uniform(random) < 0.3 ? 12 : 0.8;
    double delay = 0.02 * uniform(random) * rate; /* from string to string */

    for (size_t i = 0; i < strings; i++) {
        size_t begin = (size_t)((double)i * delay);
        string s = {.frequency = LOWEST * pow(2, (root + semitones[i]) / 12.0),
                    .loudness = loudness * (0.8 + 0.4 * uniform(random)),
                    .place = 0.08 + 0.2 * uniform(random),
                    .damping = damping};
        if (begin < count)
            pluck(x + begin, count - begin, &s, rate);
    }
}

void guitar_play(float *x, size_t count, int32_t rate, uint64_t seed)
{
    float largest = 1e-9f;

    for (size_t t = 0; t < count; t++)
        x[t] = (float)(2e-4 * normal(&seed)); /* hum and hiss of pickups */
    for (size_t t = 0; t < count;) {
        double drawn = uniform(&seed);
        size_t length = (size_t)((0.1 + 1.1 * drawn * drawn) * rate) + 1;
        length = length < count - t ? length : count - t;
        play_chord(x + t, length, rate, &seed);
        t += length;
    }
    for (size_t t = 0; t < count; t++)
        largest = fabsf(x[t]) > largest ? fabsf(x[t]) : largest;
    for (size_t t = 0; t < count; t++)
        x[t] *= 0.8f / largest;
}
