/* SPDX-License-Identifier: Apache-2.0
 *
 * A static library of which two plugins carry different versions, each with all symbols visible.
 */
const char* make_client(void);

int client_calls = CLIENT_VERSION;

const char* make_client(void) {
  ++client_calls;
  return CLIENT_VERSION == 1 ? "client 1" : "client 2";
}
