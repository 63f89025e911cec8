/* What recomputation costs and spares: training of an LSTM over T steps with everything kept, and in segments of the
 * root of T steps (rnn_session_set_recompute). */
#include <math.h>
#include <stdio.h>
#ifdef __GLIBC__ /* known from the others */
#include <malloc.h>
#endif

#include "job.h"
#include "measures.h"
#include "tools.h"

/* Bytes that the program has from malloc; 0 where that can not be asked. */
static double bytes_taken(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
#else
    return 0;
#endif
}

struct cost {
    double seconds, bytes; /* of a call, of the session */
};

static struct cost cost_of(struct workload work, size_t threads, size_t segment)
{
    struct job job;
    struct cost cost;
    job_set_up(&job, work, threads);
    rnn_session_destroy(job.session);
    double before = bytes_taken();
    check(rnn_session_create(&job.session, job.model, RNN_TRAINING));
    if (threads > 1)
        check(rnn_session_set_threads(job.session, threads));
    check(rnn_session_set_recompute(job.session, segment));
    check(rnn_session_reserve(job.session, work.steps, work.batch));
    check(rnn_reset_state(job.session, work.batch));
    cost.bytes = bytes_taken() - before;
    cost.seconds = job_time(&job);
    job_tear_down(&job);
    return cost;
}

void recompute_print(const struct options *options)
{
    fprintf(stderr,
            "# training of an LSTM, B 16, H 128, 128 inputs and classes, whole and in segments of sqrt(T) steps:\n"
            "# microseconds, their ratio, MiB of the session\n");
    for (size_t root = 8; root <= 64; root *= 2) {
        struct workload work = {.kind = TRAINING,
                                .cell = RNN_CELL_LSTM,
                                .inputs = 128,
                                .hidden = 128,
                                .steps = root * root,
                                .batch = 16,
                                .layers = 1};
        char name[64];
        snprintf(name, sizeof name, "recompute lstm T %zu", work.steps);
        if (!options_match(options, name))
            continue;
        struct cost whole = cost_of(work, options->threads, 0), parts = cost_of(work, options->threads, root);
        printf("%s\t%.1f\t%.1f\t%.3f\t%.2f\t%.2f\n", name, whole.seconds * 1e6, parts.seconds * 1e6,
               parts.seconds / whole.seconds, ldexp(whole.bytes, -20), ldexp(parts.bytes, -20));
        fflush(stdout);
    }
}
