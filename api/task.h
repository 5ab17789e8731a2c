// The coroutines of sharding/task.h, under the names that api and server know them by.
#pragma once

#include "sharding/task.h"

namespace warble::api {

using sharding::AwaitCallback;
using sharding::Executor;
using sharding::kAwait;
using sharding::Soon;
using sharding::Task;
using sharding::Then;

}  // namespace warble::api
