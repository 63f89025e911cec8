/* The error-to-signal ratio of whole sequences: see RNN_LOSS_ERROR_TO_SIGNAL. */
#include "training/loss.h"
#include "training/loss_rows.h"

#include <string.h>

#define MULTIPLICATIONS_OF_ELEMENT ((size_t)16)

struct batch {
    float *dy;      /* [T,B,C] or NULL; may be y */
    const float *y; /* [T,B,C] */
    const struct rnni_signal_loss *with;
    const struct rnni_loss_steps *over;
    double factor;
};

/* Of one sequence, or of one of its channels; the elements are weighted by the mask. */
struct sums {
    double mask;    /* of the elements */
    double error;   /* p(y - target)^2 */
    double energy;  /* p(target)^2 */
    double plain;   /* target^2 */
    double offset;  /* y - target: of one channel */
    double offsets; /* the squares of the mean offsets of the channels */
};

/* One channel of a sequence, from step to step: p(x)[t] = x[t] - a x[t-1], and x[t] where the mask of step t-1 is 0.
 * Steps that the network has left out do not exist: t-1 is the one before them. */
struct walk {
    const struct batch *batch;
    size_t b, c;
    double y, target; /* of the step before; 0 where it does not count */
};

struct step {
    double mask, error, signal, y, target; /* error and signal are filtered */
};

static int exists(const struct batch *batch, size_t t, size_t b)
{
    return t >= batch->over->steps || rnni_loss_is_valid(batch->over, t, b);
}

/* Step t, which may be past the last one.  All is 0 where it does not count. */
static struct step take_step(struct walk *walk, size_t t)
{
    const struct rnni_loss_steps *over = walk->batch->over;
    struct step step = {0};
    double a = walk->batch->with->emphasis, before = walk->y, target_before = walk->target;
    if (!exists(walk->batch, t, walk->b))
        return step;
    walk->y = walk->target = 0;
    step.mask = t < over->steps ? rnni_loss_mask_of(over, t, walk->b) : 0;
    if (!(step.mask > 0))
        return step;
    size_t at = (t * over->batch + walk->b) * over->classes + walk->c;
    step.y = walk->y = (double)walk->batch->y[at];
    step.target = walk->target = (double)walk->batch->with->targets[at];
    step.signal = a > 0 ? step.target - a * target_before : step.target;
    step.error = (a > 0 ? step.y - a * before : step.y) - step.signal;
    return step;
}

static void add_channel(struct sums *sums, const struct batch *batch, size_t b, size_t c)
{
    struct walk walk = {batch, b, c, 0, 0};
    double mask = 0, offset = 0;
    for (size_t t = 0; t < batch->over->steps; t++) {
        struct step step = take_step(&walk, t);
        if (!(step.mask > 0))
            continue;
        mask += step.mask;
        offset += step.mask * (step.y - step.target);
        sums->error += step.mask * step.error * step.error;
        sums->energy += step.mask * step.signal * step.signal;
        sums->plain += step.mask * step.target * step.target;
    }
    sums->mask += mask;
    sums->offsets += mask > 0 ? offset / mask * (offset / mask) : 0;
}

/* What the gradient of a channel is made of. */
struct slopes {
    double error;  /* times the filtered error */
    double offset; /* times the mask */
};

/* A step gets its part of its error and of that of the next one.  dy may be y: both are read before it is written. */
static void write_channel(const struct batch *batch, struct slopes slopes, size_t b, size_t c)
{
    const struct rnni_loss_steps *over = batch->over;
    double a = batch->with->emphasis;
    struct walk walk = {batch, b, c, 0, 0};
    struct step step = {0};
    float *dy = batch->dy + b * over->classes + c, *of_step = NULL;
    for (size_t t = 0; t <= over->steps; t++, dy += over->batch * over->classes) {
        if (!exists(batch, t, b)) {
            *dy = 0;
            continue;
        }
        struct step next = take_step(&walk, t);
        double d = step.mask * step.error - (a > 0 && next.mask > 0 ? a * next.mask * next.error : 0);
        if (of_step)
            *of_step = step.mask > 0 ? (float)(slopes.error * d + slopes.offset * step.mask) : 0;
        step = next;
        of_step = dy;
    }
}

static double offset_of(const struct batch *batch, size_t b, size_t c)
{
    struct walk walk = {batch, b, c, 0, 0};
    double mask = 0, offset = 0;
    for (size_t t = 0; t < batch->over->steps; t++) {
        struct step step = take_step(&walk, t);
        mask += step.mask;
        offset += step.mask > 0 ? step.mask * (step.y - step.target) : 0;
    }
    return offset / mask; /* above 0, as that of all channels together */
}

static void clear(const struct batch *batch, size_t b)
{
    const struct rnni_loss_steps *over = batch->over;
    for (size_t t = 0; t < over->steps; t++)
        memset(batch->dy + (t * over->batch + b) * over->classes, 0, over->classes * sizeof *batch->dy);
}

/* The gradient of sequence b. */
static void write_gradient(const struct batch *batch, const struct sums *sums, size_t b)
{
    size_t classes = batch->over->classes;
    double factor = batch->factor * rnni_loss_weight_of(batch->over, b), floor = batch->with->floor;
    double of_offset = 2 * factor * batch->with->offset_weight / (sums->plain / sums->mask + floor);
    struct slopes slopes = {2 * factor / (sums->energy + floor * sums->mask), 0};
    for (size_t c = 0; c < classes; c++) {
        if (batch->with->offset_weight > 0) /* mask of one channel: mask / C, and the mean over C channels */
            slopes.offset = of_offset * offset_of(batch, b, c) / sums->mask;
        write_channel(batch, slopes, b, c);
    }
}

/* The loss of sequence b without its weight; 0 if it does not count. */
static double loss_of(const struct batch *batch, size_t b)
{
    const struct rnni_signal_loss *with = batch->with;
    double weight = rnni_loss_weight_of(batch->over, b);
    struct sums sums = {0};
    for (size_t c = 0; c < batch->over->classes; c++)
        add_channel(&sums, batch, b, c);
    if (batch->dy && weight > 0 && sums.mask > 0)
        write_gradient(batch, &sums, b);
    else if (batch->dy)
        clear(batch, b);
    if (!(sums.mask > 0))
        return 0;
    double loss = sums.error / (sums.energy + with->floor * sums.mask);
    if (with->offset_weight > 0)
        loss += with->offset_weight * (sums.offsets / (double)batch->over->classes) /
                (sums.plain / sums.mask + with->floor);
    return loss;
}

static void fill(double *values, const void *context, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = loss_of(context, first + i);
}

double rnni_loss_weight_of_sequences(const struct rnni_loss_steps *over)
{
    double sum = 0;
    for (size_t b = 0; b < over->batch; b++) {
        size_t t = 0;
        while (t < over->steps && !(rnni_loss_mask_of(over, t, b) > 0))
            t++;
        sum += t < over->steps ? rnni_loss_weight_of(over, b) : 0;
    }
    return sum;
}

double rnni_loss_error_to_signal(double *losses, float *dy, const float *y, const struct rnni_signal_loss *with,
                                 const struct rnni_loss_steps *over, double factor,
                                 const struct rnni_loss_threads *threads)
{
    struct batch batch = {.dy = dy, .y = y, .with = with, .over = over, .factor = factor};
    struct rnni_loss_rows rows = {.threads = threads,
                                  .fill = fill,
                                  .context = &batch,
                                  .steps = 1,
                                  .batch = over->batch,
                                  .width = 1,
                                  .multiplications = over->steps * over->classes * MULTIPLICATIONS_OF_ELEMENT};
    return rnni_loss_rows_sum(losses, &rows, over->weights);
}
