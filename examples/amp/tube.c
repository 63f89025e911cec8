/* The amplifier that is to be learned: a high-pass and more treble, a tube, and a tone filter.  The tube is asymmetric,
 * and its bias sinks after loud notes, as where current charges a capacitor: so the same sample gives another output
 * after another past. */
#include "amp.h"

#include <math.h>

#define PI    3.14159265358979323846
#define DRIVE 18.0
#define BIAS  0.35
#define SAG   0.6  /* how far the bias sinks */
#define SLOW  0.04 /* seconds that this takes */

typedef struct {
    double factor, state;
} filter;

/* A low-pass of one pole. */
static filter filter_of(double frequency, double rate)
{
    return (filter){1 - exp(-2 * PI * frequency / rate), 0};
}

static double low(filter *f, double x)
{
    return f->state += f->factor * (x - f->state);
}

static double high(filter *f, double x)
{
    return x - low(f, x);
}

void tube_amplify(float *y, const float *x, size_t count, int32_t rate)
{
    filter coupling = filter_of(100, rate), treble = filter_of(900, rate),
           charge = filter_of(1 / (2 * PI * SLOW), rate);
    filter offset = filter_of(30, rate), tone[2] = {filter_of(4500, rate), filter_of(4500, rate)};

    for (size_t t = 0; t < count; t++) {
        double in = high(&coupling, (double)x[t]);
        in += 2 * high(&treble, in);
        double grid = DRIVE * in + BIAS - SAG * charge.state;
        low(&charge, grid > 0 ? grid : 0);
        double plate = tanh(grid) + 0.1 * tanh(3 * grid);
        double out = low(&tone[1], low(&tone[0], high(&offset, plate)));
        y[t] = (float)(0.4 * out);
    }
}
