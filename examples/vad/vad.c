/* The command line of vad. */
#include "vad.h"
#include "command.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>

const char program_name[] = "vad";

/* A number a line, with all digits that a float has. */
static void write_probabilities(const char *path, const recording *r)
{
    FILE *file = fopen(path, "w");

    if (!file)
        die("%s: the file cannot be written", path);
    for (size_t i = 0; i < r->chunks; i++)
        fprintf(file, "%.9g\n", (double)r->speech[i]);
    int failed = ferror(file);
    if (fclose(file) || failed)
        die("%s: not all probabilities could be written", path);
}

static void print_segments(const segments *found)
{
    double sum = 0;

    for (size_t i = 0; i < found->count; i++) {
        printf("%8.2f to %8.2f s\n", found->all[i].from, found->all[i].to);
        sum += found->all[i].to - found->all[i].from;
    }
    printf("%zu segment%s of speech, %.2f seconds\n", found->count, found->count == 1 ? "" : "s", sum);
}

int main(int argc, char **argv)
{
    double threshold = 0.5;
    const char *words[2], *picture = NULL, *probabilities = NULL;
    bool timed = false;
    const option options[] = {
        {"--threshold", "P", REAL, &threshold, 0.2, 1, "the probability from which on a chunk is speech", NULL},
        {"--picture", "FILE", WORD, &picture, 0, 0, "draws the waveform and the probabilities, as an SVG", NULL},
        {"--probabilities", "FILE", WORD, &probabilities, 0, 0, "writes the probability of each chunk, one a line",
         NULL},
        {"--time", "", FLAG, &timed, 0, 0, "prints how long the networks took", NULL},
    };
    const command c = {
        "",
        "WEIGHTS FILE.wav",
        2,
        options,
        COUNT(options),
        "Finds speech in a recording, a chunk of 32 ms at a time.  WEIGHTS is what fetch-weights makes;\n"
        "    a recording has 16,000 samples a second, or 8000, which are interpolated."};

    (void)argc;
    if (command_parse(&c, words, argv + 1))
        return 0;
    if (picture)
        file_check_writable(picture);
    if (probabilities)
        file_check_writable(probabilities);
    networks both = networks_load(words[0]);
    recording r = listen(&both, words[1]);
    segments found = segments_find(&r, threshold);
    print_segments(&found);
    if (timed)
        printf("%.3f ms for a second of sound\n", r.taken * 1000 / ((double)r.chunks * SECONDS));
    if (probabilities)
        write_probabilities(probabilities, &r);
    if (picture)
        picture_draw(picture, &r, &found, threshold);
    free(found.all);
    recording_release(&r);
    networks_release(&both);
    check_output();
    return 0;
}
