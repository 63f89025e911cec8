/* Random sequences of calls of all public functions.
 *
 *     random_calls --seconds S [--from SEED]     as many seeds as fit into that time, from SEED or the clock on
 *     random_calls --seeds COUNT [--from SEED]   so many
 *     random_calls --file FILE                   those of a file, one a line; # begins a comment
 *     random_calls [--trace] SEED...             these; --trace prints every call
 *     ... --exports MAP                          and more of them, until every function of src/api/librnn.map has
 *                                                succeeded; ten times as many must do
 *
 * All decisions follow from a seed: which functions (random_*_calls.c), on which objects (objects.h), with which
 * arguments (caller.h, arrays.h), what callbacks return and call (callbacks.h), where memory runs out, which kernels
 * compute, and in which order everything is destroyed.  What must hold after each call is in caller.h; after each seed
 * all memory has been released.  The best use is under sanitizers.  The seeds run in a child process; when it fails,
 * the seed is printed. */
#define _DEFAULT_SOURCE

#include "hostile/random_calls.h"
#include "math/kernels.h"
#include "support/allocator.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the child has done, for the parent too. */
static struct progress {
    uint64_t seed;
    size_t seeds;
} * progress;

int __wrap_fsync(int file);
int __wrap_fsync(int file) /* the tests of files have the true one; it takes most of the time of a save */
{
    (void)file;
    return 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static const struct generators *const subjects[] = {
    &config_generators,  &model_generators,     &file_generators,    &session_generators,   &session_generators,
    &session_generators, &loss_generators,      &loss_generators,    &optimizer_generators, &decoder_generators,
    &decoder_generators, &attention_generators, &dataset_generators, &trainer_generators,   &trainer_generators};

void random_call_of(const struct generators *generators)
{
    generators->of[below(generators->count)]();
}

void random_call(void)
{
    caller_enter();
    random_call_of(PICK(subjects));
    caller_leave();
}

static void choose_kernels(void)
{
    size_t count = 0;
    while (rnni_kernels_available(count))
        count++;
    rnni_kernels_select(rnni_kernels_available(below(count)));
}

static void run_seed(uint64_t seed)
{
    size_t live = memory.live;
    progress->seed = seed;
    alarm(120);
    chance_seed(seed);
    choose_kernels();
    for (size_t i = 20 + below(200); i > 0; i--)
        random_call();
    destroy_all();
    forget_files();
    if (memory.live != live)
        caller_fails("%zu blocks of memory are not released", memory.live - live);
    progress->seeds++;
}

/* ---- the seeds of a run ------------------------------------------------------------------------------------------ */

struct run {
    double seconds;
    size_t seeds;
    uint64_t from;
    const char *file, *exports;
    char **list; /* of seeds */
    int list_count, traces;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void run_file(const char *name)
{
    char line[256];
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        exit(2);
    }
    while (fgets(line, sizeof line, file))
        if (line[0] >= '0' && line[0] <= '9')
            run_seed(strtoull(line, NULL, 10));
    fclose(file);
}

/* How many functions have not succeeded, or are not called at all; prints them or not. */
static size_t missing_functions(const char *map, int prints)
{
    char line[128], name[64] = "rnn_";
    size_t count, missing = 0, exports = 0;
    const struct function_count *counts = caller_counts(&count);
    FILE *file = fopen(map, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, " rnn_%59[a-z0-9_];", name + 4) != 1)
            continue;
        size_t i = 0;
        while (i < count && strcmp(counts[i].name, name) != 0)
            i++;
        exports++;
        if (i < count && counts[i].successes)
            continue;
        if (prints)
            printf("%s: %s\n", name,
                   i < count ? "never succeeds" : "no generator calls it: tests/hostile/random_*_calls.c");
        missing++;
    }
    if (file)
        fclose(file);
    if (exports < 200 && prints)
        printf("%s has %zu functions\n", map, exports);
    return missing + (exports < 200);
}

static void run_list(const struct run *run)
{
    for (int i = 0; i < run->list_count; i++)
        run_seed(strtoull(run->list[i], NULL, 10));
    if (run->file)
        run_file(run->file);
    for (size_t i = 0; i < run->seeds; i++)
        run_seed(run->from + i);
    for (double end = now() + run->seconds, i = 0; now() < end; i++)
        run_seed(run->from + (uint64_t)i);
    /* What a seed does differs from one machine to the next, by the number of kernels. */
    for (size_t i = run->seeds; run->exports && i < 10 * run->seeds && missing_functions(run->exports, 0); i++)
        run_seed(run->from + i);
}

/* In the child.  The blocks that the library takes are at most 64 MB, so that no size makes the run slow. */
static int run_all(const struct run *run)
{
    size_t count, calls = 0, refusals = 0, missing = 0;
    memory.largest = 64 << 20;
    caller_traces = run->traces;
    rnn_last_error();
    run_list(run);
    const struct function_count *counts = caller_counts(&count);
    for (size_t i = 0; i < count; i++) {
        calls += counts[i].successes + counts[i].refusals;
        refusals += counts[i].refusals;
        if (run->traces)
            printf("%8zu %8zu %s\n", counts[i].successes, counts[i].refusals, counts[i].name);
    }
    printf("%zu seeds to %llu: %zu calls of %zu functions, %zu of them refused\n", progress->seeds,
           (unsigned long long)progress->seed, calls, count, refusals);
    if (run->exports)
        missing = missing_functions(run->exports, 1);
    return missing != 0;
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static struct run read_arguments(int count, char **arguments)
{
    struct run run = {.from = (uint64_t)time(NULL) * 1000};
    int i = 1;
    for (; i < count && !strncmp(arguments[i], "--", 2); i++) {
        if (!strcmp(arguments[i], "--trace")) {
            run.traces = 1;
            continue;
        }
        const char *option = arguments[i], *value = i + 1 < count ? arguments[++i] : "";
        if (!strcmp(option, "--seconds"))
            run.seconds = strtod(value, NULL);
        else if (!strcmp(option, "--seeds"))
            run.seeds = (size_t)strtoull(value, NULL, 10);
        else if (!strcmp(option, "--from"))
            run.from = strtoull(value, NULL, 10);
        else if (!strcmp(option, "--file"))
            run.file = value;
        else if (!strcmp(option, "--exports"))
            run.exports = value;
        else {
            fprintf(stderr, "the options are in the head of random_calls.c\n");
            exit(2);
        }
    }
    run.list = arguments + i;
    run.list_count = count - i;
    return run;
}

/* Runs in the child; in the parent returns its result. */
static int run_in_child(const struct run *run, const char *program)
{
    int result;
    pid_t child = run->traces ? 0 : fork();
    if (child == 0)
        exit(run_all(run)); /* LeakSanitizer looks then */
    if (child < 0 || waitpid(child, &result, 0) != child)
        return 2;
    if (WIFEXITED(result) && WEXITSTATUS(result) < 3)
        return WEXITSTATUS(result);
    printf("FAILED in the seed %llu, after %zu others, by %s %d.  Again: %s --trace %llu\n",
           (unsigned long long)progress->seed, progress->seeds, WIFSIGNALED(result) ? "signal" : "exit status",
           WIFSIGNALED(result) ? WTERMSIG(result) : WEXITSTATUS(result), program, (unsigned long long)progress->seed);
    return 1;
}

int main(int count, char **arguments)
{
    static char folder[] = "/tmp/rnn-test-XXXXXX";
    struct run run = read_arguments(count, arguments);
    char program[4096] = "random_calls", file[4096] = "", exports[4096] = "";
    (void)!realpath(arguments[0], program);
    run.file = run.file ? realpath(run.file, file) : NULL;
    run.exports = run.exports ? realpath(run.exports, exports) : NULL;
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED || !mkdtemp(folder) || chdir(folder) || mkdir("folder", 0700))
        return 2;
    int status = run_in_child(&run, program);
    static const char *const left[] = {"a", "b", "c", "t", "missing"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        remove(left[i]);
    if (rmdir("folder") || chdir("/") || rmdir(folder))
        printf("%s is not empty\n", folder);
    return status;
}
