/* Words that are found. */
#include "tag.h"

bool label_ends(int32_t label)
{
    return label == SINGLE || label == LAST;
}

bool label_may_follow(int32_t label, int32_t next)
{
    bool begins = next == SINGLE || next == FIRST || next == LABELS;

    return label_ends(label) == begins;
}

/* Whether a word begins at letter i: labels of each letter alone need not fit together. */
static bool begins_at(const int32_t *labels, size_t i)
{
    return i == 0 || label_ends(labels[i - 1]) || labels[i] == SINGLE || labels[i] == FIRST;
}

void score_add(score *s, const line *l, const int32_t *labels)
{
    bool same = true; /* since both began a word at the same letter, neither has ended one alone */

    for (size_t i = 0; i <= l->length; i++) {
        bool is_end = i == l->length, true_word = is_end || begins_at(l->labels, i),
             found = is_end || begins_at(labels, i);
        if (i > 0) {
            s->words += true_word;
            s->found += found;
            s->right += true_word && found && same;
            s->impossible += !label_may_follow(labels[i - 1], is_end ? LABELS : labels[i]);
        }
        same = true_word == found && (same || true_word);
        s->letters += !is_end;
        s->right_letters += !is_end && labels[i] == l->labels[i];
    }
}

static double share(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

double score_precision(const score *s)
{
    return share(s->right, s->found);
}

double score_recall(const score *s)
{
    return share(s->right, s->words);
}

double score_f1(const score *s)
{
    return share(2 * s->right, s->found + s->words);
}
