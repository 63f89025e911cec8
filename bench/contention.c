/* What threads cost where cores are busy or calls are rare: a session with several threads beside one with a single
 * thread, in turn, in the same situation.  Each printed time is the median of PAIRS measurements. */
#include "measures.h"

#ifdef __linux__
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "job.h"
#include "tools.h"

enum { PAIRS = 20, MOST_OTHERS = 64 };

/* A workload for several threads and for one. */
struct pair {
    struct job job[2]; /* several threads, one */
    size_t threads;
};

static const struct workload sequence = {
    .kind = SEQUENCE, .cell = RNN_CELL_LSTM, .inputs = 256, .hidden = 256, .steps = 50, .batch = 1, .layers = 1};
static const struct workload step = {
    .kind = STEP, .cell = RNN_CELL_LSTM, .inputs = 256, .hidden = 256, .steps = 1, .batch = 1, .layers = 1};

static void pair_set_up(struct pair *pair, struct workload work, size_t threads)
{
    pair->threads = threads;
    job_set_up(&pair->job[0], work, threads);
    job_set_up(&pair->job[1], work, 1);
}

static void pair_tear_down(struct pair *pair)
{
    job_tear_down(&pair->job[0]);
    job_tear_down(&pair->job[1]);
}

/* ---- medians ----------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Microseconds with several threads and with one: measure(context, which) gives seconds. */
static void print_pairs(const char *name, double (*measure)(void *context, int which), void *context)
{
    double times[2][PAIRS];
    for (size_t i = 0; i < PAIRS; i++)
        for (int turn = 0; turn < 2; turn++) {
            int which = (int)((i + (size_t)turn) % 2);
            times[which][i] = measure(context, which);
        }
    double several = median(times[0], PAIRS), one = median(times[1], PAIRS);
    printf("%s\t%.2f\t%.2f\t%.3f\n", name, several * 1e6, one * 1e6, several / one);
    fflush(stdout);
}

/* ---- calls one after the other ----------------------------------------------------------------------------------- */

/* Seconds of a call, in calls for about 50 ms. */
static double time_calls_of_pair(void *context, int which)
{
    struct job *job = &((struct pair *)context)->job[which];
    double begin = seconds(), end;
    size_t count = 0;
    do {
        job_call(job);
        count++;
        end = seconds();
    } while (end - begin < 0.05);
    return (end - begin) / (double)count;
}

/* Seconds of the median call, of 200. */
static double time_median_call(void *context, int which)
{
    double times[200];
    for (size_t i = 0; i < 200; i++) {
        double begin = seconds();
        job_call(&((struct pair *)context)->job[which]);
        times[i] = seconds() - begin;
    }
    return median(times, 200);
}

/* Seconds of the first calls of a new session, as many as take some 20 ms with one thread. */
static double time_first_calls(void *context, int which)
{
    struct pair *pair = context;
    double begin = seconds();
    job_renew(&pair->job[which], which ? 1 : pair->threads);
    for (size_t i = 0; i < 20; i++)
        job_call(&pair->job[which]);
    return seconds() - begin;
}

static void print_calls(const struct options *options, const char *where)
{
    struct pair pair;
    char name[128];
    pair_set_up(&pair, sequence, options->threads);
    snprintf(name, sizeof name, "%s: sequences", where);
    print_pairs(name, time_calls_of_pair, &pair);
    pair_tear_down(&pair);
    pair_set_up(&pair, step, options->threads);
    snprintf(name, sizeof name, "%s: median step", where);
    print_pairs(name, time_median_call, &pair);
    pair_tear_down(&pair);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

struct stream {
    struct pair pair;
    long period; /* nanoseconds */
};

/* Seconds of the median step, of 100 with a rest before each. */
static double time_stream(void *context, int which)
{
    struct stream *stream = context;
    double times[100];
    for (size_t i = 0; i < 100; i++) {
        nanosleep(&(struct timespec){0, stream->period}, NULL);
        double begin = seconds();
        job_call(&stream->pair.job[which]);
        times[i] = seconds() - begin;
    }
    return median(times, 100);
}

static void print_streams(const struct options *options)
{
    static const long periods[] = {250000, 1000000, 5000000};
    struct stream stream;
    char name[64];
    pair_set_up(&stream.pair, step, options->threads);
    for (size_t i = 0; i < 3; i++) {
        stream.period = periods[i];
        snprintf(name, sizeof name, "a step every %g ms", (double)periods[i] * 1e-6);
        print_pairs(name, time_stream, &stream);
    }
    pair_tear_down(&stream.pair);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

static pid_t others[MOST_OTHERS];
static size_t others_count;

/* A child that calls work(context) until it is stopped. */
static void start_other(void (*work)(void *context), void *context)
{
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            work(context);
        _exit(0);
    }
    others[others_count++] = child;
}

static void stop_others(void)
{
    for (size_t i = 0; i < others_count; i++) {
        kill(others[i], SIGKILL);
        waitpid(others[i], NULL, 0);
    }
    others_count = 0;
}

static void loop_forever(void *context)
{
    (void)context;
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void pin_to_one_core(cpu_set_t *before)
{
    cpu_set_t one;
    size_t first = 0;
    if (sched_getaffinity(0, sizeof *before, before) != 0)
        fail("sched_getaffinity");
    while (!CPU_ISSET(first, before))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        fail("sched_setaffinity");
}

/* Processes that all work with several threads, or all with one, as *which says. */
struct crowd {
    struct pair pair;
    size_t threads;
    atomic_int *which; /* shared with the others */
};

static void work_in_crowd(void *context)
{
    struct crowd *crowd = context;
    pair_set_up(&crowd->pair, sequence, crowd->threads);
    for (;;)
        job_call(&crowd->pair.job[atomic_load(crowd->which)]);
}

static double time_in_crowd(void *context, int which)
{
    struct crowd *crowd = context;
    double sum = 0;
    atomic_store(crowd->which, which);
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    for (int i = 0; i < 4; i++)
        sum += time_calls_of_pair(&crowd->pair, which);
    return sum / 4;
}

static void print_crowd(const struct options *options)
{
    void *page = mmap(NULL, sizeof(atomic_int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    struct crowd crowd = {.threads = options->threads, .which = page};
    for (int i = 0; i < 7; i++)
        start_other(work_in_crowd, &crowd);
    pair_set_up(&crowd.pair, sequence, options->threads);
    print_pairs("8 such processes: sequences", time_in_crowd, &crowd);
    pair_tear_down(&crowd.pair);
    stop_others();
    munmap(page, sizeof(atomic_int));
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

void contention_print(const struct options *given)
{
    struct options options = *given;
    cpu_set_t before;
    struct pair pair;
    if (options.threads < 2)
        options.threads = 2;
    fprintf(stderr,
            "# LSTM, 256 inputs and units, sequences of 50 steps, batch 1: microseconds with %zu threads, with one,\n"
            "# and their ratio; medians of %d pairs\n",
            options.threads, PAIRS);
    print_calls(&options, "free machine");
    pair_set_up(&pair, sequence, options.threads);
    print_pairs("free machine: a new session's first 20 sequences", time_first_calls, &pair);
    pair_tear_down(&pair);
    print_streams(&options);
    pin_to_one_core(&before);
    print_calls(&options, "one core");
    start_other(loop_forever, NULL);
    print_calls(&options, "one core, and a busy loop on it");
    sched_setaffinity(0, sizeof before, &before);
    stop_others();
    for (long i = 0; i < sysconf(_SC_NPROCESSORS_ONLN) && i < MOST_OTHERS; i++)
        start_other(loop_forever, NULL);
    print_calls(&options, "a busy loop for each core");
    stop_others();
    print_crowd(&options);
}
#else
#include <stdio.h>

void contention_print(const struct options *options)
{
    (void)options;
    fprintf(stderr, "# --contention needs Linux: it binds processes to cores\n");
}
#endif
