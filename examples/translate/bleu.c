/* How near translations are to those of people. */
#include "translate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_GRAM 4

typedef struct {
    const char *start;
    size_t length; /* in bytes */
} gram;

/* The grams of `order` words of a sentence with one space between words. */
static gram *list_grams(size_t *count, const char *words, size_t order)
{
    gram *grams = allocate(strlen(words) / 2 + 1, sizeof *grams);
    const char *ends[LONGEST_GRAM], *start = words; /* ends: of the words from `start` on */
    size_t known = 0;

    *count = 0;
    for (const char *at = words; *at;) {
        at += strcspn(at, " ");
        if (known == order) { /* the first word falls out */
            memmove(ends, ends + 1, (order - 1) * sizeof *ends);
            known--;
            start += strcspn(start, " ") + 1;
        }
        ends[known++] = at;
        if (known == order)
            grams[(*count)++] = (gram){start, (size_t)(at - start)};
        at += *at == ' ';
    }
    return grams;
}

static int compare_grams(const void *a, const void *b)
{
    const gram *x = a, *y = b;
    size_t shorter = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->start, y->start, shorter);

    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Grams that both have, each as often as it is in both: of sorted lists, a merge. */
static size_t count_matches(const gram *a, size_t a_count, const gram *b, size_t b_count)
{
    size_t matches = 0;

    for (size_t i = 0, j = 0; i < a_count && j < b_count;) {
        int order = compare_grams(&a[i], &b[j]);
        matches += order == 0;
        i += order <= 0;
        j += order >= 0;
    }
    return matches;
}

static void add_sentence(size_t *matches, size_t *total, const char *words, const char *reference, size_t order)
{
    size_t count, reference_count;
    gram *grams = list_grams(&count, words, order);
    gram *reference_grams = list_grams(&reference_count, reference, order);

    qsort(grams, count, sizeof *grams, compare_grams);
    qsort(reference_grams, reference_count, sizeof *grams, compare_grams);
    *matches += count_matches(grams, count, reference_grams, reference_count);
    *total += count;
    free(grams);
    free(reference_grams);
}

double bleu(char *const *translations, const corpus *references)
{
    double logarithm = 0, words = 0, reference_words = 0;

    for (size_t order = 1; order <= LONGEST_GRAM; order++) {
        size_t matches = 0, total = 0;
        for (size_t i = 0; i < references->count; i++)
            add_sentence(&matches, &total, translations[i], references->sentences[i].words, order);
        if (matches == 0)
            return 0;
        logarithm += log((double)matches / (double)total) / LONGEST_GRAM;
        words = order == 1 ? (double)total : words;
    }
    for (size_t i = 0; i < references->count; i++)
        reference_words += (double)references->sentences[i].count;
    return 100 * exp(logarithm + fmin(0, 1 - reference_words / words)); /* the brevity penalty */
}
