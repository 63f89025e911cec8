/* Log-mel bands (Davis and Mermelstein 1980): the energies of a frame in bands that are as wide as the ear's, and their
 * logarithms. */
#include "speech.h"

#include <kiss_fftr.h>
#include <math.h>
#include <stdlib.h>

#define LOWEST 50.0 /* hertz: below it there is hum, and no speech */
#define FLOOR  1e-6 /* added to an energy: below it there is only the rounding of samples */

struct filterbank {
    size_t frame, hop, bins; /* samples; frequencies of a spectrum, from 0 to half the rate */
    float *window;           /* [frame] */
    float *places;           /* [bins]: band b is centred at b, so a place of 2.25 is 3/4 of band 2 and 1/4 of band 3 */
    kiss_fftr_cfg transform; /* of two frames, the second one zeros: so low bands have frequencies of their own */
    float *padded;           /* [2*frame] */
    kiss_fft_cpx *spectrum;  /* [bins] */
};

/* O'Shaughnessy 1987. */
static double mel(double hertz)
{
    return 2595 * log10(1 + hertz / 700);
}

static void place_bins(filterbank *f, double rate)
{
    double lowest = mel(LOWEST), width = (mel(rate / 2) - lowest) / (BANDS + 1);

    for (size_t k = 0; k < f->bins; k++)
        f->places[k] = (float)((mel(rate / 2 * (double)k / (double)f->frame) - lowest) / width - 1);
}

filterbank *filterbank_create(int32_t rate)
{
    const double two_pi = 6.283185307179586;
    filterbank *f = allocate(1, sizeof *f);

    f->frame = (size_t)lround(rate * FRAME);
    f->hop = (size_t)lround(rate * HOP);
    f->bins = f->frame + 1;
    f->window = allocate(f->frame, sizeof *f->window);
    for (size_t i = 0; i < f->frame; i++) /* Hann */
        f->window[i] = (float)(0.5 - 0.5 * cos(two_pi * ((double)i + 0.5) / (double)f->frame));
    f->places = allocate(f->bins, sizeof *f->places);
    place_bins(f, rate);
    f->transform = kiss_fftr_alloc((int)(2 * f->frame), 0, NULL, NULL);
    if (!f->transform)
        die("not enough memory for a Fourier transform of %zu samples", 2 * f->frame);
    f->padded = allocate(2 * f->frame, sizeof *f->padded);
    f->spectrum = allocate(f->bins, sizeof *f->spectrum);
    return f;
}

void filterbank_release(filterbank *f)
{
    kiss_fftr_free(f->transform);
    free(f->window);
    free(f->places);
    free(f->padded);
    free(f->spectrum);
    free(f);
}

/* Triangular bands: an energy goes to the two bands that it lies between. */
static void sum_bands(float *bands /* [BANDS] */, const filterbank *f)
{
    float sums[BANDS + 2] = {0}; /* with one beyond each end */

    for (size_t k = 0; k < f->bins; k++) {
        float energy = f->spectrum[k].r * f->spectrum[k].r + f->spectrum[k].i * f->spectrum[k].i;
        float place = f->places[k] + 1;
        if (place < 0 || place >= BANDS + 1)
            continue;
        size_t below = (size_t)place;
        float share = place - (float)below;
        sums[below] += (1 - share) * energy;
        sums[below + 1] += share * energy;
    }
    for (size_t b = 0; b < BANDS; b++)
        bands[b] = logf(sums[b + 1] + (float)FLOOR);
}

float *filterbank_apply(filterbank *f, const int16_t *samples, size_t count, size_t *steps)
{
    size_t whole = count < f->frame ? 1 : 1 + (count - f->frame) / f->hop;
    *steps = (whole + STACKED - 1) / STACKED;
    float *x = allocate(*steps * INPUTS, sizeof *x);

    for (size_t t = 0; t < *steps * STACKED; t++) {
        for (size_t i = 0; i < f->frame; i++) {
            size_t at = t * f->hop + i;
            f->padded[i] = at < count ? (float)samples[at] / 32768 * f->window[i] : 0;
        }
        kiss_fftr(f->transform, f->padded, f->spectrum);
        sum_bands(x + t * BANDS, f);
    }
    return x;
}

double step_seconds(size_t step)
{
    return FRAME / 2 + HOP * ((double)(step * STACKED) + 0.5 * (STACKED - 1));
}

/* ---- scaling -------------------------------------------------------------------------------------------------- */

scale scale_measure(const sequence_list *list)
{
    double sums[BANDS] = {0}, squares[BANDS] = {0}, frames = 0;
    scale s;

    for (size_t i = 0; i < list->count; i++) {
        const sequence *q = &list->items[i];
        frames += (double)(q->steps * STACKED);
        for (size_t j = 0; j < q->steps * INPUTS; j++) {
            sums[j % BANDS] += (double)q->x[j];
            squares[j % BANDS] += (double)q->x[j] * (double)q->x[j];
        }
    }
    for (size_t b = 0; b < BANDS; b++) {
        double mean = sums[b] / frames;
        s.mean[b] = (float)mean;
        s.deviation[b] = (float)sqrt(fmax(squares[b] / frames - mean * mean, 1e-6)); /* a silent band has none */
    }
    return s;
}

void scale_apply(const scale *s, float *x, size_t steps)
{
    for (size_t j = 0; j < steps * INPUTS; j++)
        x[j] = (x[j] - s->mean[j % BANDS]) / s->deviation[j % BANDS];
}
