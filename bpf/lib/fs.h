/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations of file systems; common/domain/fs.h has their functions. */
#pragma once

enum fs_op { FS_READ, FS_WRITE, FS_OPEN, FS_FSYNC, FS_GETATTR, FS_OPS };
