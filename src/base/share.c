#include "base/share.h"

static size_t least = RNNI_SHARE_LEAST;

void rnni_share_from(size_t multiplications)
{
    least = multiplications;
}

size_t rnni_share_count(const struct rnni_team *team, size_t multiplications)
{
    return multiplications < least ? 1 : rnni_team_threads(team);
}
