/* What a trained network is used for. */
#include "translate.h"

#include <stdio.h>
#include <stdlib.h>

char **translate_corpus(const network *n, const corpus *source, int64_t beam, int64_t threads)
{
    searcher *s = searcher_create(n, (size_t)beam, source->longest, threads);
    char **translations = allocate(source->count, sizeof *translations);

    for (size_t i = 0; i < source->count; i++) {
        translation t = searcher_translate(s, &source->sentences[i]);
        translations[i] = translation_words(&t, &source->sentences[i], n);
        translation_release(&t);
    }
    searcher_release(s);
    return translations;
}

static void draw(const char *path, searcher *s, const sentence *source, const network *n)
{
    translation t = searcher_translate(s, source);

    picture_draw(path, NULL, NULL, &t, source, n, "Where each word was found");
    translation_release(&t);
}

static network load(const use_options *o)
{
    network n = network_load(o->model);

    network_set_precision(&n, o->precision);
    return n;
}

void translate_file(const char *path, const use_options *o)
{
    network n = load(o);
    corpus source = corpus_read(path, &n.source);
    searcher *s = searcher_create(&n, (size_t)o->beam, source.longest, o->threads);

    for (size_t i = 0; i < source.count; i++) {
        translation t = searcher_translate(s, &source.sentences[i]);
        char *words = translation_words(&t, &source.sentences[i], &n);
        printf("%s\n", words);
        fflush(stdout);
        free(words);
        translation_release(&t);
    }
    if (o->picture)
        draw(o->picture, s, &source.sentences[0], &n);
    searcher_release(s);
    corpus_release(&source);
    network_release(&n);
}

void score_file(const char *path, const char *reference, const use_options *o)
{
    network n = load(o);
    corpus source = corpus_read(path, &n.source), target = corpus_read(reference, &n.target);

    if (source.count != target.count)
        die("%s has %zu sentences, %s has %zu", path, source.count, reference, target.count);
    char **translations = translate_corpus(&n, &source, o->beam, o->threads);
    printf("BLEU %.2f\n", bleu(translations, &target));
    for (size_t i = 0; i < source.count; i++)
        free(translations[i]);
    free(translations);
    corpus_release(&source);
    corpus_release(&target);
    network_release(&n);
}
