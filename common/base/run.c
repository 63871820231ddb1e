// SPDX-License-Identifier: BSD-2-Clause
#include "base/run.h"

struct run run;
