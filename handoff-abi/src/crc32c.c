/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRC-32C, four bytes a step. The tables are constants of the compiler: there
 * is nothing to initialise, and they lie in read-only memory.
 */
#include <interrex/crc32c.h>

/*
 * A CRC is linear over GF(2): the entry of a byte is the exclusive or of the
 * entries of its bits. B0 to B7 are those of the bits of one table; bit 7 of the
 * first is the reflected polynomial, and every step down, then to the next
 * table, is one more zero bit shifted in.
 */
#define ENTRY(i, B0, B1, B2, B3, B4, B5, B6, B7)                                                   \
    (((i)&1 ? (B0) : 0u) ^ ((i)&2 ? (B1) : 0u) ^ ((i)&4 ? (B2) : 0u) ^ ((i)&8 ? (B3) : 0u) ^       \
     ((i)&16 ? (B4) : 0u) ^ ((i)&32 ? (B5) : 0u) ^ ((i)&64 ? (B6) : 0u) ^ ((i)&128 ? (B7) : 0u))
#define E0(i)                                                                                      \
    ENTRY(i, 0xf26b8303u, 0xe13b70f7u, 0xc79a971fu, 0x8ad958cfu, 0x105ec76fu, 0x20bd8edeu,         \
          0x417b1dbcu, 0x82f63b78u)
#define E1(i)                                                                                      \
    ENTRY(i, 0x13a29877u, 0x274530eeu, 0x4e8a61dcu, 0x9d14c3b8u, 0x3fc5f181u, 0x7f8be302u,         \
          0xff17c604u, 0xfbc3faf9u)
#define E2(i)                                                                                      \
    ENTRY(i, 0xa541927eu, 0x4f6f520du, 0x9edea41au, 0x38513ec5u, 0x70a27d8au, 0xe144fb14u,         \
          0xc76580d9u, 0x8b277743u)
#define E3(i)                                                                                      \
    ENTRY(i, 0xdd45aab8u, 0xbf672381u, 0x7b2231f3u, 0xf64463e6u, 0xe964b13du, 0xd725148bu,         \
          0xaba65fe7u, 0x52a0c93fu)

#define ROW4(E, i)  E(i), E((i) + 1), E((i) + 2), E((i) + 3)
#define ROW16(E, i) ROW4(E, i), ROW4(E, (i) + 4), ROW4(E, (i) + 8), ROW4(E, (i) + 12)
#define ROW64(E, i) ROW16(E, i), ROW16(E, (i) + 16), ROW16(E, (i) + 32), ROW16(E, (i) + 48)
#define TABLE(E)                                                                                   \
    {                                                                                              \
        ROW64(E, 0), ROW64(E, 64), ROW64(E, 128), ROW64(E, 192)                                    \
    }

static const uint32_t crc_table[4][256] = {TABLE(E0), TABLE(E1), TABLE(E2), TABLE(E3)};

uint32_t irx_crc32c(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;

    crc = ~crc;
    for (; len >= 4; len -= 4, p += 4) {
        crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        crc = crc_table[3][crc & 0xff] ^ crc_table[2][crc >> 8 & 0xff] ^
              crc_table[1][crc >> 16 & 0xff] ^ crc_table[0][crc >> 24];
    }
    for (; len; len--, p++)
        crc = crc_table[0][(crc ^ *p) & 0xff] ^ crc >> 8;
    return ~crc;
}

/* ---- The CRC of two pieces from those of each ---- */

#define POLYNOMIAL 0x82f63b78u /* reflected: bit 31 is x^0 */
#define ONE        0x80000000u
#define X8         0x00800000u
#define SHORT      4096u /* below, computing is quicker than what follows: about 10,000 steps */

/* a * b modulo the polynomial. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;

    for (; a; a <<= 1) {
        if (a & ONE)
            product ^= b;
        b = b & 1 ? b >> 1 ^ POLYNOMIAL : b >> 1;
    }
    return product;
}

/* x^(8 * n): what n more bytes do to the CRC of those before them. */
static uint32_t power_of_bytes(size_t n)
{
    uint32_t power = ONE, square = X8;

    for (; n; n >>= 1) {
        if (n & 1)
            power = multiply(power, square);
        square = multiply(square, square);
    }
    return power;
}

uint32_t irx_crc32c_append(uint32_t crc, const void *data, size_t len, uint32_t data_crc)
{
    if (len < SHORT)
        return irx_crc32c(crc, data, len);
    return multiply(power_of_bytes(len), crc) ^ data_crc;
}
