/* Whether work is divided among the threads of a team. */
#ifndef RNNI_SHARE_H
#define RNNI_SHARE_H

#include "base/team.h"

#define RNNI_SHARE_LEAST ((size_t)100000) /* multiplications */

/* Into how many shares work of so many multiplications is best divided: one for each thread, or one if the work is
 * shorter than the time to share it. */
size_t rnni_share_count(const struct rnni_team *team, size_t multiplications);

/* For tests: from how many multiplications on work is shared; not to be called while anything runs. */
void rnni_share_from(size_t multiplications);

#endif
