/* What a training run prints: the progress line, and when each loss was reached. */
#define _POSIX_C_SOURCE 200809L
#include "charlm.h"
#include "clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SMOOTHING 0.02 /* weight of the newest loss in the moving average */

goal_list goals_parse(const char *list)
{
    goal_list parsed = {.count = 0};
    const char *rest = list;

    for (;;) {
        char *end;
        double nats = strtod(rest, &end);
        if (end == rest || !isfinite(nats) || nats <= 0 || (*end && *end != ',') || parsed.count == GOALS_CAPACITY)
            die("--until: '%s' is not a loss in nats, or up to %d of them, such as 2.0,1.8", list, GOALS_CAPACITY);
        parsed.goals[parsed.count++].nats = nats;
        if (*end == '\0')
            return parsed;
        rest = end + 1;
    }
}

void goals_update(goal_list *list, double nats, double training_seconds, double total_seconds)
{
    for (size_t i = 0; i < list->count; i++) {
        goal *waited = &list->goals[i];
        if (!waited->reached && nats <= waited->nats)
            *waited = (goal){waited->nats, true, training_seconds, total_seconds};
    }
}

bool goals_reached(const goal_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->goals[i].reached)
            return false;
    return true;
}

void goals_print(const goal_list *list, bool all)
{
    printf("validation loss   seconds of training   seconds in all\n");
    for (size_t i = 0; i < list->count; i++) {
        const goal *waited = &list->goals[i];
        if (waited->reached)
            printf("%15.2f %21.2f %16.2f\n", waited->nats, waited->training_seconds, waited->total_seconds);
        else if (all)
            printf("%15.2f %21s %16s\n", waited->nats, "not reached", "");
    }
}

/* Seconds between progress lines. */
static double interval(bool terminal)
{
    return terminal ? 0.1 : 10;
}

progress progress_start(void)
{
    bool terminal = isatty(STDOUT_FILENO);

    return (progress){.terminal = terminal, .next = now() + interval(terminal)};
}

static void close_line(progress *shown)
{
    if (shown->open)
        fputs("\r\033[K", stdout); /* to the first column, and clear the line */
    shown->open = false;
}

void progress_step(progress *shown, int64_t step, double loss, double characters_per_second, double left)
{
    double time = now();

    shown->smooth_loss += step == 1 ? loss : SMOOTHING * (loss - shown->smooth_loss);
    if (time < shown->next)
        return;
    shown->next = time + interval(shown->terminal);
    close_line(shown);
    printf("step %lld  %.3f bits per character  %.0f characters/s", (long long)step, bits(shown->smooth_loss),
           characters_per_second);
    if (isfinite(left))
        printf("  %.0f:%02.0f left", floor(left / 60), floor(fmod(left, 60)));
    if (!shown->terminal)
        putchar('\n');
    shown->open = shown->terminal;
    fflush(stdout);
}

void progress_note(progress *shown, const char *format, ...)
{
    va_list arguments;

    close_line(shown);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}
