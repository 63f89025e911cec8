/* The end of a long run by ctrl-C or SIGTERM. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <signal.h>

/* 1 after the first signal.  A second one ends the program as usual. */
extern volatile sig_atomic_t interrupted;

/* To be called before the run.  A signal that is ignored, as by nohup, stays so. */
void interrupt_catch(void);

#endif
