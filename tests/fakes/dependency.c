/* SPDX-License-Identifier: Apache-2.0
 *
 * The library that missing_library.c needs.
 */
int berth_fake_dependency(void);
int berth_fake_dependency(void) {
  return 1;
}
