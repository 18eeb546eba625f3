/* SPDX-License-Identifier: Apache-2.0
 *
 * One function for each struct of driver.h, so that its debug information holds all of them for
 * abidiff and pahole. It is compiled, never called.
 */
#include <berth/driver.h>

#define WITNESS(type)                      \
  type type##_witness(const type* value);  \
  type type##_witness(const type* value) { \
    return *value;                         \
  }

WITNESS(berth_str)
WITNESS(berth_error)
WITNESS(berth_call)
WITNESS(berth_host)
WITNESS(berth_param_spec)
WITNESS(berth_param)
WITNESS(berth_params)
WITNESS(berth_caps)
WITNESS(berth_entry)
WITNESS(berth_buffer)
WITNESS(berth_read_options)
WITNESS(berth_write_options)
WITNESS(berth_list_options)
WITNESS(berth_url_options)
WITNESS(berth_range)
WITNESS(berth_ranges_options)
WITNESS(berth_ops)
WITNESS(berth_driver)
