/* What a processor can run.  Own code, because __builtin_cpu_supports needs a library of the compiler, and that of zig
 * answers 0 to everything. */
#ifndef RNNI_PROCESSOR_H
#define RNNI_PROCESSOR_H

/* x86-64.  Each includes what the sets before it in its line of CPUs have. */
int rnni_processor_has_avx2(void);       /* and FMA */
int rnni_processor_has_avxvnni(void);    /* dot products of bytes in 256 bits */
int rnni_processor_has_avx512(void);     /* F, BW, DQ and VL, and FMA */
int rnni_processor_has_avx512vnni(void); /* dot products of bytes */
int rnni_processor_has_avx512bf16(void); /* dot products of bf16, and AVX512-VNNI */

int rnni_processor_has_dotprod(void); /* 64-bit Arm: dot products of bytes, FEAT_DotProd */

#endif
