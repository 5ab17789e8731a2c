// A shard's answer to another one's needs: from its own rows alone.
#pragma once

#include "storage/read_view.h"
#include "storage/remote_rows.h"

namespace warble::sharding {

/// Reads all of it. The answer counts only if the view's status is kOk in the end; it is kNeedsRows
/// if another shard serves some of it.
storage::Told AnswerNeeds(storage::ReadView& view, const storage::Needs& needs);

}  // namespace warble::sharding
