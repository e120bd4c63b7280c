/*
 * Text to whole numbers, without guessing.
 *
 * Nothing here skips white space, takes a sign it was not asked for, stops at
 * the first byte it does not know, or wraps a large number into a small one.
 */
#ifndef SHMTOOL_PARSE_NUMBER_H
#define SHMTOOL_PARSE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The digits of one number, base 8, 10 or 16: all LENGTH bytes of TEXT.
 * -EINVAL: empty, or something that is no digit; -ERANGE: above 64 bits. */
int parse_digits(const char *text, size_t length, unsigned int base, uint64_t *value);

/* Decimal, or hex after 0x, or octal after 0. Errors as above. */
int parse_number(const char *text, uint64_t *value);

/* A decimal number without leading zeros that is an int, as IDs are. Errors as above. */
int parse_id(const char *text, int *id);

/* One byte: a number from 0 to 255, or one character, plain or between single
 * quotes ('7' is the digit, 7 the number). -EINVAL, or -ERANGE above 255. */
int parse_byte(const char *text, unsigned char *byte);

#endif
