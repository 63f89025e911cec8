/* For cmocka.h of this folder, which jumps nowhere. WASI has no setjmp. */
#ifndef RNN_TESTS_SETJMP_H
#define RNN_TESTS_SETJMP_H
#endif
