/* SPDX-License-Identifier: Apache-2.0
 *
 * driver.h behind the system headers whose functions and macros carry the names of its members:
 * open, close, stat, remove, log, major, minor.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <unistd.h>

#include <berth/driver.h>

/* A translation unit needs a declaration. */
extern const berth_driver never_defined;
