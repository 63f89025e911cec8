#include "machine.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine_loops.h"
#include "tools.h"

/* One measurement by several threads, group by group. */
struct race {
    const struct machine_loops *loops;
    float (*multiply_add)(const float *numbers, size_t rounds);
    size_t threads;
    size_t bytes;     /* that each reads; 0: they multiply and add */
    size_t rounds;    /* of the loop in a group */
    double work;      /* of a thread in a group: operations, or bytes */
    double end, best; /* when the last group begins; the best sum of the rates of all threads */
    double *rates;    /* [threads], of this group */
    atomic_size_t waiting, turn;
    atomic_int over;
};

struct runner {
    struct race *race;
    size_t index;
    double kept; /* results that nobody wants */
    pthread_t thread;
};

/* Returns when all threads of the race have come here.  They wait without sleeping, to begin at the same time. */
static void meet(struct race *race)
{
    size_t turn = atomic_load(&race->turn);
    if (atomic_fetch_add(&race->waiting, 1) + 1 == race->threads) {
        atomic_store(&race->waiting, 0);
        atomic_fetch_add(&race->turn, 1);
        return;
    }
    while (atomic_load(&race->turn) == turn)
        sched_yield();
}

/* What a thread works on: numbers that stay near 2, or bytes that have been written, as pages that never were are all
 * the same page. */
static void *create_block(const struct race *race)
{
    size_t count = race->bytes ? race->bytes / sizeof(float) : MACHINE_NUMBERS;
    float *block = take_aligned(count * sizeof *block);
    for (size_t i = 0; i < count; i++)
        block[i] = i < MACHINE_NUMBERS / (CHAINS + 2) * CHAINS ? 1 + (float)i * 1e-3F : i % 32 < 16 ? 0.5F : 1.0F;
    return block;
}

/* The result is to be kept, so that it has to be computed. */
static double run_group(const struct race *race, const void *block)
{
    if (race->bytes)
        return race->loops->read(block, race->bytes, race->rounds);
    return (double)race->multiply_add(block, race->rounds);
}

static void finish_group(struct race *race)
{
    double sum = 0;
    for (size_t i = 0; i < race->threads; i++)
        sum += race->rates[i];
    race->best = sum > race->best ? sum : race->best;
    atomic_store(&race->over, seconds() >= race->end);
}

static void *run(void *argument)
{
    struct runner *runner = argument;
    struct race *race = runner->race;
    void *block = create_block(race);
    runner->kept = run_group(race, block);
    for (meet(race); !atomic_load(&race->over); meet(race)) {
        double start = seconds();
        runner->kept += run_group(race, block);
        race->rates[runner->index] = race->work / (seconds() - start);
        meet(race);
        if (runner->index == 0)
            finish_group(race);
    }
    free(block);
    return NULL;
}

/* The calling thread is the first. */
static double run_all(struct race *race, double duration)
{
    struct runner *runners = take(race->threads, sizeof *runners);
    race->rates = take(race->threads, sizeof *race->rates);
    race->end = seconds() + duration;
    for (size_t i = 0; i < race->threads; i++) {
        runners[i] = (struct runner){.race = race, .index = i};
        if (i && pthread_create(&runners[i].thread, NULL, run, &runners[i]))
            fail("no thread");
    }
    run(&runners[0]);
    for (size_t i = 1; i < race->threads; i++)
        pthread_join(runners[i].thread, NULL);
    free(race->rates);
    free(runners);
    return race->best;
}

double machine_multiply_add(size_t threads, double duration)
{
    struct race race = {.loops = machine_loops(), .threads = threads, .rounds = 40000};
    race.multiply_add = race.loops->multiply_add;
    race.work = race.loops->operations * (double)race.rounds;
    return run_all(&race, duration);
}

static void print_dots(struct machine_dots dots, const struct options *options)
{
    struct race race = {.multiply_add = dots.multiply_add, .threads = options->threads, .rounds = 40000};
    race.work = dots.operations * (double)race.rounds;
    if (!options_match(options, dots.name))
        return;
    if (dots.multiply_add)
        printf("%s\t%.1f\tGop/s\n", dots.name, run_all(&race, 0.2) * 1e-9);
    else
        printf("%s\tnot measured\tthe machine has no %s\n", dots.name, dots.needs);
}

double machine_read(size_t threads, size_t bytes, double duration)
{
    struct race race = {.loops = machine_loops(), .threads = threads};
    race.bytes = (bytes + MACHINE_READ_UNIT - 1) / MACHINE_READ_UNIT * MACHINE_READ_UNIT;
    race.rounds = 1 + ((size_t)1 << 24) / race.bytes;
    race.work = (double)race.bytes * (double)race.rounds;
    return run_all(&race, duration);
}

void machine_print(const struct options *options)
{
    fprintf(stderr, "# machine: loops for %s\n", machine_loops()->set);
    if (options_match(options, "fma"))
        printf("fma\t%.1f\tGFLOP/s\n", machine_multiply_add(options->threads, 0.2) * 1e-9);
    print_dots(machine_dots_bf16(), options);
    print_dots(machine_dots_int8(), options);
    for (size_t kilobytes = 16; kilobytes <= 65536; kilobytes *= 2) {
        char name[32];
        int large = kilobytes >= 1024;
        snprintf(name, sizeof name, "read %zu %s", large ? kilobytes / 1024 : kilobytes, large ? "MB" : "KB");
        if (options_match(options, name))
            printf("%s\t%.1f\tGB/s\n", name, machine_read(options->threads, kilobytes * 1024, 0.1) * 1e-9);
        fflush(stdout);
    }
}
