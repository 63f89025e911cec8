/* CRC-32 as in zlib, PNG and Ethernet: the reflected polynomial 0xEDB88320, first and last inverted. */
#ifndef RNNI_CRC32_H
#define RNNI_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of the bytes that gave `crc` (0 for none) and of these behind them: what zlib.crc32(bytes, crc) gives in Python. */
uint32_t rnni_crc32(uint32_t crc, const unsigned char *bytes /* [count] */, size_t count);

#endif
