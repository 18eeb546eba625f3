/* SPDX-License-Identifier: Apache-2.0
 *
 * No driver, but a library that kills whoever loads it.
 */
#include <stdlib.h>

__attribute__((constructor)) static void die(void) {
  abort();
}
