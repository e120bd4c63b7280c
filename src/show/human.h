/*
 * Sizes, times and permissions for people, the same in every locale.
 */
#ifndef SHMTOOL_SHOW_HUMAN_H
#define SHMTOOL_SHOW_HUMAN_H

#include <stdint.h>
#include <sys/types.h>

/* Room for any of the texts below. The functions fill TEXT and return it. */
#define HUMAN_MAX 40

/* Format a number in decimal. */
const char *human_number(char text[HUMAN_MAX], uint64_t number);

/* Format a key as 0x0000162e. */
const char *human_key(char text[HUMAN_MAX], key_t key);

/* Format bytes in powers of 1024, with one decimal below 10 units unless it is 0: 27, 4K,
 * 1.5G, 23G. */
const char *human_size(char text[HUMAN_MAX], uint64_t bytes);

/* Format a duration in its largest unit, rounded down: 45s, 12m, 3h, 20d. */
const char *human_duration(char text[HUMAN_MAX], uint64_t seconds);

enum time_format {
	TIME_SHORT, /* 09:02 on the day of NOW, otherwise 2026-11-22 */
	TIME_FULL, /* 2026-11-22 09:02:33 */
	TIME_ISO, /* 2026-11-22T09:02:33+01:00 */
	TIME_EPOCH, /* 1795338153 */
};

/* Format a time in the local time zone. SECOND and NOW are seconds since the epoch. */
const char *human_time(
	char text[HUMAN_MAX], int64_t second, enum time_format format, int64_t now);

/* Format permission bits as in ls(1): rw-r-----. */
const char *human_perms(char text[HUMAN_MAX], mode_t mode);

#endif
