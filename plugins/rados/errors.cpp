// SPDX-License-Identifier: Apache-2.0
//
// From librados' negative errno values to Berth's statuses and messages.
#include "errors.hpp"

#include <cerrno>

#include <system_error>

namespace berth::rados {
namespace {

berth_status status_of(int code) noexcept {
  switch (-code) {
    case ENOENT:
      return BERTH_STATUS_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
      return BERTH_STATUS_PERMISSION_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMSGSIZE:
      return BERTH_STATUS_NO_SPACE;
    case ENAMETOOLONG:
      return BERTH_STATUS_INVALID_PATH;
    case ETIMEDOUT:
    case EAGAIN:
    case ESHUTDOWN:
    case ENOTCONN:
      return BERTH_STATUS_UNAVAILABLE;
    default:
      return BERTH_STATUS_IO;
  }
}

std::string reason(const Settings& settings, int code) {
  switch (-code) {
    case ETIMEDOUT:
      return "no answer within osdtimeout (" + in_seconds(settings.osd_timeout) + " s)";
    case ENAMETOOLONG:
      return "the name is longer than the cluster allows (osd_max_object_name_len, usually 2048)";
    case EFBIG:
    case EMSGSIZE:
      return "the chunk is larger than the cluster allows (osd_max_object_size, "
             "osd_max_write_size); choose a smaller chunksize";
    case EPERM:
    case EACCES:
      return settings.client() +
             " lacks permission; it needs the OSD capability \"allow rwx pool=" + settings.pool +
             "\"";
    case ESHUTDOWN:
      return "the cluster has blocklisted this client; open the store again";
    case EOPNOTSUPP:
      return "the pool does not support this operation; directories need a replicated pool, not "
             "an erasure-coded one";
    default:
      return std::generic_category().message(-code);
  }
}

}  // namespace

sdk::Error librados_error(const Settings& settings, int code, const std::string& what,
                          std::string_view object) {
  const berth_status status = status_of(code);
  sdk::Error error(status, what + " object " + std::string(object) + " in pool " + settings.pool +
                               ": " + reason(settings, code));
  error.os_errno(-code).protocol_status(code).retryable(status == BERTH_STATUS_UNAVAILABLE);
  return error;
}

}  // namespace berth::rados
