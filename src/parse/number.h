/*
 * Parse numbers strictly: no white space, no sign, no trailing bytes, no overflow.
 */
#ifndef SHMTOOL_PARSE_NUMBER_H
#define SHMTOOL_PARSE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parse a decimal number, or hex after 0x, or octal after 0. -EINVAL: not a number;
 * -ERANGE: above 64 bits. */
int parse_number(const char *text, uint64_t *value);

/* Parse a decimal number without leading zeros that fits in an int, as IDs do. Errors as
 * above. */
int parse_id(const char *text, int *id);

/* Parse a byte: a number from 0 to 255, or a character, plain or in single quotes ('7' is
 * the digit, 7 the number). Errors as above. */
int parse_byte(const char *text, unsigned char *byte);

/* Parse SEMID or SEMID:NUM, in decimal. NUM is at most 65535, as in semop(2), and
 * defaults to 0. -EINVAL: not numbers; -ERANGE: numbers too large. */
int parse_semaphore(const char *text, int *id, unsigned short *number);

/* Return the length of the decimal number at TEXT, such as 12 or 1.5, with at least one
 * digit on each side of the point; 0: there is none. */
size_t decimal_length(const char *text);

/* Set *VALUE to UNIT, at most 2^60, times the decimal number at TEXT, rounded down;
 * *EXACT: nothing was cut off. -ERANGE: above 64 bits. */
int decimal_multiply(const char *text, uint64_t unit, uint64_t *value, bool *exact);

#endif
