/* SPDX-License-Identifier: Apache-2.0
 *
 * Two drivers in one file.
 */
#include "fake.h"

static const berth_ops first_ops = {FAKE_OPS}, second_ops = {FAKE_OPS};
FAKE_DRIVER(first_of_two, &first_ops);
FAKE_DRIVER(second_of_two, &second_ops);
