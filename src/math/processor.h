/* What a processor of x86-64 can run.  Own code, because __builtin_cpu_supports needs a library of the compiler, and
 * that of zig answers 0 to everything. */
#ifndef RNNI_PROCESSOR_H
#define RNNI_PROCESSOR_H

int rnni_processor_has_avx2(void);   /* and FMA */
int rnni_processor_has_avx512(void); /* F, BW, DQ and VL, and FMA */

#endif
